//! Whether a log is whole: what SQLite says of its file, and what we say of what is in it.

use std::path::Path;

use parlor_shared::Seq;
use rusqlite::{Connection, OptionalExtension};

use super::{
    OpenError,
    row::{self, COLUMNS},
    schema,
};

/// Problems that are told; there may be more.
const PROBLEMS_MAX: usize = 20;

/// What a log holds, and what is wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IntegrityReport {
    /// How many rooms it has.
    pub rooms: u64,
    /// How many entries.
    pub entries: u64,
    /// What is wrong, a sentence each; nothing in a log that is whole.
    pub problems: Vec<String>,
}

/// Reads the whole log in `data`, as it is at one moment. A server may be writing it meanwhile.
///
/// # Errors
/// [`OpenError`] where it can't be read at all.
pub fn check(data: &Path) -> Result<IntegrityReport, OpenError> {
    let file = schema::open_existing(data)?;
    let path = schema::path_in(data);
    schema::check_current(&file, &path)?;
    // One transaction: what is committed meanwhile is not looked at.
    file.unchecked_transaction()
        .and_then(|transaction| examine(&transaction))
        .map_err(|error| schema::open_error(&path, error))
}

fn examine(file: &Connection) -> rusqlite::Result<IntegrityReport> {
    let mut found = IntegrityReport::default();
    file.prepare(&format!("PRAGMA integrity_check({PROBLEMS_MAX})"))?
        .query_map([], |row| row.get::<_, String>(0))?
        .try_for_each(|line| -> rusqlite::Result<()> {
            found.problem(line?);
            Ok(())
        })?;
    found.problems.retain(|line| line != "ok");
    // Where the file is damaged, what is read from it says nothing.
    if found.problems.is_empty() {
        check_chains(file, &mut found)?;
        check_ids(file, &mut found)?;
        check_places(file, &mut found)?;
    }
    Ok(found)
}

impl IntegrityReport {
    fn problem(&mut self, what: String) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(what);
        }
    }
}

/// Every entry can be read, and names the one before it.
fn check_chains(file: &Connection, found: &mut IntegrityReport) -> rusqlite::Result<()> {
    let mut rooms = file.prepare("SELECT id, name, start FROM rooms")?;
    let mut entries = file.prepare(&format!(
        "SELECT {COLUMNS} FROM entries WHERE room = ?1 ORDER BY seq"
    ))?;
    let mut rooms = rooms.query([])?;
    while let Some(room) = rooms.next()? {
        found.rooms += 1;
        let (number, name): (i64, String) = (room.get(0)?, room.get(1)?);
        let mut before = row::seq(room, 2)?;
        let mut rows = entries.query([number])?;
        while let Some(row) = rows.next()? {
            found.entries += 1;
            let (seq, prev) = (row::seq(row, 0)?, row::seq(row, 1)?);
            if let Err(error) = row::entry(row) {
                found.problem(format!("room {name}: entry {seq} can't be read: {error}"));
            }
            if prev != before {
                let what = format!("entry {seq} comes after {before}, and names {prev}");
                found.problem(format!("room {name}: {what}"));
            }
            before = seq;
        }
    }
    Ok(())
}

/// No room has an id twice, whatever the index that forbids it says.
fn check_ids(file: &Connection, found: &mut IntegrityReport) -> rusqlite::Result<()> {
    file.prepare("SELECT max(seq) FROM entries NOT INDEXED GROUP BY room, id HAVING count(*) > 1")?
        .query_map([], |row| row::seq(row, 0))?
        .try_for_each(|seq| {
            found.problem(format!("entry {} has another entry's id", seq?));
            Ok(())
        })
}

/// Every entry is some room's, and the next one gets a new place.
fn check_places(file: &Connection, found: &mut IntegrityReport) -> rusqlite::Result<()> {
    let homeless = "SELECT seq FROM entries WHERE room NOT IN (SELECT id FROM rooms) LIMIT 1";
    if let Some(seq) = file
        .query_row(homeless, [], |row| row::seq(row, 0))
        .optional()?
    {
        found.problem(format!("entry {seq} is in no room"));
    }
    let (newest, last): (Seq, Seq) = file.query_row(
        "SELECT coalesce((SELECT max(seq) FROM entries), 0),
            coalesce((SELECT max(seq) FROM sqlite_sequence WHERE name = 'entries'), 0)",
        [],
        |row| Ok((row::seq(row, 0)?, row::seq(row, 1)?)),
    )?;
    if newest > last {
        found.problem(format!(
            "entry {newest} comes after {last}, the last place given"
        ));
    }
    Ok(())
}
