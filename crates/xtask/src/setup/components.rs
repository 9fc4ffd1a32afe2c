//! rustfmt and clippy, which a minimal toolchain lacks.

use std::process::Command;

use anyhow::{Result, bail};

use super::may_use_rustup;
use crate::{child, console};

/// Finds rustfmt and clippy, or gets them through rustup.
pub(super) fn ensure() -> Result<()> {
    let missing: Vec<&str> = [("rustfmt", "fmt"), ("clippy", "clippy")]
        .into_iter()
        .filter(|(_, command)| !child::succeeds(child::cargo().args([command, "--version"])))
        .map(|(component, _)| component)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    if !may_use_rustup() {
        bail!("the toolchain has no {names}, which the checks run: install it and start again");
    }
    console::say(
        "set-up",
        &format!("{names}: through rustup, because the checks run it"),
    );
    child::logged(
        "rustup",
        Command::new("rustup")
            .args(["component", "add"])
            .args(&missing),
    )
}
