//! What the servers have on their disks, and what becomes of it.

use std::{
    fs, io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use super::NatsCluster;
use crate::folder::copy_folder;

impl NatsCluster {
    /// The folder that a server keeps its streams in.
    #[must_use]
    pub fn store(&self, n: usize) -> PathBuf {
        self.folder.path().join(format!("store-{n}"))
    }

    /// Copies what a server has on its disk, which must have been killed.
    ///
    /// # Errors
    /// If it can't be copied.
    pub fn keep_store(&self, n: usize, to: &Path) -> io::Result<()> {
        copy_folder(&self.store(n), to)
    }

    /// Puts a copy of what a server had on its disk in the place of what it has, as a person may do
    /// who has a backup. It must have been killed.
    ///
    /// # Errors
    /// If it can't be copied.
    pub fn put_store_back(&self, n: usize, from: &Path) -> io::Result<()> {
        fs::remove_dir_all(self.store(n))?;
        copy_folder(from, &self.store(n))
    }

    /// Flips a byte of the messages that a server has stored, at this place of them in thousandths.
    /// The server must not run. Returns the file.
    ///
    /// # Errors
    /// If it has stored none.
    pub fn flip_byte(&self, n: usize, thousandths: u64) -> io::Result<String> {
        let mut blocks = Vec::new();
        find_blocks(&self.store(n), &mut blocks)?;
        blocks.sort();
        let (bytes, path) = blocks.pop().ok_or(io::ErrorKind::NotFound)?;
        let file = fs::File::options().read(true).write(true).open(&path)?;
        let place = bytes * thousandths.min(999) / 1_000;
        let mut byte = [0];
        file.read_exact_at(&mut byte, place)?;
        file.write_all_at(&[byte[0] ^ 0x10], place)?;
        Ok(format!("{}, at {place}", path.display()))
    }
}

/// The files with a stream's messages below a folder, and their sizes.
fn find_blocks(folder: &Path, found: &mut Vec<(u64, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find_blocks(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "blk")
            && path.parent().is_some_and(|folder| folder.ends_with("msgs"))
            && path.components().any(|part| part.as_os_str() == "streams")
            && !path.components().any(|part| part.as_os_str() == "$SYS")
        {
            found.push((path.metadata()?.len(), path));
        }
    }
    Ok(())
}
