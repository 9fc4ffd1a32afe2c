//! The SQLite file: its tables and migrations, how it is opened, checked, copied and closed.

use std::{
    cmp::Ordering,
    fs::File,
    io::{ErrorKind, Read},
    ops::Range,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    time::Duration,
};

use parlor_shared::{Epoch, limits::WAL_BYTES_KEPT};
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior, config::DbConfig, params};

use super::{
    epochs::Epochs, migrations::MIGRATIONS, open_error::OpenError, origin::Origin, withheld,
};

/// "Parl" in ASCII: the `application_id` that marks an SQLite file as a log of Parlor's.
const APPLICATION_ID: i32 = 0x5061_726C;
/// The header of an SQLite file, and where the `application_id` is in it.
const HEADER_BYTES: u64 = 100;
const APPLICATION_ID_AT: Range<usize> = 68..72;

/// Where the header says how the file is written, and its value for a file that never had a
/// write-ahead log.
const WRITE_VERSION_AT: usize = 18;
const NO_WRITE_AHEAD: u8 = 1;

/// The memory for pages in the writer's cache.
const CACHE_KIB: i32 = 16 * 1024;

/// How long the writer waits for another process, such as a tool of the operator's.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// SQLite's number for a file of which `PRAGMA incremental_vacuum` makes the end free.
const AUTO_VACUUM_INCREMENTAL: u32 = 2;

/// Earlier versions of SQLite could lose a commit when the write-ahead log restarts.
const SQLITE_VERSION_MIN: i32 = 3_051_003;

/// The log's epochs, and its secret, which was drawn at random when its file was created.
#[derive(Debug)]
pub(super) struct LogMetadata {
    pub(super) epochs: Epochs,
    pub(super) secret: [u8; 32],
}

/// The path of the log's file in its folder.
pub(super) fn path_in(folder: &Path) -> PathBuf {
    folder.join("parlor.db")
}

/// Checks that the file at `path` is a log of Parlor's or does not exist. Reads only the file's
/// header, because SQLite may write beside a file that it opens.
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
    // An empty file: a first start was interrupted before SQLite wrote to it.
    if header.is_empty() {
        return Ok(());
    }
    let ours = header.starts_with(b"SQLite format 3\0")
        && header.get(APPLICATION_ID_AT) == Some(&APPLICATION_ID.to_be_bytes());
    if !ours {
        let path = path.to_owned();
        return Err(OpenError::Foreign { path });
    }
    if header.get(WRITE_VERSION_AT) == Some(&NO_WRITE_AHEAD) {
        check_no_write_ahead(path)?;
    }
    Ok(())
}

/// Checks that there is no write-ahead log beside a file that does not have one. SQLite would take
/// pages of another log into the file, which damages it.
///
/// The server sets the file's mode before it writes to a write-ahead log, and never back. Only a
/// backup, and a log that was compacted while no server ran, is a file without.
fn check_no_write_ahead(path: &Path) -> Result<(), OpenError> {
    let mut write_ahead = path.as_os_str().to_owned();
    write_ahead.push("-wal");
    let write_ahead = PathBuf::from(write_ahead);
    match write_ahead.metadata() {
        Ok(found) if found.len() > 0 => Err(OpenError::Mixed {
            path: path.to_owned(),
            write_ahead,
        }),
        // Without a file there is nothing to be mixed up.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Opens the file for writing, creating or migrating it if needed, and begins an epoch.
#[cfg(test)]
pub(super) fn open_writer(path: &Path) -> Result<(Connection, LogMetadata), OpenError> {
    open_for(path, Origin::Own)
}

/// Opens the file for writing as the log of this origin, creating or migrating it if needed.
pub(super) fn open_for(
    path: &Path,
    origin: Origin,
) -> Result<(Connection, LogMetadata), OpenError> {
    if rusqlite::version_number() < SQLITE_VERSION_MIN {
        return Err(OpenError::SqliteTooOld {
            version: rusqlite::version().to_owned(),
        });
    }
    type Opened = Result<(Connection, LogMetadata), OpenError>;
    let open = || -> rusqlite::Result<Option<Opened>> {
        let mut db = connect(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        )?;
        // Until `close`, dropping the connection must not checkpoint: if this fails, the file stays
        // as it was.
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        let version = version(&db)?;
        if version > MIGRATIONS.len() {
            return Ok(None);
        }
        if version > 0 {
            check_newest_entries(&db)?;
        }
        prepare(&mut db)?;
        let Some(epochs) = origin.epochs(&mut db, Epoch::new(draw()?))? else {
            let path = path.to_owned();
            return Ok(Some(Err(OpenError::OtherOrigin { path })));
        };
        if matches!(origin, Origin::Stream(_)) {
            // The stream is the truth: what a power loss takes from the file is applied again.
            db.pragma_update(None, "synchronous", "NORMAL")?;
        }
        checkpoint_at_start(&db)?;
        let secret = db.query_row("SELECT secret FROM log", [], |row| row.get(0))?;
        Ok(Some(Ok((db, LogMetadata { epochs, secret }))))
    };
    match open() {
        Ok(Some(opened)) => opened,
        Ok(None) => Err(OpenError::Newer {
            path: path.to_owned(),
        }),
        Err(error) => Err(OpenError::of_sqlite(path, error)),
    }
}

/// Copies the write-ahead log into the file, except for pages that a reader still needs.
pub(super) fn checkpoint(db: &Connection) -> rusqlite::Result<()> {
    db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

/// Copies the write-ahead log into the file and has the next commit begin it anew, unless a reader
/// still needs it. Does not wait for the reader.
pub(super) fn restart_wal(db: &Connection) -> rusqlite::Result<()> {
    checkpoint_at_once(db, "RESTART").map(drop)
}

/// Copies the write-ahead log into the file and empties it, unless a reader still needs it. Returns
/// whether it is empty. Does not wait for the reader.
pub(super) fn truncate_wal(db: &Connection) -> rusqlite::Result<bool> {
    checkpoint_at_once(db, "TRUNCATE")
}

/// Returns whether no reader was in the way.
fn checkpoint_at_once(db: &Connection, mode: &str) -> rusqlite::Result<bool> {
    db.busy_timeout(Duration::ZERO)?;
    let is_busy = db.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
        row.get::<_, bool>(0)
    });
    db.busy_timeout(BUSY_TIMEOUT)?;
    match is_busy {
        Ok(is_busy) => Ok(!is_busy),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Copies the whole write-ahead log into the file and closes it: one file is left.
pub(super) fn close(db: Connection) -> rusqlite::Result<()> {
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    db.close().map_err(|(_, error)| error)
}

/// Opens the file for reading beside the writer.
pub(super) fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

/// Opens the file with these flags.
pub(super) fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(plain(path), flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
}

/// The same path, in a form that SQLite takes for nothing but the name of a file. This build of it
/// reads a name that begins with `file:` as an address, with or without being asked to.
fn plain(path: &Path) -> PathBuf {
    // An absolute path replaces the dot.
    Path::new(".").join(path)
}

/// The secret of the log in `folder`, which signs tokens.
///
/// # Errors
/// [`OpenError`].
pub fn secret(folder: &Path) -> Result<[u8; 32], OpenError> {
    let db = open_existing(folder)?;
    db.query_row("SELECT secret FROM log", [], |row| row.get(0))
        .map_err(|error| OpenError::of_sqlite(&path_in(folder), error))
}

/// Opens the log in `folder` for reading, whether a server runs on it or not.
pub(super) fn open_existing(folder: &Path) -> Result<Connection, OpenError> {
    let path = path_in(folder);
    if !path.exists() {
        let path = folder.to_owned();
        return Err(OpenError::Missing { path });
    }
    check_ours(&path)?;
    roll_back(&path);
    open_reader(&path).map_err(|error| OpenError::of_sqlite(&path, error))
}

/// Has SQLite undo what a `parlor compact` had begun that was killed while no server ran: it leaves
/// a journal, and who only reads can't undo it. A journal that is in use is left alone.
fn roll_back(path: &Path) {
    let mut journal = path.as_os_str().to_owned();
    journal.push("-journal");
    if Path::new(&journal).exists() {
        let undone = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE).and_then(|db| version(&db));
        // The read that follows says what is wrong.
        undone.ok();
    }
}

/// Checks that the file has this version's schema.
pub(super) fn check_current(db: &Connection, path: &Path) -> Result<(), OpenError> {
    let path = || path.to_owned();
    let version = version(db).map_err(|error| OpenError::of_sqlite(&path(), error))?;
    match version.cmp(&MIGRATIONS.len()) {
        Ordering::Less => Err(OpenError::Older { path: path() }),
        Ordering::Equal => Ok(()),
        Ordering::Greater => Err(OpenError::Newer { path: path() }),
    }
}

/// Whether free pages can be given back to the disk a few at a time. A file is made that way or
/// copied that way; those of earlier versions were not.
pub(super) fn is_incremental(db: &Connection) -> rusqlite::Result<bool> {
    let mode = db.pragma_query_value(None, "auto_vacuum", |found| found.get::<_, u32>(0))?;
    Ok(mode == AUTO_VACUUM_INCREMENTAL)
}

/// Has the file's free pages given back only when that is asked for: see `compact`. Only for a new
/// file, and for the copies of one that is open.
pub(super) fn set_incremental(db: &Connection) -> rusqlite::Result<()> {
    db.pragma_update(None, "auto_vacuum", "INCREMENTAL")
}

/// Copies the database, as it is at one moment, into a new file.
pub(super) fn copy_into(db: &Connection, path: &Path) -> rusqlite::Result<()> {
    // A copy keeps the mode of a file that is incremental; setting it again would be a write.
    if !is_incremental(db)? {
        set_incremental(db)?;
    }
    // As bytes: a path need not be UTF-8.
    let path = plain(path);
    db.execute(
        "VACUUM INTO CAST(?1 AS TEXT)",
        [path.as_os_str().as_bytes()],
    )?;
    Ok(())
}

/// Blanks the words of deleted messages in a copy that nobody uses yet. The copy of an older log,
/// which a server of this version has not upgraded, has no list of them and stays as it is.
pub(super) fn erase_copy(path: &Path) -> rusqlite::Result<()> {
    let mut db = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    if version(&db)? == MIGRATIONS.len() {
        // A journal would hold the words. Nothing needs it: if this fails, the copy is thrown away.
        db.pragma_update(None, "journal_mode", "MEMORY")?;
        db.pragma_update(None, "secure_delete", "ON")?;
        while withheld::blank(&mut db)? {}
    }
    db.close().map_err(|(_, error)| error)
}

pub(super) fn version(db: &Connection) -> rusqlite::Result<usize> {
    db.pragma_query_value(None, "user_version", |row| {
        row.get::<_, u32>(0).map(|n| n as usize)
    })
}

fn prepare(db: &mut Connection) -> rusqlite::Result<()> {
    db.set_prepared_statement_cache_capacity(32);
    // Takes the write lock at the start, so that SQLite waits for another process that holds it,
    // such as a tool of the operator's.
    db.set_transaction_behavior(TransactionBehavior::Immediate);
    // Set before the write-ahead log exists, so that the file's own header has it from the first
    // commit on.
    if version(db)? == 0 {
        // Before anything is written, or it has no effect.
        set_incremental(db)?;
        db.pragma_update(None, "application_id", APPLICATION_ID)?;
    }
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "cache_size", -CACHE_KIB)?;
    // The writer decides when to checkpoint.
    db.pragma_update(None, "wal_autocheckpoint", 0)?;
    db.pragma_update(None, "journal_size_limit", WAL_BYTES_KEPT as i64)?;
    // What is deleted or blanked is overwritten in the file.
    db.pragma_update(None, "secure_delete", "ON")?;
    migrate(db)
}

/// Copies what the write-ahead log holds from the last run into the file.
///
/// After an fsync that failed, those pages may be in the system's cache and not on the disk.
/// Copying them writes them again, before any client sees them.
fn checkpoint_at_start(db: &Connection) -> rusqlite::Result<()> {
    let result = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    match result {
        // A full disk still holds the write-ahead log, and it can be read.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DiskFull) => {
            tracing::warn!(%error, "the write-ahead log can't be copied into the file; it stays");
            Ok(())
        }
        result => result,
    }
}

/// Applies the missing migrations in one transaction: all of them or none.
fn migrate(db: &mut Connection) -> rusqlite::Result<()> {
    let transaction = db.transaction()?;
    let applied = version(&transaction)?;
    for (index, sql) in MIGRATIONS.iter().enumerate().skip(applied) {
        transaction.execute_batch(sql)?;
        if index == 0 {
            create_metadata(&transaction)?;
        }
    }
    if applied < MIGRATIONS.len() {
        transaction.pragma_update(None, "user_version", MIGRATIONS.len() as u32)?;
    }
    transaction.commit()
}

/// Draws the secret of a new log. The epoch belongs to the first version's schema; no server runs
/// in it.
fn create_metadata(db: &Connection) -> rusqlite::Result<()> {
    db.execute(
        "INSERT INTO log (epoch, secret) VALUES (?1, ?2)",
        params![draw::<16>()?, draw::<32>()?],
    )?;
    Ok(())
}

/// Random bytes from the system.
fn draw<const N: usize>() -> rusqlite::Result<[u8; N]> {
    let mut random = [0; N];
    getrandom::fill(&mut random)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.to_string().into()))?;
    Ok(random)
}

/// Reads the newest entries, where damage would be met first.
fn check_newest_entries(db: &Connection) -> rusqlite::Result<()> {
    let newest =
        "SELECT count(length(body)) FROM (SELECT body FROM entries ORDER BY seq DESC LIMIT 1000)";
    db.query_row(newest, [], |_| Ok(()))
}
