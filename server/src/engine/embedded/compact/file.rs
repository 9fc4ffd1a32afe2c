//! A file that is made smaller: what was done to it, and why it was not.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::engine::embedded::{open_error::OpenError, schema};

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
    pub(super) fn of_sqlite(path: &Path, error: rusqlite::Error) -> Self {
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

    pub(super) fn of_io(path: &Path, error: io::Error) -> Self {
        let path = path.to_owned();
        if error.kind() == io::ErrorKind::StorageFull {
            return Self::DiskFull { path };
        }
        Self::Failed {
            path,
            source: error.into(),
        }
    }
}

/// Opens an existing file for writing, as the server does.
pub(super) fn open(path: &Path) -> rusqlite::Result<Connection> {
    let db = schema::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    db.pragma_update(None, "synchronous", "FULL")?;
    // No words of deleted messages stay in pages that are free.
    db.pragma_update(None, "secure_delete", "ON")?;
    Ok(db)
}

/// The size of a file; 0 if it does not exist.
pub(super) fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |found| found.len())
}

pub(super) fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
