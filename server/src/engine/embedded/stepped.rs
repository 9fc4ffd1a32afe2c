//! The embedded engine for the simulation: on one thread, one step at a time, on a disk that fails
//! on command. Everything but the threads is the production engine's own code.

use std::{
    collections::VecDeque,
    fmt,
    future::Future,
    path::Path,
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Waker},
};

use parlor_shared::{Entry, RoomId, Seq};
use rusqlite::Connection;

use super::{
    Embedded,
    indexer::Indexer,
    open_error::OpenError,
    origin::{Origin, StreamStart},
    reader::{self, Read},
    retention::Pace,
    schema, stream,
    writer::{Step, Writer},
};
use crate::engine::{
    CommitListener, Committed, Engine, ReadError,
    replicated::{NodeStart, Replicated, ordered_log::OrderedLog},
};

/// Whether the disk accepts writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disk {
    /// Writes succeed.
    Works,
    /// A commit fails and is rolled back, as on a full disk.
    Refuses,
}

/// What happens between a commit and the call of the [`CommitListener`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meanwhile {
    /// Nothing.
    Nothing,
    /// The waiting reads run: they see entries that are not published yet.
    Reads,
}

/// The engine with its writer and its waiting reads, which the caller runs instead of threads.
pub(crate) struct Stepped {
    log: Arc<Embedded>,
    writer: Writer,
    indexer: Indexer,
    reads: Reads,
    disk_refuses: Arc<AtomicBool>,
    reads_first: Arc<AtomicBool>,
    /// A connection that sees only what is committed.
    observer: Connection,
}

/// The reads that were requested and have not run, oldest first.
#[derive(Clone, Default)]
struct Reads(Arc<Mutex<VecDeque<Read>>>);

impl Reads {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Read>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Passes commits on to `listener`, after running the waiting reads if `armed`.
struct ReadsFirst {
    armed: Arc<AtomicBool>,
    reads: Reads,
    listener: Arc<dyn CommitListener>,
}

impl CommitListener for ReadsFirst {
    fn on_commit(&self, group: Vec<Committed>) {
        if self.armed.load(Relaxed) {
            let reads = std::mem::take(&mut *self.reads.lock());
            reads.into_iter().for_each(|read| read());
        }
        self.listener.on_commit(group);
    }
}

impl Stepped {
    /// Opens the log in `folder` as [`Embedded::open`] does, without threads.
    pub(crate) fn open(
        folder: &Path,
        listener: Arc<dyn CommitListener>,
    ) -> Result<Self, OpenError> {
        Self::open_for(folder, Origin::Own, listener)
    }

    /// Opens the log in `folder` as [`Embedded::follow`] does, without threads.
    pub(crate) fn follow(
        folder: &Path,
        start: StreamStart,
        listener: Arc<dyn CommitListener>,
    ) -> Result<Self, OpenError> {
        Self::open_for(folder, Origin::Stream(start), listener)
    }

    fn open_for(
        folder: &Path,
        origin: Origin,
        listener: Arc<dyn CommitListener>,
    ) -> Result<Self, OpenError> {
        let (reads, reads_first) = (Reads::default(), Arc::new(AtomicBool::new(false)));
        let disk_refuses = Arc::new(AtomicBool::new(false));
        let listener = Arc::new(ReadsFirst {
            armed: reads_first.clone(),
            reads: reads.clone(),
            listener,
        });
        let waiting = reads.clone();
        let spawner = Arc::new(move |read| waiting.lock().push_back(read));
        let (mut log, mut writer, indexer) = Embedded::prepare(folder, origin, listener, spawner)?;
        log.pace = Pace::Unpaced;
        let refuses = disk_refuses.clone();
        let prepared = writer
            .db_mut()
            .commit_hook(Some(move || refuses.load(Relaxed)))
            // The simulated machine keeps its page cache, and the simulation opens thousands of
            // logs.
            .and_then(|()| writer.db_mut().pragma_update(None, "synchronous", "OFF"))
            .and_then(|()| schema::open_reader(&schema::path_in(folder)));
        Ok(Self {
            log: Arc::new(log),
            writer,
            indexer,
            reads,
            disk_refuses,
            reads_first,
            observer: prepared.map_err(|error| OpenError::storage(folder, error))?,
        })
    }

    pub(crate) fn log(&self) -> &Arc<Embedded> {
        &self.log
    }

    /// The engine of a node that has this log, to be made within its runtime.
    ///
    /// # Errors
    /// [`ReadError`] if the log can't be read, or follows no stream.
    pub(crate) fn node(
        &self,
        ordered: Arc<dyn OrderedLog>,
        start: NodeStart,
    ) -> Result<Replicated, ReadError> {
        let followed = stream::read(&self.observer).map_err(|_| ReadError)?;
        let begun = followed.ok_or(ReadError)?.place;
        Ok(Replicated::over(self.log.clone(), begun, ordered, start))
    }

    /// The number of jobs that wait for the writer.
    pub(crate) fn appends_waiting(&self) -> usize {
        self.log.jobs.len()
    }

    /// Whether the writer has words of deleted messages to erase.
    pub(crate) fn has_to_erase(&self) -> bool {
        self.writer.eraser.has_work()
    }

    /// The number of reads that wait.
    pub(crate) fn reads_waiting(&self) -> usize {
        self.reads.lock().len()
    }

    /// Runs the writer's next step.
    pub(crate) fn write(&mut self, disk: Disk, meanwhile: Meanwhile) {
        self.disk_refuses.store(disk == Disk::Refuses, Relaxed);
        self.reads_first
            .store(meanwhile == Meanwhile::Reads, Relaxed);
        match self.writer.step() {
            // A failed step is repeated; its searches find less.
            Step::Next | Step::Idle => self.indexer.step().map(drop).unwrap_or_default(),
            // Only `close` closes this engine, and no fsync fails here.
            Step::Failed | Step::Close(_) => {}
        }
        self.disk_refuses.store(false, Relaxed);
        self.reads_first.store(false, Relaxed);
    }

    /// Runs the read that has waited longest; on a failing disk it fails instead.
    pub(crate) fn read(&self, disk: Disk) {
        let read = self.reads.lock().pop_front();
        match (read, disk) {
            (Some(read), Disk::Works) => read(),
            (Some(_), Disk::Refuses) | (None, _) => {}
        }
    }

    /// The durable entries of a room after a seq.
    pub(crate) fn durable(&self, room: &RoomId, after: Seq) -> rusqlite::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        loop {
            let last = entries.last().map_or(after, |entry: &Entry| entry.seq);
            let page = reader::read_after(&self.observer, room, last, u16::MAX)?;
            entries.extend(page.entries);
            if !page.more {
                return Ok(entries);
            }
        }
    }

    /// Commits the waiting appends and closes the log.
    pub(crate) fn close(mut self) {
        let mut close = pin!(self.log.close());
        let mut context = Context::from_waker(Waker::noop());
        while close.as_mut().poll(&mut context).is_pending() {
            if let Step::Close(answer) = self.writer.step() {
                return self.writer.close(Some(answer));
            }
        }
    }
}

impl fmt::Debug for Stepped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stepped")
            .field("log", &self.log)
            .finish_non_exhaustive()
    }
}
