//! axe-core, which looks for what bars people from a page: the tests run it in the page, it is no part of it.

use std::path::PathBuf;

use anyhow::Result;

use super::npm::Package;
use crate::tools;

const AXE: Package = Package {
    name: "axe-core",
    version: tools::AXE,
    folder: "axe",
    why: "because the tests hold the page against the rules of accessibility",
};

/// Finds its script, or installs it under target/.
pub(super) fn ensure() -> Result<PathBuf> {
    if !AXE.is_there()? {
        AXE.install()?;
    }
    Ok(AXE.modules()?.join("axe-core/axe.min.js"))
}
