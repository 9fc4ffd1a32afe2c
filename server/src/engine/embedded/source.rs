//! A log that is copied elsewhere, or repaired. No server runs on it meanwhile.

mod seen_places;

use std::{
    collections::HashSet,
    fmt, fs, io,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use parlor_shared::{Body, Epoch, RoomId, Seq, codec};
use rusqlite::{Connection, OpenFlags, Row};
use sha2::{Digest, Sha256};

use super::{
    admin::{self, AdminFile},
    folder_lock::FolderLock,
    open_error::OpenError,
    origin::{Origin, StreamStart},
    room_state,
    row::{self, COLUMN_COUNT, COLUMNS},
    schema, stream,
};
use crate::engine::{
    Authority, NewEntry,
    replicated::group::{CopiedState, StreamHash, StreamPlace},
};

/// What a log has, so that it can be compared with another one: the rooms and entries in it, and a
/// hash of each entry's room, id, time, author and body in the log's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogContent {
    /// Rooms with entries.
    pub rooms: u64,
    /// Entries.
    pub entries: u64,
    /// The first half of a SHA-256.
    hash: [u8; 16],
}

impl fmt::Display for LogContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rooms, {} entries, hash ", self.rooms, self.entries)?;
        self.hash
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// An entry of a log that is copied.
#[derive(Debug)]
pub(crate) struct SourceEntry {
    /// Its place there.
    pub(crate) seq: Seq,
    /// What is copied of it.
    pub(crate) new: NewEntry,
}

/// A log that nobody else uses.
#[derive(Debug)]
pub(crate) struct LogSource {
    db: Connection,
    folder: PathBuf,
    lock: FolderLock,
}

impl Drop for LogSource {
    fn drop(&mut self) {
        self.lock.release();
    }
}

impl LogSource {
    /// Opens the log in `folder` for reading, and keeps servers out.
    ///
    /// # Errors
    /// [`OpenError`].
    pub(crate) fn open(folder: &Path) -> Result<Self, OpenError> {
        if !schema::path_in(folder).exists() {
            let path = folder.to_owned();
            return Err(OpenError::Missing { path });
        }
        let lock = FolderLock::take(folder)?;
        let db = schema::open_existing(folder)?;
        schema::check_current(&db, &schema::path_in(folder))?;
        let folder = folder.to_owned();
        Ok(Self { db, folder, lock })
    }

    fn error(&self) -> impl FnOnce(rusqlite::Error) -> OpenError + use<> {
        let path = schema::path_in(&self.folder);
        move |error| OpenError::of_sqlite(&path, error)
    }

    /// The epoch and the place up to which the log has followed a stream, if it follows one.
    ///
    /// # Errors
    /// [`OpenError`].
    pub(crate) fn followed(&self) -> Result<Option<(Epoch, StreamPlace)>, OpenError> {
        let followed = stream::read(&self.db).map_err(self.error())?;
        Ok(followed.map(|followed| (followed.epoch, followed.place)))
    }

    /// The running hash that the log had at a sequence of its stream.
    ///
    /// # Errors
    /// [`OpenError`].
    pub(crate) fn stream_hash(&self, sequence: u64) -> Result<Option<StreamHash>, OpenError> {
        stream::hash_at(&self.db, sequence).map_err(self.error())
    }

    /// A group of its stream, as it was published, if the log has kept it.
    ///
    /// # Errors
    /// [`OpenError`].
    pub(crate) fn group_at(&self, sequence: u64) -> Result<Option<Vec<u8>>, OpenError> {
        stream::group_at(&self.db, sequence).map_err(self.error())
    }

    /// What its first `count` entries are, or all of them.
    ///
    /// # Errors
    /// [`OpenError`].
    pub(crate) fn content(&self, count: Option<u64>) -> Result<LogContent, OpenError> {
        read_content(&self.db, count).map_err(self.error())
    }

    /// Up to `limit` entries after this one, as readers see them: without the words of messages
    /// that were deleted.
    ///
    /// # Errors
    /// [`OpenError`].
    pub(crate) fn after(&self, seq: Seq, limit: usize) -> Result<Vec<SourceEntry>, OpenError> {
        let mut entries = Vec::with_capacity(limit);
        let read = for_each(&self.db, seq, |entry| {
            entries.push(entry);
            match entries.len() < limit {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            }
        });
        read.map_err(self.error())?;
        Ok(entries)
    }

    /// The place of the entry with so many before it.
    ///
    /// # Errors
    /// [`OpenError`].
    pub(crate) fn nth(&self, count: u64) -> Result<Seq, OpenError> {
        let Some(index) = count.checked_sub(1) else {
            return Ok(Seq::ZERO);
        };
        let sql = "SELECT seq FROM entries ORDER BY seq LIMIT 1 OFFSET ?1";
        let found = self
            .db
            .query_row(sql, [index.cast_signed()], |found| row::seq(found, 0));
        found.map_err(self.error())
    }

    /// What the rooms are set to of which entries were forgotten.
    ///
    /// # Errors
    /// [`OpenError`].
    pub(crate) fn states(&self) -> Result<Vec<CopiedState>, OpenError> {
        self.read_states().map_err(self.error())
    }

    fn read_states(&self) -> rusqlite::Result<Vec<CopiedState>> {
        let transaction = self.db.unchecked_transaction()?;
        let mut statement =
            transaction.prepare("SELECT name, active FROM rooms WHERE start > 0 ORDER BY id")?;
        let rooms = statement.query_map([], |found| {
            let room = row::checked(found, 0, RoomId::try_from)?;
            Ok((room, found.get(1)?))
        })?;
        let mut states = Vec::new();
        for found in rooms {
            let (room, active) = found?;
            let room = room.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
            let state = room_state::read_at(&transaction, &room)?;
            states.push(CopiedState {
                room,
                state,
                active,
            });
        }
        Ok(states)
    }

    /// Makes the log of a node in `folder` that follows a stream from this start, with the secret
    /// of this log and what operators have decided, unless there is one already.
    ///
    /// # Errors
    /// [`OpenError`].
    pub(crate) fn prepare(&self, folder: &Path, start: StreamStart) -> Result<(), OpenError> {
        let lock = FolderLock::take(folder)?;
        let path = schema::path_in(folder);
        let of_sqlite = |error| OpenError::of_sqlite(&path, error);
        // Before the log is there: a node takes what its folder has when it first starts.
        self.copy_admin(folder)
            .map_err(|error| OpenError::storage(folder, error))?;
        let (db, _) = schema::open_for(&path, Origin::Stream(start))?;
        let secret: [u8; 32] = self
            .db
            .query_row("SELECT secret FROM log", [], |found| found.get(0))
            .map_err(self.error())?;
        // One that was agreed on with other nodes, before the command was killed, stays.
        let propose =
            "UPDATE log SET secret = ?1 WHERE NOT EXISTS (SELECT 1 FROM stream WHERE has_key)";
        db.execute(propose, [secret]).map_err(of_sqlite)?;
        schema::close(db).map_err(of_sqlite)?;
        lock.release();
        Ok(())
    }

    fn copy_admin(&self, folder: &Path) -> io::Result<()> {
        let path = admin::path_in(folder);
        if path.exists() {
            return Ok(());
        }
        let part = folder.join("admin.db.restore");
        match fs::remove_file(&part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        if !admin::copy_to(&self.folder, &part).map_err(io::Error::other)? {
            return Ok(());
        }
        fs::File::open(&part)?.sync_all()?;
        fs::rename(part, path)
    }
}

/// What the log in `folder` has, whether a node runs on it or not.
///
/// # Errors
/// [`OpenError`].
pub(crate) fn content_beside(folder: &Path) -> Result<LogContent, OpenError> {
    let db = schema::open_existing(folder)?;
    let content = read_content(&db, None);
    content.map_err(|error| OpenError::of_sqlite(&schema::path_in(folder), error))
}

/// What the first `count` entries of a log are, or all of them.
fn read_content(db: &Connection, count: Option<u64>) -> rusqlite::Result<LogContent> {
    let mut sha = Sha256::new();
    let (mut entries, mut rooms) = (0, HashSet::new());
    for_each(db, Seq::ZERO, |SourceEntry { new, .. }| {
        if count == Some(entries) {
            return ControlFlow::Break(());
        }
        entries += 1;
        let body = codec::encode_body(&new.body);
        for part in [
            new.room.as_str().as_bytes(),
            new.id.as_bytes(),
            &new.at_ms.to_be_bytes(),
            new.member.as_bytes(),
            new.name.as_str().as_bytes(),
            body.as_bytes(),
        ] {
            sha.update((part.len() as u64).to_be_bytes());
            sha.update(part);
        }
        rooms.insert(new.room);
        ControlFlow::Continue(())
    })?;
    let mut hash = [0; 16];
    hash.copy_from_slice(&sha.finalize()[..16]);
    Ok(LogContent {
        rooms: rooms.len() as u64,
        entries,
        hash,
    })
}

/// Takes the entries after a place in order, as long as they are wanted.
fn for_each(
    db: &Connection,
    after: Seq,
    mut take: impl FnMut(SourceEntry) -> ControlFlow<()>,
) -> rusqlite::Result<()> {
    let sql = format!(
        "SELECT {COLUMNS}, (SELECT name FROM rooms WHERE rooms.id = entries.room) FROM entries
            WHERE seq > ?1 ORDER BY seq"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query([row::to_sql(after)])?;
    while let Some(found) = rows.next()? {
        if take(source_entry(found)?).is_break() {
            break;
        }
    }
    Ok(())
}

/// The epoch of the stream that the log in `folder` follows; `None` if it follows none, or there is
/// no log.
///
/// # Errors
/// [`OpenError`].
pub(crate) fn followed_epoch(folder: &Path) -> Result<Option<Epoch>, OpenError> {
    let path = schema::path_in(folder);
    if !path.exists() {
        return Ok(None);
    }
    let of_sqlite = |error| OpenError::of_sqlite(&path, error);
    let db = schema::open_existing(folder)?;
    // One of an earlier version follows none; opening it upgrades it.
    let has_table = "SELECT 1 FROM sqlite_master WHERE name = 'stream'";
    let has_table = db.prepare(has_table).and_then(|mut sql| sql.exists([]));
    if !has_table.map_err(of_sqlite)? {
        return Ok(None);
    }
    let followed = stream::read(&db).map_err(of_sqlite)?;
    Ok(followed.map(|followed| followed.epoch))
}

/// Has the log in `folder`, a copy that nobody uses yet, follow no stream any more.
///
/// # Errors
/// [`OpenError`].
pub(crate) fn detach(folder: &Path) -> Result<(), OpenError> {
    let path = schema::path_in(folder);
    let detached = || {
        let db = schema::connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        stream::end(&db)?;
        schema::close(db)
    };
    detached().map_err(|error| OpenError::of_sqlite(&path, error))?;
    AdminFile::end_following(folder)
}

/// Reads an entry from a row of [`COLUMNS`] and the room's name.
fn source_entry(found: &Row<'_>) -> rusqlite::Result<SourceEntry> {
    // What can't be read is not copied as something else.
    row::check_texts(found)?;
    let entry = row::entry(found)?;
    if entry.body == Body::Unknown {
        let why = format!("entry {} is of a later version", entry.seq);
        return Err(rusqlite::Error::ToSqlConversionFailure(why.into()));
    }
    let room = row::checked(found, COLUMN_COUNT, RoomId::try_from)?;
    let new = NewEntry {
        room: room.ok_or(rusqlite::Error::QueryReturnedNoRows)?,
        id: entry.id,
        follows: None,
        member: entry.member,
        name: entry.name,
        body: entry.body,
        authority: Authority::Moderator,
        at_ms: entry.at_ms,
    };
    Ok(SourceEntry {
        seq: entry.seq,
        new,
    })
}
