//! `cargo xtask run`: the page and the server in release, started.

use std::process::Command;

use anyhow::{Context, Result};

use crate::{child, console, page, paths, setup};

/// Builds what is not up to date and becomes the server.
pub(crate) fn run(server_args: &[String]) -> Result<()> {
    let dist = page::build(&setup::for_page()?)?;
    console::say(
        "server",
        "building it in release, where its sources changed",
    );
    let root = paths::root()?;
    let mut build = child::cargo();
    build
        .current_dir(root)
        .args(["build", "--release", "--package", "parlor-server"]);
    child::streamed(&mut build)?;

    let mut server = Command::new(paths::target()?.join("release/parlor"));
    server.arg("--page").arg(dist).args(server_args);
    become_it(server)
}

/// Replaces xtask by the server, which thus gets Ctrl-C and SIGTERM itself, and whose exit code
/// is the command's.
#[cfg(unix)]
fn become_it(mut server: Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    Err(server.exec()).context("cannot start the server")
}

/// Where a process cannot be replaced, waits for the server and passes its exit code on.
#[cfg(not(unix))]
fn become_it(mut server: Command) -> Result<()> {
    let status = server.status().context("cannot start the server")?;
    std::process::exit(status.code().unwrap_or(1))
}
