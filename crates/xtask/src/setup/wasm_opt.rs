//! wasm-opt, from npm's binaryen: a prebuilt copy that every system with node can run.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::{child, console, paths, tools};

/// Finds wasm-opt in the pinned version, or installs it under target/.
pub(super) fn ensure() -> Result<PathBuf> {
    let prefix = paths::tools()?.join("wasm-opt");
    let installed = prefix.join("node_modules/.bin/wasm-opt");
    // Read, not run: it is a program for node, which takes a third of a second to say its version.
    if installed.is_file() && is_pinned_package(&prefix) {
        return Ok(installed);
    }
    if let Some(found) = child::on_path("wasm-opt")
        && child::output(Command::new(&found).arg("--version")).is_ok_and(|said| is_pinned(&said))
    {
        return Ok(found);
    }
    let version = tools::BINARYEN;
    let npm = child::on_path("npm").with_context(|| {
        format!(
            "wasm-opt {version} is missing, and so is npm, which gets it: install node with npm \
             (Debian and Ubuntu: `apt-get install nodejs npm`) and start again"
        )
    })?;
    console::say(
        "set-up",
        &format!("wasm-opt {version}: from npm, because it halves the page and is not on PATH"),
    );
    std::fs::create_dir_all(&prefix)?;
    let mut install = Command::new(npm);
    install
        .args(["install", "--no-audit", "--no-fund", "--prefix"])
        .arg(&prefix);
    child::logged("wasm-opt", install.arg(format!("binaryen@{version}")))?;
    ensure!(
        is_pinned_package(&prefix),
        "npm installed no wasm-opt {version}"
    );
    Ok(installed)
}

/// Whether `wasm-opt --version` said the pinned one: `wasm-opt version 132 (version_132)`.
fn is_pinned(said: &str) -> bool {
    said.split_whitespace().nth(2) == Some(tools::BINARYEN)
}

fn is_pinned_package(prefix: &Path) -> bool {
    let manifest = prefix.join("node_modules/binaryen/package.json");
    let pinned = format!("\"version\": \"{}.", tools::BINARYEN);
    std::fs::read_to_string(manifest).is_ok_and(|text| text.contains(&pinned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_pinned_version_will_do() {
        assert!(is_pinned(&format!(
            "wasm-opt version {0} (version_{0})\n",
            tools::BINARYEN
        )));
        assert!(!is_pinned("wasm-opt version 108 (version_108)\n"));
        assert!(!is_pinned(""));
    }
}
