//! `cargo xtask package`: packs the crates that can be published, and tests what was packed, as
//! somebody has it who depends on them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

use crate::{console, paths, process};

/// The crates that can be published, in the order in which they are.
const PACKAGES: [&str; 3] = ["parlor-shared", "parlor-session", "parlor-client"];

/// What each package has besides its sources.
const FILES: [&str; 3] = ["README.md", "LICENSE-MIT", "LICENSE-APACHE"];

/// Packs the crates and runs their tests in a workspace of their own.
pub(crate) fn run() -> Result<()> {
    let folder = unpacked()?;
    for package in PACKAGES {
        check_files(&folder.join(name_and_version(package)))?;
    }
    let mut test = process::cargo();
    test.current_dir(&folder)
        // What both workspaces depend on is compiled once.
        .env("CARGO_TARGET_DIR", paths::target()?)
        .args(["test", "--quiet", "--workspace"]);
    process::run(&mut test).context("the packed crates fail")?;
    console::print_step(
        "package",
        &format!("packed and tested: {}", PACKAGES.join(", ")),
    );
    Ok(())
}

/// The version of the packages is the workspace's, as is xtask's.
fn name_and_version(package: &str) -> String {
    format!("{package}-{}", env!("CARGO_PKG_VERSION"))
}

/// Packs the crates and unpacks them side by side; returns the folder.
fn unpacked() -> Result<PathBuf> {
    let (root, target) = (paths::root()?, paths::target()?);
    let mut pack = process::cargo();
    pack.current_dir(&root)
        // They are tested all together below.
        .args(["package", "--quiet", "--no-verify", "--allow-dirty"])
        .args(PACKAGES.iter().flat_map(|package| ["--package", package]));
    process::run(&mut pack)?;
    let folder = paths::state()?.join("package");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    for package in PACKAGES {
        let file = target.join(format!("package/{}.crate", name_and_version(package)));
        let mut unpack = Command::new("tar");
        // As new files: packed ones have all the same old time, and cargo would take what it has
        // compiled of an earlier package for up to date.
        unpack.arg("-xzmf").arg(file).arg("-C").arg(&folder);
        process::run(&mut unpack)?;
    }
    fs::write(folder.join("Cargo.toml"), manifest(&root)?)?;
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    Ok(folder)
}

/// A workspace of the packages, in which they depend on each other as they will on the registry's.
fn manifest(root: &Path) -> Result<String> {
    let names = PACKAGES.map(name_and_version);
    let members = names
        .each_ref()
        .map(|name| format!("\"{name}\""))
        .join(", ");
    let mut manifest = format!("[workspace]\nresolver = \"3\"\nmembers = [{members}]\n");
    manifest += "\n[patch.crates-io]\n";
    for (package, name) in PACKAGES.iter().zip(&names) {
        manifest += &format!("{package} = {{ path = \"{name}\" }}\n");
    }
    // With the same profile the dependencies need not be compiled again.
    let workspace = fs::read_to_string(root.join("Cargo.toml"))?;
    let profile = workspace
        .split_once("\n[profile.dev]\n")
        .and_then(|(_, rest)| rest.split_once("\n[profile.dev.package]"))
        .context("the workspace has no [profile.dev]")?;
    Ok(format!("{manifest}\n[profile.dev]\n{}\n", profile.0))
}

fn check_files(package: &Path) -> Result<()> {
    for file in FILES {
        let path = package.join(file);
        ensure!(
            fs::metadata(&path).is_ok_and(|file| file.is_file()),
            "{} has no {file}",
            package.display()
        );
    }
    Ok(())
}
