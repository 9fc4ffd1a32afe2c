//! `cargo xtask chaos`: the release server in a storm.

use std::process::Command;

use anyhow::Result;

use crate::{child, console};

/// Builds what is not up to date and runs it. Needs nothing but Rust: there is no page in it.
pub(crate) fn run(chaos_args: &[String]) -> Result<()> {
    console::say(
        "chaos",
        "building the server and the storm in release, where their sources changed",
    );
    let release = child::release(&["parlor-server", "parlor-chaos"])?;
    let mut chaos = Command::new(release.join("parlor-chaos"));
    chaos
        .arg("--server")
        .arg(release.join("parlor"))
        .args(chaos_args);
    child::streamed(&mut chaos)
}
