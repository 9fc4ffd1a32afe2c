//! Finds members by the name under which they have written, for the command line.

use std::path::Path;

use parlor_shared::{MemberId, RoomId};
use rusqlite::params;

use super::{open_error::OpenError, schema};

/// How many of a room's newest entries are looked at.
const ENTRIES: i64 = 10_000;

/// The members who have written in this room lately under this name.
///
/// # Errors
/// [`OpenError`] if the log can't be read.
pub fn members_named(folder: &Path, room: &RoomId, name: &str) -> Result<Vec<MemberId>, OpenError> {
    let db = schema::open_existing(folder)?;
    let read = || -> rusqlite::Result<Vec<MemberId>> {
        let sql = "SELECT DISTINCT member FROM (SELECT member, name FROM entries
            WHERE room = (SELECT id FROM rooms WHERE name = ?1) ORDER BY seq DESC LIMIT ?2)
            WHERE name = ?3";
        let mut statement = db.prepare(sql)?;
        let members = statement.query_map(params![room.as_str(), ENTRIES, name], |row| {
            row.get(0).map(MemberId::from_bytes)
        })?;
        members.collect()
    };
    read().map_err(|error| OpenError::of_sqlite(&schema::path_in(folder), error))
}
