//! Converts between entries and rows of the table `entries`.

use parlor_shared::{Entry, MemberId, MessageId, Name, RoomId, Seq, codec};
use rusqlite::{Connection, OptionalExtension, Row, types::Type};

/// The columns of `entries` that [`entry`] reads, in this order. The last one says whether the
/// words of the entry's message are withheld. It is read in the same statement as the body, and so
/// at the same moment of the log: no reader can miss a deletion that was committed before.
pub(super) const COLUMNS: &str = "seq, prev, id, at_ms, member, name, body,
    EXISTS (SELECT 1 FROM withheld WHERE withheld.room = entries.room
        AND withheld.target = coalesce(entries.target, entries.id))";

/// The number of [`COLUMNS`].
pub(super) const COLUMN_COUNT: usize = 8;

/// The row id of a room, if the room has ever had an entry.
pub(super) fn room_row_id(db: &Connection, room: &RoomId) -> rusqlite::Result<Option<i64>> {
    db.prepare_cached("SELECT id FROM rooms WHERE name = ?1")?
        .query_row([room.as_str()], |row| row.get(0))
        .optional()
}

/// The place of the newest entry ever appended. It may have been deleted since.
pub(super) fn head(db: &Connection) -> rusqlite::Result<Seq> {
    let head = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'entries'";
    db.query_row(head, [], |row| seq(row, 0))
}

/// Reads the entry from a row of [`COLUMNS`], without its words if they are withheld.
pub(super) fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let body: String = row.get(6)?;
    let body = codec::decode_body(&body).map_err(|error| invalid(6, error))?;
    let is_withheld: bool = row.get(7)?;
    Ok(Entry {
        seq: seq(row, 0)?,
        prev: seq(row, 1)?,
        id: MessageId::from_bytes(row.get(2)?),
        at_ms: row.get::<_, i64>(3)?.cast_unsigned(),
        member: MemberId::from_bytes(row.get(4)?),
        name: Name::parse(row.get::<_, String>(5)?).map_err(|error| invalid(5, error))?,
        body: if is_withheld { body.blanked() } else { body },
    })
}

/// Reads a seq from a column.
pub(super) fn seq(row: &Row<'_>, column: usize) -> rusqlite::Result<Seq> {
    row.get::<_, i64>(column)
        .map(|seq| Seq(seq.cast_unsigned()))
}

/// A seq as an SQLite integer.
pub(super) fn to_sql(seq: Seq) -> i64 {
    // Real seqs stay below 2^53. A larger one, which only a client can send, is after every entry.
    i64::try_from(seq.0).unwrap_or(i64::MAX)
}

fn invalid(
    column: usize,
    error: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
}
