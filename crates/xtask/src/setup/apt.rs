//! Packages from the machine's own package manager, where that is apt.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{console, process};

/// Installs the packages. `problem` says what is missing, `otherwise` what a user can do where apt
/// is missing or fails.
pub(super) fn install(packages: &[&str], problem: &str, otherwise: &str) -> Result<()> {
    let list = packages.join(" ");
    let Some(apt_get) = apt_get() else {
        bail!("{problem}: install it (Debian: `sudo apt-get install {list}`), or {otherwise}");
    };
    console::print_step("set-up", &format!("{list}: with apt, because {problem}"));
    let run = |args: &[&str]| {
        let mut command = Command::new(apt_get[0]);
        process::run(command.args(&apt_get[1..]).args(args))
    };
    let mut install = vec!["install", "-y", "--no-install-recommends"];
    install.extend(packages);
    run(&["update"])
        .and_then(|()| run(&install))
        .with_context(|| format!("apt cannot install {list}: install it yourself, or {otherwise}"))
}

/// The command with which this user can run apt-get, if there is one.
fn apt_get() -> Option<&'static [&'static str]> {
    const AS_ROOT: &[&str] = &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
    const WITH_SUDO: &[&str] = &["sudo", "-n", AS_ROOT[0], AS_ROOT[1], AS_ROOT[2]];
    process::on_path("apt-get")?;
    let is_root = process::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if is_root {
        return Some(AS_ROOT);
    }
    process::succeeds(Command::new("sudo").args(["-n", "true"])).then_some(WITH_SUDO)
}
