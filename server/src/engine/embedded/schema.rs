//! The file: its tables, its versions, and what is not our file.

use std::{
    cmp::Ordering,
    fs::File,
    io::{ErrorKind, Read},
    ops::Range,
    path::{Path, PathBuf},
};

use parlor_shared::Epoch;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior, config::DbConfig, params};

use super::OpenError;

/// "Parl" in ASCII: marks an SQLite file as a log of Parlor's (the file format's `application_id`).
const APPLICATION_ID: i32 = 0x5061_726C;
/// Where it stands in an SQLite file's header of so many bytes.
const APPLICATION_ID_AT: Range<usize> = 68..72;
const HEADER_BYTES: u64 = 100;

/// Memory for pages the writer has touched.
const CACHE_KIB: i32 = 16 * 1024;

/// What the write-ahead log keeps of its size once it was copied: a backup that took long may have let it grow.
const WAL_BYTES_KEPT: i64 = 64 * 1024 * 1024;

/// SQLite before this could lose a commit when the write-ahead log restarts.
const SQLITE_VERSION_MIN: i32 = 3_051_003;

/// Every version's step from the one before. The file's `user_version` counts the steps taken; a step, once
/// released, never changes.
const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE log (epoch BLOB NOT NULL, secret BLOB NOT NULL) STRICT;
    CREATE TABLE rooms (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE entries (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        room INTEGER NOT NULL REFERENCES rooms,
        prev INTEGER NOT NULL,
        id BLOB NOT NULL,
        at_ms INTEGER NOT NULL,
        member BLOB NOT NULL,
        name TEXT NOT NULL,
        body TEXT NOT NULL,
        target BLOB
    ) STRICT;
    CREATE INDEX entries_by_room ON entries (room, seq);
    CREATE UNIQUE INDEX entries_by_id ON entries (room, id);
    CREATE INDEX entries_by_target ON entries (room, target) WHERE target IS NOT NULL;
    -- One row a message, holding what it says now: the rowid is its post's seq, `entry` the
    -- entry that says it, `room` the letter r and the room's number.
    CREATE VIRTUAL TABLE words USING fts5 (
        text, room, entry UNINDEXED, tokenize = 'unicode61 remove_diacritics 2'
    );
    CREATE TABLE indexed (until INTEGER NOT NULL) STRICT;
    INSERT INTO indexed VALUES (0);
",
    "
    -- Everything after this place is kept; what was up to it is forgotten.
    ALTER TABLE rooms ADD COLUMN start INTEGER NOT NULL DEFAULT 0;
",
];

/// What the log is, apart from its entries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Identity {
    pub(super) epoch: Epoch,
    pub(super) secret: [u8; 32],
}

/// The log's file in its folder.
pub(super) fn path_in(folder: &Path) -> PathBuf {
    folder.join("parlor.db")
}

/// Says whether the file at `path` is ours or not there yet, by its header alone: SQLite, asked to look at a file,
/// may already write beside it.
pub(super) fn check_ours(path: &Path) -> Result<(), OpenError> {
    let mut header = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEADER_BYTES).read_to_end(&mut header));
    match read {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(source) => {
            return Err(OpenError::NotWritable {
                path: path.to_owned(),
                source,
            });
        }
        Ok(_) => {}
    }
    // Made, and never written: a first start that was interrupted.
    if header.is_empty() {
        return Ok(());
    }
    let ours = header.starts_with(b"SQLite format 3\0")
        && header.get(APPLICATION_ID_AT) == Some(&APPLICATION_ID.to_be_bytes());
    if ours {
        Ok(())
    } else {
        Err(OpenError::Foreign {
            path: path.to_owned(),
        })
    }
}

/// Opens the file for writing, making it or bringing it to this version where needed.
pub(super) fn open_writer(path: &Path) -> Result<(Connection, Identity), OpenError> {
    if rusqlite::version_number() < SQLITE_VERSION_MIN {
        return Err(OpenError::SqliteTooOld {
            version: rusqlite::version().to_owned(),
        });
    }
    let open = || -> rusqlite::Result<Option<(Connection, Identity)>> {
        let mut connection = Connection::open(path)?;
        // However this ends, closing the connection does not write; only `close` does.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        let version = version(&connection)?;
        if version > MIGRATIONS.len() {
            return Ok(None);
        }
        if version > 0 {
            check_whole(&connection)?;
        }
        prepare(&mut connection)?;
        settle(&connection)?;
        let identity = read_identity(&connection)?;
        Ok(Some((connection, identity)))
    };
    match open() {
        Ok(Some(opened)) => Ok(opened),
        Ok(None) => Err(OpenError::Newer {
            path: path.to_owned(),
        }),
        Err(error) => Err(open_error(path, error)),
    }
}

/// Copies the write-ahead log into the file, as far as nobody reads what it would replace.
pub(super) fn checkpoint(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

/// Puts everything into the one file and closes it.
pub(super) fn close(connection: Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    connection.close().map_err(|(_, error)| error)
}

/// Opens the file for reading beside the writer.
pub(super) fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
}

/// Opens the log in this folder for reading, beside a server or without one.
pub(super) fn open_existing(folder: &Path) -> Result<Connection, OpenError> {
    let path = path_in(folder);
    if !path.exists() {
        let path = folder.to_owned();
        return Err(OpenError::Missing { path });
    }
    check_ours(&path)?;
    open_reader(&path).map_err(|error| open_error(&path, error))
}

/// Says whether the file is of this version.
pub(super) fn check_current(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let path = || path.to_owned();
    let version = version(connection).map_err(|error| open_error(&path(), error))?;
    match version.cmp(&MIGRATIONS.len()) {
        Ordering::Less => Err(OpenError::Older { path: path() }),
        Ordering::Equal => Ok(()),
        Ordering::Greater => Err(OpenError::Newer { path: path() }),
    }
}

/// Copies everything there is at one moment into a new file.
pub(super) fn copy_into(connection: &Connection, path: &Path) -> rusqlite::Result<()> {
    let path = path
        .to_str()
        .ok_or_else(|| rusqlite::Error::InvalidPath(path.to_owned()))?;
    connection.execute("VACUUM INTO ?1", [path])?;
    Ok(())
}

fn version(connection: &Connection) -> rusqlite::Result<usize> {
    connection.pragma_query_value(None, "user_version", |row| {
        row.get::<_, u32>(0).map(|n| n as usize)
    })
}

fn prepare(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(32);
    // Whoever else holds the file for a moment, as a tool of the operator's, is waited for.
    connection.set_transaction_behavior(TransactionBehavior::Immediate);
    // Before the write-ahead log exists, so that it is in the file's own header from the first commit on.
    if version(connection)? == 0 {
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    // The writer says when.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "journal_size_limit", WAL_BYTES_KEPT)?;
    migrate(connection)
}

/// Writes into the file what the write-ahead log held when the log was last open. After an fsync that failed that may
/// look as if it were on disk and be in the system's memory only; nobody is shown it before it is written anew.
fn settle(connection: &Connection) -> rusqlite::Result<()> {
    let settled = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    match settled {
        // It is on disk all the same, unless the disk failed as well as being full; and it can be read.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DiskFull) => {
            tracing::warn!(%error, "the write-ahead log can't be copied into the file; it stays");
            Ok(())
        }
        settled => settled,
    }
}

/// Brings the file to this version, all the way or not at all.
fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    let taken = version(&transaction)?;
    for (step, sql) in MIGRATIONS.iter().enumerate().skip(taken) {
        transaction.execute_batch(sql)?;
        if step == 0 {
            found(&transaction)?;
        }
    }
    if taken < MIGRATIONS.len() {
        transaction.pragma_update(None, "user_version", MIGRATIONS.len() as u32)?;
    }
    transaction.commit()
}

/// Draws what makes this log this log.
fn found(connection: &Connection) -> rusqlite::Result<()> {
    let mut random = [0_u8; 48];
    getrandom::fill(&mut random)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.to_string().into()))?;
    let (epoch, secret) = random.split_at(16);
    let epoch = Epoch::new(std::array::from_fn(|index| epoch[index]));
    connection.execute(
        "INSERT INTO log VALUES (?1, ?2)",
        params![epoch.as_bytes(), secret],
    )?;
    Ok(())
}

/// Looks for damage where it would be met first: the newest entries.
fn check_whole(connection: &Connection) -> rusqlite::Result<()> {
    let newest =
        "SELECT count(length(body)) FROM (SELECT body FROM entries ORDER BY seq DESC LIMIT 1000)";
    connection.query_row(newest, [], |_| Ok(()))
}

fn read_identity(connection: &Connection) -> rusqlite::Result<Identity> {
    connection.query_row("SELECT epoch, secret FROM log", [], |row| {
        Ok(Identity {
            epoch: Epoch::from_bytes(row.get(0)?),
            secret: row.get(1)?,
        })
    })
}

/// What an error on opening means to whoever has to mend it.
pub(super) fn open_error(path: &Path, error: rusqlite::Error) -> OpenError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => OpenError::Corrupt { path },
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            OpenError::NotWritable {
                path,
                source: std::io::Error::other(error),
            }
        }
        Some(_) | None => OpenError::Storage {
            path,
            source: Box::new(error),
        },
    }
}
