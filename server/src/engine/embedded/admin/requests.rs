//! What the command line asks for where the log follows a stream: the node that runs on the folder
//! publishes it, and says what became of it.

use std::{
    thread,
    time::{Duration, Instant},
};

use parlor_shared::limits::{REQUEST_WAIT_MS, REQUESTS_MAX};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    AdminError, AdminFile, Route,
    change::{AdminChange, AdminRequest, RequestKey},
    made::{ChangeError, ChangeResult, Made},
    place::{from_text, to_text},
};

/// How often the command line looks whether the node has done what it asked for.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A request that waits.
#[derive(Debug)]
struct Waiting {
    id: i64,
    /// `None` where this version does not understand it.
    request: Option<AdminRequest>,
}

impl AdminFile {
    /// Has the node make a change, and waits for it, for [`REQUEST_WAIT_MS`].
    ///
    /// # Errors
    /// [`AdminError::NoNode`] if none has taken it up; it is withdrawn then.
    pub(super) fn ask_node(&self, change: &AdminChange) -> Result<Made, ChangeError> {
        let id = {
            let db = self.lock();
            let waiting = "SELECT count(*) FROM requests WHERE outcome IS NULL";
            let waiting: i64 = db.query_row(waiting, [], |row| row.get(0))?;
            if waiting >= REQUESTS_MAX as i64 {
                return Err(AdminError::NoNode.into());
            }
            put(&db, change)?
        };
        let deadline = Instant::now() + Duration::from_millis(REQUEST_WAIT_MS);
        loop {
            if let Some(outcome) = self.outcome(id)? {
                return outcome.map_err(ChangeError::Refused);
            }
            if Instant::now() > deadline {
                return match self.withdraw(id)? {
                    true => Err(AdminError::NoNode.into()),
                    // It was done just now.
                    false => match self.outcome(id)? {
                        Some(outcome) => outcome.map_err(ChangeError::Refused),
                        None => Err(AdminError::NoNode.into()),
                    },
                };
            }
            thread::sleep(LOOK_EVERY);
        }
    }

    /// Makes what the command line asks for, the oldest first. It waits for the stream.
    ///
    /// # Errors
    /// [`AdminError`]; the request that could not be made stays.
    pub(crate) fn do_requests(&self) -> Result<(), AdminError> {
        let Route::Stream(changes) = &self.route else {
            return Ok(());
        };
        loop {
            let waiting = self.waiting_requests()?;
            if waiting.is_empty() {
                return Ok(());
            }
            for Waiting { id, request } in waiting {
                let Some(request) = request else {
                    self.withdraw(id)?;
                    continue;
                };
                let outcome = match changes.publish(request) {
                    Ok(made) => Ok(made),
                    Err(ChangeError::Refused(refusal)) => Err(refusal),
                    Err(ChangeError::Failed(error)) => return Err(error),
                };
                self.finish_request(id, &outcome)?;
            }
        }
    }

    fn waiting_requests(&self) -> Result<Vec<Waiting>, AdminError> {
        let db = self.lock();
        let sql = "SELECT id, key, change FROM requests WHERE outcome IS NULL ORDER BY id LIMIT ?1";
        let mut statement = db.prepare_cached(sql)?;
        let waiting = statement.query_map([REQUESTS_MAX as i64], |row| {
            let (key, change) = (row.get(1)?, row.get::<_, String>(2)?);
            let request = |change| AdminRequest {
                key: Some(RequestKey(key)),
                change,
            };
            Ok(Waiting {
                id: row.get(0)?,
                request: serde_json::from_str(&change).ok().map(request),
            })
        })?;
        Ok(waiting.collect::<rusqlite::Result<_>>()?)
    }

    fn finish_request(&self, id: i64, outcome: &ChangeResult) -> Result<(), AdminError> {
        let db = self.lock();
        let sql = "UPDATE requests SET outcome = ?2 WHERE id = ?1";
        db.execute(sql, params![id, to_text(outcome)?])?;
        // What is done is kept for who waits for it, and no longer than that.
        let old = "DELETE FROM requests WHERE outcome IS NOT NULL AND id <= ?1";
        db.execute(old, [id - REQUESTS_MAX as i64])?;
        Ok(())
    }

    fn outcome(&self, id: i64) -> Result<Option<ChangeResult>, AdminError> {
        let sql = "SELECT outcome FROM requests WHERE id = ?1";
        let found = self
            .lock()
            .query_row(sql, [id], |row| row.get::<_, Option<String>>(0))
            .optional()?;
        let outcome = found.flatten().map(|text| from_text(&text));
        Ok(outcome.transpose()?)
    }

    /// Takes back a request that is not done. Returns whether there was one.
    fn withdraw(&self, id: i64) -> Result<bool, AdminError> {
        let sql = "DELETE FROM requests WHERE id = ?1 AND outcome IS NULL";
        Ok(self.lock().execute(sql, [id])? > 0)
    }
}

/// Keeps a request for the node, and returns its number.
pub(super) fn put(db: &Connection, change: &AdminChange) -> rusqlite::Result<i64> {
    let sql = "INSERT INTO requests (change) VALUES (?1)";
    db.execute(sql, [to_text(change)?])?;
    Ok(db.last_insert_rowid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_wait_in_a_bounded_number() {
        let folder = tempfile::tempdir().unwrap();
        let file = AdminFile::open(folder.path()).unwrap();
        let change = AdminChange::Password("hash".to_owned());
        for _ in 0..REQUESTS_MAX {
            put(&file.lock(), &change).unwrap();
        }
        let refused = file.ask_node(&change);
        assert!(matches!(
            refused,
            Err(ChangeError::Failed(AdminError::NoNode))
        ));
        let waiting = file.waiting_requests().unwrap();
        assert_eq!(waiting.len(), REQUESTS_MAX);
        assert_eq!(waiting[0].request.as_ref().unwrap().change, change);
        file.finish_request(waiting[0].id, &Ok(Made::Done)).unwrap();
        assert!(file.outcome(waiting[0].id).unwrap().is_some());
        assert!(file.withdraw(waiting[1].id).unwrap());
        assert!(!file.withdraw(waiting[0].id).unwrap(), "it is done");
        assert_eq!(file.waiting_requests().unwrap().len(), REQUESTS_MAX - 2);
    }

    #[test]
    fn a_request_that_no_node_takes_up_is_withdrawn() {
        let folder = tempfile::tempdir().unwrap();
        let file = AdminFile::open(folder.path()).unwrap();
        let begun = Instant::now();
        let refused = file.ask_node(&AdminChange::Password("hash".to_owned()));
        assert!(matches!(
            refused,
            Err(ChangeError::Failed(AdminError::NoNode))
        ));
        assert!(begun.elapsed() >= Duration::from_millis(REQUEST_WAIT_MS));
        assert!(file.waiting_requests().unwrap().is_empty());
    }
}
