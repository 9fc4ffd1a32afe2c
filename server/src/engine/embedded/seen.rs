//! How far each member has seen each room, in a table of the log's file.
//!
//! Such a position is no entry: nobody waits for it, and of several only the last one counts. So
//! positions wait in memory, one for each member and room, until a commit takes them along, and at
//! most [`SEEN_INTERVAL_MS`]. A crash loses those that wait. The table and the entries are in one
//! file, and a position is written after the entry that it names: whatever is restored or lost,
//! the table is never ahead of the log.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use parlor_shared::{
    MemberId, RoomId, Seq,
    limits::{
        SEEN_DAYS_MAX, SEEN_GROUP_MAX, SEEN_INTERVAL_MS, SEEN_PENDING_MAX, SEEN_ROOMS_MAX,
        SEEN_ROWS_MAX,
    },
};
use rusqlite::{Connection, OptionalExtension, params};

use super::row;
use crate::engine::Seen;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// The positions that are not written yet.
#[derive(Debug, Default)]
pub(crate) struct SeenQueue(Mutex<HashMap<SeenKey, Value>>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct SeenKey {
    member: MemberId,
    room: RoomId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Value {
    seq: Seq,
    at_ms: u64,
}

/// What became of a position that was to be queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Queued {
    /// It is the first one: the writer is to be told.
    First,
    /// The writer knows that some wait.
    Behind,
    /// [`SEEN_PENDING_MAX`] wait already.
    Full,
}

impl SeenQueue {
    /// Queues a position, in the place of an earlier one of the same member and room.
    pub(crate) fn push(&self, seen: Seen) -> Queued {
        let (key, value) = split(seen);
        let mut pending = self.lock();
        if pending.len() >= SEEN_PENDING_MAX && !pending.contains_key(&key) {
            return Queued::Full;
        }
        let is_first = pending.is_empty();
        pending.insert(key, value);
        if is_first {
            Queued::First
        } else {
            Queued::Behind
        }
    }

    /// The number of positions that wait.
    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    /// Up to this many of those that wait.
    pub(crate) fn some(&self, limit: usize) -> Vec<Seen> {
        let pending = self.lock();
        let some = pending.iter().take(limit);
        let some = some.map(|(SeenKey { member, room }, Value { seq, at_ms })| Seen {
            member: *member,
            room: room.clone(),
            seq: *seq,
            at_ms: *at_ms,
        });
        some.collect()
    }

    /// Takes off those that have not changed since.
    pub(crate) fn take_off(&self, written: &[Seen]) {
        let mut pending = self.lock();
        for (key, value) in written.iter().cloned().map(split) {
            if pending.get(&key) == Some(&value) {
                pending.remove(&key);
            }
        }
    }

    /// The position of this member and room, if it waits.
    pub(crate) fn get(&self, member: MemberId, room: &RoomId) -> Option<Seq> {
        let room = room.clone();
        let pending = self.lock();
        pending
            .get(&SeenKey { member, room })
            .map(|value| value.seq)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SeenKey, Value>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn split(seen: Seen) -> (SeenKey, Value) {
    let Seen {
        member,
        room,
        seq,
        at_ms,
    } = seen;
    (SeenKey { member, room }, Value { seq, at_ms })
}

/// Reads a position from the file.
pub(super) fn read(
    db: &Connection,
    member: MemberId,
    room: &RoomId,
) -> rusqlite::Result<Option<Seq>> {
    db.prepare_cached("SELECT seq FROM seen WHERE member = ?1 AND room = ?2")?
        .query_row(params![member.as_bytes(), room.as_str()], |found| {
            row::seq(found, 0)
        })
        .optional()
}

/// Writes the positions that wait, for the log's writer.
#[derive(Debug)]
pub(super) struct SeenWriter {
    queue: Arc<SeenQueue>,
    /// Since when some wait, as far as the writer has noticed.
    waits_since: Option<Instant>,
    rows: SeenRows,
}

/// What a transaction wrote, to be taken off the queue once it is committed.
#[derive(Debug, Default)]
pub(super) struct Written {
    positions: Vec<Seen>,
    rows: SeenRows,
}

/// The rows in the table, as of a transaction that is not committed yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct SeenRows(usize);

impl SeenWriter {
    pub(super) fn open(db: &Connection, queue: Arc<SeenQueue>) -> rusqlite::Result<Self> {
        // Counting them would take the longer the more there are.
        let rows: i64 = db.query_row("SELECT seen_rows FROM log", [], |row| row.get(0))?;
        Ok(Self {
            queue,
            waits_since: None,
            rows: SeenRows(usize::try_from(rows).unwrap_or_default()),
        })
    }

    /// Looks whether positions wait that the writer has not noticed.
    pub(super) fn check_queue(&mut self) {
        if self.waits_since.is_none() && self.has_work() {
            self.waits_since = Some(Instant::now());
        }
    }

    /// The time until they are to be written, if no commit takes them along; `None` if none wait.
    pub(super) fn due(&self) -> Option<Duration> {
        let interval = Duration::from_millis(SEEN_INTERVAL_MS);
        self.waits_since
            .map(|since| interval.saturating_sub(since.elapsed()))
    }

    /// Whether they are to be written now.
    pub(super) fn is_due(&self) -> bool {
        self.due().is_some_and(|wait| wait.is_zero())
    }

    /// Whether any wait.
    pub(super) fn has_work(&self) -> bool {
        !self.queue.lock().is_empty()
    }

    /// The rows in the table.
    pub(super) fn rows(&self) -> SeenRows {
        self.rows
    }

    /// Writes up to [`SEEN_GROUP_MAX`] of them within the caller's transaction, and removes rows
    /// past the bounds.
    pub(super) fn write(&self, db: &Connection) -> rusqlite::Result<Written> {
        let positions = self.queue.some(SEEN_GROUP_MAX);
        let rows = write(db, &positions, self.rows)?;
        Ok(Written { positions, rows })
    }

    /// Takes what was committed off the queue, except for positions that have changed since.
    pub(super) fn on_committed(&mut self, written: Written) {
        self.rows = written.rows;
        self.queue.take_off(&written.positions);
        self.waits_since = self.has_work().then(Instant::now);
    }

    /// Positions that came by a stream are committed.
    pub(super) fn on_applied(&mut self, rows: SeenRows) {
        self.rows = rows;
    }

    /// The positions could not be written: they are tried again after a while.
    pub(super) fn on_failed(&mut self) {
        self.waits_since = Some(Instant::now());
    }
}

/// Writes positions that stand in a stream within the caller's transaction, unless a newer one of
/// the same member and room is there already.
pub(super) fn apply(
    db: &Connection,
    positions: Vec<Seen>,
    rows: SeenRows,
) -> rusqlite::Result<SeenRows> {
    let mut newest = Vec::with_capacity(positions.len());
    for seen in positions {
        let sql = "SELECT 1 FROM seen WHERE member = ?1 AND room = ?2 AND at_ms > ?3";
        let (member, room) = (seen.member.as_bytes(), seen.room.as_str());
        let later = params![member, room, seen.at_ms.cast_signed()];
        if !db.prepare_cached(sql)?.exists(later)? {
            newest.push(seen);
        }
    }
    write(db, &newest, rows)
}

/// Writes these positions, and removes rows past the bounds. Returns how many there are then.
fn write(
    db: &Connection,
    positions: &[Seen],
    SeenRows(before): SeenRows,
) -> rusqlite::Result<SeenRows> {
    let Some(now_ms) = positions.iter().map(|seen| seen.at_ms).max() else {
        return Ok(SeenRows(before));
    };
    let mut rows = before;
    for seen in positions {
        let (member, room) = (seen.member.as_bytes(), seen.room.as_str());
        let (seq, at_ms) = (row::to_sql(seen.seq), seen.at_ms.cast_signed());
        let changed = db
            .prepare_cached("UPDATE seen SET seq = ?3, at_ms = ?4 WHERE member = ?1 AND room = ?2")?
            .execute(params![member, room, seq, at_ms])?;
        if changed == 0 {
            db.prepare_cached(
                "INSERT INTO seen (member, room, seq, at_ms) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![member, room, seq, at_ms])?;
            rows += 1;
            rows -= db
                .prepare_cached(
                    "DELETE FROM seen WHERE member = ?1 AND room IN (SELECT room FROM seen
                     WHERE member = ?1 ORDER BY at_ms DESC LIMIT -1 OFFSET ?2)",
                )?
                .execute(params![member, SEEN_ROOMS_MAX as i64])?;
        }
    }
    let excess = rows.saturating_sub(SEEN_ROWS_MAX);
    // As many as there are too many, and a few of those that are too old.
    for (before_ms, limit) in [
        (u64::MAX >> 1, excess),
        (
            now_ms.saturating_sub(SEEN_DAYS_MAX * DAY_MS),
            SEEN_GROUP_MAX,
        ),
    ] {
        rows -= db
            .prepare_cached(
                "DELETE FROM seen WHERE (member, room) IN (SELECT member, room FROM seen
                 WHERE at_ms < ?1 ORDER BY at_ms LIMIT ?2)",
            )?
            .execute(params![before_ms.cast_signed(), limit as i64])?;
    }
    if rows != before {
        db.prepare_cached("UPDATE log SET seen_rows = ?1")?
            .execute([rows as i64])?;
    }
    Ok(SeenRows(rows))
}

#[cfg(test)]
mod tests;
