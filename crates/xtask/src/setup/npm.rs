//! Packages from npm.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::{console, paths, process};

/// The folder whose `node_modules` has the packages.
pub(super) fn folder() -> Result<PathBuf> {
    Ok(paths::tools()?.join("npm"))
}

/// Finds the package in this version, or installs it under target/tools. `version` may be only the
/// beginning of a version: 132 for 132.0.0. Returns the package's folder.
pub(super) fn package(name: &str, version: &str) -> Result<PathBuf> {
    let prefix = folder()?;
    let folder = prefix.join("node_modules").join(name);
    if is_installed(&folder, version) {
        return Ok(folder);
    }
    let npm = process::on_path("npm").with_context(|| {
        format!(
            "{name} {version} is missing, and so is npm, which installs it: install Node.js with \
             npm (Debian and Ubuntu: `apt-get install nodejs npm`)"
        )
    })?;
    console::print_step("set-up", &format!("{name} {version}: from npm"));
    fs::create_dir_all(&prefix)?;
    let mut install = Command::new(npm);
    install
        .args(["install", "--no-audit", "--no-fund", "--prefix"])
        .arg(&prefix);
    process::run(install.arg(format!("{name}@{version}")))?;
    ensure!(
        is_installed(&folder, version),
        "npm did not install {name} {version}"
    );
    Ok(folder)
}

/// Reads the version from package.json: to run a program of node takes a third of a second.
fn is_installed(folder: &Path, version: &str) -> bool {
    fs::read_to_string(folder.join("package.json")).is_ok_and(|manifest| {
        ['.', '"']
            .iter()
            .any(|end| manifest.contains(&format!("\"version\": \"{version}{end}")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_wanted_version_counts_as_installed() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let manifest = folder.path().join("package.json");
        fs::write(&manifest, "{\n  \"version\": \"132.0.0\"\n}")?;
        let is_version = |version| is_installed(folder.path(), version);
        assert!(is_version("132") && is_version("132.0.0"));
        assert!(!is_version("13") && !is_version("132.0.1"));
        assert!(!is_installed(&folder.path().join("none"), "132"));
        Ok(())
    }
}
