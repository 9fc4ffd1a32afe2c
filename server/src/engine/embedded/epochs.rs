//! The log's epochs: each start begins one, and the log keeps the place at which it began.
//!
//! A backup that was restored, a write-ahead log that was lost or cut, a copy of the folder: after
//! each of them places are given that were given before, for other entries. The epoch tells the two
//! histories apart.

use std::collections::HashMap;

use parlor_shared::{Epoch, Position, Seq, limits::EPOCHS_MAX};
use rusqlite::{Connection, params};

use super::row;

/// The epochs that the log remembers, at most [`EPOCHS_MAX`].
#[derive(Debug)]
pub(super) struct Epochs {
    current: Epoch,
    /// Where each earlier epoch ends: the last place before its successor began.
    ends: HashMap<Epoch, Seq>,
}

impl Epochs {
    /// Begins an epoch at the log's head. When this returns, it is durable.
    pub(super) fn begin(db: &mut Connection, new: Epoch) -> rusqlite::Result<Self> {
        let transaction = db.transaction()?;
        let start = row::head(&transaction)?;
        let ends = read_ends(&transaction, start)?;
        Self::insert(&transaction, new, start)?;
        transaction.execute(
            "DELETE FROM epochs WHERE number <= (SELECT max(number) FROM epochs) - ?1",
            [EPOCHS_MAX as i64],
        )?;
        transaction.commit()?;
        Ok(Self { current: new, ends })
    }

    /// Notes that an epoch begins at this place.
    pub(super) fn insert(db: &Connection, new: Epoch, start: Seq) -> rusqlite::Result<()> {
        let insert = "INSERT INTO epochs (epoch, start) VALUES (?1, ?2)";
        db.execute(insert, params![new.as_bytes(), row::to_sql(start)])?;
        Ok(())
    }

    /// Goes on in the newest epoch that the log knows, at its newest place.
    pub(super) fn go_on(db: &Connection) -> rusqlite::Result<Self> {
        let newest = "SELECT epoch, start FROM epochs ORDER BY number DESC LIMIT 1";
        let (current, start) = db.query_row(newest, [], |found| {
            Ok((Epoch::from_bytes(found.get(0)?), row::seq(found, 1)?))
        })?;
        let mut ends = read_ends(db, start)?;
        ends.remove(&current);
        Ok(Self { current, ends })
    }

    /// The epoch that this start began.
    pub(super) fn current(&self) -> Epoch {
        self.current
    }

    /// Whether the log was ever in this epoch, as far as it remembers.
    pub(super) fn contains(&self, epoch: Epoch) -> bool {
        epoch == self.current || self.ends.contains_key(&epoch)
    }

    /// See [`Engine::shared_until`](crate::engine::Engine::shared_until).
    pub(super) fn shared_until(&self, position: &Position) -> Option<Seq> {
        if position.epoch == self.current {
            return Some(position.seq);
        }
        let end = self.ends.get(&position.epoch)?;
        Some(position.seq.min(*end))
    }

    /// See [`Engine::continues`](crate::engine::Engine::continues).
    pub(super) fn continues(&self, position: &Position) -> bool {
        let is_before_end = |end: &Seq| position.seq <= *end;
        position.epoch == self.current || self.ends.get(&position.epoch).is_some_and(is_before_end)
    }
}

/// Whether the file has this epoch.
pub(super) fn contains(db: &Connection, epoch: Epoch) -> rusqlite::Result<bool> {
    db.prepare("SELECT 1 FROM epochs WHERE epoch = ?1")?
        .exists([epoch.as_bytes()])
}

/// Where each epoch of the file ends, if the next one begins at `start`.
fn read_ends(db: &Connection, start: Seq) -> rusqlite::Result<HashMap<Epoch, Seq>> {
    let newest_first = "SELECT epoch, start FROM epochs ORDER BY number DESC LIMIT ?1";
    let mut statement = db.prepare(newest_first)?;
    // One place is for the epoch that begins.
    let mut rows = statement.query([EPOCHS_MAX as i64 - 1])?;
    let (mut ends, mut end) = (HashMap::new(), start);
    while let Some(found) = rows.next()? {
        ends.insert(Epoch::from_bytes(found.get(0)?), end);
        end = end.min(row::seq(found, 1)?);
    }
    Ok(ends)
}
