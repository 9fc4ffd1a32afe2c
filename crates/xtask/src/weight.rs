//! The size of the page, held to a limit and to what the README says of it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::compress::{LaterFile, PageSizes};
use crate::{compress, console, paths};

/// How large the first load may be: everything that a browser fetches to open the page, with
/// brotli. docs/PERFORMANCE.md says what costs what: read it before raising this.
const BYTES_MAX: u64 = 230_000;

/// How large each text may be that is fetched later, when it is first needed, with brotli.
const LATER_BYTES_MAX: u64 = 40_000;

/// How large the later part of the program may be, with brotli. It is fetched once the room is
/// shown.
const LATER_PROGRAM_BYTES_MAX: u64 = 155_000;

/// How far the README's figure may be off: builds on two machines differ a little.
const OFF_PERCENT_MAX: u64 = 3;

/// What stands before the figure in the README.
const MARK: &str = "The first load is ";

/// Fails where a part of the page is larger than its limit, or the README says another size.
pub(crate) fn check(dist: &Path) -> Result<()> {
    let page = compress::sizes(dist)?;
    let readme = fs::read_to_string(paths::root()?.join("README.md"))?;
    compare(&page, &readme)?;
    let kb = |bytes| bytes / 1_000;
    let limits = format!(
        "{} KB, the later part of the program {}, each other later file {}",
        kb(BYTES_MAX),
        kb(LATER_PROGRAM_BYTES_MAX),
        kb(LATER_BYTES_MAX)
    );
    console::print_step("check", &format!("the page: {page}; limit {limits}"));
    Ok(())
}

fn compare(page: &PageSizes, readme: &str) -> Result<()> {
    let brotli = page.first_load.brotli;
    ensure!(
        brotli <= BYTES_MAX,
        "the first load has {brotli} bytes with brotli, and the limit is {BYTES_MAX}: docs/PERFORMANCE.md says what costs what"
    );
    for LaterFile { name, sizes } in &page.later {
        let bytes = sizes.brotli;
        let max = match name.ends_with(".wasm") {
            true => LATER_PROGRAM_BYTES_MAX,
            false => LATER_BYTES_MAX,
        };
        ensure!(
            bytes <= max,
            "{name} has {bytes} bytes with brotli, and the limit for it, which is fetched later, is {max}"
        );
    }
    let stated = stated_kb(readme).with_context(|| format!("README.md lacks \"{MARK}N KB\""))?;
    let off = brotli.abs_diff(stated * 1_000);
    ensure!(
        off * 100 <= brotli * OFF_PERCENT_MAX,
        "README.md says \"{MARK}{stated} KB\", and the first load has {brotli} bytes with brotli"
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
    use crate::compress::Sizes;

    /// A page whose first load weighs this, and which fetches a file of this weight later.
    fn page(first_load: u64, later: u64) -> PageSizes {
        let sizes = |brotli| Sizes { raw: 0, brotli };
        PageSizes {
            first_load: sizes(first_load),
            later: vec![LaterFile {
                name: "later/de.txt".to_owned(),
                sizes: sizes(later),
            }],
        }
    }

    #[test]
    fn a_page_over_the_limit_or_of_another_size_than_the_readme_says_fails() {
        let small = page(150_400, 0);
        assert!(compare(&small, "The first load is 150 KB with brotli").is_ok());
        assert!(compare(&small, "The first load is 140 KB with brotli").is_err());
        assert!(compare(&small, "The first load is small").is_err());
        let large = page(BYTES_MAX + 1, 0);
        assert!(compare(&large, "The first load is 230 KB with brotli").is_err());
    }

    #[test]
    fn what_is_fetched_later_has_a_limit_of_its_own() {
        let readme = "The first load is 150 KB with brotli";
        assert!(compare(&page(150_400, LATER_BYTES_MAX), readme).is_ok());
        assert!(compare(&page(150_400, LATER_BYTES_MAX + 1), readme).is_err());
    }

    #[test]
    fn the_folder_of_later_files_is_counted_apart_from_the_first_load() -> Result<()> {
        let dist = tempfile::tempdir()?;
        fs::create_dir(dist.path().join("later"))?;
        for (file, content) in [
            ("a.wasm", "12345"),
            ("a.wasm.br", "123"),
            ("later/de.txt", "12"),
        ] {
            fs::write(dist.path().join(file), content)?;
        }
        let page = compress::sizes(dist.path())?;
        assert_eq!(page.first_load.brotli, 3);
        let later: Vec<_> = page
            .later
            .iter()
            .map(|file| (&*file.name, file.sizes.brotli))
            .collect();
        assert_eq!(later, [("later/de.txt", 2)]);
        Ok(())
    }
}
