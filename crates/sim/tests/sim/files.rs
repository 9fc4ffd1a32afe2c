//! Where the files of the worlds are: in memory if there is a file system for that. On a disk each
//! start of a server waits for it.

use tempfile::TempDir;

/// The file system in memory that most Linux systems have.
const MEMORY: &str = "/dev/shm";

/// How many bytes must be free there: many times what worlds take that run at once. Containers may
/// have less.
const FREE_BYTES_MIN: u64 = 1 << 30;

/// A folder for the files of a world.
pub(crate) fn folder() -> TempDir {
    let space = rustix::fs::statvfs(MEMORY);
    let is_large =
        space.is_ok_and(|space| space.f_bavail.saturating_mul(space.f_frsize) >= FREE_BYTES_MIN);
    match is_large {
        // It may be forbidden.
        true => tempfile::tempdir_in(MEMORY).or_else(|_| tempfile::tempdir()),
        false => tempfile::tempdir(),
    }
    .unwrap()
}
