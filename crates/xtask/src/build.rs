//! `cargo xtask build`: one binary with the page inside.

use std::fs;

use anyhow::{Context, Result};

use crate::{compress, console, page, paths, process, setup};

/// How the binary is linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Linking {
    /// To the C library of a machine like this one.
    Dynamic,
    /// To nothing: the binary runs on every Linux with this processor.
    Static,
}

/// Builds the binary and prints its path and size.
pub(crate) fn run(linking: Linking) -> Result<()> {
    let target = match linking {
        Linking::Dynamic => None,
        Linking::Static => Some(setup::for_static()?),
    };
    let dist = page::build(&setup::for_page()?)?;
    console::print_step("server", "building it in release with the page inside");
    let mut build = process::cargo();
    build.current_dir(paths::root()?).args([
        "build",
        "--release",
        "--package",
        "parlor-server",
        "--features",
        "embed-page",
    ]);
    let mut folder = paths::target()?;
    if let Some(target) = &target {
        build.args(["--target", target]);
        // For some processors the C compiler would be looked for under another name.
        build.env(format!("CC_{}", target.replace('-', "_")), "musl-gcc");
        folder.push(target);
    }
    process::run(&mut build)?;
    // The binary gets a path of its own, because `cargo xtask run` builds `parlor` without the page
    // into target/release.
    let built = folder.join("release/parlor");
    let kept = paths::target()?.join("parlor");
    fs::copy(&built, &kept).with_context(|| format!("cannot write {}", kept.display()))?;
    let megabytes = fs::metadata(&kept)?.len() as f64 / 1e6;
    console::print_step("page", &compress::sizes(&dist)?.to_string());
    console::print_step("binary", &format!("{} ({megabytes:.1} MB)", kept.display()));
    Ok(())
}
