//! `cargo xtask chaos`: the release server, clients of every kind, and faults.

use std::ffi::OsString;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{console, paths, process, release, setup};

/// Builds the client for JavaScript, the server and the run, and runs it.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let tools = setup::for_chaos()?;
    let client = paths::root()?.join("clients/js");
    console::print_step("parlor-chaos", "building the client for JavaScript");
    let mut build = Command::new("node");
    build
        .current_dir(&client)
        .arg("build.mjs")
        .env("JS_TOOLS", tools);
    process::run(&mut build).context("clients/js can't be built")?;
    let mut args: Vec<OsString> = args.iter().map(OsString::from).collect();
    args.push("--js".into());
    args.push(client.join("dist/parlor.js").into());
    let mut command = release::command_with_server("parlor-chaos", &args)?;
    if args
        .iter()
        .any(|arg| arg.to_string_lossy().starts_with("--nodes"))
    {
        command.env("NATS_SERVER", setup::nats_server()?);
    }
    process::run(&mut command)
}
