//! Converts between entries and rows of the table `entries`.

use parlor_shared::{Body, Entry, MemberId, MessageId, Name, RoomId, Seq, codec};
use rusqlite::{Connection, OptionalExtension, Row, types::Type};

use super::checksum::{self, Covered};
use crate::repeated_line::log_repeated;

/// The columns of `entries` that [`entry`] reads, in this order: `seq`, those of a [`checksum`],
/// and one that says whether the words of the entry's message are withheld. It is read in the same
/// statement as the body, and so at the same moment of the log: no reader can miss a deletion that
/// was committed before.
pub(super) const COLUMNS: &str = "seq, room, prev, id, at_ms, member, name, body, checksum,
    EXISTS (SELECT 1 FROM withheld WHERE withheld.room = entries.room
        AND withheld.target = coalesce(entries.target, entries.id))";

/// The number of [`COLUMNS`].
pub(super) const COLUMN_COUNT: usize = 10;
/// The first of [`COLUMNS`] that a checksum covers.
const COVERED_AT: usize = 1;

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

/// Reads the entry from a row of [`COLUMNS`], without its words if they are withheld. A text that
/// was damaged on the disk does not keep anyone from the other entries: what can't be read of it is
/// left out.
pub(super) fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let body = body(row);
    let name = name(row);
    if body.is_err() || name.is_err() || !is_sound(row)? {
        let (seq, room) = (seq(row, 0)?, row.get::<_, i64>(1)?);
        log_repeated!(
            error,
            seq = seq.0,
            room,
            "an entry is not as it was written; `parlor check` says more"
        );
    }
    let unnamed = || Name::try_from("?".to_owned()).map_err(|error| invalid(6, error));
    let body = body.unwrap_or(Body::Unknown);
    let is_withheld: bool = row.get(9)?;
    Ok(Entry {
        seq: seq(row, 0)?,
        prev: seq(row, 2)?,
        id: MessageId::from_bytes(row.get(3)?),
        at_ms: row.get::<_, i64>(4)?.cast_unsigned(),
        member: MemberId::from_bytes(row.get(5)?),
        name: name.or_else(|_| unnamed())?,
        body: if is_withheld { body.blanked() } else { body },
    })
}

/// Checks that the texts of a row of [`COLUMNS`] can be read.
pub(super) fn check_texts(row: &Row<'_>) -> rusqlite::Result<()> {
    body(row)?;
    name(row)?;
    Ok(())
}

fn body(row: &Row<'_>) -> rusqlite::Result<Body> {
    codec::decode_body(row.get_ref(7)?.as_str()?).map_err(|error| invalid(7, error))
}

/// A name that any version has accepted: today's rules are for names that are written today.
fn name(row: &Row<'_>) -> rusqlite::Result<Name> {
    Name::try_from(row.get::<_, String>(6)?).map_err(|error| invalid(6, error))
}

/// Whether a row of [`COLUMNS`] has a checksum.
pub(super) fn has_checksum(row: &Row<'_>) -> rusqlite::Result<bool> {
    Ok(checksum::stored(row, COVERED_AT)?.is_some())
}

/// Whether a row of [`COLUMNS`] is as it was written, as far as its checksum says; an entry of an
/// earlier version has none.
pub(super) fn is_sound(row: &Row<'_>) -> rusqlite::Result<bool> {
    let stored = checksum::stored(row, COVERED_AT)?;
    Ok(match stored {
        Some(stored) => i64::from(Covered::of_row(row, COVERED_AT)?.checksum()) == stored,
        None => true,
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

/// Reads a text of one of the wire's types from a column that may be null.
pub(super) fn checked<T, E>(
    row: &Row<'_>,
    column: usize,
    parse: fn(String) -> Result<T, E>,
) -> rusqlite::Result<Option<T>>
where
    E: std::error::Error + Send + Sync + 'static,
{
    let text: Option<String> = row.get(column)?;
    let parsed = text.map(parse).transpose();
    parsed.map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
    })
}
