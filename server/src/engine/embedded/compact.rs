//! Gives space that the files no longer need back to the disk, while a server runs or not.
//!
//! What retention and deletions free stays in the files, for later entries. Without a server, a
//! file is written again ([`rewrite`]), which also turns a file of an earlier version into one that
//! can be made smaller in place. While a server runs, pages are moved from the file's end into free
//! ones ([`in_place`]), a few in each transaction.

mod file;
mod in_place;
mod rewrite;

use std::path::Path;

pub use self::file::{CompactError, CompactedFile};
pub(super) use self::rewrite::remove_leftover;
use super::{folder_lock::FolderLock, fts, open_error::OpenError, schema};

/// What was done to the log and to the full-text index.
#[derive(Debug)]
pub struct CompactReport {
    /// The log.
    pub log: CompactedFile,
    /// The index, if there is one; or why it stays as it is, which harms nothing.
    pub search: Option<Result<CompactedFile, CompactError>>,
}

/// Gives back to the disk what the log in `data` and its index no longer need. A server may run on
/// it meanwhile. If none does, a server that is started before this has ended is refused.
///
/// # Errors
/// [`CompactError`]: one sentence that tells the operator what to do. The log is whole in any case,
/// also after a kill at any moment.
pub fn compact(data: &Path) -> Result<CompactReport, CompactError> {
    let path = schema::path_in(data);
    // Not by the writer's connection, which would create what is missing.
    schema::check_current(&schema::open_existing(data)?, &path)?;
    let compact_file = match FolderLock::take(data) {
        Ok(lock) => {
            let result = both(data, &path, without_server);
            lock.release();
            return result;
        }
        Err(OpenError::InUse { .. }) => in_place::compact,
        Err(error) => return Err(error.into()),
    };
    both(data, &path, compact_file)
}

fn both(
    data: &Path,
    log: &Path,
    compact_file: fn(&Path) -> Result<CompactedFile, CompactError>,
) -> Result<CompactReport, CompactError> {
    let log = compact_file(log)?;
    let search = fts::path_in(data);
    let search = search.exists().then(|| compact_file(&search));
    Ok(CompactReport { log, search })
}

/// Writes the file again. Where the disk has no room for that, it is made smaller in place, if it
/// can be.
fn without_server(path: &Path) -> Result<CompactedFile, CompactError> {
    match rewrite::compact(path) {
        Err(full @ CompactError::DiskFull { .. }) => match in_place::compact(path) {
            Err(CompactError::OfEarlierVersion { .. }) => Err(full),
            result => result,
        },
        result => result,
    }
}
