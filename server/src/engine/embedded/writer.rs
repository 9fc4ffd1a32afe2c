//! The one thread that writes: groups of appends, each one commit.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use parlor_shared::{
    Seq,
    limits::{APPEND_GROUP_MAX, INDEX_INTERVAL_MS},
};
use rusqlite::Connection;
use tokio::{
    runtime::Runtime,
    sync::{
        mpsc::{Receiver, error::TryRecvError},
        oneshot,
    },
    time::{error::Elapsed, timeout},
};

use super::{
    append::{self, Rooms},
    failure::Failures,
    fts::Index,
    retention::{self, DeleteRange},
    row, schema,
};
use crate::engine::{
    AppendError, Appended, CommitListener, Committed, EngineFailure, NewEntry, Outcome,
};

/// How far the full-text index may fall behind before it gets its turn among appends without a pause.
const INDEX_LAG_MAX: u64 = 20_000;

/// Pages in the write-ahead log, about, after which it is copied into the file: 16 MiB.
const CHECKPOINT_PAGES: u64 = 4_000;
/// Pages that a transaction writes however little it changes: the last ones of the table and of each index.
const TRANSACTION_PAGES: u64 = 8;
/// Changed rows that fill a page.
const ROWS_PER_PAGE: u64 = 8;

/// What the writer is asked for.
#[derive(Debug)]
pub(super) enum Job {
    /// Append this, and answer once it is durable.
    Append(
        Box<NewEntry>,
        oneshot::Sender<Result<Appended, AppendError>>,
    ),
    /// Delete the next few of these, and answer how many.
    Forget(DeleteRange, oneshot::Sender<Result<usize, AppendError>>),
    /// Finish, and answer when the file is closed.
    Close(oneshot::Sender<()>),
}

/// The writer thread's state.
pub(super) struct Writer {
    file: Connection,
    listener: Arc<dyn CommitListener>,
    jobs: Receiver<Job>,
    failures: Failures,
    index: Index,
    /// The head when the index could not be written; zero where it could.
    index_stalled_at: Seq,
    /// The place of the log's newest entry ever.
    head: Seq,
    /// Pages in the write-ahead log, about.
    pages: u64,
    /// How many rows had been changed when they were counted.
    rows_counted: u64,
    /// When the index was last written.
    indexed_at: Option<Instant>,
    /// Rooms written to lately.
    rooms: Rooms,
}

/// How a step left the writer.
pub(super) enum Step {
    /// Ready for the next.
    Next,
    /// With nothing to do.
    Idle,
    /// The log can't go on.
    Failed,
    /// Told to close, and whom to answer.
    Close(oneshot::Sender<()>),
}

type Answer = oneshot::Sender<Result<Appended, AppendError>>;

impl Writer {
    pub(super) fn new(
        file: Connection,
        listener: Arc<dyn CommitListener>,
        jobs: Receiver<Job>,
        failures: Failures,
    ) -> rusqlite::Result<Self> {
        let index = Index::open(&file)?;
        // Not the newest entry there is: that one may have been forgotten.
        let head = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'entries'";
        let head = file.query_row(head, [], |row| row::seq(row, 0))?;
        Ok(Self {
            file,
            listener,
            jobs,
            failures,
            index,
            index_stalled_at: Seq::ZERO,
            head,
            pages: 0,
            rows_counted: 0,
            indexed_at: None,
            rooms: Rooms::default(),
        })
    }

    /// The file, for a disk that fails on purpose.
    #[cfg(feature = "sim")]
    pub(super) fn file_mut(&mut self) -> &mut Connection {
        &mut self.file
    }

    /// Works until it is told to close, nobody is left to ask, or the log can't go on. Waits by this clock.
    pub(super) fn run(mut self, clock: &Runtime) {
        let _alarm = self.failures.alarm();
        loop {
            let turn = match self.jobs.try_recv() {
                Ok(job) => self.work(job),
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => {
                    let due = self.index_due();
                    match clock.block_on(job_within(&mut self.jobs, due)) {
                        Ok(Some(job)) => self.work(job),
                        Ok(None) => return self.close(None),
                        // Time for the index.
                        Err(_) => self.step(),
                    }
                }
            };
            match turn {
                Step::Next | Step::Idle => {}
                Step::Failed => return,
                Step::Close(answer) => return self.close(Some(answer)),
            }
        }
    }

    /// How long until the index is to be written, if nothing else is to be done; `None` where it says everything.
    fn index_due(&self) -> Option<Duration> {
        let interval = Duration::from_millis(INDEX_INTERVAL_MS);
        let since = |at: Instant| interval.saturating_sub(at.elapsed());
        (self.index_lag() > 0).then(|| self.indexed_at.map_or(Duration::ZERO, since))
    }

    /// Does what there is to do now, appends before the index.
    pub(super) fn step(&mut self) -> Step {
        match self.jobs.try_recv() {
            Ok(job) => self.work(job),
            Err(TryRecvError::Empty | TryRecvError::Disconnected) if self.index_lag() > 0 => {
                self.advance_index().map_or(Step::Failed, |()| Step::Next)
            }
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => Step::Idle,
        }
    }

    /// Does this job and those queued behind it, as one group.
    fn work(&mut self, job: Job) -> Step {
        let mut group = Vec::new();
        let mut turn = Step::Next;
        let mut forget = None;
        let mut next = Some(job);
        while let Some(job) = next {
            match job {
                Job::Append(new, answer) => group.push((*new, answer)),
                Job::Forget(range, answer) => forget = Some((range, answer)),
                Job::Close(answer) => turn = Step::Close(answer),
            }
            let last = forget.is_some() || !matches!(turn, Step::Next);
            let full = group.len() >= APPEND_GROUP_MAX || last;
            next = if full {
                None
            } else {
                self.jobs.try_recv().ok()
            };
        }
        let done = self
            .commit(group)
            .and_then(|()| forget.map_or(Ok(()), |(range, answer)| self.forget(range, answer)))
            .and_then(|()| self.checkpoint())
            .and_then(|()| self.index_when_late());
        done.map_or(Step::Failed, |()| turn)
    }

    /// Commits a group, shows it, answers it; an error when the log can't go on.
    fn commit(&mut self, group: Vec<(NewEntry, Answer)>) -> Result<(), EngineFailure> {
        if group.is_empty() {
            return Ok(());
        }
        let (new, answers): (Vec<NewEntry>, Vec<Answer>) = group.into_iter().unzip();
        match self.write(&new) {
            Ok(results) => {
                let committed: Vec<Committed> = new
                    .into_iter()
                    .zip(&results)
                    .filter_map(|(new, result)| match result {
                        Ok(Appended {
                            entry,
                            outcome: Outcome::New,
                        }) => Some(Committed {
                            room: new.room,
                            entry: entry.clone(),
                        }),
                        Ok(Appended {
                            outcome: Outcome::Duplicate,
                            ..
                        })
                        | Err(_) => None,
                    })
                    .collect();
                if let Some(last) = committed.last() {
                    self.head = last.entry.seq;
                    self.listener.on_commit(committed);
                }
                for (answer, result) in answers.into_iter().zip(results) {
                    // Nobody listens where the connection is gone; the entry is on the log all the same.
                    drop(answer.send(result));
                }
                Ok(())
            }
            Err(error) => {
                // What was known of rooms may come from the transaction that is no more.
                self.rooms.clear();
                tracing::error!(%error, appends = answers.len(), "a group was not committed");
                let verdict = self.failures.judge(&error);
                let why = match &verdict {
                    Ok(()) => AppendError::Unavailable,
                    Err(_) => AppendError::Closed,
                };
                for answer in answers {
                    drop(answer.send(Err(why.clone())));
                }
                verdict
            }
        }
    }

    fn write(
        &mut self,
        group: &[NewEntry],
    ) -> rusqlite::Result<Vec<Result<Appended, AppendError>>> {
        let transaction = self.file.transaction()?;
        let mut results = Vec::with_capacity(group.len());
        for new in group {
            results.push(append::append(&transaction, &mut self.rooms, new)?);
        }
        transaction.commit()?;
        Ok(results)
    }

    fn forget(
        &mut self,
        range: DeleteRange,
        answer: oneshot::Sender<Result<usize, AppendError>>,
    ) -> Result<(), EngineFailure> {
        let (verdict, result) = match retention::forget(&mut self.file, range) {
            Ok(count) => (Ok(()), Ok(count)),
            Err(error) => {
                tracing::warn!(%error, "what is not to be kept could not be deleted");
                (self.failures.judge(&error), Err(AppendError::Unavailable))
            }
        };
        // Whoever asked may be gone; what is forgotten is forgotten.
        drop(answer.send(result));
        verdict
    }

    fn index_when_late(&mut self) -> Result<(), EngineFailure> {
        if self.index_lag() > INDEX_LAG_MAX {
            self.advance_index()?;
        }
        Ok(())
    }

    fn advance_index(&mut self) -> Result<(), EngineFailure> {
        self.indexed_at = Some(Instant::now());
        if let Err(error) = self.index.advance(&mut self.file, self.head) {
            tracing::warn!(%error, "the full-text index does not advance; search misses what is newest");
            self.index_stalled_at = self.head;
            return self.failures.judge(&error);
        }
        self.checkpoint()
    }

    /// Copies the write-ahead log into the file when it is due: here and not within a commit, where nobody would
    /// hear of an fsync that failed.
    fn checkpoint(&mut self) -> Result<(), EngineFailure> {
        let rows = self.file.total_changes();
        self.pages += TRANSACTION_PAGES + (rows - self.rows_counted) / ROWS_PER_PAGE;
        self.rows_counted = rows;
        if self.pages < CHECKPOINT_PAGES {
            return Ok(());
        }
        self.pages = 0;
        if let Err(error) = schema::checkpoint(&self.file) {
            tracing::warn!(%error, "the write-ahead log can't be copied into the file; it grows");
            return self.failures.judge(&error);
        }
        Ok(())
    }

    /// How far the full-text index is behind; 0 while there is no use in trying.
    fn index_lag(&self) -> u64 {
        // After an error it is tried again once something was committed: a full disk is not asked without end.
        if self.index_stalled_at == self.head {
            0
        } else {
            self.head.0.saturating_sub(self.index.until().0)
        }
    }

    pub(super) fn close(self, answer: Option<oneshot::Sender<()>>) {
        let Self {
            file,
            jobs,
            failures,
            ..
        } = self;
        // From here on an append is refused at once instead of waiting for nobody.
        drop(jobs);
        let closed = if failures.any() {
            Ok(())
        } else {
            schema::close(file)
        };
        if let Err(error) = closed {
            tracing::warn!(%error, "the log was not closed cleanly; nothing is lost");
        }
        if let Some(answer) = answer {
            // Whoever asked may be gone; the file is closed all the same.
            answer.send(()).unwrap_or_default();
        }
    }
}

/// The next job, or an error once it was waited for so long.
async fn job_within(
    jobs: &mut Receiver<Job>,
    wait: Option<Duration>,
) -> Result<Option<Job>, Elapsed> {
    match wait {
        Some(wait) => timeout(wait, jobs.recv()).await,
        None => Ok(jobs.recv().await),
    }
}
