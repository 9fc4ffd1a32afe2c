//! The file of a log that follows a stream: which of the changes that stand there it has.
//!
//! A change is made here before the log notes that it has come so far. So this file is never behind
//! the log, and what comes a second time, after a crash in between, is known by its sequence.

use std::path::Path;

use parlor_shared::limits::STREAM_GROUPS_APPLIED_MAX;
use rusqlite::{Connection, Transaction, params};

use super::{
    AdminFile, adopted,
    change::AdminRequest,
    made::{ChangeResult, NotMade},
    path_in,
    place::{advance, outcome_at, outcome_of, read, to_text},
};
use crate::engine::embedded::{open_error::OpenError, stream::Followed};

impl AdminFile {
    /// Opens the file of a log that has followed its stream so far. What was decided in it before
    /// it followed any becomes requests to the node.
    ///
    /// # Errors
    /// [`OpenError::AdminBehind`] if it lacks changes that the log has passed.
    pub(in crate::engine::embedded) fn follow(
        folder: &Path,
        log: &Followed,
    ) -> Result<Self, OpenError> {
        let file = Self::open(folder)?;
        let path = path_in(folder);
        let is_behind = {
            let mut db = file.lock();
            begin(&mut db, log).map_err(|error| OpenError::of_sqlite(&path, error))?
        };
        match is_behind {
            true => Err(OpenError::AdminBehind { path }),
            false => Ok(file),
        }
    }

    /// Makes what stands at this sequence of the stream, unless that is done already, and says what
    /// became of it.
    ///
    /// # Errors
    /// SQLite's; nothing was changed then.
    pub(in crate::engine::embedded) fn apply(
        &self,
        sequence: u64,
        request: &AdminRequest,
    ) -> rusqlite::Result<ChangeResult> {
        let mut db = self.lock();
        let mut transaction = db.transaction()?;
        if read(&transaction)?.is_some_and(|place| place.sequence >= sequence) {
            return outcome_at(&transaction, sequence);
        }
        let known = outcome_of(&transaction, request)?;
        let is_known = known.is_some();
        let outcome = match known {
            Some(outcome) => outcome,
            None => make(&mut transaction, request)?,
        };
        let is_news = !is_known && outcome.is_ok() && request.change.is_news();
        advance(&transaction, sequence, is_news.then_some(sequence))?;
        transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO made (sequence, request, outcome) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![
                sequence.cast_signed(),
                request.key.map(|key| key.0),
                to_text(&outcome)?
            ])?;
        // As many as may be applied again at once.
        transaction
            .prepare_cached(
                "DELETE FROM made WHERE sequence IN
                    (SELECT sequence FROM made ORDER BY sequence DESC LIMIT -1 OFFSET ?1)",
            )?
            .execute([STREAM_GROUPS_APPLIED_MAX as i64])?;
        transaction.commit()?;
        Ok(outcome)
    }

    /// Has the file in `folder`, a copy that nobody uses yet, be that of a server alone.
    ///
    /// # Errors
    /// [`OpenError`].
    pub(in crate::engine::embedded) fn end_following(folder: &Path) -> Result<(), OpenError> {
        let file = Self::open(folder)?;
        let end = "DELETE FROM followed; DELETE FROM made; DELETE FROM requests";
        let ended = file.lock().execute_batch(end);
        ended.map_err(|error| OpenError::of_sqlite(&path_in(folder), error))
    }
}

/// Makes a change, or nothing of it.
fn make(
    transaction: &mut Transaction<'_>,
    request: &AdminRequest,
) -> rusqlite::Result<ChangeResult> {
    let savepoint = transaction.savepoint()?;
    match request.change.make(&savepoint) {
        Ok(made) => {
            savepoint.commit()?;
            Ok(Ok(made))
        }
        Err(NotMade::Refused(refusal)) => {
            savepoint.finish()?;
            Ok(Err(refusal))
        }
        Err(NotMade::File(error)) => Err(error),
    }
}

/// Begins to follow, or goes on. Returns whether the file lacks what the log has passed.
fn begin(db: &mut Connection, log: &Followed) -> rusqlite::Result<bool> {
    let transaction = db.transaction()?;
    match read(&transaction)? {
        Some(place) if place.epoch == log.epoch => return Ok(place.sequence < log.admin),
        Some(_) => {
            // The log goes on in another epoch, from where it is.
            transaction.execute("UPDATE followed SET epoch = ?1", [log.epoch.as_bytes()])?;
            advance(&transaction, log.place.sequence, None)?;
        }
        None if log.admin > 0 => return Ok(true),
        None => {
            adopted::ask_again(&transaction)?;
            let sql = "INSERT INTO followed (epoch, sequence, news) VALUES (?1, ?2, 0)";
            let sequence = log.place.sequence.cast_signed();
            transaction.execute(sql, params![log.epoch.as_bytes(), sequence])?;
        }
    }
    transaction.commit()?;
    Ok(false)
}
