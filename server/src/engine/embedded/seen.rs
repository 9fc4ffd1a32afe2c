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
pub(super) struct SeenQueue(Mutex<HashMap<SeenKey, Value>>);

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
pub(super) enum Queued {
    /// It is the first one: the writer is to be told.
    First,
    /// The writer knows that some wait.
    Behind,
    /// [`SEEN_PENDING_MAX`] wait already.
    Full,
}

impl SeenQueue {
    /// Queues a position, in the place of an earlier one of the same member and room.
    pub(super) fn push(&self, seen: Seen) -> Queued {
        let Seen {
            member,
            room,
            seq,
            at_ms,
        } = seen;
        let (key, value) = (SeenKey { member, room }, Value { seq, at_ms });
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
    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    /// The position of this member and room, if it waits.
    pub(super) fn get(&self, member: MemberId, room: &RoomId) -> Option<Seq> {
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
    /// The rows in the table.
    rows: usize,
}

/// What a transaction wrote, to be taken off the queue once it is committed.
#[derive(Debug, Default)]
pub(super) struct Written {
    positions: Vec<(SeenKey, Value)>,
    added: usize,
    removed: usize,
}

impl SeenWriter {
    pub(super) fn open(db: &Connection, queue: Arc<SeenQueue>) -> rusqlite::Result<Self> {
        // Counting them would take the longer the more there are.
        let rows: i64 = db.query_row("SELECT seen_rows FROM log", [], |row| row.get(0))?;
        Ok(Self {
            queue,
            waits_since: None,
            rows: usize::try_from(rows).unwrap_or_default(),
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

    /// Writes up to [`SEEN_GROUP_MAX`] of them within the caller's transaction, and removes rows
    /// past the bounds.
    pub(super) fn write(&self, db: &Connection) -> rusqlite::Result<Written> {
        let mut written = Written::default();
        {
            let pending = self.queue.lock();
            let some = pending.iter().take(SEEN_GROUP_MAX);
            let some = some.map(|(key, value)| (key.clone(), *value));
            written.positions.extend(some);
        }
        let Some(now_ms) = written.positions.iter().map(|(_, at)| at.at_ms).max() else {
            return Ok(written);
        };
        for (SeenKey { member, room }, Value { seq, at_ms }) in &written.positions {
            let (member, seq, at_ms) = (member.as_bytes(), row::to_sql(*seq), at_ms.cast_signed());
            let changed = db
                .prepare_cached(
                    "UPDATE seen SET seq = ?3, at_ms = ?4 WHERE member = ?1 AND room = ?2",
                )?
                .execute(params![member, room.as_str(), seq, at_ms])?;
            if changed == 0 {
                db.prepare_cached(
                    "INSERT INTO seen (member, room, seq, at_ms) VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![member, room.as_str(), seq, at_ms])?;
                written.added += 1;
                written.removed += db
                    .prepare_cached(
                        "DELETE FROM seen WHERE member = ?1 AND room IN (SELECT room FROM seen
                         WHERE member = ?1 ORDER BY at_ms DESC LIMIT -1 OFFSET ?2)",
                    )?
                    .execute(params![member, SEEN_ROOMS_MAX as i64])?;
            }
        }
        let rows = self.rows + written.added - written.removed;
        let excess = rows.saturating_sub(SEEN_ROWS_MAX);
        // As many as there are too many, and a few of those that are too old.
        for (before_ms, limit) in [
            (u64::MAX >> 1, excess),
            (
                now_ms.saturating_sub(SEEN_DAYS_MAX * DAY_MS),
                SEEN_GROUP_MAX,
            ),
        ] {
            written.removed += db
                .prepare_cached(
                    "DELETE FROM seen WHERE (member, room) IN (SELECT member, room FROM seen
                     WHERE at_ms < ?1 ORDER BY at_ms LIMIT ?2)",
                )?
                .execute(params![before_ms.cast_signed(), limit as i64])?;
        }
        if written.added != written.removed {
            let rows = self.rows + written.added - written.removed;
            db.prepare_cached("UPDATE log SET seen_rows = ?1")?
                .execute([rows as i64])?;
        }
        Ok(written)
    }

    /// Takes what was committed off the queue, except for positions that have changed since.
    pub(super) fn on_committed(&mut self, written: Written) {
        self.rows = self.rows + written.added - written.removed;
        let mut pending = self.queue.lock();
        for (key, value) in written.positions {
            if pending.get(&key) == Some(&value) {
                pending.remove(&key);
            }
        }
        self.waits_since = (!pending.is_empty()).then(Instant::now);
    }

    /// The positions could not be written: they are tried again after a while.
    pub(super) fn on_failed(&mut self) {
        self.waits_since = Some(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::embedded::schema;

    fn seen(member: u8, room: usize, seq: u64, at_ms: u64) -> Seen {
        Seen {
            member: MemberId::from_bytes([member; 16]),
            room: RoomId::parse(&format!("r{room}")).unwrap(),
            seq: Seq(seq),
            at_ms,
        }
    }

    fn open() -> (tempfile::TempDir, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let (db, _) = schema::open_writer(&folder.path().join("parlor.db")).unwrap();
        (folder, db)
    }

    /// Writes all that waits.
    fn write_all(db: &Connection, writer: &mut SeenWriter) {
        while writer.has_work() {
            let written = writer.write(db).unwrap();
            writer.on_committed(written);
        }
        let rows: i64 = db
            .query_row("SELECT count(*) FROM seen", [], |row| row.get(0))
            .unwrap();
        assert_eq!(rows as usize, writer.rows);
        let opened = SeenWriter::open(db, Arc::default()).unwrap();
        assert_eq!(opened.rows, writer.rows, "after a start");
    }

    #[test]
    fn of_a_members_rooms_the_one_seen_least_recently_makes_way() {
        let (_folder, db) = open();
        let queue = Arc::new(SeenQueue::default());
        let mut writer = SeenWriter::open(&db, queue.clone()).unwrap();
        for room in 0..SEEN_ROOMS_MAX {
            queue.push(seen(1, room, 7, room as u64));
        }
        queue.push(seen(2, 0, 7, 0));
        queue.push(seen(1, 0, 8, 10_000));
        write_all(&db, &mut writer);
        queue.push(seen(1, SEEN_ROOMS_MAX, 7, 20_000));
        write_all(&db, &mut writer);
        let at = |member, room| {
            let of = seen(member, room, 0, 0);
            read(&db, of.member, &of.room).unwrap()
        };
        assert_eq!(writer.rows, SEEN_ROOMS_MAX + 1);
        assert_eq!(at(1, 0), Some(Seq(8)));
        assert_eq!(at(1, 1), None, "seen least recently");
        assert_eq!(at(1, 2), Some(Seq(7)));
        assert_eq!(at(1, SEEN_ROOMS_MAX), Some(Seq(7)));
        assert_eq!(at(2, 0), Some(Seq(7)), "another member's");
    }

    #[test]
    fn a_full_table_and_rows_of_members_who_are_gone_for_long_make_way() {
        let (_folder, db) = open();
        let queue = Arc::new(SeenQueue::default());
        db.execute(
            "INSERT INTO seen (member, room, seq, at_ms)
             WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)
             SELECT CAST(n AS BLOB), 'lobby', 1, n FROM n",
            [SEEN_ROWS_MAX as i64],
        )
        .unwrap();
        let note_rows = "UPDATE log SET seen_rows = (SELECT count(*) FROM seen)";
        db.execute(note_rows, []).unwrap();
        let mut writer = SeenWriter::open(&db, queue.clone()).unwrap();
        assert_eq!(writer.rows, SEEN_ROWS_MAX);
        queue.push(seen(1, 0, 7, SEEN_ROWS_MAX as u64));
        write_all(&db, &mut writer);
        assert_eq!(writer.rows, SEEN_ROWS_MAX);
        let oldest = "SELECT min(at_ms) FROM seen";
        let oldest: i64 = db.query_row(oldest, [], |row| row.get(0)).unwrap();
        assert_eq!(oldest, 2);
        // All but these two were seen before that many days.
        db.execute(
            "DELETE FROM seen WHERE at_ms > 10 AND at_ms < ?1",
            [SEEN_ROWS_MAX as i64],
        )
        .unwrap();
        db.execute(note_rows, []).unwrap();
        let mut writer = SeenWriter::open(&db, queue.clone()).unwrap();
        queue.push(seen(2, 0, 7, 11 + SEEN_DAYS_MAX * DAY_MS));
        write_all(&db, &mut writer);
        assert_eq!(writer.rows, 3);
    }

    #[test]
    fn what_waits_is_bounded_and_a_position_that_changes_meanwhile_is_written_again() {
        let (_folder, db) = open();
        let queue = Arc::new(SeenQueue::default());
        let mut writer = SeenWriter::open(&db, queue.clone()).unwrap();
        assert_eq!(queue.push(seen(1, 0, 1, 0)), Queued::First);
        for room in 1..SEEN_PENDING_MAX {
            assert_eq!(queue.push(seen(1, room, 1, 0)), Queued::Behind);
        }
        assert_eq!(queue.push(seen(1, SEEN_PENDING_MAX, 1, 0)), Queued::Full);
        assert_eq!(queue.push(seen(1, 0, 2, 0)), Queued::Behind);
        let written = writer.write(&db).unwrap();
        assert_eq!(written.positions.len(), SEEN_GROUP_MAX);
        let (SeenKey { member, room }, _) = written.positions[0].clone();
        let (seq, at_ms) = (Seq(9), 1);
        queue.push(Seen {
            member,
            room: room.clone(),
            seq,
            at_ms,
        });
        writer.on_committed(written);
        assert_eq!(queue.get(member, &room), Some(seq), "until it is written");
        assert!(writer.due().is_some());
        write_all(&db, &mut writer);
        assert_eq!(writer.due(), None);
        assert_eq!(queue.get(member, &room), None);
        assert_eq!(read(&db, member, &room).unwrap(), Some(seq));
    }
}
