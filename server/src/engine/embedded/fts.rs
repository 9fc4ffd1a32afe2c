//! The full-text index: one row for each message, saying what the message says now.
//!
//! Kept in transactions of its own, behind a watermark, so that appends do not pay for it.

use parlor_shared::{Body, Seq};
use rusqlite::{Connection, params};

use super::row::{self, COLUMNS};

/// Entries taken into the index in one transaction.
const BATCH: i64 = 500;

/// The index as the writer keeps it.
#[derive(Debug)]
pub(super) struct Index {
    until: Seq,
}

impl Index {
    /// The index as the file has it.
    pub(super) fn open(file: &Connection) -> rusqlite::Result<Self> {
        let until = file.query_row("SELECT until FROM indexed", [], |row| row::seq(row, 0))?;
        Ok(Self { until })
    }

    /// Everything up to here is in the index.
    pub(super) fn until(&self) -> Seq {
        self.until
    }

    /// Takes the next entries up to the head in, a batch at most.
    pub(super) fn advance(&mut self, file: &mut Connection, head: Seq) -> rusqlite::Result<()> {
        let transaction = file.transaction()?;
        let mut until = self.until;
        let mut taken_in = 0;
        {
            let sql = format!(
                "SELECT {COLUMNS}, room FROM entries WHERE seq > ?1 ORDER BY seq LIMIT {BATCH}"
            );
            let mut statement = transaction.prepare_cached(&sql)?;
            let mut rows = statement.query([row::sql(self.until)])?;
            while let Some(row) = rows.next()? {
                let entry = row::entry(row)?;
                take_in(&transaction, row.get(7)?, entry.seq, &entry.body)?;
                until = entry.seq;
                taken_in += 1;
            }
        }
        if taken_in < BATCH {
            // The last ones may have been forgotten.
            until = until.max(head);
        }
        transaction.execute("UPDATE indexed SET until = ?1", [row::sql(until)])?;
        transaction.commit()?;
        self.until = until;
        Ok(())
    }
}

fn take_in(file: &Connection, room: i64, seq: Seq, body: &Body) -> rusqlite::Result<()> {
    const POST: &str = "(SELECT seq FROM entries WHERE room = ?1 AND id = ?2)";
    let seq = row::sql(seq);
    match body {
        Body::Post { text, .. } => file
            .prepare_cached("INSERT INTO words (rowid, text, room, entry) VALUES (?1, ?2, ?3, ?1)")?
            .execute(params![seq, text.as_str(), room_word(room)])?,
        Body::Edit { target, text } => file
            .prepare_cached(&format!(
                "UPDATE words SET text = ?3, entry = ?4 WHERE rowid = {POST}"
            ))?
            .execute(params![room, target.as_bytes(), text.as_str(), seq])?,
        Body::Deletion { target } => file
            .prepare_cached(&format!("DELETE FROM words WHERE rowid = {POST}"))?
            .execute(params![room, target.as_bytes()])?,
        Body::Reaction { .. } | Body::Unknown => 0,
    };
    Ok(())
}

/// What to ask the index for these words in this room; `None` where there are none. Whatever the index's own
/// language means by quotes, stars or AND, a person meant words.
pub(super) fn query(room: i64, text: &str) -> Option<String> {
    let quoted: Vec<String> = text
        .split_whitespace()
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .map(|word| format!("\"{}\"", word.replace('"', "\"\"").replace('\0', "")))
        .collect();
    let words = quoted.join(" ");
    (!words.is_empty()).then(|| format!("room : {} AND text : ({words} *)", room_word(room)))
}

/// A room's number as a word of the index.
fn room_word(room: i64) -> String {
    format!("r{room}")
}
