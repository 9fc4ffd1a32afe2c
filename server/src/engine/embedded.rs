//! The embedded engine: one SQLite file, one thread that writes it, a few that read it.

mod append;
mod backup;
mod check;
mod failure;
mod fts;
mod reader;
mod retention;
mod row;
mod schema;
#[cfg(feature = "sim")]
pub(crate) mod stepped;
mod writer;

use std::{
    fs::{DirBuilder, File, TryLockError},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

use async_trait::async_trait;
use parlor_shared::{Entry, Epoch, RoomId, Seq, limits::APPEND_QUEUE_MAX};
use tokio::{
    runtime,
    sync::{mpsc, oneshot},
};

pub use self::{
    backup::{BackupError, backup},
    check::{IntegrityReport, check},
};

use self::{
    failure::Failures,
    reader::{Pool, Readers},
    retention::DeleteRange,
    writer::{Job, Writer},
};
use super::{
    AppendError, Bounds, Commit, CommitListener, Engine, EngineFailure, NewEntry, Page, ReadError,
    RetentionPolicy,
};

/// Why the log can't be opened. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder or a file in it can't be written.
    #[error("{} can't be written ({source}); choose another folder with --data", .path.display())]
    NotWritable {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another server has the log.
    #[error("{} is in use by another Parlor; stop that one, or choose another folder with --data", .path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// The file is something else's.
    #[error("{} is not a Parlor log; move it away, or choose another folder with --data", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// There is no log.
    #[error("there is no log in {}; name its folder with --data", .path.display())]
    Missing {
        /// The folder.
        path: PathBuf,
    },
    /// The file was written by an earlier version.
    #[error("{} was written by an older Parlor; this one's server brings it up to date when it starts", .path.display())]
    Older {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a later version.
    #[error("{} was written by a newer Parlor; start that version", .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
    },
    /// The file is damaged.
    #[error("{} is damaged; restore a backup, or move it away to start anew", .path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
    },
    /// The SQLite this was built with is one that can lose commits.
    #[error(
        "this was built with SQLite {version}, which can lose commits; build it with 3.51.3 or later"
    )]
    SqliteTooOld {
        /// Its version.
        version: String,
    },
    /// Something else.
    #[error("{} can't be opened: {source}", .path.display())]
    Storage {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// A log in one folder of this machine.
#[derive(Debug)]
pub struct Embedded {
    epoch: Epoch,
    secret: [u8; 32],
    jobs: mpsc::Sender<Job>,
    readers: Readers,
    failures: Failures,
    /// Held for as long as the log is open.
    _lock: File,
}

impl Embedded {
    /// Opens the log in this folder, making both where they are not there. Everything committed from now on goes to
    /// `listener`.
    ///
    /// # Errors
    /// [`OpenError`] where the log can't be opened; what is there is left as it was.
    pub fn open(folder: &Path, listener: Arc<dyn CommitListener>) -> Result<Self, OpenError> {
        let (log, writer) = Self::prepare(folder, listener, reader::threads())?;
        // Only its clock is wanted.
        let clock = runtime::Builder::new_current_thread().enable_time().build();
        let clock = clock.map_err(|error| storage(folder, error))?;
        thread::Builder::new()
            .name("log-writer".to_owned())
            .spawn(move || writer.run(&clock))
            .map_err(|error| storage(folder, error))?;
        Ok(log)
    }

    /// The log, and its writer, which has yet to be given a thread.
    fn prepare(
        folder: &Path,
        listener: Arc<dyn CommitListener>,
        pool: Pool,
    ) -> Result<(Self, Writer), OpenError> {
        let path = schema::path_in(folder);
        schema::check_ours(&path)?;
        let lock = lock(folder)?;
        let (file, identity) = schema::open_writer(&path)?;
        let (jobs, queue) = mpsc::channel(APPEND_QUEUE_MAX);
        let failures = Failures::default();
        let writer = Writer::new(file, listener, queue, failures.clone())
            .map_err(|error| storage(&path, error))?;
        let log = Self {
            epoch: identity.epoch,
            secret: identity.secret,
            jobs,
            readers: Readers::new(path, pool, failures.clone()),
            failures,
            _lock: lock,
        };
        Ok((log, writer))
    }
}

fn storage(path: &Path, source: impl std::error::Error + Send + Sync + 'static) -> OpenError {
    OpenError::Storage {
        path: path.to_owned(),
        source: Box::new(source),
    }
}

impl Embedded {
    /// Has the writer delete it, in as many turns as it takes.
    async fn delete_range(&self, range: DeleteRange) -> Result<u64, AppendError> {
        let mut forgotten = 0;
        loop {
            let (answer, done) = oneshot::channel();
            let job = Job::Forget(range, answer);
            self.jobs.send(job).await.map_err(|_| AppendError::Closed)?;
            let count = done.await.unwrap_or(Err(AppendError::Closed))?;
            if count == 0 {
                return Ok(forgotten);
            }
            forgotten += count as u64;
        }
    }
}

/// Takes the folder for this process; the system gives it back however the process ends.
fn lock(folder: &Path) -> Result<File, OpenError> {
    let not_writable = |source| OpenError::NotWritable {
        path: folder.to_owned(),
        source,
    };
    // The log holds the key that signs tokens: a folder that is made here is nobody else's to read.
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(not_writable)?;
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
        self.epoch
    }

    fn secret(&self) -> [u8; 32] {
        self.secret
    }

    async fn append(&self, new: NewEntry) -> Result<Commit, AppendError> {
        let (answer, commit) = oneshot::channel();
        let job = Job::Append(Box::new(new), answer);
        self.jobs.send(job).await.map_err(|_| AppendError::Closed)?;
        Ok(Commit(commit))
    }

    async fn bounds(&self, room: &RoomId) -> Result<Bounds, ReadError> {
        let room = room.clone();
        self.readers
            .run(move |file| reader::bounds(file, &room))
            .await
    }

    async fn read_after(&self, room: &RoomId, after: Seq, limit: u16) -> Result<Page, ReadError> {
        let room = room.clone();
        self.readers
            .run(move |file| reader::read_after(file, &room, after, limit))
            .await
    }

    async fn read_before(&self, room: &RoomId, before: Seq, limit: u16) -> Result<Page, ReadError> {
        let room = room.clone();
        self.readers
            .run(move |file| reader::read_before(file, &room, before, limit))
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
            .run(move |file| reader::search(file, &room, &words, limit))
            .await
    }

    async fn apply_retention(&self, policy: RetentionPolicy) -> Result<u64, AppendError> {
        let mut forgotten = 0;
        let mut looked_at = Some(0);
        while let Some(after) = looked_at {
            let due = self
                .readers
                .run(move |file| retention::due(file, policy, after))
                .await
                .map_err(|ReadError| AppendError::Unavailable)?;
            for range in due.ranges {
                forgotten += self.delete_range(range).await?;
            }
            looked_at = due.last_room;
        }
        Ok(forgotten)
    }

    async fn failed(&self) -> EngineFailure {
        self.failures.first().await
    }

    async fn close(&self) {
        self.readers.close();
        let (answer, closed) = oneshot::channel();
        if self.jobs.send(Job::Close(answer)).await.is_ok() {
            // An error says that the writer had ended already.
            drop(closed.await);
        }
    }
}
