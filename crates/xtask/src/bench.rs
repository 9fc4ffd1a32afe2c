//! `cargo xtask bench`: the release server beside others.

use std::process::Command;

use anyhow::Result;

use crate::{child, console, paths};

/// Builds what is not up to date and runs it. Needs nothing but Rust: there is no page in it.
pub(crate) fn run(bench_args: &[String]) -> Result<()> {
    console::say(
        "bench",
        "building the server and the benchmark in release, where their sources changed",
    );
    let release = child::release(&["parlor-server", "parlor-bench"])?;
    let mut command = Command::new(release.join("parlor-bench"));
    command
        .current_dir(paths::root()?)
        .arg("--server")
        .arg(release.join("parlor"))
        .args(bench_args);
    child::streamed(&mut command)
}
