//! The full-text index: a file of its own beside the log, with one row for each message and the
//! message's current text. It can be built again from the log at any time.

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use parlor_shared::{Entry, MessageId, Seq, Text, limits::WAL_BYTES_KEPT};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};

use super::{
    row, schema,
    wal::{ReadGate, WriteAhead},
};
use crate::words::index_words;

/// The version of the table and of how texts become words. An index of another version is built
/// again.
const VERSION: u32 = 4;

const CREATE: &str = "
    -- One row for each message: the rowid is the post's seq, `text` is the words of its current text,
    -- as words.rs finds them, separated by spaces, `author` is a word for the room, the letter r and
    -- the room's row id, and the words of the author's name at that time, and `entry` is the seq of
    -- the entry with that text. Each other word begins with the room's id and an x, so that a search
    -- reads nothing of other rooms, however many messages there begin with the same letters. SQLite
    -- takes every character that is not ASCII for a letter, so a later Unicode does not change the
    -- index. Nothing is ranked, so the number of words in a row is not kept.
    CREATE VIRTUAL TABLE words USING fts5 (
        text, author, entry UNINDEXED, tokenize = 'ascii', columnsize = 0
    );
    -- What leaves the index is removed from its pages, and not only when they are merged.
    INSERT INTO words (words, rank) VALUES ('secure-delete', 1);
    -- The newest entry that is indexed.
    CREATE TABLE indexed (until INTEGER NOT NULL, id BLOB) STRICT;
    INSERT INTO indexed VALUES (0, NULL);
    -- The rooms of which retention has deleted entries, and up to which seq they left the index.
    CREATE TABLE expired (room INTEGER PRIMARY KEY, until INTEGER NOT NULL) STRICT;
";

/// The path of the index of the log in this folder.
pub(super) fn path_in(folder: &Path) -> PathBuf {
    folder.join("search.db")
}

/// The index's file, which is replaced by a new one where it is damaged.
#[derive(Debug)]
pub(super) struct IndexFile {
    path: PathBuf,
    /// How often it was replaced: a connection of an earlier one reads a file that is gone.
    generation: AtomicU64,
}

impl IndexFile {
    /// The index of the log in this folder.
    pub(super) fn in_folder(folder: &Path) -> Self {
        Self {
            path: path_in(folder),
            generation: AtomicU64::new(0),
        }
    }

    /// How often it was replaced.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Relaxed)
    }

    /// Opens it for writing, creating it if it is missing.
    ///
    /// # Errors
    /// If it is damaged or of another version, too.
    pub(super) fn open_writer(&self) -> rusqlite::Result<Connection> {
        let mut db = schema::connect(
            &self.path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        )?;
        let is_new = fs::metadata(&self.path).is_ok_and(|found| found.len() == 0);
        if is_new {
            // Before anything is written, or it has no effect.
            schema::set_incremental(&db)?;
        }
        db.pragma_update(None, "journal_mode", "WAL")?;
        // After a power loss it may be behind; it is never damaged by one.
        db.pragma_update(None, "synchronous", "NORMAL")?;
        db.pragma_update(None, "secure_delete", "ON")?;
        db.pragma_update(None, "journal_size_limit", WAL_BYTES_KEPT as i64)?;
        if version(&db)? == 0 {
            let transaction = db.transaction()?;
            transaction.execute_batch(CREATE)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
            transaction.commit()?;
        }
        if is_current(&db)? {
            Ok(db)
        } else {
            Err(rusqlite::Error::InvalidQuery)
        }
    }

    /// Its write-ahead log; its reads pass `gate`.
    pub(super) fn write_ahead(&self, gate: ReadGate) -> WriteAhead {
        WriteAhead::of(&self.path, gate)
    }

    /// Opens it for reading.
    pub(super) fn open_reader(&self) -> rusqlite::Result<Connection> {
        schema::open_reader(&self.path)
    }

    /// Removes it and creates an empty one.
    pub(super) fn create_again(&self) -> rusqlite::Result<Connection> {
        for suffix in ["", "-wal", "-shm"] {
            let mut path = self.path.clone().into_os_string();
            path.push(suffix);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(rusqlite::Error::InvalidPath(path.into()));
                }
                Ok(()) | Err(_) => {}
            }
        }
        self.generation.fetch_add(1, Relaxed);
        self.open_writer()
    }
}

fn version(index: &Connection) -> rusqlite::Result<u32> {
    index.pragma_query_value(None, "user_version", |found| found.get(0))
}

/// Whether the index is of this version.
pub(super) fn is_current(index: &Connection) -> rusqlite::Result<bool> {
    Ok(version(index)? == VERSION)
}

/// Whether this error of a write means that the index can't be continued: it is damaged, or lacks
/// what belongs in it. Anything that the disk or another process may cause for a while is not that.
pub(super) fn is_unusable(error: &rusqlite::Error) -> bool {
    !matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::PermissionDenied
                | ErrorCode::OutOfMemory
        )
    )
}

/// Whether this error of a search means that the index is damaged. A query that FTS5 does not
/// understand must not have the index built again.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    )
}

/// The newest entry that is indexed.
pub(super) fn position(index: &Connection) -> rusqlite::Result<(Seq, Option<[u8; 16]>)> {
    index.query_row("SELECT until, id FROM indexed", [], |found| {
        Ok((row::seq(found, 0)?, found.get(1)?))
    })
}

/// Records the newest entry that is indexed.
pub(super) fn set_position(index: &Connection, until: Seq, id: MessageId) -> rusqlite::Result<()> {
    index
        .prepare_cached("UPDATE indexed SET until = ?1, id = ?2")?
        .execute(params![row::to_sql(until), id.as_bytes()])?;
    Ok(())
}

/// Indexes the text that a message has now, in this entry, and its author's name. The message must
/// not be in the index.
pub(super) fn index_message(
    index: &Connection,
    room: i64,
    post: Seq,
    entry: &Entry,
) -> rusqlite::Result<()> {
    let text = entry.body.text().map_or("", Text::as_str);
    let author = index_words(entry.name.as_str());
    index
        .prepare_cached("INSERT INTO words (rowid, text, author, entry) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![
            row::to_sql(post),
            in_room(room, &index_words(text)),
            format!("{} {}", room_word(room), in_room(room, &author)),
            row::to_sql(entry.seq)
        ])?;
    Ok(())
}

/// Removes a message.
pub(super) fn remove_message(index: &Connection, post: Seq) -> rusqlite::Result<()> {
    index
        .prepare_cached("DELETE FROM words WHERE rowid = ?1")?
        .execute([row::to_sql(post)])?;
    Ok(())
}

/// Up to which seq the room's messages were removed because they have expired.
pub(super) fn start(index: &Connection, room: i64) -> rusqlite::Result<Seq> {
    let start = index
        .prepare_cached("SELECT until FROM expired WHERE room = ?1")?
        .query_row([room], |found| row::seq(found, 0))
        .optional()?;
    Ok(start.unwrap_or_default())
}

/// Removes the room's oldest messages up to `start`, at most `messages_max`, and records when none
/// are left. Returns how many it has removed.
pub(super) fn remove_expired(
    index: &Connection,
    room: i64,
    start: Seq,
    messages_max: usize,
) -> rusqlite::Result<usize> {
    let removed = index
        .prepare_cached(
            "DELETE FROM words WHERE rowid IN (SELECT rowid FROM words
                WHERE words MATCH ?1 AND rowid <= ?2 ORDER BY rowid LIMIT ?3)",
        )?
        .execute(params![
            format!("author : {}", room_word(room)),
            row::to_sql(start),
            messages_max as i64
        ])?;
    if removed < messages_max {
        index
            .prepare_cached("INSERT OR REPLACE INTO expired VALUES (?1, ?2)")?
            .execute(params![room, row::to_sql(start)])?;
    }
    Ok(removed)
}

/// The entries with the text of the newest messages that match, by their seqs.
pub(super) fn find(index: &Connection, query: &str, limit: u16) -> rusqlite::Result<Vec<i64>> {
    index
        .prepare_cached(
            "SELECT entry FROM words WHERE words MATCH ?1 ORDER BY rowid DESC LIMIT ?2",
        )?
        .query_map(params![query, limit], |found| found.get(0))?
        .collect()
}

/// Words as they are in the index for this room. The id ends at the first letter.
pub(super) fn in_room(room: i64, words: &str) -> String {
    let mut scoped = String::with_capacity(2 * words.len());
    for word in words.split_ascii_whitespace() {
        if !scoped.is_empty() {
            scoped.push(' ');
        }
        // Writing to a string can't fail.
        write!(scoped, "{room}x{word}").ok();
    }
    scoped
}

/// A room's row id as a word of the index.
fn room_word(room: i64) -> String {
    format!("r{room}")
}
