//! Keeps a write-ahead log within its bound.
//!
//! SQLite writes to the beginning of the log again once all of it was copied into the file and no
//! reader needs a page of it. Where reads overlap, so that at every commit one of them is under way,
//! that moment never comes, and the log grows for as long as they go on ([SQLite, "Avoiding
//! Excessively Large WAL Files"]). So every read passes a [`ReadGate`]. Where the log has grown past
//! its bound, the writer closes the gate: reads under way come to their end, which is a page away,
//! later ones wait, and the log is emptied.
//!
//! A read of another process, such as a backup, passes no gate. While it lasts, the log grows.
//!
//! [SQLite, "Avoiding Excessively Large WAL Files"]: https://www.sqlite.org/wal.html#avoiding_excessively_large_wal_files

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::{Duration, Instant},
};

use parlor_shared::limits::{WAL_BYTES_IDLE_MAX, WAL_BYTES_MAX, WAL_CHECKPOINT_BYTES, WAL_IDLE_MS};
use rusqlite::Connection;

use super::schema;

/// The size of a page. Longer texts fill pages of their own.
const PAGE_BYTES: usize = 4096;
/// Pages that every transaction writes, however little it changes: the last one of the table and of
/// each index.
const TRANSACTION_PAGES: u64 = 8;
/// Changed rows that fill a page.
const ROWS_PER_PAGE: u64 = 8;
/// What a page counts that is far from the others: to copy it takes a disk several times as long,
/// and appends wait meanwhile.
const SCATTERED_WEIGHT: u64 = 4;

/// What every read of a database passes, and its writer can close.
#[derive(Debug, Clone, Default)]
pub(super) struct ReadGate(Arc<RwLock<()>>);

impl ReadGate {
    /// Waits while the gate is closed, and keeps it open for as long as the result lives.
    pub(super) fn pass(&self) -> RwLockReadGuard<'_, ()> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets no read begin, waits for those under way, and keeps the gate closed for as long as the
    /// result lives.
    fn close(&self) -> RwLockWriteGuard<'_, ()> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The write-ahead log of one database, for its writer.
#[derive(Debug)]
pub(super) struct WriteAhead {
    path: PathBuf,
    gate: ReadGate,
    /// The estimated number of pages written since the last checkpoint.
    pages: u64,
    /// SQLite's count of changed rows at the last estimate.
    rows_counted: u64,
    /// When it was last written to or looked at, while it may be larger than an idle one may be.
    busy_since: Option<Instant>,
}

impl WriteAhead {
    /// The log of the database at `path`, whose reads pass `gate`.
    pub(super) fn of(path: &Path, gate: ReadGate) -> Self {
        let mut wal = path.as_os_str().to_owned();
        wal.push("-wal");
        Self {
            path: wal.into(),
            gate,
            pages: 0,
            rows_counted: 0,
            busy_since: None,
        }
    }

    /// Counts the pages of a transaction that has written texts of so many bytes.
    pub(super) fn count(&mut self, db: &Connection, text_bytes: usize) {
        let rows = db.total_changes();
        let of_rows = rows.saturating_sub(self.rows_counted) / ROWS_PER_PAGE;
        self.pages += TRANSACTION_PAGES + of_rows + (text_bytes / PAGE_BYTES) as u64;
        self.rows_counted = rows;
        self.busy_since = Some(Instant::now());
    }

    /// Counts the pages of rows that lie far apart: each is on a page of its own.
    pub(super) fn count_scattered(&mut self, rows: usize) {
        self.pages += rows as u64 * SCATTERED_WEIGHT;
    }

    /// Copies the log into the file once it has grown enough since the last time. SQLite's own
    /// checkpoint runs within a commit and hides a failed fsync; this one reports it.
    pub(super) fn checkpoint_if_due(&mut self, db: &Connection) -> rusqlite::Result<()> {
        if self.pages < (WAL_CHECKPOINT_BYTES / PAGE_BYTES) as u64 {
            return Ok(());
        }
        self.pages = 0;
        // Without holding up a reader, as much as there is.
        schema::checkpoint(db)?;
        self.empty_if_large(db)
    }

    /// Empties the log where readers have kept SQLite from beginning it anew.
    pub(super) fn empty_if_large(&self, db: &Connection) -> rusqlite::Result<()> {
        // Until it is looked at again it grows by what is written between two checkpoints, and by
        // one transaction.
        if self.bytes() > (WAL_BYTES_MAX - 2 * WAL_CHECKPOINT_BYTES) as u64 {
            let _closed = self.gate.close();
            schema::truncate_wal(db)?;
        }
        Ok(())
    }

    /// The time until it is to be emptied, if nothing is written meanwhile; `None` if it is small.
    pub(super) fn due(&self) -> Option<Duration> {
        let interval = Duration::from_millis(WAL_IDLE_MS);
        self.busy_since
            .map(|since| interval.saturating_sub(since.elapsed()))
    }

    /// Gives the disk back what the log has grown to, if nothing was written for a while. A reader
    /// delays that.
    pub(super) fn shrink_if_idle(&mut self, db: &Connection) -> rusqlite::Result<()> {
        if !self.due().is_some_and(|wait| wait.is_zero()) {
            return Ok(());
        }
        let is_small = self.bytes() <= WAL_BYTES_IDLE_MAX as u64;
        self.busy_since = Some(Instant::now());
        if is_small || schema::truncate_wal(db)? {
            self.busy_since = None;
        }
        Ok(())
    }

    /// The size of its file; 0 if there is none.
    fn bytes(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |file| file.len())
    }
}
