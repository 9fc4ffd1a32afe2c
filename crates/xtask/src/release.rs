//! Release builds, and the commands that run one against another.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::{console, paths, process, setup};

/// Builds these packages in release and returns the folder that has their programs.
pub(crate) fn build(packages: &[&str]) -> Result<PathBuf> {
    setup::for_server()?;
    let mut build = process::cargo();
    build
        .current_dir(paths::root()?)
        .args(["build", "--release"]);
    for package in packages {
        build.args(["--package", package]);
    }
    process::run(&mut build)?;
    Ok(paths::target()?.join("release"))
}

/// Builds the server and `program` in release and runs `program`, which starts the server itself.
/// No page is involved.
pub(crate) fn run_with_server(program: &str, args: &[impl AsRef<OsStr>]) -> Result<()> {
    process::run(&mut command_with_server(program, args)?)
}

/// Builds the server and `program` in release and returns the command that runs `program`.
pub(crate) fn command_with_server(program: &str, args: &[impl AsRef<OsStr>]) -> Result<Command> {
    console::print_step(program, "building it and the server in release");
    let folder = build(&["parlor-server", program])?;
    let mut command = Command::new(folder.join(program));
    command
        .current_dir(paths::root()?)
        .arg("--server")
        .arg(folder.join("parlor"))
        .args(args);
    Ok(command)
}
