//! The size of the page, held to a limit and to what the README says of it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::{compress, console, paths};

/// How large the page may be: all files together, with brotli. docs/PERFORMANCE.md says what costs
/// what: read it before raising this.
const BYTES_MAX: u64 = 210_000;

/// How far the README's figure may be off: builds on two machines differ a little.
const OFF_PERCENT_MAX: u64 = 3;

/// What stands before the figure in the README.
const MARK: &str = "The whole page is ";

/// Fails where the page is larger than the limit, or the README says another size.
pub(crate) fn check(dist: &Path) -> Result<()> {
    let sizes = compress::sizes(dist)?;
    let readme = fs::read_to_string(paths::root()?.join("README.md"))?;
    compare(sizes.brotli, &readme)?;
    let limit = BYTES_MAX / 1_000;
    console::print_step("check", &format!("the page: {sizes}, of {limit}"));
    Ok(())
}

fn compare(brotli: u64, readme: &str) -> Result<()> {
    ensure!(
        brotli <= BYTES_MAX,
        "the page has {brotli} bytes with brotli, and the limit is {BYTES_MAX}: docs/PERFORMANCE.md says what costs what"
    );
    let stated = stated_kb(readme).with_context(|| format!("README.md lacks \"{MARK}N KB\""))?;
    let off = brotli.abs_diff(stated * 1_000);
    ensure!(
        off * 100 <= brotli * OFF_PERCENT_MAX,
        "README.md says \"{MARK}{stated} KB\", and the page has {brotli} bytes with brotli"
    );
    Ok(())
}

fn stated_kb(readme: &str) -> Option<u64> {
    let (_, after) = readme.split_once(MARK)?;
    after.split_once(" KB")?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_over_the_limit_or_of_another_size_than_the_readme_says_fails() {
        assert!(compare(150_400, "The whole page is 150 KB with brotli").is_ok());
        assert!(compare(150_400, "The whole page is 140 KB with brotli").is_err());
        assert!(compare(150_400, "The whole page is small").is_err());
        assert!(compare(BYTES_MAX + 1, "The whole page is 210 KB with brotli").is_err());
    }
}
