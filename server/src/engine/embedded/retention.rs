//! What is not to be kept: found beside the writer, deleted by it, a few entries at a time.
//!
//! Entries go oldest first, so that what is left of a room is one range up to its head, and `rooms.start` says where
//! it begins: whoever was before it starts over. The first entry that is to be kept keeps all after it, whatever their
//! times say: a clock that went wrong for a while makes nothing go early.

use std::num::NonZeroU32;

use parlor_shared::{
    Seq,
    limits::{DELETE_RANGE_ENTRIES_MAX, PAGE_BYTES_MAX},
};
use rusqlite::{Connection, OptionalExtension, params};

use super::row;
use crate::engine::RetentionPolicy;

/// Rooms looked at in one read.
const ROOMS_AT_ONCE: i64 = 100;

/// A room's entries up to a place.
#[derive(Debug, Clone, Copy)]
pub(super) struct DeleteRange {
    room: i64,
    until: Seq,
}

/// What is due of some rooms.
#[derive(Debug, Default)]
pub(super) struct Due {
    pub(super) ranges: Vec<DeleteRange>,
    /// The last room that was looked at; `None` after the last one there is.
    pub(super) last_room: Option<i64>,
}

/// Looks at the next rooms after this one.
pub(super) fn due(
    file: &Connection,
    policy: RetentionPolicy,
    after_room: i64,
) -> rusqlite::Result<Due> {
    let mut due = Due::default();
    let mut statement =
        file.prepare_cached("SELECT id, start FROM rooms WHERE id > ?1 ORDER BY id LIMIT ?2")?;
    let mut rows = statement.query([after_room, ROOMS_AT_ONCE])?;
    while let Some(found) = rows.next()? {
        let (room, start) = (found.get(0)?, row::seq(found, 1)?);
        let too_many = policy.entries.map(|max| too_many(file, room, max));
        let too_old = policy
            .since_ms
            .map(|since_ms| too_old(file, room, since_ms));
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

/// The newest that is one too many.
fn too_many(file: &Connection, room: i64, max: NonZeroU32) -> rusqlite::Result<Option<Seq>> {
    file.prepare_cached(
        "SELECT seq FROM entries WHERE room = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2",
    )?
    .query_row(params![room, max.get()], |found| row::seq(found, 0))
    .optional()
}

/// The last before the first that is young enough.
fn too_old(file: &Connection, room: i64, since_ms: u64) -> rusqlite::Result<Option<Seq>> {
    let young = "SELECT prev FROM entries WHERE room = ?1 AND at_ms >= ?2 ORDER BY seq LIMIT 1";
    let young = file
        .prepare_cached(young)?
        .query_row(params![room, since_ms.cast_signed()], |found| {
            row::seq(found, 0)
        })
        .optional()?;
    match young {
        Some(until) => Ok(Some(until)),
        None => file
            .prepare_cached("SELECT seq FROM entries WHERE room = ?1 ORDER BY seq DESC LIMIT 1")?
            .query_row([room], |found| row::seq(found, 0))
            .optional(),
    }
}

/// Deletes the oldest of these, at most [`DELETE_RANGE_ENTRIES_MAX`] and fewer where they are long; gives how many, 0 when none
/// are left.
pub(super) fn forget(file: &mut Connection, range: DeleteRange) -> rusqlite::Result<usize> {
    let DeleteRange { room, until } = range;
    let transaction = file.transaction()?;
    let last = transaction
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
                row::sql(until),
                DELETE_RANGE_ENTRIES_MAX as i64,
                PAGE_BYTES_MAX as i64
            ],
            |found| found.get::<_, Option<i64>>(0),
        )?;
    let mut forgotten = 0;
    if let Some(last) = last {
        transaction
            .prepare_cached(
                "DELETE FROM words WHERE rowid IN
                    (SELECT seq FROM entries WHERE room = ?1 AND seq <= ?2)",
            )?
            .execute([room, last])?;
        forgotten = transaction
            .prepare_cached("DELETE FROM entries WHERE room = ?1 AND seq <= ?2")?
            .execute([room, last])?;
        transaction
            .prepare_cached("UPDATE rooms SET start = ?2 WHERE id = ?1")?
            .execute([room, last])?;
    }
    transaction.commit()?;
    Ok(forgotten)
}
