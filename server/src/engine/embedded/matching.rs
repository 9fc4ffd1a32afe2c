//! Reads the entries of several rooms in the order of the log.
//!
//! One room's entries are found by its index. Those of many rooms are picked out of the log itself,
//! a bounded number of entries at once, so that a read costs the same however many rooms there are,
//! and however far the places of entries lie apart.

use std::path::{Path, PathBuf};

use parlor_shared::{Epoch, Position, RoomId, RoomPattern, Seq, limits::WEBHOOK_SCAN_ENTRIES};
use rusqlite::{Connection, OptionalExtension, Row, Rows, params, types::Type};

use super::{
    open_error::OpenError,
    reader::text_bytes,
    row::{self, COLUMN_COUNT, COLUMNS},
    schema,
};
use crate::engine::{Behind, Committed, MatchQuery, Matching};

/// Whether an entry's room is not private and has a name from `?3` on and before `?4`. Kinds of
/// rooms that this version does not know count as private.
const IN_ROOMS: &str = "EXISTS (SELECT 1 FROM rooms WHERE rooms.id = entries.room
    AND rooms.kind IN (0, 1) AND rooms.name >= ?3 AND rooms.name < ?4)";

/// See [`Engine::read_matching`](crate::engine::Engine::read_matching).
pub(super) fn read(db: &mut Connection, query: &MatchQuery) -> rusqlite::Result<Matching> {
    // One moment of the log for all statements.
    let db = db.transaction()?;
    let head = row::head(&db)?;
    let end = query.until.map_or(head, |until| until.min(head));
    let limit = i64::from(query.limit) + 1;
    let after = row::to_sql(query.after);
    let mut matching = match query.rooms.room() {
        Some(room) => {
            let Some(id) = row::room_row_id(&db, &room)? else {
                return Ok(nothing(query, end));
            };
            let sql = format!(
                "SELECT {COLUMNS} FROM entries WHERE room = ?1 AND seq > ?2 AND seq <= ?3
                 ORDER BY seq LIMIT ?4"
            );
            let mut statement = db.prepare_cached(&sql)?;
            let mut rows = statement.query(params![id, after, row::to_sql(end), limit])?;
            collect(&mut rows, query, end, |_| Ok(room.clone()))?
        }
        None => match scanned_until(&db, query.after)? {
            Some(scanned) => {
                let scanned = scanned.min(end);
                let sql = format!(
                    "SELECT {COLUMNS}, (SELECT rooms.name FROM rooms WHERE rooms.id = entries.room)
                     FROM entries WHERE seq > ?1 AND seq <= ?2 AND {IN_ROOMS}
                     ORDER BY seq LIMIT ?5"
                );
                let mut statement = db.prepare_cached(&sql)?;
                let Names { first, end } = Names::of(&query.rooms);
                let bounds = params![after, row::to_sql(scanned), first, end, limit];
                let mut rows = statement.query(bounds)?;
                collect(&mut rows, query, scanned, room_name)?
            }
            None => nothing(query, end),
        },
    };
    matching.more |= matching.until < end;
    if matching.entries.is_empty() {
        matching.deleted_until = deleted_until(&db, &query.rooms)?;
    }
    Ok(matching)
}

/// What a read has found where there are no entries.
fn nothing(query: &MatchQuery, end: Seq) -> Matching {
    Matching {
        until: end.max(query.after),
        ..Matching::default()
    }
}

/// The last place of an entry of these rooms that retention has deleted.
fn deleted_until(db: &Connection, rooms: &RoomPattern) -> rusqlite::Result<Seq> {
    let start = |row: &Row<'_>| row::seq(row, 0);
    if let Some(room) = rooms.room() {
        let sql = "SELECT start FROM rooms WHERE name = ?1";
        let found = db.prepare_cached(sql)?.query_row([room.as_str()], start);
        return Ok(found.optional()?.unwrap_or(Seq::ZERO));
    }
    let Names { first, end } = Names::of(rooms);
    let sql = "SELECT coalesce(max(start), 0) FROM rooms
        WHERE kind IN (0, 1) AND name >= ?1 AND name < ?2";
    db.prepare_cached(sql)?
        .query_row(params![first, end], start)
}

/// See [`Engine::behind`](crate::engine::Engine::behind).
pub(super) fn behind(db: &Connection, rooms: &RoomPattern, after: Seq) -> rusqlite::Result<Behind> {
    let read = |row: &Row<'_>| {
        Ok(Behind {
            entries: row.get::<_, i64>(0)?.cast_unsigned(),
            oldest_at_ms: row.get::<_, Option<i64>>(1)?.map(i64::cast_unsigned),
        })
    };
    let after_sql = row::to_sql(after);
    if let Some(room) = rooms.room() {
        let Some(id) = row::room_row_id(db, &room)? else {
            return Ok(Behind::default());
        };
        let sql = "SELECT count(*), min(at_ms) FROM
            (SELECT at_ms FROM entries WHERE room = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3)";
        let bounds = params![id, after_sql, WEBHOOK_SCAN_ENTRIES.cast_signed()];
        return db.prepare_cached(sql)?.query_row(bounds, read);
    }
    let Some(scanned) = scanned_until(db, after)? else {
        return Ok(Behind::default());
    };
    let names = Names::of(rooms);
    let sql = format!(
        "SELECT count(*), min(at_ms) FROM entries WHERE seq > ?1 AND seq <= ?2 AND {IN_ROOMS}"
    );
    let bounds = params![after_sql, row::to_sql(scanned), names.first, names.end];
    db.prepare_cached(&sql)?.query_row(bounds, read)
}

/// The place of the last of the entries after this one that are looked at in one read; `None` if
/// there is no entry.
fn scanned_until(db: &Connection, after: Seq) -> rusqlite::Result<Option<Seq>> {
    let last = "SELECT max(seq) FROM
        (SELECT seq FROM entries WHERE seq > ?1 ORDER BY seq LIMIT ?2)";
    let bounds = params![row::to_sql(after), WEBHOOK_SCAN_ENTRIES.cast_signed()];
    let last: Option<i64> = db
        .prepare_cached(last)?
        .query_row(bounds, |row| row.get(0))?;
    Ok(last.map(|last| Seq(last.cast_unsigned())))
}

/// The names of the rooms of a pattern: from `first` on, and before `end`.
struct Names {
    first: String,
    end: String,
}

impl Names {
    fn of(rooms: &RoomPattern) -> Self {
        let first = rooms.as_str().trim_end_matches('*').to_owned();
        // Ids are ASCII: the character after those that they have ends the range.
        let end = format!("{first}~");
        Self { first, end }
    }
}

/// The entries of these rows, which are all that there are up to `end`, but for those that are too
/// many.
fn collect(
    rows: &mut Rows<'_>,
    query: &MatchQuery,
    end: Seq,
    room: impl Fn(&Row<'_>) -> rusqlite::Result<RoomId>,
) -> rusqlite::Result<Matching> {
    let mut entries: Vec<Committed> = Vec::new();
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        if entries.len() == usize::from(query.limit) || bytes > query.text_bytes_max {
            return Ok(Matching {
                until: entries.last().map_or(query.after, |last| last.entry.seq),
                entries,
                more: true,
                deleted_until: Seq::ZERO,
            });
        }
        let (room, entry) = (room(row)?, row::entry(row)?);
        bytes += text_bytes(&entry);
        entries.push(Committed { room, entry });
    }
    Ok(Matching {
        entries,
        until: end.max(query.after),
        more: false,
        deleted_until: Seq::ZERO,
    })
}

/// The name of the entry's room, behind its own columns.
fn room_name(row: &Row<'_>) -> rusqlite::Result<RoomId> {
    RoomId::try_from(row.get::<_, String>(COLUMN_COUNT)?).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(COLUMN_COUNT, Type::Text, Box::new(error))
    })
}

/// A log that the command line reads beside its server.
#[derive(Debug)]
pub(crate) struct BesideLog {
    db: Connection,
    path: PathBuf,
}

impl BesideLog {
    /// Opens the log in `folder`.
    ///
    /// # Errors
    /// [`OpenError`].
    pub(crate) fn open(folder: &Path) -> Result<Self, OpenError> {
        let (db, path) = (schema::open_existing(folder)?, schema::path_in(folder));
        schema::check_current(&db, &path)?;
        Ok(Self { db, path })
    }

    /// The place of the log's newest entry.
    ///
    /// # Errors
    /// [`OpenError`].
    pub(crate) fn head(&self) -> Result<Position, OpenError> {
        self.read(|db| {
            let newest = "SELECT epoch FROM epochs ORDER BY number DESC LIMIT 1";
            let epoch = db.query_row(newest, [], |row| row.get(0).map(Epoch::from_bytes))?;
            let seq = row::head(db)?;
            Ok(Position { epoch, seq })
        })
    }

    /// See [`Engine::behind`](crate::engine::Engine::behind).
    ///
    /// # Errors
    /// [`OpenError`].
    pub(crate) fn behind(&self, rooms: &RoomPattern, after: Seq) -> Result<Behind, OpenError> {
        self.read(|db| behind(db, rooms, after))
    }

    fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, OpenError> {
        read(&self.db).map_err(|error| OpenError::of_sqlite(&self.path, error))
    }
}

#[cfg(test)]
mod tests {
    use parlor_shared::limits::WEBHOOK_ENTRIES_MAX;

    use super::*;

    /// A log whose every thousandth entry is of the room `team-tea`, and the others of `lobby`.
    fn log(entries: u64) -> (tempfile::TempDir, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let (db, _) = schema::open_writer(&folder.path().join("parlor.db")).unwrap();
        db.execute_batch("INSERT INTO rooms (id, name) VALUES (1, 'lobby'), (2, 'team-tea')")
            .unwrap();
        db.execute(
            "INSERT INTO entries (seq, room, prev, id, at_ms, member, name, body)
             WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)
             SELECT n, CASE WHEN n % 1000 = 0 THEN 2 ELSE 1 END, 0,
                CAST(printf('%016d', n) AS BLOB), n, zeroblob(16), 'ann',
                '{\"kind\":\"post\",\"text\":\"0123456789\"}' FROM n",
            [entries.cast_signed()],
        )
        .unwrap();
        (folder, db)
    }

    fn query(rooms: &str, after: u64) -> MatchQuery {
        MatchQuery {
            rooms: rooms.parse().unwrap(),
            after: Seq(after),
            until: None,
            limit: WEBHOOK_ENTRIES_MAX,
            text_bytes_max: usize::MAX,
        }
    }

    fn seqs(matching: &Matching) -> Vec<u64> {
        let entries = matching.entries.iter();
        entries.map(|committed| committed.entry.seq.0).collect()
    }

    #[test]
    fn the_entries_of_many_rooms_are_found_in_bounded_steps_that_leave_none_out() {
        let (_folder, mut db) = log(2 * WEBHOOK_SCAN_ENTRIES + 500);
        let mut found = Vec::new();
        let (mut after, mut steps) = (0, 0);
        loop {
            let matching = read(&mut db, &query("team-*", after)).unwrap();
            assert!(
                matching.until.0 - after <= WEBHOOK_SCAN_ENTRIES,
                "{matching:?}"
            );
            assert!(
                matching
                    .entries
                    .iter()
                    .all(|one| one.room.as_str() == "team-tea")
            );
            found.extend(seqs(&matching));
            (after, steps) = (matching.until.0, steps + 1);
            if !matching.more {
                break;
            }
        }
        let expected: Vec<u64> = (1..=20).map(|n| n * 1_000).collect();
        assert_eq!((found, steps), (expected, 3));
        let all = behind(&db, &"team-*".parse().unwrap(), Seq::ZERO).unwrap();
        assert_eq!((all.entries, all.oldest_at_ms), (10, Some(1_000)));
        let all = behind(&db, &"lobby".parse().unwrap(), Seq(5)).unwrap();
        assert_eq!(
            (all.entries, all.oldest_at_ms),
            (WEBHOOK_SCAN_ENTRIES, Some(6))
        );
    }

    #[test]
    fn a_read_has_a_bounded_number_of_entries_and_of_bytes_and_ends_where_it_is_told() {
        let (_folder, mut db) = log(1_000);
        let full = read(&mut db, &query("lobby", 7)).unwrap();
        assert_eq!(full.entries.len(), usize::from(WEBHOOK_ENTRIES_MAX));
        assert_eq!((full.until, full.more), (Seq(107), true));
        let few = MatchQuery {
            text_bytes_max: 25,
            ..query("*", 0)
        };
        let few = read(&mut db, &few).unwrap();
        assert_eq!((seqs(&few), few.more), (vec![1, 2, 3], true));
        let part = MatchQuery {
            until: Some(Seq(3)),
            ..query("*", 1)
        };
        let part = read(&mut db, &part).unwrap();
        assert_eq!(
            (seqs(&part), part.until, part.more),
            (vec![2, 3], Seq(3), false)
        );
        let end = read(&mut db, &query("*", 1_000)).unwrap();
        assert_eq!(
            (seqs(&end), end.until, end.more),
            (vec![], Seq(1_000), false)
        );
    }

    /// In a log that follows a stream, most places have no entry.
    #[test]
    fn a_step_looks_at_as_many_entries_however_far_their_places_lie_apart() {
        let (_folder, mut db) = log(WEBHOOK_SCAN_ENTRIES + 5);
        db.execute("UPDATE entries SET seq = -seq * 1024", [])
            .unwrap();
        db.execute("UPDATE entries SET seq = -seq", []).unwrap();
        let head = "UPDATE sqlite_sequence SET seq = seq * 1024 WHERE name = 'entries'";
        db.execute(head, []).unwrap();
        let first = read(&mut db, &query("team-*", 0)).unwrap();
        let expected: Vec<u64> = (1..=10).map(|n| n * 1_000 * 1_024).collect();
        assert_eq!((seqs(&first), first.more), (expected, true));
        assert_eq!(first.until, Seq(WEBHOOK_SCAN_ENTRIES * 1_024));
        let rest = read(&mut db, &query("team-*", first.until.0)).unwrap();
        assert_eq!((seqs(&rest), rest.more), (vec![], false));
        let all = behind(&db, &"*".parse().unwrap(), Seq::ZERO).unwrap();
        assert_eq!(all.entries, WEBHOOK_SCAN_ENTRIES);
    }

    #[test]
    fn a_private_room_is_read_only_where_it_is_named_alone() {
        let (_folder, mut db) = log(2_000);
        db.execute("UPDATE rooms SET kind = 2 WHERE id = 2", [])
            .unwrap();
        for rooms in ["*", "team-*"] {
            let matching = read(&mut db, &query(rooms, 999)).unwrap();
            assert!(!seqs(&matching).contains(&1_000), "{rooms}");
        }
        let named = read(&mut db, &query("team-tea", 0)).unwrap();
        assert_eq!(seqs(&named), [1_000, 2_000]);
    }
}
