//! `parlor.head`: what the log's head is, noted beside the log, so that a start notices a log whose
//! end is missing.
//!
//! The writer overwrites the file in place after each commit and never syncs it: that costs a
//! system call. It survives the end of the process, however that comes; a power loss may set it
//! back to an older note, or to none. Only a warning depends on it: what keeps the clients right is
//! the epoch.

use std::{
    fmt,
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use parlor_shared::{Epoch, Seq};

use super::epochs::Epochs;
use crate::repeated_line::log_repeated;

/// The log's head, and the file that the writer notes it in.
#[derive(Debug)]
pub(super) struct HeadFile {
    /// `None` if it can't be written, for example on a full disk.
    file: Option<File>,
    epoch: Epoch,
}

impl HeadFile {
    /// Opens the file of the log in `folder`, and notes its head in the current epoch.
    pub(super) fn begin(folder: &Path, epochs: &Epochs, head: Seq) -> Self {
        let open = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path_in(folder));
        if let Err(error) = &open {
            log_repeated!(warn, %error, "parlor.head can't be written; a log that loses its end won't be noticed");
        }
        let file = Self {
            file: open.ok(),
            epoch: epochs.current(),
        };
        file.set(head);
        file
    }

    /// Notes that the log's head is `head`.
    pub(super) fn set(&self, head: Seq) {
        // All notes have the same length, so each one replaces the one before.
        let note = format!("{} {:>20}\n", self.epoch, head.0);
        if let Some(file) = &self.file {
            // Only a warning at a later start depends on it.
            file.write_all_at(note.as_bytes(), 0).ok();
        }
    }
}

/// Says if the log in `folder` ends at `head`, before where an earlier run has noted it. Call it
/// before [`HeadFile::begin`], which replaces the note.
pub(super) fn warn_of_missing_end(folder: &Path, epochs: &Epochs, head: Seq) {
    let missing = |noted: NotedHead| noted.missing_end(head, epochs.contains(noted.epoch()));
    if let Some(missing) = NotedHead::read(folder).and_then(missing) {
        tracing::warn!("{missing}; clients that have those entries start over");
    }
}

/// The newest note of an earlier run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotedHead {
    epoch: Epoch,
    head: Seq,
}

impl NotedHead {
    /// Reads the note beside the log in `folder`; `None` if there is none, or it can't be read.
    pub(super) fn read(folder: &Path) -> Option<Self> {
        let read = fs::read_to_string(path_in(folder));
        if let Err(error) = &read
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "parlor.head can't be read; a log that lost its end is not noticed");
        }
        let note = read.ok()?;
        let (epoch, head) = note.trim_end().split_once(' ')?;
        Some(Self {
            epoch: epoch.parse().ok()?,
            head: Seq(head.trim_start().parse().ok()?),
        })
    }

    /// The epoch that the log was in.
    pub(super) fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Compares the note with the log as it is now, with this head; `knows_epoch` says whether the
    /// log was ever in the noted epoch.
    pub(super) fn missing_end(&self, head: Seq, knows_epoch: bool) -> Option<MissingEnd> {
        (head < self.head || !knows_epoch).then_some(MissingEnd {
            head,
            noted: self.head,
        })
    }
}

/// The log is not what it was when it was last open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MissingEnd {
    /// The log's head now.
    head: Seq,
    /// Its head then.
    noted: Seq,
}

impl fmt::Display for MissingEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { head, noted } = self;
        let causes = "either a backup was restored, or parlor.db-wal was lost or cut";
        if head < noted {
            let first = head.next();
            write!(
                f,
                "the log ends at entry {head}, but went on to entry {noted} when it was last open: \
                 entries {first} to {noted} are missing, because {causes}"
            )
        } else {
            write!(
                f,
                "the log does not know its own last start, at which it ended at entry {noted}: it is an \
                 older copy or another log, because {causes}"
            )
        }
    }
}

fn path_in(folder: &Path) -> PathBuf {
    folder.join("parlor.head")
}
