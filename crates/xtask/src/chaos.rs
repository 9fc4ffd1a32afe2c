//! `cargo xtask chaos`: the release server in a storm.

use std::process::Command;

use anyhow::Result;

use crate::{child, console, paths};

/// Builds what is not up to date and runs it. Needs nothing but Rust: there is no page in it.
pub(crate) fn run(chaos_args: &[String]) -> Result<()> {
    console::say(
        "chaos",
        "building the server and the storm in release, where their sources changed",
    );
    let mut build = child::cargo();
    build.current_dir(paths::root()?).args([
        "build",
        "--release",
        "--package",
        "parlor-server",
        "--package",
        "parlor-chaos",
    ]);
    child::streamed(&mut build)?;
    let release = paths::target()?.join("release");
    let mut chaos = Command::new(release.join("parlor-chaos"));
    chaos
        .arg("--server")
        .arg(release.join("parlor"))
        .args(chaos_args);
    child::streamed(&mut chaos)
}
