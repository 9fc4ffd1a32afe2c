//! The embedded engine: one SQLite file, written by one thread and read by a few others.

mod append;
mod backup;
mod check;
mod epochs;
mod eraser;
mod failure;
mod fts;
mod head_file;
mod open_error;
mod reader;
mod retention;
mod row;
mod schema;
#[cfg(feature = "sim")]
pub(crate) mod stepped;
mod withheld;
mod writer;

use std::{
    fs::{DirBuilder, File, TryLockError},
    os::unix::fs::DirBuilderExt,
    path::Path,
    sync::Arc,
    thread,
};

use async_trait::async_trait;
use parlor_shared::{Entry, Epoch, Position, RoomId, Seq, limits::APPEND_QUEUE_MAX};
use tokio::{
    runtime,
    sync::{mpsc, oneshot},
};

pub use self::{
    backup::{BackupError, backup},
    check::{IntegrityReport, check},
    head_file::MissingEnd,
    open_error::OpenError,
};

use self::{
    epochs::Epochs,
    failure::Failures,
    head_file::{HeadFile, NotedHead},
    reader::{ReadSpawner, Readers},
    retention::DeleteRange,
    writer::{Append, Delete, Job, Writer},
};
use super::{
    AppendError, Bounds, Commit, CommitListener, Engine, EngineFailure, NewEntry, Page, ReadError,
    RetentionPolicy,
};

/// A log in one folder of this machine; see [`Engine`].
#[derive(Debug)]
pub struct Embedded {
    epochs: Epochs,
    secret: [u8; 32],
    jobs: mpsc::Sender<Job>,
    readers: Readers,
    failures: Failures,
    /// Keeps other processes out while the log is open.
    _lock: File,
}

impl Embedded {
    /// Opens the log in `folder`, creating both if they do not exist. `listener` hears of every
    /// commit from now on.
    ///
    /// # Errors
    /// [`OpenError`] if the log can't be opened; existing files are left as they were.
    pub fn open(folder: &Path, listener: Arc<dyn CommitListener>) -> Result<Self, OpenError> {
        let (log, writer) = Self::prepare(folder, listener, reader::spawn_blocking())?;
        // The writer uses this runtime only for its timer.
        let timer = runtime::Builder::new_current_thread().enable_time().build();
        let timer = timer.map_err(|error| OpenError::storage(folder, error))?;
        thread::Builder::new()
            .name("log-writer".to_owned())
            .spawn(move || writer.run(&timer))
            .map_err(|error| OpenError::storage(folder, error))?;
        Ok(log)
    }

    /// Opens the log without starting a thread: the caller runs the writer.
    fn prepare(
        folder: &Path,
        listener: Arc<dyn CommitListener>,
        spawner: ReadSpawner,
    ) -> Result<(Self, Writer), OpenError> {
        let path = schema::path_in(folder);
        schema::check_ours(&path)?;
        let lock = lock(folder)?;
        let noted = NotedHead::read(folder);
        let (db, metadata) = schema::open_writer(&path)?;
        let epochs = metadata.epochs;
        let missing =
            |noted: NotedHead| noted.missing_end(epochs.start(), epochs.contains(noted.epoch()));
        if let Some(missing) = noted.and_then(missing) {
            tracing::warn!("{missing}; clients that have those entries start over");
        }
        let (jobs, queue) = mpsc::channel(APPEND_QUEUE_MAX);
        let failures = Failures::default();
        let head = HeadFile::begin(folder, &epochs);
        let writer = Writer::new(db, head, listener, queue, failures.clone())
            .map_err(|error| OpenError::storage(&path, error))?;
        let log = Self {
            epochs,
            secret: metadata.secret,
            jobs,
            readers: Readers::new(path, spawner, failures.clone()),
            failures,
            _lock: lock,
        };
        Ok((log, writer))
    }

    /// Deletes the range in as many writer steps as it takes, and returns the number of entries.
    async fn delete_range(&self, range: DeleteRange) -> Result<u64, AppendError> {
        let mut deleted = 0;
        loop {
            let (reply, answer) = oneshot::channel();
            let job = Job::Delete(Delete { range, reply });
            self.jobs.send(job).await.map_err(|_| AppendError::Closed)?;
            let count = answer.await.unwrap_or(Err(AppendError::Closed))?;
            if count == 0 {
                return Ok(deleted);
            }
            deleted += count as u64;
        }
    }
}

/// Locks the folder for this process. The system releases the lock however the process ends.
fn lock(folder: &Path) -> Result<File, OpenError> {
    let not_writable = |source| OpenError::NotWritable {
        path: folder.to_owned(),
        source,
    };
    // The log holds the key that signs tokens, so no other user may read a folder created here.
    let created = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    created.map_err(not_writable)?;
    let lock = File::create(folder.join("parlor.lock")).map_err(not_writable)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse {
            path: folder.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(not_writable(source)),
    }
}

#[async_trait]
impl Engine for Embedded {
    fn epoch(&self) -> Epoch {
        self.epochs.current()
    }

    fn continues(&self, position: &Position) -> bool {
        self.epochs.continues(position)
    }

    fn secret(&self) -> [u8; 32] {
        self.secret
    }

    async fn append(&self, new: NewEntry) -> Result<Commit, AppendError> {
        let (reply, commit) = oneshot::channel();
        let job = Job::Append(Append {
            new: Box::new(new),
            reply,
        });
        self.jobs.send(job).await.map_err(|_| AppendError::Closed)?;
        Ok(Commit(commit))
    }

    async fn bounds(&self, room: &RoomId) -> Result<Bounds, ReadError> {
        let room = room.clone();
        self.readers.run(move |db| reader::bounds(db, &room)).await
    }

    async fn read_after(&self, room: &RoomId, after: Seq, limit: u16) -> Result<Page, ReadError> {
        let room = room.clone();
        self.readers
            .run(move |db| reader::read_after(db, &room, after, limit))
            .await
    }

    async fn read_before(&self, room: &RoomId, before: Seq, limit: u16) -> Result<Page, ReadError> {
        let room = room.clone();
        self.readers
            .run(move |db| reader::read_before(db, &room, before, limit))
            .await
    }

    async fn search(
        &self,
        room: &RoomId,
        words: &str,
        limit: u16,
    ) -> Result<Vec<Entry>, ReadError> {
        let (room, words) = (room.clone(), words.to_owned());
        self.readers
            .run(move |db| reader::search(db, &room, &words, limit))
            .await
    }

    async fn apply_retention(&self, policy: RetentionPolicy) -> Result<u64, AppendError> {
        let mut deleted = 0;
        let mut last_room = Some(0);
        while let Some(after) = last_room {
            let due = self
                .readers
                .run(move |db| retention::due(db, policy, after))
                .await
                .map_err(|ReadError| AppendError::Unavailable)?;
            for range in due.ranges {
                deleted += self.delete_range(range).await?;
            }
            last_room = due.last_room;
        }
        Ok(deleted)
    }

    async fn failed(&self) -> EngineFailure {
        self.failures.first().await
    }

    async fn close(&self) {
        self.readers.close();
        let (reply, closed) = oneshot::channel();
        if self.jobs.send(Job::Close(reply)).await.is_ok() {
            // An error means that the writer has ended already.
            closed.await.ok();
        }
    }
}
