//! Gives space that the files no longer need back to the disk, while a server runs or not.
//!
//! What retention and deletions free stays in the files, for later entries. Without a server, a file
//! is written again ([`rewrite`]), which also turns a file of an earlier version into one that can
//! be made smaller in place. While a server runs, pages are moved from the file's end into free ones
//! ([`in_place`]), a few in each transaction.

mod in_place;
mod rewrite;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, ErrorCode, OpenFlags};

pub(super) use self::rewrite::remove_leftover;
use super::{folder_lock::FolderLock, fts, open_error::OpenError, schema};

/// What was done to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompactedFile {
    /// Its name in the folder of the log.
    pub name: String,
    /// Its size before, in bytes.
    pub before: u64,
    /// Its size now, in bytes.
    pub after: u64,
    /// Bytes that it has yet to give back, because somebody still reads them. The server's next
    /// checkpoint gives them back.
    pub later: u64,
}

impl CompactedFile {
    /// How many bytes the disk got back.
    #[must_use]
    pub fn freed(&self) -> u64 {
        self.before.saturating_sub(self.after)
    }
}

/// What was done to the log and to the full-text index.
#[derive(Debug)]
pub struct CompactReport {
    /// The log.
    pub log: CompactedFile,
    /// The index, if there is one; or why it stays as it is, which harms nothing.
    pub search: Option<Result<CompactedFile, CompactError>>,
}

/// Why a file stays as it is, or is only partly smaller. It is whole and usable in any case.
#[derive(Debug, thiserror::Error)]
pub enum CompactError {
    /// The log can't be opened.
    #[error(transparent)]
    Log(#[from] OpenError),
    /// A server runs, and the file is of a version that can't be made smaller meanwhile.
    #[error(
        "{} was made by an earlier version and can't be made smaller while a server runs; stop the \
         server, run this again, and start it. From then on it works while the server runs", .path.display()
    )]
    OfEarlierVersion {
        /// The file.
        path: PathBuf,
    },
    /// Another program has the file open.
    #[error("another program has {} open; try again once it has ended", .path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// There is no room for the copy, or for the transactions.
    #[error(
        "the disk is full: there is no room to work on {}, which is as it was; make room for a copy of it, or \
         run this while the server runs", .path.display()
    )]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// The file is damaged.
    #[error("{} is damaged and stays as it is; `parlor check` says more", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// Any other error of the storage.
    #[error("{} can't be made smaller: {source}; it is whole", .path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl CompactError {
    fn of_sqlite(path: &Path, error: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull { path },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse { path },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged { path },
            Some(_) | None => Self::Failed {
                path,
                source: error.into(),
            },
        }
    }

    fn of_io(path: &Path, error: io::Error) -> Self {
        let path = path.to_owned();
        match error.kind() {
            io::ErrorKind::StorageFull => Self::DiskFull { path },
            _ => Self::Failed {
                path,
                source: error.into(),
            },
        }
    }
}

/// Gives back to the disk what the log in `data` and its index no longer need. A server may run on
/// it meanwhile; a server that starts while this works without one is refused.
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

/// Opens an existing file for writing, as the server does.
fn open(path: &Path) -> rusqlite::Result<Connection> {
    let db = schema::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    db.pragma_update(None, "synchronous", "FULL")?;
    // No words of deleted messages stay in pages that are free.
    db.pragma_update(None, "secure_delete", "ON")?;
    Ok(db)
}

/// The size of a file; 0 if it does not exist.
fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |found| found.len())
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
