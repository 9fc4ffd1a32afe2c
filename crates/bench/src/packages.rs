//! Servers from npm to compare with, each in its simplest form (`crates/bench/peers`): what one
//! client sends goes to all clients of the room that its address names. Nothing is stored.
//!
//! `cargo xtask bench --with` installs them under `target/`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, ensure};
use clap::ValueEnum;
use serde::Serialize;

/// A package of npm that serves WebSockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
pub(crate) enum Package {
    /// Bun's own server, with its publish and subscribe
    #[serde(rename = "bun")]
    Bun,
    /// ws on Node.js, with a set of sockets for each room
    #[serde(rename = "ws")]
    Ws,
    /// socket.io on Node.js, with its own rooms and its transport WebSocket
    #[serde(rename = "socket.io")]
    #[value(name = "socket.io")]
    SocketIo,
}

impl Package {
    /// Its name at npm and in tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bun => "bun",
            Self::Ws => "ws",
            Self::SocketIo => "socket.io",
        }
    }

    fn script(self) -> &'static str {
        match self {
            Self::Bun => include_str!("../peers/bun.js"),
            Self::Ws => include_str!("../peers/ws.js"),
            Self::SocketIo => include_str!("../peers/socket-io.js"),
        }
    }

    /// A command that serves on a free port and prints its address. Its program is written into the
    /// folder `data`.
    pub(crate) fn command(self, packages: &Packages, data: &Path) -> anyhow::Result<Command> {
        let script = data.join("peer.cjs");
        fs::write(&script, self.script()).context("cannot write the server's program")?;
        let mut command = match self {
            Self::Bun => Command::new(packages.bun()),
            Self::Ws | Self::SocketIo => Command::new("node"),
        };
        // Where Node.js looks for packages that are not beside the program.
        command.arg(script).env("NODE_PATH", &packages.folder);
        Ok(command)
    }
}

/// The packages that are measured too, and where they are installed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Packages {
    /// In the order of the tables.
    pub(crate) wanted: Vec<Package>,
    /// npm's folder `node_modules`.
    folder: PathBuf,
}

impl Packages {
    /// Finds these packages in this folder.
    ///
    /// # Errors
    /// If one of them, or Node.js, is missing.
    pub(crate) fn find(mut wanted: Vec<Package>, folder: PathBuf) -> anyhow::Result<Self> {
        wanted.sort_by_key(|package| package.name());
        wanted.dedup();
        let packages = Self { wanted, folder };
        for package in &packages.wanted {
            let name = package.name();
            ensure!(
                packages.folder.join(name).join("package.json").is_file(),
                "{name} is not in {}: `cargo xtask bench --with {name}` installs it",
                packages.folder.display()
            );
            let program = match package {
                Package::Bun => packages.bun(),
                Package::Ws | Package::SocketIo => "node".into(),
            };
            let version = Command::new(&program).arg("--version").output();
            let version = version.with_context(|| {
                format!(
                    "{} can't be run, which {name} needs: install it",
                    program.display()
                )
            })?;
            ensure!(
                version.status.success(),
                "{} does not run here, which {name} needs: {}",
                program.display(),
                String::from_utf8_lossy(&version.stderr).trim()
            );
        }
        Ok(packages)
    }

    /// Bun's program, which npm puts there on every system.
    fn bun(&self) -> PathBuf {
        self.folder.join("bun/bin/bun.exe")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_that_is_not_installed_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let find = |wanted| Packages::find(wanted, folder.path().to_owned());
        assert!(find(Vec::new()).is_ok());
        for package in Package::value_variants() {
            let error = find(vec![*package]).unwrap_err().to_string();
            let install = format!("`cargo xtask bench --with {}` installs it", package.name());
            assert!(error.contains(&install), "{error}");
        }
        // npm's package is there, and its program is not.
        fs::create_dir(folder.path().join("bun")).unwrap();
        fs::write(folder.path().join("bun/package.json"), "{}").unwrap();
        let error = find(vec![Package::Bun]).unwrap_err().to_string();
        assert!(error.contains("bun.exe can't be run"), "{error}");
    }
}
