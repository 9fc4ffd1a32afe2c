//! Entries as rows.

use parlor_shared::{Entry, MemberId, MessageId, Name, RoomId, Seq, codec};
use rusqlite::{Connection, OptionalExtension, Row, types::Type};

/// The columns [`entry`] reads, in its order.
pub(super) const COLUMNS: &str = "seq, prev, id, at_ms, member, name, body";

/// The entry of a room that has an id.
pub(super) const BY_ID: &str =
    "SELECT seq, prev, id, at_ms, member, name, body FROM entries WHERE room = ?1 AND id = ?2";

/// The number of a room in the file, if it has entries.
pub(super) fn room_number(file: &Connection, room: &RoomId) -> rusqlite::Result<Option<i64>> {
    file.prepare_cached("SELECT id FROM rooms WHERE name = ?1")?
        .query_row([room.as_str()], |row| row.get(0))
        .optional()
}

/// The entry in a row of [`COLUMNS`].
pub(super) fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let body: String = row.get(6)?;
    Ok(Entry {
        seq: seq(row, 0)?,
        prev: seq(row, 1)?,
        id: MessageId::from_bytes(row.get(2)?),
        at_ms: row.get::<_, i64>(3)?.cast_unsigned(),
        member: MemberId::from_bytes(row.get(4)?),
        name: Name::parse(row.get::<_, String>(5)?).map_err(|error| unfit(5, error))?,
        body: codec::decode_body(&body).map_err(|error| unfit(6, error))?,
    })
}

/// The place in a column.
pub(super) fn seq(row: &Row<'_>, column: usize) -> rusqlite::Result<Seq> {
    row.get::<_, i64>(column)
        .map(|seq| Seq(seq.cast_unsigned()))
}

/// A place as SQLite keeps it.
pub(super) fn sql(seq: Seq) -> i64 {
    // Places stay below 2^53; a client's wild guess is after everything.
    i64::try_from(seq.0).unwrap_or(i64::MAX)
}

fn unfit(column: usize, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
}
