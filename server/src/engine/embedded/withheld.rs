//! Deleted messages: their words are withheld from the deletion on, and blanked in the file a few
//! entries at a time.
//!
//! A deletion only adds a row to the table `withheld`, so it costs the same whatever it deletes.
//! Every statement that reads entries looks there ([`COLUMNS`](super::row::COLUMNS)), which
//! withholds the words at once. Beside the appends, the writer blanks the bodies of the message's
//! post and edits, and removes the row once the last one is blank. After a crash it continues.

use parlor_shared::{
    Body, MessageId, Seq, codec,
    limits::{DELETE_RANGE_ENTRIES_MAX, PAGE_BYTES_MAX},
};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::{
    checksum::{self, Covered},
    row,
};

/// Withholds the words of a message, within the transaction that appends its deletion.
pub(super) fn add(db: &Connection, room: i64, target: MessageId) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT OR IGNORE INTO withheld (room, target) VALUES (?1, ?2)")?
        .execute(params![room, target.as_bytes()])?;
    Ok(())
}

/// Whether the words of this message are withheld and not all of them blanked yet.
pub(super) fn contains(db: &Connection, room: i64, target: MessageId) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM withheld WHERE room = ?1 AND target = ?2")?
        .exists(params![room, target.as_bytes()])
}

/// Whether words of deleted messages are still in the file.
pub(super) fn is_any(db: &Connection) -> rusqlite::Result<bool> {
    db.prepare("SELECT 1 FROM withheld LIMIT 1")?.exists([])
}

/// The number of deleted messages whose words are still in the file.
pub(super) fn count(db: &Connection) -> rusqlite::Result<u64> {
    let count = "SELECT count(*) FROM withheld";
    db.query_row(count, [], |row| row.get::<_, i64>(0))
        .map(i64::cast_unsigned)
}

/// A deleted message, some of whose entries may be blank already.
struct Deleted {
    room: i64,
    target: [u8; 16],
    /// Its entries up to here are done.
    blanked: Seq,
}

/// What one step may still do.
struct Budget {
    entries: usize,
    bytes: usize,
}

impl Budget {
    fn is_spent(&self) -> bool {
        self.entries == 0 || self.bytes == 0
    }

    fn spend(&mut self, bytes: usize) {
        self.entries = self.entries.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}

/// Blanks the next entries of deleted messages in one transaction: at most
/// [`DELETE_RANGE_ENTRIES_MAX`], fewer if their texts are long. Returns whether any are left.
pub(super) fn blank(db: &mut Connection) -> rusqlite::Result<bool> {
    let transaction = db.transaction()?;
    let mut budget = Budget {
        entries: DELETE_RANGE_ENTRIES_MAX,
        bytes: PAGE_BYTES_MAX,
    };
    let is_left = loop {
        match first(&transaction)? {
            None => break false,
            Some(_) if budget.is_spent() => break true,
            Some(message) => blank_message(&transaction, message, &mut budget)?,
        }
    };
    transaction.commit()?;
    Ok(is_left)
}

fn first(db: &Transaction<'_>) -> rusqlite::Result<Option<Deleted>> {
    db.prepare_cached("SELECT room, target, blanked FROM withheld LIMIT 1")?
        .query_row([], |found| {
            Ok(Deleted {
                room: found.get(0)?,
                target: found.get(1)?,
                blanked: row::seq(found, 2)?,
            })
        })
        .optional()
}

/// Blanks entries of one message until the last one is blank or the budget is spent.
fn blank_message(
    db: &Transaction<'_>,
    message: Deleted,
    budget: &mut Budget,
) -> rusqlite::Result<()> {
    let Deleted {
        room,
        target,
        mut blanked,
    } = message;
    // The message itself counts: its entries may all have been deleted by retention.
    budget.spend(0);
    if blanked == Seq::ZERO {
        let post = "SELECT seq, body FROM entries WHERE room = ?1 AND id = ?2";
        let read = |found: &rusqlite::Row<'_>| {
            Ok((row::seq(found, 0)?, found.get_ref(1)?.as_bytes()?.to_vec()))
        };
        let post = db
            .prepare_cached(post)?
            .query_row(params![room, target], read)
            .optional()?;
        if let Some((seq, body)) = post {
            budget.spend(body.len());
            blank_entry(db, seq, &body, None)?;
            blanked = seq;
        }
    }
    let changes = "SELECT seq, body FROM entries WHERE room = ?1 AND target = ?2 AND seq > ?3
        ORDER BY seq";
    let mut changes = db.prepare_cached(changes)?;
    let mut changes = changes.query(params![room, target, row::to_sql(blanked)])?;
    while let Some(change) = changes.next()? {
        if budget.is_spent() {
            db.prepare_cached("UPDATE withheld SET blanked = ?3 WHERE room = ?1 AND target = ?2")?
                .execute(params![room, target, row::to_sql(blanked)])?;
            return Ok(());
        }
        let body = change.get_ref(1)?.as_bytes()?;
        blanked = row::seq(change, 0)?;
        budget.spend(body.len());
        blank_entry(db, blanked, body, Some(MessageId::from_bytes(target)))?;
    }
    db.prepare_cached("DELETE FROM withheld WHERE room = ?1 AND target = ?2")?
        .execute(params![room, target])?;
    Ok(())
}

/// Blanks an entry that has words: the post, or an edit of `target`.
fn blank_entry(
    db: &Transaction<'_>,
    seq: Seq,
    body: &[u8],
    target: Option<MessageId>,
) -> rusqlite::Result<()> {
    let decoded = str::from_utf8(body)
        .ok()
        .and_then(|body| codec::decode_body(body).ok());
    let blank = match decoded {
        Some(body) if body.text().is_none() => return Ok(()),
        Some(body) => body.blanked(),
        // A damaged body may have words, too.
        None => Body::Blanked {
            target,
            reply_to: None,
        },
    };
    set_body(db, seq, &codec::encode_body(&blank))
}

/// Changes an entry's body, and its checksum with it.
fn set_body(db: &Transaction<'_>, seq: Seq, body: &str) -> rusqlite::Result<()> {
    let columns = checksum::COLUMNS;
    let checksum = db
        .prepare_cached(&format!("SELECT {columns} FROM entries WHERE seq = ?1"))?
        .query_row([row::to_sql(seq)], |found| {
            Ok(Covered {
                body: body.as_bytes(),
                ..Covered::of_row(found, 0)?
            }
            .checksum())
        })?;
    db.prepare_cached("UPDATE entries SET body = ?2, checksum = ?3 WHERE seq = ?1")?
        .execute(params![row::to_sql(seq), body, checksum])?;
    Ok(())
}
