//! The lock of the log's folder.

use std::{
    fs::{DirBuilder, File, TryLockError},
    os::unix::fs::DirBuilderExt as _,
    path::Path,
};

use super::open_error::OpenError;

/// Keeps other processes out while the log is open. The system releases it however the process
/// ends.
#[derive(Debug)]
pub(super) struct FolderLock(File);

impl FolderLock {
    /// Locks the folder for this process, and creates it if it does not exist.
    pub(super) fn take(folder: &Path) -> Result<Self, OpenError> {
        let not_writable = |source| OpenError::NotWritable {
            path: folder.to_owned(),
            source,
        };
        // The log holds the key that signs tokens, so no other user may read a folder created here.
        let created = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        created.map_err(not_writable)?;
        let lock = File::create(folder.join("parlor.lock")).map_err(not_writable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self(lock)),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse {
                path: folder.to_owned(),
            }),
            Err(TryLockError::Error(source)) => Err(not_writable(source)),
        }
    }

    /// Lets others in: the log is closed. Closing the file would not be enough. The lock lasts as
    /// long as any copy of the open file, and a child process has one until its program begins.
    pub(super) fn release(&self) {
        // Where that fails the lock ends with the process.
        self.0.unlock().ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_released_folder_can_be_locked_although_the_file_is_still_open_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let lock = FolderLock::take(folder.path()).unwrap();
        let elsewhere = lock.0.try_clone().unwrap();
        let taken = FolderLock::take(folder.path());
        assert!(matches!(taken, Err(OpenError::InUse { .. })));
        lock.release();
        drop(lock);
        FolderLock::take(folder.path()).unwrap();
        drop(elsewhere);
    }
}
