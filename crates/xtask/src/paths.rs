//! Where things are: the workspace, its target folder, and what xtask keeps there.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result};

/// The workspace's folder.
pub(crate) fn root() -> Result<PathBuf> {
    // Asked at run time, not compiled in: a target folder may be copied with its checkout.
    let manifest = env::var_os("CARGO_MANIFEST_DIR")
        .context("xtask wants to be started by cargo: type `cargo xtask`")?;
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

/// The built page.
pub(crate) fn dist() -> Result<PathBuf> {
    Ok(root()?.join("dist"))
}

/// Where the page's tools are installed.
pub(crate) fn tools() -> Result<PathBuf> {
    Ok(target()?.join("tools"))
}

/// What xtask remembers between runs, and its logs.
pub(crate) fn notes() -> Result<PathBuf> {
    let dir = target()?.join("xtask");
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
    Ok(dir)
}
