//! Reads a slice of a room's log around a message, a place or a time, or on from one that was
//! read before.
//!
//! A message is found by the index of ids. A time is found by bisection over the room's seqs: the
//! server's clock gives entries their times in the order of the log, so about twenty steps through
//! the index of rooms find it, and the log needs no index of times, which every append would pay
//! for. Where the clock was once set back, the bisection ends at one of the entries where the log
//! passes the time.

use parlor_shared::{
    Entry, Place, RoomId, Seq,
    limits::{MESSAGE_CHANGES_MAX, PAGE_BYTES_MAX, SLICE_CHANGES_MAX},
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    reader::text_bytes,
    row::{self, COLUMNS},
};
use crate::engine::Slice;

/// See [`Engine::read_slice`](crate::engine::Engine::read_slice).
pub(super) fn read(
    db: &mut Connection,
    room: &RoomId,
    at: Place,
    limit: u16,
) -> rusqlite::Result<Option<Slice>> {
    // One moment of the log for all statements.
    let db = db.transaction()?;
    let Some(room) = row::room_row_id(&db, room)? else {
        let is_message = matches!(at, Place::Message(_));
        return Ok((!is_message).then(Slice::default));
    };
    let mut reading = Reading {
        db: &db,
        room,
        bytes: 0,
    };
    let slice = match at {
        Place::Before(seq) => reading.before(seq, limit)?,
        Place::After(seq) => reading.from(seq.next(), limit, PAGE_BYTES_MAX)?,
        Place::Seq(seq) => reading.around(seq, limit)?,
        Place::Time(at_ms) => {
            let seq = reading.find_time(at_ms)?;
            reading.around(seq, limit)?
        }
        Place::Message(id) => {
            // Only a post, which alone has no target, is a message.
            let post = "SELECT seq FROM entries WHERE room = ?1 AND id = ?2 AND target IS NULL";
            let post = db
                .prepare_cached(post)?
                .query_row(params![room, id.as_bytes()], |found| row::seq(found, 0))
                .optional()?;
            let Some(seq) = post else {
                return Ok(None);
            };
            reading.around(seq, limit)?
        }
    };
    let changes = reading.changes_of(&slice.entries)?;
    Ok(Some(Slice { changes, ..slice }))
}

/// The reading of one slice of one room.
struct Reading<'a> {
    db: &'a Connection,
    room: i64,
    /// The bytes of the texts read so far.
    bytes: usize,
}

/// Up to a number of entries, and whether there are more in the direction of reading.
struct Part {
    entries: Vec<Entry>,
    more: bool,
}

impl Reading<'_> {
    /// Entries around this place: the one at it first, so that it fits in any case.
    fn around(&mut self, seq: Seq, limit: u16) -> rusqlite::Result<Slice> {
        let after = self.from(seq, limit.div_ceil(2), PAGE_BYTES_MAX / 2)?;
        // Near the log's end there is room for more before it.
        let rest = limit
            - u16::try_from(after.entries.len())
                .unwrap_or(limit)
                .min(limit);
        let before = self.before(seq, rest)?;
        let (mut entries, older) = (before.entries, before.older);
        entries.extend(after.entries);
        Ok(Slice {
            entries,
            older,
            ..after
        })
    }

    /// Entries from this place on.
    fn from(&mut self, seq: Seq, limit: u16, bytes_max: usize) -> rusqlite::Result<Slice> {
        let part = self.part("seq >= ?2 ORDER BY seq", seq, limit, bytes_max)?;
        let first = part.entries.first().map_or(seq, |first| first.seq);
        Ok(Slice {
            older: self.exists_before(first)?,
            newer: part.more,
            entries: part.entries,
            changes: Vec::new(),
        })
    }

    /// Entries before this place.
    fn before(&mut self, seq: Seq, limit: u16) -> rusqlite::Result<Slice> {
        let newest_first = "seq < ?2 ORDER BY seq DESC";
        let mut part = self.part(newest_first, seq, limit, PAGE_BYTES_MAX)?;
        part.entries.reverse();
        Ok(Slice {
            entries: part.entries,
            changes: Vec::new(),
            older: part.more,
            newer: self.exists_from(seq)?,
        })
    }

    /// Entries in the order of this condition. Reads one row more, to learn whether there are more.
    fn part(
        &mut self,
        condition: &str,
        seq: Seq,
        limit: u16,
        bytes_max: usize,
    ) -> rusqlite::Result<Part> {
        let sql = format!("SELECT {COLUMNS} FROM entries WHERE room = ?1 AND {condition} LIMIT ?3");
        let mut statement = self.db.prepare_cached(&sql)?;
        let mut rows =
            statement.query(params![self.room, row::to_sql(seq), i64::from(limit) + 1])?;
        let mut part = Part {
            entries: Vec::new(),
            more: false,
        };
        while let Some(row) = rows.next()? {
            if part.entries.len() == usize::from(limit) || self.bytes > bytes_max {
                part.more = true;
                break;
            }
            let entry = row::entry(row)?;
            self.bytes += text_bytes(&entry);
            part.entries.push(entry);
        }
        Ok(part)
    }

    fn exists_before(&self, seq: Seq) -> rusqlite::Result<bool> {
        self.db
            .prepare_cached("SELECT 1 FROM entries WHERE room = ?1 AND seq < ?2 LIMIT 1")?
            .exists(params![self.room, row::to_sql(seq)])
    }

    fn exists_from(&self, seq: Seq) -> rusqlite::Result<bool> {
        self.db
            .prepare_cached("SELECT 1 FROM entries WHERE room = ?1 AND seq >= ?2 LIMIT 1")?
            .exists(params![self.room, row::to_sql(seq)])
    }

    /// The first entry at or after this time; past the last one where there is none.
    fn find_time(&self, at_ms: u64) -> rusqlite::Result<Seq> {
        let at_ms = i64::try_from(at_ms).unwrap_or(i64::MAX);
        let bounds = "SELECT min(seq), max(seq) FROM entries WHERE room = ?1";
        let (first, last): (Option<i64>, Option<i64>) = self
            .db
            .prepare_cached(bounds)?
            .query_row([self.room], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (Some(mut low), Some(last)) = (first, last) else {
            return Ok(Seq::ZERO);
        };
        let mut next = self.db.prepare_cached(
            "SELECT seq, at_ms FROM entries WHERE room = ?1 AND seq >= ?2 ORDER BY seq LIMIT 1",
        )?;
        // Every entry before `low` is earlier, and the one at or after `high` is not.
        let mut high = last + 1;
        while low < high {
            let middle = low + (high - low) / 2;
            let found = next
                .query_row(params![self.room, middle], |row| {
                    Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
                })
                .optional()?;
            match found {
                Some((seq, earlier)) if earlier < at_ms => low = seq + 1,
                Some(_) | None => high = middle,
            }
        }
        Ok(Seq(low.cast_unsigned()))
    }

    /// The changes, after these entries, of the messages among them.
    fn changes_of(&mut self, entries: &[Entry]) -> rusqlite::Result<Vec<Entry>> {
        let Some(last) = entries.last().map(|last| last.seq) else {
            return Ok(Vec::new());
        };
        let sql = format!(
            "SELECT {COLUMNS} FROM entries WHERE room = ?1 AND target = ?2 AND seq > ?3
            ORDER BY seq DESC LIMIT {MESSAGE_CHANGES_MAX}"
        );
        let mut statement = self.db.prepare_cached(&sql)?;
        let mut changes = Vec::new();
        let posts = entries.iter().filter(|entry| entry.body.target().is_none());
        for post in posts {
            let of_post = params![self.room, post.id.as_bytes(), row::to_sql(last)];
            let mut rows = statement.query(of_post)?;
            while let Some(row) = rows.next()? {
                if changes.len() == SLICE_CHANGES_MAX || self.bytes > PAGE_BYTES_MAX {
                    return Ok(changes);
                }
                let change = row::entry(row)?;
                self.bytes += text_bytes(&change);
                changes.push(change);
            }
        }
        Ok(changes)
    }
}
