//! The embedded engine: one SQLite file, written by one thread and read by a few others.

mod admin;
mod append;
mod backup;
mod check;
mod check_search;
mod checksum;
mod compact;
mod directory;
mod epochs;
mod eraser;
mod expire;
mod failure;
mod folder_lock;
mod following;
mod fts;
mod fts_query;
mod head_file;
mod indexer;
mod indexer_news;
mod joins;
mod matching;
mod members;
mod migrations;
mod open_error;
mod origin;
mod own_posts;
mod queue;
mod reader;
mod restore;
mod retention;
mod room_state;
mod row;
mod rules;
mod schema;
mod search;
mod seen;
mod slice;
#[cfg(feature = "sim")]
pub(crate) mod stepped;
mod stream;
mod wal;
mod withheld;
mod writer;

use std::{path::Path, sync::Arc, thread};

use async_trait::async_trait;
use parlor_shared::{
    Epoch, MemberId, Place, Position, RoomId, RoomPattern, RoomState, Seq,
    limits::{APPEND_QUEUE_MAX, SEARCHES_MAX},
};
use tokio::sync::oneshot;

pub(crate) use self::origin::StreamStart;
pub(crate) use self::{
    admin::incoming::IncomingWebhook,
    admin::webhooks::{BegunDelivery, NewWebhook, OutgoingWebhook},
    matching::BesideLog,
};
pub use self::{
    admin::{
        AdminError, AdminFile,
        bans::{BanError, BanOrder, Banned, KeptBan, TakesAddresses},
        grants::{Admits, GivenRight, Grant, GrantError, RightChange},
        invitations::{Invitation, InvitationError, NewInvitation},
        journal::AdminLine,
        orders::{PendingEntry, PendingError},
        reports::{NewReport, ReportError},
        revoked::RevokeError,
        webhooks::WebhookError,
    },
    backup::{BackupError, backup},
    check::{IntegrityReport, check},
    check_search::SearchReport,
    compact::{CompactError, CompactReport, CompactedFile, compact},
    head_file::MissingEnd,
    members::members_named,
    open_error::OpenError,
    restore::{RestoreError, Restored, restore},
    schema::secret,
};

use self::{
    epochs::Epochs,
    failure::Failures,
    folder_lock::FolderLock,
    head_file::HeadFile,
    indexer::Indexer,
    indexer_news::IndexerNews,
    joins::JoinReads,
    origin::Origin,
    queue::{JobQueue, NotQueued},
    reader::{ReadSpawner, Readers},
    retention::Pace,
    search::Searcher,
    seen::{Queued, SeenQueue, SeenWriter},
    wal::{ReadGate, WriteAhead},
    writer::{Append, AppendBatch, Job, LogFiles, Writer},
};
use super::{
    AppendError, Appended, Backlog, Batch, BatchError, Behind, Bounds, CommitListener,
    CommitMetrics, Engine, EngineFailure, Found, JoinRead, MatchQuery, Matching, NewEntry,
    OwnPosts, Page, ReadError, Receipt, Receipts, RetentionPolicy, RoomsPage, RoomsQuery, Seen,
    Slice,
};

/// A log in one folder of this machine; see [`Engine`].
#[derive(Debug)]
pub struct Embedded {
    epochs: Epochs,
    secret: [u8; 32],
    jobs: Arc<JobQueue<Job>>,
    readers: Readers,
    joins: JoinReads,
    searches: Readers<Searcher>,
    seen: Arc<SeenQueue>,
    indexer: Arc<IndexerNews>,
    commits: Arc<CommitMetrics>,
    failures: Failures,
    pace: Pace,
    lock: FolderLock,
}

impl Embedded {
    /// Opens the log in `folder`, creating both if they do not exist. `listener` hears of every
    /// commit from now on.
    ///
    /// # Errors
    /// [`OpenError`] if the log can't be opened; existing files are left as they were.
    pub fn open(folder: &Path, listener: Arc<dyn CommitListener>) -> Result<Self, OpenError> {
        Self::open_for(folder, Origin::Own, listener)
    }

    fn open_for(
        folder: &Path,
        origin: Origin,
        listener: Arc<dyn CommitListener>,
    ) -> Result<Self, OpenError> {
        let spawner = reader::spawn_blocking();
        let (log, writer, indexer) = Self::prepare(folder, origin, listener, spawner)?;
        log.indexer.on_start();
        let threads = [
            (
                "log-writer",
                Box::new(move || writer.run()) as Box<dyn FnOnce() + Send>,
            ),
            ("log-indexer", Box::new(move || indexer.run())),
        ];
        for (name, run) in threads {
            let thread = thread::Builder::new().name(name.to_owned());
            let started = thread.spawn(run);
            started.map_err(|error| OpenError::storage(folder, error))?;
        }
        Ok(log)
    }

    /// Opens the log without starting a thread: the caller runs the writer and the indexer.
    fn prepare(
        folder: &Path,
        origin: Origin,
        listener: Arc<dyn CommitListener>,
        spawner: ReadSpawner,
    ) -> Result<(Self, Writer, Indexer), OpenError> {
        let path = schema::path_in(folder);
        schema::check_ours(&path)?;
        let lock = FolderLock::take(folder)?;
        compact::remove_leftover(&path);
        compact::remove_leftover(&fts::path_in(folder));
        let (mut db, metadata) = schema::open_for(&path, origin)?;
        let schema::LogMetadata { epochs, secret } = metadata;
        head_file::warn_of_missing_end(folder, &epochs);
        let (jobs, queue) = JobQueue::new(APPEND_QUEUE_MAX);
        let failures = Failures::default();
        let news = Arc::new(IndexerNews::default());
        news.on_commit(epochs.start());
        let head = HeadFile::begin(folder, &epochs);
        let storage = |error| OpenError::storage(&path, error);
        let seen = Arc::new(SeenQueue::default());
        let seen_writer = SeenWriter::open(&db, seen.clone()).map_err(storage)?;
        let (log_gate, index_gate) = (ReadGate::default(), ReadGate::default());
        let wal = WriteAhead::of(&path, log_gate.clone());
        wal.follow(&mut db).map_err(storage)?;
        let files = LogFiles { db, wal, head };
        let writer = Writer::new(
            files,
            seen_writer,
            listener,
            queue,
            news.clone(),
            failures.clone(),
        )
        .map_err(storage)?;
        let indexer = Indexer::open(
            folder,
            news.clone(),
            [log_gate.clone(), index_gate.clone()],
            failures.clone(),
        )
        .map_err(storage)?;
        let readers = reader::of_log(&path, spawner.clone(), &log_gate, failures.clone());
        let searches = {
            let (path, file, news) = (path.clone(), indexer.file().clone(), news.clone());
            let open = move || Searcher::open(&path, &file, &news);
            let gates = [log_gate, index_gate];
            Readers::new(SEARCHES_MAX, open, spawner, gates, failures.clone())
        };
        let log = Self {
            epochs,
            secret,
            jobs,
            readers,
            joins: JoinReads::default(),
            searches,
            seen,
            indexer: news,
            commits: writer.metrics(),
            failures,
            pace: Pace::Resting,
            lock,
        };
        Ok((log, writer, indexer))
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.jobs.end();
        self.indexer.end();
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

    fn shared_until(&self, position: &Position) -> Option<Seq> {
        self.epochs.shared_until(position)
    }

    fn commits(&self) -> &CommitMetrics {
        &self.commits
    }

    fn backlog(&self) -> Backlog {
        Backlog {
            appends: self.jobs.len(),
            seen: self.seen.len(),
            unindexed: self.indexer.lag(),
        }
    }

    fn secret(&self) -> [u8; 32] {
        self.secret
    }

    async fn append_for(&self, new: NewEntry, receipts: &Arc<Receipts>) -> Result<(), AppendError> {
        let job = move || {
            Job::Append(Append {
                new: Box::new(new),
                receipt: Receipt::new(receipts),
            })
        };
        Ok(self.jobs.push(job).await?)
    }

    async fn append_batch(&self, batch: Batch) -> Result<Vec<Appended>, BatchError> {
        let (reply, committed) = oneshot::channel();
        let queued = self
            .jobs
            .push(move || Job::Batch(AppendBatch { batch, reply }));
        queued.await.map_err(AppendError::from)?;
        // A writer that answers nothing has failed.
        committed.await.unwrap_or(Err(AppendError::Closed.into()))
    }

    fn keep_seen(&self, seen: Seen) -> Result<(), AppendError> {
        match self.seen.push(seen) {
            Queued::First => match self.jobs.try_push(Job::WriteSeen) {
                // With a full queue a commit is near, which takes it along.
                Ok(()) | Err(NotQueued::Full) => Ok(()),
                Err(NotQueued::Closed) => Err(AppendError::Closed),
            },
            Queued::Behind => Ok(()),
            Queued::Full => Err(AppendError::Unavailable),
        }
    }

    async fn seen(&self, room: &RoomId, member: MemberId) -> Result<Option<Seq>, ReadError> {
        if let Some(seq) = self.seen.get(member, room) {
            return Ok(Some(seq));
        }
        let room = room.clone();
        self.readers
            .run(move |db| seen::read(db, member, &room))
            .await
    }

    async fn read_join(&self, room: &RoomId, member: MemberId) -> Result<JoinRead, ReadError> {
        // Before the file is read: it may be written there in between.
        let waiting = self.seen.get(member, room);
        let mut read = self.joins.read(&self.readers, room, member).await?;
        read.seen = waiting.or(read.seen);
        Ok(read)
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

    async fn read_matching(&self, query: MatchQuery) -> Result<Matching, ReadError> {
        self.readers.run(move |db| matching::read(db, &query)).await
    }

    async fn behind(&self, rooms: &RoomPattern, after: Seq) -> Result<Behind, ReadError> {
        let rooms = rooms.clone();
        self.readers
            .run(move |db| matching::behind(db, &rooms, after))
            .await
    }

    async fn read_slice(
        &self,
        room: &RoomId,
        at: Place,
        limit: u16,
    ) -> Result<Option<Slice>, ReadError> {
        let room = room.clone();
        self.readers
            .run(move |db| slice::read(db, &room, at, limit))
            .await
    }

    async fn search(&self, room: &RoomId, words: &str, limit: u16) -> Result<Found, ReadError> {
        let (room, words) = (room.clone(), words.to_owned());
        let search = move |searcher: &mut Searcher| searcher.search(&room, &words, limit);
        self.searches.run(search).await?.ok_or(ReadError)
    }

    async fn room_state(&self, room: &RoomId) -> Result<RoomState, ReadError> {
        let room = room.clone();
        self.readers
            .run(move |db| room_state::read(db, &room))
            .await
    }

    async fn rooms(&self, query: RoomsQuery) -> Result<RoomsPage, ReadError> {
        self.readers
            .run(move |db| directory::read(db, &query))
            .await
    }

    async fn own_posts(
        &self,
        member: MemberId,
        before: Option<Seq>,
        limit: usize,
    ) -> Result<OwnPosts, ReadError> {
        self.readers
            .run(move |db| own_posts::read(db, member, before, limit))
            .await
    }

    async fn newest_at_ms(&self) -> Result<Option<u64>, ReadError> {
        self.readers.run(|db| reader::newest_at_ms(db)).await
    }

    async fn apply_retention(&self, policy: RetentionPolicy) -> Result<u64, AppendError> {
        self.expire(policy).await
    }

    async fn failed(&self) -> EngineFailure {
        self.failures.first().await
    }

    async fn close(&self) {
        self.readers.close();
        self.searches.close();
        self.indexer.close().await;
        let (reply, closed) = oneshot::channel();
        if self.jobs.push(move || Job::Close(reply)).await.is_ok() {
            // An error means that the writer has ended already.
            closed.await.ok();
        }
        self.lock.release();
    }
}

#[cfg(test)]
mod tests;
