//! Keeps a write-ahead log within its bound.
//!
//! SQLite writes to the beginning of the log again once all of it was copied into the file and no
//! reader needs a page of it. Where reads overlap, so that at every commit one of them is under
//! way, that moment never comes, and the log grows for as long as they go on ([SQLite, "Avoiding
//! Excessively Large WAL Files"]). So every read of a page, a search or a join passes a
//! [`ReadGate`]. Where the log has grown past its bound, the writer closes the gate: reads under
//! way come to their end, which is a page or a search away, later ones wait, and the log begins
//! anew.
//!
//! A read of another process, such as a backup, passes no gate. While it lasts, the log grows.
//! Neither do the writer's own reads and the indexer's look-ups of one row, which end at once.
//!
//! [SQLite, "Avoiding Excessively Large WAL Files"]:
//!     https://www.sqlite.org/wal.html#avoiding_excessively_large_wal_files

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use parlor_shared::limits::{
    WAL_BYTES_IDLE_MAX, WAL_BYTES_KEPT, WAL_CHECKPOINT_BYTES, WAL_IDLE_MS,
};
use rusqlite::{Connection, hooks::Wal};

use super::schema;

/// The size of a page, and so of a frame without its header.
const PAGE_BYTES: usize = 4096;

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
    written: Arc<Written>,
    /// Frames at the last checkpoint.
    copied: u32,
    /// When it was last written to or looked at, while it may be larger than an idle one may be.
    busy_since: Option<Instant>,
}

/// What SQLite says of the log after each commit.
#[derive(Debug, Default)]
struct Written {
    /// Frames since the log was begun.
    frames: AtomicU32,
    /// Whether there was a commit since this was looked at.
    is_new: AtomicBool,
}

impl WriteAhead {
    /// The log of the database at `path`, whose reads pass `gate`.
    pub(super) fn of(path: &Path, gate: ReadGate) -> Self {
        let mut wal = path.as_os_str().to_owned();
        wal.push("-wal");
        Self {
            path: wal.into(),
            gate,
            written: Arc::default(),
            copied: 0,
            busy_since: None,
        }
    }

    /// Counts what this connection, the log's only writer, commits from now on.
    pub(super) fn follow(&self, db: &mut Connection) -> rusqlite::Result<()> {
        let written = self.written.clone();
        db.wal_hook(Some(move |_: &mut Wal, frames: i32| {
            written.frames.store(frames.unsigned_abs(), Relaxed);
            written.is_new.store(true, Relaxed);
            Ok(())
        }))
    }

    /// Copies the log into the file once it has grown enough since the last time. SQLite's own
    /// checkpoint runs within a commit and hides a failed fsync; this one reports it.
    pub(super) fn checkpoint_if_due(&mut self, db: &Connection) -> rusqlite::Result<()> {
        if self.written.is_new.swap(false, Relaxed) {
            self.busy_since = Some(Instant::now());
        }
        let frames = self.written.frames.load(Relaxed);
        if frames < self.copied {
            // The log was begun anew.
            self.copied = 0;
        }
        let grown = frames - self.copied;
        if (grown as usize) < WAL_CHECKPOINT_BYTES / PAGE_BYTES {
            return Ok(());
        }
        self.copied = frames;
        // Without holding up a reader, as much as there is.
        schema::checkpoint(db)?;
        self.restart_if_large(db)
    }

    /// Has the log begin anew where readers have kept SQLite from it. The file keeps its size: a
    /// commit that must extend it costs the file system a commit of its own.
    pub(super) fn restart_if_large(&self, db: &Connection) -> rusqlite::Result<()> {
        if self.bytes() > WAL_BYTES_KEPT as u64 {
            let _closed = self.gate.close();
            schema::restart_wal(db)?;
        }
        Ok(())
    }

    /// The time until it is to be emptied, if nothing is written meanwhile; `None` if it is small.
    pub(super) fn due(&self) -> Option<Duration> {
        let interval = Duration::from_millis(WAL_IDLE_MS);
        self.busy_since
            .map(|since| interval.saturating_sub(since.elapsed()))
    }

    /// Whether nothing was written for a while.
    pub(super) fn is_due(&self) -> bool {
        self.due().is_some_and(|wait| wait.is_zero())
    }

    /// Gives the disk back what the log has grown to, once it is due. A reader delays that.
    pub(super) fn shrink_if_idle(&mut self, db: &Connection) -> rusqlite::Result<()> {
        if !self.is_due() {
            return Ok(());
        }
        let is_small = self.bytes() <= WAL_BYTES_IDLE_MAX as u64;
        self.busy_since = Some(Instant::now());
        if is_small || schema::truncate_wal(db)? {
            self.busy_since = None;
        }
        Ok(())
    }

    /// As if nothing had been written for a while.
    #[cfg(test)]
    pub(super) fn let_idle(&mut self) {
        self.busy_since = Instant::now().checked_sub(Duration::from_millis(WAL_IDLE_MS));
    }

    /// The size of its file; 0 if there is none.
    fn bytes(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |file| file.len())
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicU64, Ordering::SeqCst},
        thread,
    };

    use parlor_shared::limits::WAL_BYTES_MAX;

    use super::*;

    /// Bytes of each commit.
    const COMMIT_BYTES: usize = 1024 * 1024;

    impl ReadGate {
        fn is_closing(&self) -> bool {
            self.0.try_read().is_err()
        }
    }

    fn open(path: &Path) -> Connection {
        let db = Connection::open(path).unwrap();
        let create = "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;
            CREATE TABLE texts (text BLOB)";
        db.execute_batch(create).unwrap();
        db.pragma_update(None, "journal_size_limit", WAL_BYTES_KEPT as i64)
            .unwrap();
        db
    }

    #[test]
    fn a_log_that_nobody_reads_begins_anew_at_each_checkpoint() {
        const COMMIT_BYTES: usize = 100 * 1024;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some.db");
        let mut db = open(&path);
        db.pragma_update(None, "synchronous", "OFF").unwrap();
        let mut wal = WriteAhead::of(&path, ReadGate::default());
        wal.follow(&mut db).unwrap();
        let text = vec![7_u8; COMMIT_BYTES];
        for _ in 0..4 * WAL_CHECKPOINT_BYTES / COMMIT_BYTES {
            db.execute("INSERT INTO texts VALUES (?1)", [&text])
                .unwrap();
            wal.checkpoint_if_due(&db).unwrap();
        }
        let most = WAL_CHECKPOINT_BYTES + 2 * COMMIT_BYTES;
        assert!(wal.bytes() < most as u64, "{}", wal.bytes());
    }

    #[test]
    fn readers_of_which_one_always_reads_give_way_before_the_log_reaches_its_bound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some.db");
        let mut db = open(&path);
        let gate = ReadGate::default();
        let mut wal = WriteAhead::of(&path, gate.clone());
        wal.follow(&mut db).unwrap();
        let (commits, is_done) = (AtomicU64::new(0), AtomicBool::new(false));
        let mut most = 0;
        // Two readers: one begins at the commits of even number, the other at the odd ones, and
        // each reads until the one after the next.
        let read = |turn: u64| {
            let db = Connection::open(&path).unwrap();
            while !is_done.load(SeqCst) {
                let begun = commits.load(SeqCst);
                if begun % 2 != turn {
                    thread::yield_now();
                    continue;
                }
                let _pass = gate.pass();
                let mut statement = db.prepare("SELECT text FROM texts").unwrap();
                let mut rows = statement.query([]).unwrap();
                rows.next().unwrap();
                while commits.load(SeqCst) < begun + 3
                    && !gate.is_closing()
                    && !is_done.load(SeqCst)
                {
                    thread::yield_now();
                }
            }
        };
        thread::scope(|scope| {
            scope.spawn(|| read(0));
            scope.spawn(|| read(1));
            let text = vec![7_u8; COMMIT_BYTES];
            for _ in 0..3 * WAL_BYTES_MAX / COMMIT_BYTES {
                db.execute("INSERT INTO texts VALUES (?1)", [&text])
                    .unwrap();
                commits.fetch_add(1, SeqCst);
                wal.checkpoint_if_due(&db).unwrap();
                most = most.max(wal.bytes());
            }
            is_done.store(true, SeqCst);
        });
        assert!(most <= WAL_BYTES_MAX as u64, "{most}");
    }
}
