//! What the command line asks for in rooms: it stands on a room's log once a server has done it,
//! since only the server's writer appends there.

use parlor_shared::{Body, RoomId, codec, limits::ORDERS_MAX};
use rusqlite::{OptionalExtension, params};

use super::{AdminError, AdminFile, Route, column::parsed, note::note};

/// An entry that the operator wants on a room's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingEntry {
    /// Its number.
    pub id: u64,
    /// The room.
    pub room: RoomId,
    /// The entry's content.
    pub body: Body,
}

/// An order was not kept.
#[derive(Debug, thiserror::Error)]
pub enum PendingError {
    /// There are as many as there may be: no server runs that does them.
    #[error("{ORDERS_MAX} orders wait for a server already. Start one first.")]
    TooMany,
    /// See [`AdminError`].
    #[error(transparent)]
    Failed(#[from] AdminError),
}

impl From<rusqlite::Error> for PendingError {
    fn from(error: rusqlite::Error) -> Self {
        AdminError::from(error).into()
    }
}

impl AdminFile {
    /// Keeps an order for the server, and returns its number.
    ///
    /// # Errors
    /// [`PendingError`].
    pub fn order(&self, room: &RoomId, body: &Body, now_ms: u64) -> Result<u64, PendingError> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        let waiting = "SELECT count(*) FROM orders WHERE outcome IS NULL";
        let waiting: i64 = transaction.query_row(waiting, [], |row| row.get(0))?;
        if waiting >= ORDERS_MAX as i64 {
            return Err(PendingError::TooMany);
        }
        // Those that are done are kept for who waits for them, and no longer than that.
        transaction.execute(
            "DELETE FROM orders WHERE outcome IS NOT NULL AND id <=
            (SELECT max(id) FROM orders) - ?1",
            [ORDERS_MAX as i64],
        )?;
        let body = codec::encode_body(body);
        let insert = "INSERT INTO orders (room, body) VALUES (?1, ?2)";
        transaction.execute(insert, params![room.as_str(), body])?;
        let id = transaction.last_insert_rowid().cast_unsigned();
        // What follows a stream is the same on all nodes, and orders are this one's.
        if matches!(self.route, Route::File) {
            let what = format!("the operator ordered {body} in room {room}");
            note(&transaction, &what, now_ms)?;
        }
        transaction.commit()?;
        Ok(id)
    }

    /// The orders that are not done, the oldest first.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn orders(&self) -> Result<Vec<PendingEntry>, AdminError> {
        let db = self.lock();
        let sql = "SELECT id, room, body FROM orders WHERE outcome IS NULL ORDER BY id LIMIT ?1";
        let mut statement = db.prepare_cached(sql)?;
        let orders = statement.query_map([ORDERS_MAX as i64], |row| {
            let body: String = row.get(2)?;
            Ok(PendingEntry {
                id: row.get::<_, i64>(0)?.cast_unsigned(),
                room: parsed(row, 1)?,
                // One of a later version: the server says that it can't do it.
                body: codec::decode_body(&body).unwrap_or(Body::Unknown),
            })
        })?;
        Ok(orders.collect::<rusqlite::Result<_>>()?)
    }

    /// Says what became of an order; an empty text if it was done.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn finish_order(&self, id: u64, outcome: &str) -> Result<(), AdminError> {
        let sql = "UPDATE orders SET outcome = ?2 WHERE id = ?1";
        self.lock()
            .execute(sql, params![id.cast_signed(), outcome])?;
        Ok(())
    }

    /// What became of an order; `None` if no server has taken it yet.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn order_outcome(&self, id: u64) -> Result<Option<String>, AdminError> {
        let db = self.lock();
        let sql = "SELECT outcome FROM orders WHERE id = ?1";
        let outcome = db.query_row(sql, [id.cast_signed()], |row| {
            row.get::<_, Option<String>>(0)
        });
        Ok(outcome.optional()?.flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_wait_in_a_bounded_number_until_they_are_done() {
        let folder = tempfile::tempdir().unwrap();
        let file = AdminFile::open(folder.path()).unwrap();
        let room = RoomId::parse("lobby").unwrap();
        let body = Body::SlowMode { seconds: 30 };
        let ids: Vec<u64> = (0..ORDERS_MAX)
            .map(|_| file.order(&room, &body, 1).unwrap())
            .collect();
        assert!(matches!(
            file.order(&room, &body, 1),
            Err(PendingError::TooMany)
        ));
        let orders = file.orders().unwrap();
        assert_eq!(orders.len(), ORDERS_MAX);
        assert_eq!((orders[0].id, &orders[0].body), (ids[0], &body));
        assert_eq!(file.order_outcome(ids[0]).unwrap(), None);
        file.finish_order(ids[0], "").unwrap();
        assert_eq!(file.order_outcome(ids[0]).unwrap().as_deref(), Some(""));
        file.order(&room, &body, 1).unwrap();
        assert_eq!(file.orders().unwrap()[0].id, ids[1]);
    }
}
