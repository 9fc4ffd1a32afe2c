//! Fingerprints of files, which tell whether a build is up to date.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// A hash over the contents of files and over words.
///
/// std's hasher is good enough: a fingerprint is compared only with one from the same machine, and
/// a wrong difference costs no more than a rebuild.
#[derive(Debug, Default)]
pub(crate) struct Fingerprint(DefaultHasher);

impl Fingerprint {
    /// Adds a word, such as the version of a tool.
    pub(crate) fn add_word(&mut self, word: &str) {
        word.hash(&mut self.0);
    }

    /// Adds a file, or all files below a folder. A path that does not exist adds nothing.
    pub(crate) fn add_path(&mut self, path: &Path) -> Result<()> {
        for file in files(path)? {
            file.strip_prefix(path).unwrap_or(&file).hash(&mut self.0);
            read(&file)?.hash(&mut self.0);
        }
        Ok(())
    }

    /// The hash of everything added, as hexadecimal digits.
    pub(crate) fn finish(&self) -> String {
        format!("{:016x}", self.0.finish())
    }
}

/// All files at or below a path, sorted.
pub(crate) fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    if path.is_dir() {
        let entries =
            fs::read_dir(path).with_context(|| format!("cannot list {}", path.display()))?;
        for entry in entries {
            found.extend(files(&entry?.path())?);
        }
    }
    found.sort();
    Ok(found)
}

/// Reads a file; the error names it.
pub(crate) fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}
