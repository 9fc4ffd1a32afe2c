//! The embedded engine: one SQLite file, written by one thread and read by a few others.

mod admin;
mod append;
mod as_engine;
mod backup;
mod check;
mod check_search;
mod checksum;
mod compact;
mod copied;
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
mod source;
#[cfg(feature = "sim")]
pub(crate) mod stepped;
#[cfg(test)]
mod steps;
mod stream;
mod wal;
mod withheld;
mod writer;

use std::{path::Path, sync::Arc, thread};

use parlor_shared::limits::{APPEND_QUEUE_MAX, SEARCHES_MAX};

#[cfg(test)]
pub(crate) use self::admin::content::{SharedContent, shared_content};
pub(crate) use self::{
    admin::change::AdminRequest,
    admin::incoming::IncomingWebhook,
    admin::made::{ChangeError, ChangeResult, Made},
    admin::webhooks::{BegunDelivery, NewWebhook, OutgoingWebhook},
    matching::BesideLog,
    seen::{Queued, SeenQueue},
};
pub use self::{
    admin::{
        AdminError, AdminFile, AdminVersion,
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
    check::{FollowedStream, IntegrityReport, check},
    check_search::SearchReport,
    compact::{CompactError, CompactReport, CompactedFile, compact},
    head_file::MissingEnd,
    members::members_named,
    open_error::OpenError,
    restore::{RestoreError, Restored, restore},
    schema::secret,
    source::LogContent,
};
pub(crate) use self::{
    origin::{Ended, StreamStart},
    source::{LogSource, content_beside, detach, followed_epoch},
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
    queue::JobQueue,
    reader::{ReadSpawner, Readers},
    retention::Pace,
    search::Searcher,
    seen::SeenWriter,
    wal::{ReadGate, WriteAhead},
    writer::{Job, LogFiles, Writer},
};
use super::{CommitListener, CommitMetrics};

/// A log in one folder of this machine; see [`Engine`](super::Engine).
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
        let newest = row::head(&db).map_err(|error| OpenError::storage(&path, error))?;
        // What the end of a log that follows a stream lacks, it takes from there again.
        if origin == Origin::Own {
            head_file::warn_of_missing_end(folder, &epochs, newest);
        }
        let (jobs, queue) = JobQueue::new(APPEND_QUEUE_MAX);
        let failures = Failures::default();
        let news = Arc::new(IndexerNews::default());
        news.on_commit(newest);
        let head = HeadFile::begin(folder, &epochs, newest);
        let storage = |error| OpenError::storage(&path, error);
        let seen = Arc::new(SeenQueue::default());
        let seen_writer = SeenWriter::open(&db, seen.clone()).map_err(storage)?;
        let (log_gate, index_gate) = (ReadGate::default(), ReadGate::default());
        let wal = WriteAhead::of(&path, log_gate.clone());
        wal.follow(&mut db).map_err(storage)?;
        let admin = match stream::read(&db).map_err(storage)? {
            Some(followed) => Some(AdminFile::follow(folder, &followed)?),
            None => None,
        };
        let files = LogFiles {
            db,
            wal,
            head,
            admin,
        };
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

#[cfg(test)]
mod tests;
