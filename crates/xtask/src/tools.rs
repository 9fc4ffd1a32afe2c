//! The versions of everything the set-up gets, in one place.
//!
//! wasm-bindgen's is not among them: its command-line tool must match the crate exactly, so the
//! set-up reads the crate's version from Cargo.lock and the two cannot drift apart.

use anyhow::{Context, Result};

use crate::paths;

/// Trunk builds the page. 0.22 wants a newer compiler than the workspace does.
pub(crate) const TRUNK: &str = "0.21.14";

/// npm's binaryen, for its wasm-opt. Old distributions carry versions that miscompile silently.
pub(crate) const BINARYEN: &str = "132";

/// npm's axe-core, for the tests. Newer ones know more rules: raise it and mend what it finds.
pub(crate) const AXE: &str = "4.14.1";

/// The WASM target's name.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// Debian suites that may carry the Rust library's source in the compiler's version, best first.
pub(crate) const RUST_SRC_SUITES: [&str; 3] = ["trixie-backports", "forky", "sid"];

/// What Debian calls the browser, its driver, and fonts for text and emoji.
pub(crate) const BROWSER_PACKAGES: [&str; 4] = [
    "chromium",
    "chromium-driver",
    "fonts-noto-core",
    "fonts-noto-color-emoji",
];

/// The version of the wasm-bindgen crate in Cargo.lock.
pub(crate) fn wasm_bindgen() -> Result<String> {
    let path = paths::root()?.join("Cargo.lock");
    let lock = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    locked_version(&lock, "wasm-bindgen").context("Cargo.lock names no wasm-bindgen")
}

fn locked_version(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    let version = lines.nth(1)?.strip_prefix("version = \"")?;
    Some(version.strip_suffix('"')?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_files_version_is_found_by_the_whole_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"1.0.0\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(
            locked_version(lock, "wasm-bindgen").as_deref(),
            Some("0.2.130")
        );
        assert_eq!(locked_version(lock, "wasm"), None);
    }
}
