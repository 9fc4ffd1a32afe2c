//! A stamp says what a result was made from, so that it is not made again for nothing.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The content hash of files, folders and words. Only ever compared with one made on the same
/// machine, and a needless rebuild is the worst a different hash costs; std's will do.
#[derive(Debug, Default)]
pub(crate) struct Content(DefaultHasher);

impl Content {
    /// Takes in a word, such as a tool's version.
    pub(crate) fn word(&mut self, word: &str) {
        word.hash(&mut self.0);
    }

    /// Takes in a file, or all files below a folder; one that is not there counts as such.
    pub(crate) fn path(&mut self, path: &Path) -> Result<()> {
        for file in files(path)? {
            file.strip_prefix(path).unwrap_or(&file).hash(&mut self.0);
            read(&file)?.hash(&mut self.0);
        }
        Ok(())
    }

    /// The hash of all that was taken in.
    pub(crate) fn finish(&self) -> String {
        format!("{:016x}", self.0.finish())
    }
}

/// All files at or below a path, in a stable order.
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

/// A file's content, with the file's name in the error.
pub(crate) fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}
