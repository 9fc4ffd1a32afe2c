//! `cargo xtask run`: builds the page and the server in release and starts the server.

use std::process::Command;

use anyhow::{Context, Result};

use crate::{console, page, release, setup};

/// Builds what is not up to date and replaces this process with the server.
pub(crate) fn run(server_args: &[String]) -> Result<()> {
    let dist = page::build(&setup::for_page()?)?;
    console::print_step("server", "building it in release");
    let folder = release::build(&["parlor-server"])?;
    let mut server = Command::new(folder.join("parlor"));
    server.arg("--page").arg(dist).args(server_args);
    exec(server)
}

/// Replaces xtask with the server, which thus receives Ctrl-C and SIGTERM itself. Its exit code is
/// the command's.
#[cfg(unix)]
fn exec(mut server: Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    Err(server.exec()).context("cannot start the server")
}

/// On systems where a process cannot be replaced: waits for the server and exits with its code.
#[cfg(not(unix))]
fn exec(mut server: Command) -> Result<()> {
    let status = server.status().context("cannot start the server")?;
    std::process::exit(status.code().unwrap_or(1))
}
