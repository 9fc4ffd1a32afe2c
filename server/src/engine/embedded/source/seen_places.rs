//! How far members have seen rooms, as the same entries in a copy of the log.

use std::path::Path;

use parlor_shared::{MemberId, RoomId, Seq};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::LogSource;
use crate::engine::{
    Seen,
    embedded::{open_error::OpenError, schema},
};

/// The newest entry that somebody has seen.
const NEWEST: &str = "SELECT entries.id FROM entries JOIN rooms ON rooms.id = entries.room
    WHERE rooms.name = ?1 AND seq <= ?2 ORDER BY seq DESC LIMIT 1";
/// Its place in the copy.
const IN_COPY: &str = "SELECT seq FROM entries JOIN rooms ON rooms.id = entries.room
    WHERE rooms.name = ?1 AND entries.id = ?2";
const ROWS: &str = "SELECT member, room, seq, at_ms FROM seen WHERE (member, room) > (?1, ?2)
    ORDER BY member, room LIMIT ?3";

/// Some of the places that members have seen.
#[derive(Debug, Default)]
pub(crate) struct SeenPlaces {
    /// Those of entries that the copy has, with their places there.
    pub(crate) seen: Vec<Seen>,
    /// The last one that was looked at, to go on behind it; `None` at the end.
    pub(crate) last: Option<SeenKey>,
}

/// Whose place it is, and in which room.
#[derive(Debug, Clone)]
pub(crate) struct SeenKey {
    member: [u8; 16],
    room: String,
}

impl LogSource {
    /// At most `limit` of the places that members have seen, behind `after`, as those of the same
    /// entries in the copy in `folder`, whether a node runs on that or not.
    ///
    /// # Errors
    /// [`OpenError`].
    pub(crate) fn seen_after(
        &self,
        after: Option<&SeenKey>,
        limit: usize,
        folder: &Path,
    ) -> Result<SeenPlaces, OpenError> {
        let copy = schema::open_existing(folder)?;
        self.read_seen(after, limit, &copy).map_err(self.error())
    }

    fn read_seen(
        &self,
        after: Option<&SeenKey>,
        limit: usize,
        copy: &Connection,
    ) -> rusqlite::Result<SeenPlaces> {
        let (member, room) = match after {
            Some(SeenKey { member, room }) => (member.as_slice(), room.as_str()),
            None => ([].as_slice(), ""),
        };
        let mut statement = self.db.prepare_cached(ROWS)?;
        let mut rows = statement.query(params![member, room, limit as i64])?;
        let mut places = SeenPlaces::default();
        while let Some(row) = rows.next()? {
            let key = SeenKey {
                member: row.get(0)?,
                room: row.get(1)?,
            };
            places.seen.extend(self.in_copy(&key, row, copy)?);
            places.last = Some(key);
        }
        Ok(places)
    }

    fn in_copy(
        &self,
        key: &SeenKey,
        row: &Row<'_>,
        copy: &Connection,
    ) -> rusqlite::Result<Option<Seen>> {
        let (seq, at_ms): (i64, i64) = (row.get(2)?, row.get(3)?);
        let newest: Option<[u8; 16]> = self
            .db
            .prepare_cached(NEWEST)?
            .query_row(params![key.room, seq], |found| found.get(0))
            .optional()?;
        let there: Option<i64> = copy
            .prepare_cached(IN_COPY)?
            .query_row(params![key.room, newest], |found| found.get(0))
            .optional()?;
        // Every room was parsed before it got there.
        let room = RoomId::parse(&key.room).ok();
        Ok(there.zip(room).map(|(seq, room)| Seen {
            member: MemberId::from_bytes(key.member),
            room,
            seq: Seq(seq.cast_unsigned()),
            at_ms: at_ms.cast_unsigned(),
        }))
    }
}
