//! The Rust library's source in exactly the compiler's version.
//!
//! Where rustup is not to be used, Debian's `rust-src` has it. It is fetched with apt in a
//! configuration of its own and only unpacked: the machine's apt and packages stay as they are.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use super::wasm_target::field;
use crate::{child, console, paths, tools};

/// Names the folder where nothing else finds one.
const OVERRIDE: &str = "PARLOR_RUST_SRC";

/// Debian's keys, under the names its releases have given the file.
const KEYRINGS: [&str; 2] = [
    "/usr/share/keyrings/debian-archive-keyring.gpg",
    "/usr/share/keyrings/debian-archive-keyring.pgp",
];

/// The `library` folder of the compiler's source.
pub(super) fn find(rustc: &str) -> Result<PathBuf> {
    let release = field(rustc, "release").context("`rustc -vV` names no release")?;
    if let Some(dir) = env::var_os(OVERRIDE) {
        let dir = PathBuf::from(dir);
        ensure!(
            is_library(&dir),
            "{OVERRIDE} names {}, which is not the `library` folder of Rust's source",
            dir.display()
        );
        return Ok(dir);
    }
    let sysroot = child::output(Command::new("rustc").args(["--print", "sysroot"]))?;
    let component = Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library");
    if is_library(&component) {
        return Ok(component);
    }
    from_debian(release).with_context(|| {
        format!(
            "the source of Rust {release}'s library cannot be had: run \
             `rustup target add {}`, or set {OVERRIDE} to the `library` folder of that source",
            tools::WASM
        )
    })
}

/// Removes the unpacked source, 430 MB that are not read again once std is built.
pub(super) fn remove_unpacked() -> Result<()> {
    let dir = scratch()?;
    if dir.exists() {
        fs::remove_dir_all(dir)?;
    }
    Ok(())
}

fn scratch() -> Result<PathBuf> {
    Ok(paths::target()?.join("rust-src"))
}

fn is_library(dir: &Path) -> bool {
    dir.join("std/Cargo.toml").is_file()
}

fn from_debian(release: &str) -> Result<PathBuf> {
    for program in ["apt-get", "dpkg-deb"] {
        ensure!(
            child::on_path(program).is_some(),
            "this machine has no {program}"
        );
    }
    let mirror = mirror()?;
    let keyring = KEYRINGS.iter().find(|file| Path::new(file).is_file());
    let signed_by = keyring
        .map(|file| format!("[signed-by={file}] "))
        .unwrap_or_default();
    let apt = Apt::new(scratch()?)?;
    for suite in tools::RUST_SRC_SUITES {
        fs::write(
            &apt.sources,
            format!("deb {signed_by}{mirror} {suite} main\n"),
        )?;
        let Some(version) = apt.version_of_rust_src(release) else {
            continue;
        };
        console::say(
            "set-up",
            &format!("rust-src {version}: from Debian's {suite}"),
        );
        apt.run(
            "rust-src",
            "apt-get",
            &["download", &format!("rust-src={version}")],
        )?;
        let library = apt
            .unpack()?
            .join(format!("usr/src/rustc-{release}/library"));
        ensure!(
            is_library(&library),
            "Debian's rust-src has no {}",
            library.display()
        );
        return Ok(library);
    }
    let suites = tools::RUST_SRC_SUITES.join(", ");
    bail!("Debian has no rust-src {release} in {suites}")
}

/// The Debian mirror that this machine's apt uses.
fn mirror() -> Result<String> {
    let mut targets = Command::new("apt-get");
    targets.args([
        "indextargets",
        "--format",
        "$(REPO_URI)",
        "Created-By: Packages",
    ]);
    let uris = child::output(&mut targets)?;
    let is_debian = |uri: &&str| uri.trim_end_matches('/').ends_with("/debian");
    let uri = uris
        .lines()
        .find(is_debian)
        .context("this machine's apt knows no Debian mirror")?;
    Ok(uri.to_owned())
}

/// apt with sources, lists and a cache of its own.
struct Apt {
    dir: PathBuf,
    sources: PathBuf,
}

impl Apt {
    fn new(dir: PathBuf) -> Result<Self> {
        if dir.exists() {
            fs::remove_dir_all(&dir)?;
        }
        for part in ["lists/partial", "cache/archives/partial", "package"] {
            fs::create_dir_all(dir.join(part))?;
        }
        Ok(Self {
            sources: dir.join("sources.list"),
            dir,
        })
    }

    fn command(&self, program: &str) -> Command {
        let mut apt = Command::new(program);
        for (option, path) in [
            ("Dir::Etc::sourcelist", self.sources.as_path()),
            ("Dir::Etc::sourceparts", Path::new("/dev/null")),
            ("Dir::State::Lists", &self.dir.join("lists")),
            ("Dir::Cache", &self.dir.join("cache")),
        ] {
            apt.arg("-o").arg(format!("{option}={}", path.display()));
        }
        // apt's own user may not be able to reach a checkout.
        apt.args(["-o", "APT::Sandbox::User=root"])
            .current_dir(self.dir.join("package"));
        apt
    }

    fn run(&self, log: &str, program: &str, args: &[&str]) -> Result<()> {
        child::logged(log, self.command(program).args(args))
    }

    /// The version of the suite's package that is the compiler's, if it has one: `1.95.0+dfsg1-2`
    /// is, `1.95.01` is not. A suite that cannot be read has none.
    fn version_of_rust_src(&self, release: &str) -> Option<String> {
        let update = self.run(
            "apt-lists",
            "apt-get",
            &["update", "-o", "APT::Update::Error-Mode=any"],
        );
        if let Err(error) = update {
            console::say("set-up", &format!("rust-src: {error:#}"));
            return None;
        }
        let listed = child::output(self.command("apt-cache").args(["madison", "rust-src"])).ok()?;
        let mut versions = listed
            .lines()
            .filter_map(|line| line.split('|').nth(1))
            .map(str::trim);
        let is_release = |version: &&str| {
            version
                .strip_prefix(release)
                .is_some_and(|rest| rest.starts_with(['+', '-', '~']))
        };
        versions.find(is_release).map(str::to_owned)
    }

    /// Unpacks the one package that was downloaded.
    fn unpack(&self) -> Result<PathBuf> {
        let mut entries = fs::read_dir(self.dir.join("package"))?;
        let package = entries.next().context("apt downloaded nothing")??.path();
        let unpacked = self.dir.join("unpacked");
        let mut unpack = Command::new("dpkg-deb");
        child::logged("rust-src", unpack.arg("-x").arg(package).arg(&unpacked))?;
        Ok(unpacked)
    }
}
