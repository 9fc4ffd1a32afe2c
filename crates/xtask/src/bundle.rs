//! `cargo xtask build`: one binary with the page inside.

use std::fs;

use anyhow::{Context, Result};

use crate::{child, compress, console, page, paths, setup};

/// Builds it and says where it is and how large.
pub(crate) fn run() -> Result<()> {
    let dist = page::build(&setup::for_page()?)?;
    console::say("server", "building it in release with the page inside");
    let mut build = child::cargo();
    build.current_dir(paths::root()?);
    build.args([
        "build",
        "--release",
        "--package",
        "parlor-server",
        "--features",
        "embed-page",
    ]);
    child::streamed(&mut build)?;
    // Under a name of its own: `run` builds `parlor` without the page, in the same place.
    let built = paths::target()?.join("release/parlor");
    let kept = paths::target()?.join("parlor");
    fs::copy(&built, &kept).with_context(|| format!("cannot write {}", kept.display()))?;
    let megabytes = fs::metadata(&kept)?.len() as f64 / 1e6;
    console::say("page", &compress::sizes(&dist)?.to_string());
    console::say("binary", &format!("{} ({megabytes:.1} MB)", kept.display()));
    Ok(())
}
