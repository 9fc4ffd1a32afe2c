//! The folders of the workspace that xtask uses.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result};

/// The root of the workspace.
pub(crate) fn root() -> Result<PathBuf> {
    // Read at run time, not compiled in: a checkout may be copied together with its target folder.
    let manifest = env::var_os("CARGO_MANIFEST_DIR")
        .context("cargo has to start xtask: type `cargo xtask`")?;
    let crates = PathBuf::from(manifest).join("../..");
    crates
        .canonicalize()
        .with_context(|| format!("no workspace at {}", crates.display()))
}

/// Cargo's target folder.
pub(crate) fn target() -> Result<PathBuf> {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => Ok(env::current_dir()?.join(dir)),
        None => Ok(root()?.join("target")),
    }
}

/// The folder of the release build of the page.
pub(crate) fn dist() -> Result<PathBuf> {
    Ok(root()?.join("dist"))
}

/// The folder into which the set-up installs tools.
pub(crate) fn tools() -> Result<PathBuf> {
    Ok(target()?.join("tools"))
}

/// The folder of the files that xtask keeps between runs; created if it does not exist.
pub(crate) fn state() -> Result<PathBuf> {
    let dir = target()?.join("xtask");
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
    Ok(dir)
}
