//! Checks a log's integrity: first SQLite's own check of the file, then the entries' numbering.

use std::path::Path;

use parlor_shared::{Epoch, Seq};
use rusqlite::{Connection, OptionalExtension};

use super::{
    admin,
    check_search::{SearchFile, SearchReport},
    epochs,
    head_file::{MissingEnd, NotedHead},
    open_error::OpenError,
    row::{self, COLUMNS},
    schema, stream, withheld,
};

/// The number of problems that a report holds; the log may have more.
const PROBLEMS_MAX: usize = 20;

/// What a check found in a log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IntegrityReport {
    /// The number of rooms.
    pub rooms: u64,
    /// The number of entries.
    pub entries: u64,
    /// The number of deleted messages whose words are withheld and still in the file. A server
    /// erases them soon after it has started.
    pub withheld: u64,
    /// The number of entries without a checksum: earlier versions wrote none. A text of theirs that
    /// has changed on the disk is not noticed.
    pub without_checksum: u64,
    /// The problems found, one sentence each; empty if the log is sound.
    pub problems: Vec<String>,
    /// Set if entries are missing at the log's end, or the log is an older one than was there when
    /// a server last ran. The log may be sound all the same.
    pub missing_end: Option<MissingEnd>,
    /// The stream that the log follows; `None` if it is of one node.
    pub follows: Option<FollowedStream>,
    /// The full-text index. Whatever is wrong with it, the log may be sound.
    pub search: SearchReport,
}

/// The stream that a log follows, as the log knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FollowedStream {
    /// The stream's epoch.
    pub epoch: Epoch,
    /// The sequence up to which the log has applied it.
    pub sequence: u64,
}

/// Reads and checks the whole log in `data`, as it is at one moment. A server may write it
/// meanwhile.
///
/// # Errors
/// [`OpenError`] if the log can't be read at all.
pub fn check(data: &Path) -> Result<IntegrityReport, OpenError> {
    // Before the log: while a server runs, the log is never behind the note.
    let noted = NotedHead::read(data);
    let db = schema::open_existing(data)?;
    let path = schema::path_in(data);
    schema::check_current(&db, &path)?;
    let admin = admin::problems(data);
    let search = SearchFile::open(data);
    // One transaction, so that the check sees one moment of the log.
    db.unchecked_transaction()
        .and_then(|transaction| {
            let mut report = examine(&transaction)?;
            let followed = stream::read(&transaction)?;
            report.follows = followed.map(|followed| FollowedStream {
                epoch: followed.epoch,
                sequence: followed.place.sequence,
            });
            if let Some(noted) = noted {
                let knows_epoch = epochs::contains(&transaction, noted.epoch())?;
                report.missing_end = noted.missing_end(row::head(&transaction)?, knows_epoch);
            }
            // A damaged log says nothing about the index.
            if report.problems.is_empty() {
                report.search = search.check(&transaction)?;
            }
            match admin {
                Ok(problems) => problems.into_iter().for_each(|why| report.add_admin(&why)),
                Err(error) => report.add_admin(&error.to_string()),
            }
            Ok(report)
        })
        .map_err(|error| OpenError::of_sqlite(&path, error))
}

/// Checks the file of a log that an earlier version wrote, and returns the problems found. What its
/// entries mean is left to the upgrade.
///
/// # Errors
/// [`OpenError`] if the log can't be read at all.
pub(super) fn check_older(data: &Path) -> Result<Vec<String>, OpenError> {
    let db = schema::open_existing(data)?;
    file_problems(&db).map_err(|error| OpenError::of_sqlite(&schema::path_in(data), error))
}

/// What SQLite's own check of the file finds.
fn file_problems(db: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut check = db.prepare(&format!("PRAGMA integrity_check({PROBLEMS_MAX})"))?;
    let lines = check.query_map([], |row| row.get::<_, String>(0))?;
    lines
        .take(PROBLEMS_MAX)
        .filter(|line| !matches!(line, Ok(line) if line == "ok"))
        .collect()
}

fn examine(db: &Connection) -> rusqlite::Result<IntegrityReport> {
    let mut report = IntegrityReport {
        problems: file_problems(db)?,
        ..IntegrityReport::default()
    };
    // What is read from a damaged file proves nothing.
    if report.problems.is_empty() {
        report.withheld = withheld::count(db)?;
        check_chains(db, &mut report)?;
        check_ids(db, &mut report)?;
        check_seqs(db, &mut report)?;
    }
    Ok(report)
}

impl IntegrityReport {
    fn add_admin(&mut self, problem: &str) {
        self.add_problem(format!("admin.db, beside the log: {problem}"));
    }

    fn add_problem(&mut self, problem: String) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(problem);
        }
    }
}

/// Checks that every entry can be read and that its `prev` names the entry before it.
fn check_chains(db: &Connection, report: &mut IntegrityReport) -> rusqlite::Result<()> {
    let mut rooms = db.prepare("SELECT id, name, start FROM rooms")?;
    let mut entries = db.prepare(&format!(
        "SELECT {COLUMNS} FROM entries WHERE room = ?1 ORDER BY seq"
    ))?;
    let mut rooms = rooms.query([])?;
    while let Some(room) = rooms.next()? {
        report.rooms += 1;
        let (number, name): (i64, String) = (room.get(0)?, room.get(1)?);
        let mut before = row::seq(room, 2)?;
        let mut rows = entries.query([number])?;
        while let Some(row) = rows.next()? {
            report.entries += 1;
            let (seq, prev) = (row::seq(row, 0)?, row::seq(row, 2)?);
            report.without_checksum += u64::from(!row::has_checksum(row)?);
            // A row of which no part that is covered can be read is no entry either.
            if !row::is_sound(row).unwrap_or(true) {
                report.add_problem(format!(
                    "room {name}: entry {seq} is not as it was written: its text or another part of it has \
                     changed on the disk"
                ));
            }
            if let Err(error) = row::check_texts(row).and_then(|()| row::entry(row)) {
                report.add_problem(format!("room {name}: entry {seq} can't be read: {error}"));
            }
            if prev != before {
                let problem = format!("entry {seq} comes after {before}, and names {prev}");
                report.add_problem(format!("room {name}: {problem}"));
            }
            before = seq;
        }
    }
    Ok(())
}

/// Checks that no room has an id twice, without trusting the index that forbids it.
fn check_ids(db: &Connection, report: &mut IntegrityReport) -> rusqlite::Result<()> {
    db.prepare("SELECT max(seq) FROM entries NOT INDEXED GROUP BY room, id HAVING count(*) > 1")?
        .query_map([], |row| row::seq(row, 0))?
        .try_for_each(|seq| {
            report.add_problem(format!("entry {} has another entry's id", seq?));
            Ok(())
        })
}

/// Checks that every entry belongs to a room, and that the next entry will get a new seq.
fn check_seqs(db: &Connection, report: &mut IntegrityReport) -> rusqlite::Result<()> {
    let orphan = "SELECT seq FROM entries WHERE room NOT IN (SELECT id FROM rooms) LIMIT 1";
    if let Some(seq) = db
        .query_row(orphan, [], |row| row::seq(row, 0))
        .optional()?
    {
        report.add_problem(format!("entry {seq} is in no room"));
    }
    let (newest, last): (Seq, Seq) = db.query_row(
        "SELECT coalesce((SELECT max(seq) FROM entries), 0),
            coalesce((SELECT max(seq) FROM sqlite_sequence WHERE name = 'entries'), 0)",
        [],
        |row| Ok((row::seq(row, 0)?, row::seq(row, 1)?)),
    )?;
    if newest > last {
        report.add_problem(format!(
            "entry {newest} comes after {last}, the last place given"
        ));
    }
    Ok(())
}
