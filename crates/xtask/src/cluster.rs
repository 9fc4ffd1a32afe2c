//! `cargo xtask cluster`: three nodes over three servers of NATS, to try.

use std::process::Command;

use anyhow::Result;

use crate::{console, page, paths, process, release, setup};

/// Builds the page, the server and what runs them, and runs it.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let dist = page::build(&setup::for_page()?)?;
    let nats_server = setup::nats_server()?;
    console::print_step("cluster", "building it and the server in release");
    let folder = release::build(&["parlor-server", "parlor-cluster"])?;
    let mut cluster = Command::new(folder.join("parlor-cluster"));
    cluster
        .current_dir(paths::root()?)
        .env("NATS_SERVER", nats_server)
        .arg("--server")
        .arg(folder.join("parlor"))
        .arg("--page")
        .arg(dist)
        .args(args);
    process::run(&mut cluster)
}
