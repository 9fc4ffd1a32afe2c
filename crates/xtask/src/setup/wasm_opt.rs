//! wasm-opt, from npm's binaryen: a prebuilt copy that every system with node can run.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::npm::Package;
use crate::{child, tools};

const BINARYEN: Package = Package {
    name: "binaryen",
    version: tools::BINARYEN,
    folder: "wasm-opt",
    why: "because its wasm-opt halves the page and is not on PATH",
};

/// Finds wasm-opt in the pinned version, or installs it under target/.
pub(super) fn ensure() -> Result<PathBuf> {
    let installed = BINARYEN.modules()?.join(".bin/wasm-opt");
    if installed.is_file() && BINARYEN.is_there()? {
        return Ok(installed);
    }
    if let Some(found) = child::on_path("wasm-opt")
        && child::output(Command::new(&found).arg("--version")).is_ok_and(|said| is_pinned(&said))
    {
        return Ok(found);
    }
    BINARYEN.install()?;
    Ok(installed)
}

/// Whether `wasm-opt --version` said the pinned one: `wasm-opt version 132 (version_132)`.
fn is_pinned(said: &str) -> bool {
    said.split_whitespace().nth(2) == Some(tools::BINARYEN)
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
