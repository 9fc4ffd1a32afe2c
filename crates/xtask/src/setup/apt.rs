//! Packages from the machine's own package manager, where that is apt.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{console, process};

/// Installs the packages. `problem` says what is missing, `otherwise` what a user can do where apt
/// is missing or fails.
pub(super) fn install(packages: &[&str], problem: &str, otherwise: &str) -> Result<()> {
    let list = packages.join(" ");
    let apt_get = announced(&list, problem, otherwise)?;
    let mut install = vec!["install", "-y", "--no-install-recommends"];
    install.extend(packages);
    run(apt_get, &["update"])
        .and_then(|()| run(apt_get, &install))
        .with_context(|| format!("apt cannot install {list}: install it yourself, or {otherwise}"))
}

/// Unpacks a package into the folder without installing it: what it would start or configure stays
/// as it is. `problem` and `otherwise` are as for [`install`].
pub(super) fn unpack(package: &str, folder: &Path, problem: &str, otherwise: &str) -> Result<()> {
    let apt_get = announced(package, problem, otherwise)?;
    let downloads = folder.join("download");
    let unpack = || {
        run(apt_get, &["update"])?;
        fs::create_dir_all(&downloads)?;
        let mut download = Command::new("apt-get");
        // apt's own user may not be allowed to write into the checkout.
        download.args(["-o", "APT::Sandbox::User=root", "download", package]);
        process::run(download.current_dir(&downloads))?;
        let mut files = fs::read_dir(&downloads)?;
        let file = files.next().context("apt downloaded nothing")??.path();
        process::run(Command::new("dpkg-deb").arg("-x").arg(file).arg(folder))?;
        fs::remove_dir_all(&downloads).context("the package can't be removed")
    };
    unpack().with_context(|| format!("apt cannot bring {package}: install it, or {otherwise}"))
}

/// Says what is installed and why; the command with which this user can run apt-get.
fn announced(list: &str, problem: &str, otherwise: &str) -> Result<&'static [&'static str]> {
    let Some(apt_get) = apt_get() else {
        bail!("{problem}: install it (Debian: `sudo apt-get install {list}`), or {otherwise}");
    };
    console::print_step("set-up", &format!("{list}: with apt, because {problem}"));
    Ok(apt_get)
}

fn run(apt_get: &[&str], args: &[&str]) -> Result<()> {
    let mut command = Command::new(apt_get[0]);
    process::run(command.args(&apt_get[1..]).args(args))
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
