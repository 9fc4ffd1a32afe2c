//! nginx, behind which the server is tested.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use super::apt;
use crate::{paths, process, versions};

/// Where distributions put the program; a user's PATH often lacks this folder.
const USUAL: &str = "/usr/sbin/nginx";

/// Finds nginx, or unpacks Debian's package under target/tools. It is not installed, because that
/// would start it at port 80 of this machine.
pub(super) fn ensure() -> Result<PathBuf> {
    if let Some(given) = env::var_os("NGINX").map(PathBuf::from) {
        ensure!(given.is_file(), "NGINX is no file: {}", given.display());
        return Ok(given);
    }
    let usual = Path::new(USUAL);
    let installed = process::on_path("nginx").or_else(|| usual.is_file().then(|| usual.into()));
    if let Some(nginx) = installed {
        return Ok(nginx);
    }
    let folder = paths::tools()?.join("nginx");
    let unpacked = folder.join("usr/sbin/nginx");
    if unpacked.is_file() {
        return Ok(unpacked);
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let otherwise = "set NGINX to its program";
    apt::unpack(
        versions::NGINX_PACKAGE,
        &folder,
        "the machine has no nginx",
        otherwise,
    )?;
    if !unpacked.is_file() {
        let package = versions::NGINX_PACKAGE;
        bail!("apt's package {package} has no program {USUAL}: install nginx, or {otherwise}");
    }
    Ok(unpacked)
}
