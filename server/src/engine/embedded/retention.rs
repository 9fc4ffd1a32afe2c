//! Retention: finds entries to delete beside the writer, which then deletes a few at a time.
//!
//! Entries are deleted oldest first, so that a room always keeps one unbroken range up to its head.
//! `rooms.start` says where that range begins; a client whose position is before it starts over.
//! The first entry young enough to be kept keeps every later one, whatever their times are, so a
//! clock that was wrong for a while deletes nothing early.

use std::{
    num::NonZeroU32,
    time::{Duration, Instant},
};

use parlor_shared::{
    RoomId, Seq,
    limits::{DELETE_RANGE_ENTRIES_MAX, PAGE_BYTES_MAX},
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{room_state, row};
use crate::engine::RetentionPolicy;

/// Rooms examined in one read.
const ROOMS_AT_ONCE: i64 = 100;
/// Entries that are deleted before the clock is looked at again.
const ENTRIES_AT_ONCE: usize = 20;

/// Whether retention rests between its steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// It rests for a few times as long as a step takes.
    Resting,
    /// It does not: in the simulation, which has no clock.
    #[cfg(feature = "sim")]
    Unpaced,
}

/// A range of entries to delete: a room's entries up to and including `until`.
#[derive(Debug, Clone, Copy)]
pub(super) struct DeleteRange {
    room: i64,
    until: Seq,
}

impl DeleteRange {
    /// The room's row id.
    pub(super) fn room(&self) -> i64 {
        self.room
    }
}

/// The ranges to delete in one batch of rooms.
#[derive(Debug, Default)]
pub(super) struct Due {
    pub(super) ranges: Vec<DeleteRange>,
    /// The row id of the last room examined; `None` if no rooms were left.
    pub(super) last_room: Option<i64>,
}

/// Examines the next batch of rooms after the row id `after_room`.
pub(super) fn due(
    db: &Connection,
    policy: RetentionPolicy,
    after_room: i64,
) -> rusqlite::Result<Due> {
    let mut due = Due::default();
    let mut statement =
        db.prepare_cached("SELECT id, start FROM rooms WHERE id > ?1 ORDER BY id LIMIT ?2")?;
    let mut rows = statement.query([after_room, ROOMS_AT_ONCE])?;
    while let Some(found) = rows.next()? {
        let (room, start) = (found.get(0)?, row::seq(found, 1)?);
        let too_many = policy.entries.map(|max| too_many(db, room, max));
        let too_old = policy.since_ms.map(|since_ms| too_old(db, room, since_ms));
        let until = too_many
            .transpose()?
            .flatten()
            .max(too_old.transpose()?.flatten());
        if let Some(until) = until.filter(|until| *until > start) {
            due.ranges.push(DeleteRange { room, until });
        }
        due.last_room = Some(room);
    }
    Ok(due)
}

/// The newest entry beyond the `max` newest ones.
fn too_many(db: &Connection, room: i64, max: NonZeroU32) -> rusqlite::Result<Option<Seq>> {
    db.prepare_cached(
        "SELECT seq FROM entries WHERE room = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2",
    )?
    .query_row(params![room, max.get()], |found| row::seq(found, 0))
    .optional()
}

/// The last entry before the first one that is young enough to be kept.
fn too_old(db: &Connection, room: i64, since_ms: u64) -> rusqlite::Result<Option<Seq>> {
    let first_young =
        "SELECT prev FROM entries WHERE room = ?1 AND at_ms >= ?2 ORDER BY seq LIMIT 1";
    let last_old = db
        .prepare_cached(first_young)?
        .query_row(params![room, since_ms.cast_signed()], |found| {
            row::seq(found, 0)
        })
        .optional()?;
    match last_old {
        Some(until) => Ok(Some(until)),
        None => db
            .prepare_cached("SELECT seq FROM entries WHERE room = ?1 ORDER BY seq DESC LIMIT 1")?
            .query_row([room], |found| row::seq(found, 0))
            .optional(),
    }
}

/// The part of the range that is to be deleted next: at most [`DELETE_RANGE_ENTRIES_MAX`] entries,
/// fewer if their texts are long. `None` once the range is empty.
pub(super) fn next_step(
    db: &Connection,
    DeleteRange { room, until }: DeleteRange,
) -> rusqlite::Result<Option<DeleteRange>> {
    let last = db
        .prepare_cached(
            "SELECT max(seq) FROM
                (SELECT seq, sum(bytes) OVER (ORDER BY seq) - bytes AS bytes_before FROM
                    (SELECT seq, length(body) AS bytes FROM entries
                     WHERE room = ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3))
             WHERE bytes_before < ?4",
        )?
        .query_row(
            params![
                room,
                row::to_sql(until),
                DELETE_RANGE_ENTRIES_MAX as i64,
                PAGE_BYTES_MAX as i64
            ],
            |found| found.get::<_, Option<i64>>(0),
        )?;
    Ok(last.map(|last| DeleteRange {
        room,
        until: Seq(last.cast_unsigned()),
    }))
}

/// Deletes the oldest entries of the range in one transaction: at most
/// [`DELETE_RANGE_ENTRIES_MAX`], and no more than a few once it has lasted for `time_max`. Returns
/// how many it deleted, 0 once the range is empty.
pub(super) fn delete(
    db: &mut Connection,
    DeleteRange { room, until }: DeleteRange,
    time_max: Duration,
) -> rusqlite::Result<usize> {
    let transaction = db.transaction()?;
    let start = Instant::now();
    let mut deleted = 0;
    while deleted < DELETE_RANGE_ENTRIES_MAX && (deleted == 0 || start.elapsed() < time_max) {
        let limit = ENTRIES_AT_ONCE.min(DELETE_RANGE_ENTRIES_MAX - deleted);
        let last = transaction
            .prepare_cached(
                "SELECT max(seq) FROM (SELECT seq FROM entries WHERE room = ?1 AND seq <= ?2
                    ORDER BY seq LIMIT ?3)",
            )?
            .query_row(params![room, row::to_sql(until), limit as i64], |found| {
                found.get::<_, Option<i64>>(0)
            })?;
        let Some(last) = last else { break };
        deleted += transaction
            .prepare_cached("DELETE FROM entries WHERE room = ?1 AND seq <= ?2")?
            .execute([room, last])?;
        transaction
            .prepare_cached("UPDATE rooms SET start = ?2 WHERE id = ?1")?
            .execute([room, last])?;
    }
    if deleted > 0 {
        room_state::unlist_empty(&transaction, room)?;
    }
    transaction.commit()?;
    Ok(deleted)
}

/// What retention deletes next of some rooms.
#[derive(Debug, Default)]
pub(crate) struct ExpiredRooms {
    /// Rooms, and the newest of the few entries of each that are deleted next.
    pub(crate) next: Vec<(RoomId, Seq)>,
    /// The last room that was looked at; `None` if none were left.
    pub(crate) last_room: Option<i64>,
}

/// What is to be deleted next of the rooms after a row id.
pub(super) fn next_expired(
    db: &Connection,
    policy: RetentionPolicy,
    after_room: i64,
) -> rusqlite::Result<ExpiredRooms> {
    let due = due(db, policy, after_room)?;
    let mut next = Vec::new();
    for range in due.ranges {
        let Some(step) = next_step(db, range)? else {
            continue;
        };
        let name = db
            .prepare_cached("SELECT name FROM rooms WHERE id = ?1")?
            .query_row([step.room], |found| {
                row::checked(found, 0, RoomId::try_from)
            })?;
        next.extend(name.map(|room| (room, step.until)));
    }
    Ok(ExpiredRooms {
        next,
        last_room: due.last_room,
    })
}

/// Deletes the room's entries up to a place, within the caller's transaction. Returns how many it
/// deleted.
pub(super) fn delete_until(
    transaction: &Connection,
    room: i64,
    until: Seq,
) -> rusqlite::Result<u64> {
    let last = transaction
        .prepare_cached("SELECT max(seq) FROM entries WHERE room = ?1 AND seq <= ?2")?
        .query_row(params![room, row::to_sql(until)], |found| {
            found.get::<_, Option<i64>>(0)
        })?;
    let Some(last) = last else { return Ok(0) };
    let deleted = transaction
        .prepare_cached("DELETE FROM entries WHERE room = ?1 AND seq <= ?2")?
        .execute([room, last])?;
    transaction
        .prepare_cached("UPDATE rooms SET start = ?2 WHERE id = ?1")?
        .execute([room, last])?;
    room_state::unlist_empty(transaction, room)?;
    Ok(deleted as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::embedded::schema;

    #[test]
    fn a_step_deletes_a_bounded_number_of_entries_in_a_bounded_time() {
        let folder = tempfile::tempdir().unwrap();
        let (mut db, _) = schema::open_writer(&folder.path().join("parlor.db")).unwrap();
        db.execute_batch(
            "INSERT INTO rooms (id, name) VALUES (1, 'lobby');
            INSERT INTO entries (room, prev, id, at_ms, member, name, body)
                WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1000)
                SELECT 1, n - 1, CAST(n AS BLOB), 1, x'', 'ann', '{}' FROM n",
        )
        .unwrap();
        let until = Seq(990);
        let all = DeleteRange { room: 1, until };
        let next = next_step(&db, all).unwrap().unwrap();
        assert_eq!(next.until, Seq(DELETE_RANGE_ENTRIES_MAX as u64));
        let hour = Duration::from_secs(3_600);
        let most = delete(&mut db, all, hour).unwrap();
        assert_eq!(most, DELETE_RANGE_ENTRIES_MAX);
        let few = delete(&mut db, all, Duration::ZERO).unwrap();
        assert_eq!(few, ENTRIES_AT_ONCE);
        let mut deleted = most + few;
        while let Some(next) = next_step(&db, all).unwrap() {
            deleted += delete(&mut db, next, hour).unwrap();
        }
        assert_eq!(deleted, 990);
        assert_eq!(delete(&mut db, all, hour).unwrap(), 0);
        let start = "SELECT start FROM rooms";
        let start: i64 = db.query_row(start, [], |row| row.get(0)).unwrap();
        assert_eq!(start, 990);
    }
}
