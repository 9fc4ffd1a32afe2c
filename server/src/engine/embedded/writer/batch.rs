//! Commits a batch: all of its entries in a transaction of its own, or none. And what follows each
//! commit, or its failure.

use std::time::Instant;

use parlor_shared::Seq;
use rusqlite::Connection;

use super::{AppendBatch, Writer, newly_committed};
use crate::{
    engine::{
        AppendError, Appended, Batch, BatchError, Committed, EngineFailure, Outcome,
        embedded::append::{self, RoomHeads},
    },
    repeated_line::log_repeated,
};

impl Writer {
    /// Passes on what has become durable.
    pub(super) fn publish(&mut self, committed: Vec<Committed>) {
        self.metrics.entries.add(committed.len() as u64);
        self.eraser.on_committed(&committed);
        if let Some(last) = committed.last() {
            let head = last.entry.seq;
            // Noted before anyone is told of the entries.
            self.head.set(head);
            self.listener.on_commit(committed);
            self.indexer.on_commit(head);
        }
    }

    /// A commit has failed: what those are told who wait for it, and whether the engine has.
    pub(super) fn on_not_committed(
        &mut self,
        error: &rusqlite::Error,
        appends: usize,
    ) -> (AppendError, Result<(), EngineFailure>) {
        // The cached heads may come from the transaction that was rolled back.
        self.rooms.clear();
        self.metrics.failed.add(1);
        log_repeated!(error, %error, appends, "a group was not committed");
        let verdict = self.failures.check(error);
        let refusal = match &verdict {
            Ok(()) => AppendError::Unavailable,
            Err(_) => AppendError::Closed,
        };
        (refusal, verdict)
    }

    /// Commits a batch, passes it to the listener, then replies. Returns an error if the engine has
    /// failed.
    pub(super) fn commit_batch(
        &mut self,
        AppendBatch { batch, reply }: AppendBatch,
    ) -> Result<(), EngineFailure> {
        let begun = Instant::now();
        let (result, verdict) = match self.write_batch(&batch) {
            Ok(Ok(appended)) => {
                let micros = begun.elapsed().as_micros() as u64;
                self.metrics.time.observe(micros);
                self.metrics.group.observe(appended.len() as u64);
                let committed: Vec<Committed> = batch
                    .entries
                    .into_iter()
                    .zip(&appended)
                    .filter_map(|(new, appended)| newly_committed(new, appended))
                    .collect();
                self.publish(committed);
                (Ok(appended), Ok(()))
            }
            Ok(Err(refused)) => {
                // They may be those of the transaction that was rolled back.
                self.rooms.clear();
                (Err(refused), Ok(()))
            }
            Err(error) => {
                let (refusal, verdict) = self.on_not_committed(&error, batch.entries.len());
                (Err(refusal.into()), verdict)
            }
        };
        // Nobody may wait for it any more; what is appended stays.
        reply.send(result).ok();
        verdict
    }

    /// Appends the batch in one transaction, which is rolled back where nothing is appended.
    fn write_batch(
        &mut self,
        batch: &Batch,
    ) -> rusqlite::Result<Result<Vec<Appended>, BatchError>> {
        let transaction = self.db.transaction()?;
        let appended = append_batch(&transaction, &mut self.rooms, batch, |_| None)?;
        if appended.is_ok() {
            transaction.commit()?;
        }
        Ok(appended)
    }
}

/// Appends a batch within the caller's transaction, with these seqs or the next ones. Where one of
/// its entries is refused, or the room's head is another one and something would be written, the
/// caller rolls back what was done.
pub(super) fn append_batch(
    db: &Connection,
    rooms: &mut RoomHeads,
    batch: &Batch,
    seq: impl Fn(usize) -> Option<Seq>,
) -> rusqlite::Result<Result<Vec<Appended>, BatchError>> {
    let Some(first) = batch.entries.first() else {
        return Ok(Ok(Vec::new()));
    };
    let head = append::head(db, rooms, &first.room)?;
    let has_moved = batch.head.is_some_and(|expected| expected != head);
    let mut all = Vec::with_capacity(batch.entries.len());
    for (index, new) in batch.entries.iter().enumerate() {
        match append::append(db, rooms, new, seq(index))? {
            Ok(appended) if has_moved && appended.outcome == Outcome::New => {
                return Ok(Err(BatchError::HeadMoved { head }));
            }
            Ok(appended) => all.push(appended),
            Err(_) if has_moved => return Ok(Err(BatchError::HeadMoved { head })),
            Err(error) => return Ok(Err(BatchError::Entry { index, error })),
        }
    }
    Ok(Ok(all))
}
