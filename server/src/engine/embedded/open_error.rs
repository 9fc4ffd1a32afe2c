//! Why a log can't be opened.

use std::{
    io,
    path::{Path, PathBuf},
};

use rusqlite::{ErrorCode, ffi};

use super::admin::error::AdminError;

/// Why the log can't be opened. The files are left as they were.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder, or a file in it, can't be written.
    #[error("{} can't be written ({source}); choose another folder with --data", .path.display())]
    NotWritable {
        /// The folder or file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// Another server has the log open.
    #[error("{} is in use by another Parlor; stop that one, or choose another folder with --data", .path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// The file is not a log of Parlor's.
    #[error("{} is not a Parlor log; move it away, or choose another folder with --data", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The folder has no log.
    #[error("there is no log in {}; name its folder with --data", .path.display())]
    Missing {
        /// The folder.
        path: PathBuf,
    },
    /// An earlier version wrote the file.
    #[error("{} was written by an older Parlor; a server of this version upgrades it when it starts", .path.display())]
    Older {
        /// The file.
        path: PathBuf,
    },
    /// A later version wrote the file.
    #[error("{} was written by a newer Parlor; start that version", .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
    },
    /// The file is a backup, and the write-ahead log beside it belongs to the file that was there
    /// before.
    #[error(
        "{} is a restored backup, and {} beside it belongs to the file that was there before; move \
         that one away, and start again", .path.display(), .write_ahead.display()
    )]
    Mixed {
        /// The file.
        path: PathBuf,
        /// The write-ahead log.
        write_ahead: PathBuf,
    },
    /// There is no room on the disk for the one row that a start writes.
    #[error("{} can't be written, because its disk is full; make room, and start again", .path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// The file follows a stream, or another one or an epoch of it that others have left, or has
    /// entries that are in none.
    #[error(
        "{} is the log of another source: of this server alone, of another stream, or not as far as those \
         that the stream's epoch goes on with. Choose another folder with --data, `parlor restore` a backup of \
         one of the stream's nodes there, or take its messages over with `parlor migrate`", .path.display()
    )]
    OtherOrigin {
        /// The file.
        path: PathBuf,
    },
    /// The file of what operators decide is older than the log.
    #[error(
        "{} lacks changes that the log beside it has passed; restore both from one backup, or move the \
         folder away to begin again from the stream", .path.display()
    )]
    AdminBehind {
        /// The file.
        path: PathBuf,
    },
    /// The stream is not the one that this log has followed, or not all of it.
    #[error(
        "the stream is not the log that this node has ({cause}); not started, so that nobody is shown two \
         histories. `parlor repair` says what is missing and puts it right"
    )]
    StreamDiffers {
        /// What differs.
        cause: String,
    },
    /// The stream has forgotten what this log has yet to apply.
    #[error(
        "the stream has forgotten what this node has yet to apply ({cause}); start from a newer backup of \
         another node (`parlor backup` there, `parlor restore` here)"
    )]
    Forgotten {
        /// What is missing.
        cause: String,
    },
    /// The file is damaged.
    #[error("{} is damaged; restore a backup, or move it away to start with an empty log", .path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
    },
    /// This binary was built with an SQLite version that can lose commits.
    #[error(
        "this was built with SQLite {version}, which can lose commits; build it with 3.51.3 or later"
    )]
    SqliteTooOld {
        /// The SQLite version.
        version: String,
    },
    /// The file of what operators decide can't be read.
    #[error(transparent)]
    Admin(#[from] AdminError),
    /// Any other error of the storage.
    #[error("{} can't be opened: {source}", .path.display())]
    Storage {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl OpenError {
    /// Any other error of the storage.
    pub(in crate::engine) fn storage(
        path: &Path,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::Storage {
            path: path.to_owned(),
            source: Box::new(source),
        }
    }

    /// What SQLite's error on opening the file means for the operator.
    pub(super) fn of_sqlite(path: &Path, error: rusqlite::Error) -> Self {
        let path = path.to_owned();
        // SQLite has no room for the memory that readers share: a file, too.
        let extended = error.sqlite_error().map(|error| error.extended_code);
        if extended == Some(ffi::SQLITE_IOERR_SHMSIZE) {
            return Self::DiskFull { path };
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::Corrupt { path },
            Some(ErrorCode::DiskFull) => Self::DiskFull { path },
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::NotWritable {
                    path,
                    source: io::Error::other(error),
                }
            }
            Some(_) | None => Self::storage(&path, error),
        }
    }
}
