//! The writer: the one thread that writes the log. It commits appends in groups, one transaction
//! each.

mod apply;
mod batch;
mod newly_committed;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use parlor_shared::limits::{APPEND_GROUP_BYTES_MAX, APPEND_GROUP_MAX, DELETE_STEP_MS};
use rusqlite::Connection;
use tokio::sync::oneshot;

use self::newly_committed::newly_committed;
use super::{
    admin::AdminFile,
    append::{self, RoomHeads},
    eraser::Eraser,
    failure::Failures,
    head_file::HeadFile,
    indexer_news::IndexerNews,
    queue::{Jobs, Waited},
    retention::{self, DeleteRange},
    schema,
    seen::SeenWriter,
    wal::WriteAhead,
};
use crate::{
    engine::{
        AppendError, AppendResult, Appended, Batch, BatchError, CommitListener, CommitMetrics,
        Committed, EngineFailure, NewEntry, Receipt,
        replicated::{
            applied::{Applied, ApplyError},
            ordered_log::Message,
        },
    },
    repeated_line::log_repeated,
};

/// A request to the writer.
#[derive(Debug)]
pub(super) enum Job {
    Append(Append),
    Batch(AppendBatch),
    Delete(Delete),
    Apply(ApplyGroups),
    /// Positions that members have seen wait to be written.
    WriteSeen,
    /// Commit what is queued, close the file, then reply.
    Close(oneshot::Sender<()>),
}

/// Append an entry, and give its result once it is durable.
#[derive(Debug)]
pub(super) struct Append {
    pub(super) new: Box<NewEntry>,
    pub(super) receipt: Receipt,
}

/// Append a batch, and reply once it is durable, or once nothing was appended.
#[derive(Debug)]
pub(super) struct AppendBatch {
    pub(super) batch: Batch,
    pub(super) reply: oneshot::Sender<Result<Vec<Appended>, BatchError>>,
}

/// Delete the next few entries of a range, and reply how many.
#[derive(Debug)]
pub(super) struct Delete {
    pub(super) range: DeleteRange,
    pub(super) reply: oneshot::Sender<Result<usize, AppendError>>,
}

/// Apply what stands next in the stream that this log follows, and reply once it is on the log.
#[derive(Debug)]
pub(super) struct ApplyGroups {
    pub(super) messages: Vec<Message>,
    pub(super) reply: oneshot::Sender<Result<Vec<Applied>, ApplyError>>,
}

/// The files that the writer writes.
pub(super) struct LogFiles {
    pub(super) db: Connection,
    pub(super) wal: WriteAhead,
    pub(super) head: HeadFile,
    /// Where the log follows a stream, whose changes it makes there.
    pub(super) admin: Option<AdminFile>,
}

/// The writer thread's state.
pub(super) struct Writer {
    db: Connection,
    head: HeadFile,
    admin: Option<AdminFile>,
    listener: Arc<dyn CommitListener>,
    metrics: Arc<CommitMetrics>,
    jobs: Jobs<Job>,
    failures: Failures,
    indexer: Arc<IndexerNews>,
    pub(super) eraser: Eraser,
    seen: SeenWriter,
    wal: WriteAhead,
    rooms: RoomHeads,
}

/// What a step of the writer leaves to do.
pub(super) enum Step {
    /// Take the next step.
    Next,
    /// Wait for a job.
    Idle,
    /// Stop: the engine has failed.
    Failed,
    /// Close the file, then reply.
    Close(oneshot::Sender<()>),
}

impl Writer {
    pub(super) fn new(
        LogFiles {
            db,
            wal,
            head,
            admin,
        }: LogFiles,
        seen: SeenWriter,
        listener: Arc<dyn CommitListener>,
        jobs: Jobs<Job>,
        indexer: Arc<IndexerNews>,
        failures: Failures,
    ) -> rusqlite::Result<Self> {
        let eraser = Eraser::open(&db)?;
        Ok(Self {
            db,
            head,
            admin,
            listener,
            metrics: Arc::default(),
            jobs,
            failures,
            indexer,
            eraser,
            seen,
            wal,
            rooms: RoomHeads::default(),
        })
    }

    /// What it counts about its commits.
    pub(super) fn metrics(&self) -> Arc<CommitMetrics> {
        self.metrics.clone()
    }

    /// The connection, for the simulation's failing disk.
    #[cfg(feature = "sim")]
    pub(super) fn db_mut(&mut self) -> &mut Connection {
        &mut self.db
    }

    /// Runs the writer until it is told to close, nobody can ask for anything any more, or the
    /// engine fails.
    pub(super) fn run(mut self) {
        let _guard = self.failures.panic_guard();
        loop {
            let step = match self.jobs.wait(self.due()) {
                Waited::Job(job) => self.process(job),
                // There is something to erase, positions to write, or a log to shrink.
                Waited::TimedOut => self.step(),
                Waited::Ended => return self.close(None),
            };
            match step {
                Step::Next | Step::Idle => {}
                Step::Failed => return,
                Step::Close(reply) => return self.close(Some(reply)),
            }
        }
    }

    /// The time until there is something to do, if no job comes.
    fn due(&self) -> Option<Duration> {
        let due = [self.eraser.due(), self.seen.due(), self.wal.due()];
        due.into_iter().flatten().min()
    }

    /// Processes the waiting jobs or, if there are none, writes what members have seen, shrinks the
    /// write-ahead log, or erases what was deleted.
    pub(super) fn step(&mut self) -> Step {
        match self.jobs.try_next() {
            Some(job) => self.process(job),
            None if self.seen.is_due() => self.write_seen().map_or(Step::Failed, |()| Step::Next),
            // Before erasing: that is tried again and again while another program reads, so that
            // shrinking would never be done.
            None if self.wal.is_due() => self.shrink_wal().map_or(Step::Failed, |()| Step::Next),
            None if self.eraser.has_work() => self.erase().map_or(Step::Failed, |()| Step::Next),
            None => Step::Idle,
        }
    }

    /// Processes this job and the ones queued behind it: up to [`APPEND_GROUP_MAX`] appends as one
    /// group, fewer once their texts reach [`APPEND_GROUP_BYTES_MAX`], and at most one job of
    /// another kind, which ends the group.
    fn process(&mut self, job: Job) -> Step {
        let mut group = Vec::new();
        let mut bytes = 0;
        let mut step = Step::Next;
        let mut delete = None;
        let mut batch = None;
        let mut apply = None;
        let mut next = Some(job);
        while let Some(job) = next {
            match job {
                Job::Append(append) => {
                    bytes += append.new.body.text().map_or(0, |text| text.as_str().len());
                    group.push(append);
                }
                Job::Batch(job) => batch = Some(job),
                Job::Delete(job) => delete = Some(job),
                Job::Apply(job) => apply = Some(job),
                Job::WriteSeen => {}
                Job::Close(reply) => step = Step::Close(reply),
            }
            let is_complete = group.len() >= APPEND_GROUP_MAX
                || bytes >= APPEND_GROUP_BYTES_MAX
                || batch.is_some()
                || delete.is_some()
                || apply.is_some()
                || matches!(step, Step::Close(_));
            next = if is_complete {
                None
            } else {
                self.jobs.try_next()
            };
        }
        let done = self
            .commit(group)
            .map(|()| self.seen.check_queue())
            .and_then(|()| batch.map_or(Ok(()), |job| self.commit_batch(job)))
            .and_then(|()| delete.map_or(Ok(()), |job| self.delete(job)))
            .and_then(|()| apply.map_or(Ok(()), |job| self.apply(job)))
            .and_then(|()| self.keep_wal())
            .and_then(|()| self.erase_if_late());
        done.map_or(Step::Failed, |()| step)
    }

    /// Commits a group, passes it to the listener, then replies to each append. Returns an error if
    /// the engine has failed.
    fn commit(&mut self, group: Vec<Append>) -> Result<(), EngineFailure> {
        if group.is_empty() {
            return Ok(());
        }
        let (new, receipts): (Vec<NewEntry>, Vec<Receipt>) = group
            .into_iter()
            .map(|append| (*append.new, append.receipt))
            .unzip();
        let begun = Instant::now();
        match self.write(&new) {
            Ok(results) => {
                self.metrics
                    .time
                    .observe(begun.elapsed().as_micros() as u64);
                self.metrics.group.observe(new.len() as u64);
                let committed: Vec<Committed> = new
                    .into_iter()
                    .zip(&results)
                    .filter_map(|(new, result)| newly_committed(new, result.as_ref().ok()?))
                    .collect();
                self.publish(committed);
                for (receipt, result) in receipts.into_iter().zip(results) {
                    receipt.fill(result);
                }
                Ok(())
            }
            Err(error) => {
                let (refusal, verdict) = self.on_not_committed(&error, receipts.len());
                for receipt in receipts {
                    receipt.fill(Err(refusal.clone()));
                }
                verdict
            }
        }
    }

    fn write(&mut self, group: &[NewEntry]) -> rusqlite::Result<Vec<AppendResult>> {
        let transaction = self.db.transaction()?;
        let mut results = Vec::with_capacity(group.len());
        for new in group {
            results.push(append::append(&transaction, &mut self.rooms, new, None)?);
        }
        let seen = self.seen.write(&transaction)?;
        transaction.commit()?;
        self.seen.on_committed(seen);
        Ok(results)
    }

    /// Writes what members have seen, since no commit took it along in time.
    fn write_seen(&mut self) -> Result<(), EngineFailure> {
        if let Err(error) = self.write(&[]) {
            log_repeated!(warn, %error, "what members have seen can't be written now");
            self.seen.on_failed();
            return self.failures.check(&error);
        }
        self.keep_wal()
    }

    fn delete(&mut self, Delete { range, reply }: Delete) -> Result<(), EngineFailure> {
        let time_max = Duration::from_millis(DELETE_STEP_MS);
        let (verdict, result) = match retention::delete(&mut self.db, range, time_max) {
            Ok(count) => {
                if count > 0 {
                    append::on_expired(&mut self.rooms, range.room());
                    self.eraser.on_expired();
                    self.indexer.on_expired();
                }
                (Ok(()), Ok(count))
            }
            Err(error) => {
                log_repeated!(warn, %error, "entries past their retention could not be deleted");
                (self.failures.check(&error), Err(AppendError::Unavailable))
            }
        };
        // The caller may have stopped waiting; the entries are deleted all the same.
        reply.send(result).ok();
        verdict
    }

    fn erase_if_late(&mut self) -> Result<(), EngineFailure> {
        if self.eraser.count_group() {
            self.erase()?;
        }
        Ok(())
    }

    fn erase(&mut self) -> Result<(), EngineFailure> {
        if let Err(error) = self.eraser.step(&mut self.db) {
            log_repeated!(warn, %error, "deleted words are withheld, but can't be erased from the log's files now");
            return self.failures.check(&error);
        }
        self.keep_wal()
    }

    /// Keeps the write-ahead log within its bound, after a transaction.
    fn keep_wal(&mut self) -> Result<(), EngineFailure> {
        let kept = self.wal.checkpoint_if_due(&self.db);
        self.check_wal(kept)
    }

    fn shrink_wal(&mut self) -> Result<(), EngineFailure> {
        let shrunk = self.wal.shrink_if_idle(&self.db);
        self.check_wal(shrunk)
    }

    fn check_wal(&self, kept: rusqlite::Result<()>) -> Result<(), EngineFailure> {
        kept.or_else(|error| {
            log_repeated!(warn, %error, "the write-ahead log can't be copied into the file; it grows");
            self.failures.check(&error)
        })
    }

    /// Closes the file and replies.
    pub(super) fn close(mut self, reply: Option<oneshot::Sender<()>>) {
        while !self.failures.has_failed() && self.seen.has_work() {
            if let Err(error) = self.write(&[]) {
                tracing::warn!(%error, "what members have seen last was not written");
                // The engine is closed in any case.
                self.failures.check(&error).ok();
                break;
            }
        }
        let Self {
            db,
            admin,
            jobs,
            failures,
            ..
        } = self;
        // Dropped first: from here on an append is refused at once and does not wait in the queue.
        drop(jobs);
        drop(admin);
        let closed = if failures.has_failed() {
            Ok(())
        } else {
            schema::close(db)
        };
        if let Err(error) = closed {
            tracing::warn!(%error, "the log was not closed cleanly; nothing is lost");
        }
        if let Some(reply) = reply {
            // The caller may have stopped waiting; the file is closed all the same.
            reply.send(()).ok();
        }
    }
}

#[cfg(test)]
mod tests;
