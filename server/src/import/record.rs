//! What is imported, one entry after the other, and why something is not.

use std::{io, path::PathBuf};

use parlor_shared::{Body, MemberId, MessageId, Name, RoomId};

use crate::engine::{AppendError, ReadError, embedded::OpenError};

/// An entry of elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) room: RoomId,
    pub(super) id: MessageId,
    pub(super) member: MemberId,
    pub(super) name: Name,
    pub(super) at_ms: u64,
    pub(super) body: Body,
}

/// Why an import ended before its end. What was appended stays, and the same import goes on there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// A file can't be read.
    #[error("{} can't be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A file is not what it is said to be.
    #[error("{} is not what `parlor import` reads: {what}", path.display())]
    Malformed {
        /// The file, and the line where it has lines.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The room has other messages, which are newer.
    #[error(
        "the room {room} has newer messages of its own; import into an empty one, for NDJSON with \
         --room"
    )]
    NotEmpty {
        /// The room.
        room: RoomId,
    },
    /// The log can't be opened: a server may run on it.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The log can't be written.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The log can't be read.
    #[error(transparent)]
    ReadLog(#[from] ReadError),
    /// The system refuses.
    #[error(transparent)]
    System(#[from] io::Error),
}

impl ImportError {
    pub(super) fn malformed(path: impl Into<PathBuf>, what: impl ToString) -> Self {
        Self::Malformed {
            path: path.into(),
            what: what.to_string(),
        }
    }
}
