//! The embedded engine on one thread, a step at a time, on a disk that refuses when told to: for the simulation. All
//! that is not about threads is the engine's own.

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
    Embedded, OpenError,
    reader::{self, Read},
    schema, storage,
    writer::{Step, Writer},
};
use crate::engine::{CommitListener, Committed, Engine};

/// Whether the disk takes what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disk {
    /// It does.
    Works,
    /// A commit fails and is rolled back, as on a full disk.
    Refuses,
}

/// What happens after a commit is durable and before anyone is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meanwhile {
    /// Nothing.
    Nothing,
    /// The reads that wait are done: they see what is not published yet.
    Reads,
}

/// What moves the engine in place of its threads.
pub(crate) struct Stepped {
    log: Arc<Embedded>,
    writer: Writer,
    reads: Reads,
    disk_refuses: Arc<AtomicBool>,
    reads_first: Arc<AtomicBool>,
    /// Looks at what is durable.
    glance: Connection,
}

/// Reads that have been asked for and not been done.
#[derive(Clone, Default)]
struct Reads(Arc<Mutex<VecDeque<Read>>>);

impl Reads {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Read>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Has reads done before what was committed goes where it goes.
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
    /// Opens the log in this folder like [`Embedded::open`].
    pub(crate) fn open(
        folder: &Path,
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
        let pool = Box::new(move |read| waiting.lock().push_back(read));
        let (log, mut writer) = Embedded::prepare(folder, listener, pool)?;
        let refuses = disk_refuses.clone();
        let prepared = writer
            .file_mut()
            .commit_hook(Some(move || refuses.load(Relaxed)))
            // The simulation's power never fails, and it starts thousands of logs.
            .and_then(|()| writer.file_mut().pragma_update(None, "synchronous", "OFF"))
            .and_then(|()| schema::open_reader(&schema::path_in(folder)));
        Ok(Self {
            log: Arc::new(log),
            writer,
            reads,
            disk_refuses,
            reads_first,
            glance: prepared.map_err(|error| storage(folder, error))?,
        })
    }

    pub(crate) fn log(&self) -> &Arc<Embedded> {
        &self.log
    }

    /// How many appends wait for the writer.
    pub(crate) fn appends_waiting(&self) -> usize {
        self.log.jobs.max_capacity() - self.log.jobs.capacity()
    }

    /// How many reads wait.
    pub(crate) fn reads_waiting(&self) -> usize {
        self.reads.lock().len()
    }

    /// The writer's next step.
    pub(crate) fn write(&mut self, disk: Disk, meanwhile: Meanwhile) {
        self.disk_refuses.store(disk == Disk::Refuses, Relaxed);
        self.reads_first
            .store(meanwhile == Meanwhile::Reads, Relaxed);
        // Nobody asks a stepped log to close but `close`, and no fsync fails here.
        drop(self.writer.step());
        self.disk_refuses.store(false, Relaxed);
        self.reads_first.store(false, Relaxed);
    }

    /// Does the read that has waited longest, or on a failing disk fails it.
    pub(crate) fn read(&self, disk: Disk) {
        let read = self.reads.lock().pop_front();
        match (read, disk) {
            (Some(read), Disk::Works) => read(),
            (Some(_), Disk::Refuses) | (None, _) => {}
        }
    }

    /// What is durable of a room after this place.
    pub(crate) fn durable(&self, room: &RoomId, after: Seq) -> rusqlite::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        loop {
            let last = entries.last().map_or(after, |entry: &Entry| entry.seq);
            let page = reader::read_after(&self.glance, room, last, u16::MAX)?;
            entries.extend(page.entries);
            if !page.more {
                return Ok(entries);
            }
        }
    }

    /// Finishes what waits and puts the log away.
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
