//! What the page weighs: held to a limit, and to what the README says of it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::{compress, console, paths};

/// The page may be so large, with brotli: 150 KB, and what builds differ by. Whoever has to raise it looks into
/// docs/PERFORMANCE.md first.
const BYTES_MAX: u64 = 155_000;

/// What the README says may be off by this: builds differ by a little from machine to machine.
const OFF_PERCENT_MAX: u64 = 3;

/// What stands before the number in the README.
const SAID: &str = "The bundle: ";

/// Fails where the page is too large, or of another size than the README says.
pub(crate) fn check(dist: &Path) -> Result<()> {
    let sizes = compress::sizes(dist)?;
    let readme = fs::read_to_string(paths::root()?.join("README.md"))?;
    hold(sizes.brotli, &readme)?;
    let may_be = BYTES_MAX / 1_000;
    console::print_step("check", &format!("the page: {sizes}, of {may_be}"));
    Ok(())
}

fn hold(brotli: u64, readme: &str) -> Result<()> {
    ensure!(
        brotli <= BYTES_MAX,
        "the page is {brotli} bytes with brotli, and may be {BYTES_MAX}: docs/PERFORMANCE.md says what costs what"
    );
    let said = said(readme).with_context(|| format!("README.md lacks \"{SAID}N KB\""))?;
    let off = brotli.abs_diff(said * 1_000);
    ensure!(
        off * 100 <= brotli * OFF_PERCENT_MAX,
        "README.md says \"{SAID}{said} KB\", and the page is {brotli} bytes with brotli"
    );
    Ok(())
}

fn said(readme: &str) -> Option<u64> {
    let (_, after) = readme.split_once(SAID)?;
    after.split_once(" KB")?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_may_be_so_large_and_the_readme_has_to_know() {
        assert!(hold(150_400, "The bundle: 150 KB with brotli").is_ok());
        assert!(hold(150_400, "The bundle: 140 KB with brotli").is_err());
        assert!(hold(150_400, "The bundle is small").is_err());
        assert!(hold(BYTES_MAX + 1, "The bundle: 155 KB with brotli").is_err());
    }
}
