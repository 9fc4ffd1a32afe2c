//! The full-text index: one row for each message, with the words of the message's current text.
//!
//! The writer updates it in transactions of its own and records how far it got, so that appends do
//! not wait for it.

use parlor_shared::{Body, Seq};
use rusqlite::{Connection, params};

use super::row::{self, COLUMNS};
use crate::words::{Phrase, index_words, query_phrases};

/// Entries indexed in one transaction.
const BATCH: i64 = 500;

/// The writer's handle on the index.
#[derive(Debug)]
pub(super) struct Index {
    indexed_until: Seq,
}

impl Index {
    /// Reads from the database how far the index has got.
    pub(super) fn open(db: &Connection) -> rusqlite::Result<Self> {
        let indexed_until =
            db.query_row("SELECT until FROM indexed", [], |row| row::seq(row, 0))?;
        Ok(Self { indexed_until })
    }

    /// The seq up to which every entry is indexed.
    pub(super) fn indexed_until(&self) -> Seq {
        self.indexed_until
    }

    /// Indexes the next entries up to `head`, at most one batch.
    pub(super) fn advance(&mut self, db: &mut Connection, head: Seq) -> rusqlite::Result<()> {
        let transaction = db.transaction()?;
        let mut until = self.indexed_until;
        let mut indexed = 0;
        {
            let sql = format!(
                "SELECT {COLUMNS}, room FROM entries WHERE seq > ?1 ORDER BY seq LIMIT {BATCH}"
            );
            let mut statement = transaction.prepare_cached(&sql)?;
            let mut rows = statement.query([row::to_sql(self.indexed_until)])?;
            while let Some(row) = rows.next()? {
                let entry = row::entry(row)?;
                index_entry(
                    &transaction,
                    row.get(row::COLUMN_COUNT)?,
                    entry.seq,
                    &entry.body,
                )?;
                until = entry.seq;
                indexed += 1;
            }
        }
        if indexed < BATCH {
            // Retention may have deleted the newest entries before they were indexed.
            until = until.max(head);
        }
        transaction.execute("UPDATE indexed SET until = ?1", [row::to_sql(until)])?;
        transaction.commit()?;
        self.indexed_until = until;
        Ok(())
    }
}

fn index_entry(db: &Connection, room: i64, seq: Seq, body: &Body) -> rusqlite::Result<()> {
    const POST: &str = "(SELECT seq FROM entries WHERE room = ?1 AND id = ?2)";
    let seq = row::to_sql(seq);
    match body {
        Body::Post { text, .. } => db
            .prepare_cached("INSERT INTO words (rowid, text, room, entry) VALUES (?1, ?2, ?3, ?1)")?
            .execute(params![seq, index_words(text.as_str()), room_word(room)])?,
        Body::Edit { target, text } => db
            .prepare_cached(&format!(
                "UPDATE words SET text = ?3, entry = ?4 WHERE rowid = {POST}"
            ))?
            .execute(params![
                room,
                target.as_bytes(),
                index_words(text.as_str()),
                seq
            ])?,
        Body::Deletion { target } => db
            .prepare_cached(&format!("DELETE FROM words WHERE rowid = {POST}"))?
            .execute(params![room, target.as_bytes()])?,
        Body::Reaction { .. } | Body::Blanked { .. } | Body::Unknown => 0,
    };
    Ok(())
}

/// The FTS5 query for all words of `text` in this room; `None` if it has no words. Every phrase is
/// quoted, because a user who types a quote, a star or `AND` means plain words.
pub(super) fn query(room: i64, text: &str) -> Option<String> {
    let quoted = |phrase: Phrase| {
        let star = if phrase.is_prefix { " *" } else { "" };
        format!("\"{}\"{star}", phrase.words)
    };
    let phrases: Vec<String> = query_phrases(text).into_iter().map(quoted).collect();
    let words = phrases.join(" AND ");
    (!words.is_empty()).then(|| format!("room : {} AND text : ({words})", room_word(room)))
}

/// A room's row id as a word of the index.
fn room_word(room: i64) -> String {
    format!("r{room}")
}
