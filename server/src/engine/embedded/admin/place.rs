//! Which changes of a stream the file has, and what became of the newest ones.

use parlor_shared::Epoch;
use rusqlite::{Connection, OptionalExtension, params, types::Type};
use serde::Serialize;

use super::{
    change::AdminRequest,
    made::{ChangeResult, Made},
};

/// Up to where the changes of a stream are made.
pub(super) struct AdminPlace {
    pub(super) epoch: Epoch,
    pub(super) sequence: u64,
}

/// Up to where this file has the changes of a stream; `None` if its log follows none.
pub(super) fn read(db: &Connection) -> rusqlite::Result<Option<AdminPlace>> {
    db.prepare_cached("SELECT epoch, sequence FROM followed")?
        .query_row([], |row| {
            Ok(AdminPlace {
                epoch: Epoch::from_bytes(row.get(0)?),
                sequence: row.get::<_, i64>(1)?.cast_unsigned(),
            })
        })
        .optional()
}

/// Notes that the file has the changes up to this sequence. `news` is the sequence of a change that
/// servers must look at.
pub(super) fn advance(db: &Connection, sequence: u64, news: Option<u64>) -> rusqlite::Result<()> {
    let sql = "UPDATE followed SET sequence = ?1, news = coalesce(?2, news)";
    db.prepare_cached(sql)?
        .execute(params![sequence.cast_signed(), news.map(u64::cast_signed)])?;
    Ok(())
}

/// What became of the change at a sequence. Those that are forgotten have nobody who waits.
pub(super) fn outcome_at(db: &Connection, sequence: u64) -> rusqlite::Result<ChangeResult> {
    let found: Option<String> = db
        .prepare_cached("SELECT outcome FROM made WHERE sequence = ?1")?
        .query_row([sequence.cast_signed()], |row| row.get(0))
        .optional()?;
    found.map_or(Ok(Ok(Made::Done)), |text| from_text(&text))
}

/// What became of the same request, if it was made before.
pub(super) fn outcome_of(
    db: &Connection,
    request: &AdminRequest,
) -> rusqlite::Result<Option<ChangeResult>> {
    let Some(key) = request.key else {
        return Ok(None);
    };
    let found: Option<String> = db
        .prepare_cached("SELECT outcome FROM made WHERE request = ?1 LIMIT 1")?
        .query_row([key.0], |row| row.get(0))
        .optional()?;
    found.map(|text| from_text(&text)).transpose()
}

/// Something as it stands in a column.
pub(super) fn to_text(value: &impl Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

/// What became of a change, from a column.
pub(super) fn from_text(text: &str) -> rusqlite::Result<ChangeResult> {
    serde_json::from_str(text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error)))
}
