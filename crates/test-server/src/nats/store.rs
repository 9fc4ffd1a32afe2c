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

    /// Flips a byte in the newest file of what a server has of a stream, at this place of it in
    /// thousandths. The server must not run. Returns the file.
    ///
    /// # Errors
    /// If it has nothing of the stream.
    pub fn flip_byte(&self, n: usize, stream: &str, thousandths: u64) -> io::Result<String> {
        let folder = self.store(n).join("jetstream/PARLOR/streams").join(stream);
        let blocks = fs::read_dir(folder.join("msgs"))?
            .flatten()
            .map(|entry| entry.path());
        let number = |path: &PathBuf| path.file_stem()?.to_str()?.parse::<u64>().ok();
        let newest = blocks.filter_map(|path| Some((number(&path)?, path))).max();
        let (_, path) = newest.ok_or(io::ErrorKind::NotFound)?;
        let file = fs::File::options().read(true).write(true).open(&path)?;
        let place = file.metadata()?.len() * thousandths.min(999) / 1_000;
        let mut byte = [0];
        file.read_exact_at(&mut byte, place)?;
        file.write_all_at(&[byte[0] ^ 0x10], place)?;
        Ok(format!("{}, at {place}", path.display()))
    }
}
