//! `admin.db`: what operators decide beside the log. Who was invited, and what members may do.
//!
//! It is a file of its own, since the command line writes it while a server runs: the log's writer
//! never waits for another process. SQLite's locks keep the writers apart, each change is one
//! transaction, and a server sees that another process has changed something by
//! [`AdminFile::version`]. Everything in it is small, so a call lasts for about one sync of the
//! disk.

pub(super) mod bans;
pub(super) mod error;
pub(super) mod grants;
pub(super) mod incoming;
pub(super) mod invitations;
pub(super) mod journal;
pub(super) mod orders;
pub(super) mod reports;
pub(super) mod revoked;
pub(super) mod webhooks;

use std::{
    fs::DirBuilder,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, TransactionBehavior};

pub use self::error::AdminError;
use super::{open_error::OpenError, schema};

/// How long a change waits for another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The migration to each version from the one before; see `migrations.rs`.
const MIGRATIONS: &[&str] = &[
    "
    -- A right that a member was given. `admits` says that it lets the member in by itself, where the
    -- server asks for a password or a token.
    CREATE TABLE grants (
        member BLOB NOT NULL, rooms TEXT NOT NULL, right TEXT NOT NULL, admits INTEGER NOT NULL,
        at_ms INTEGER NOT NULL, PRIMARY KEY (member, rooms)
    ) STRICT, WITHOUT ROWID;
    -- `code` is the SHA-256 of an invitation's code: the file tells nobody how to come in.
    CREATE TABLE invitations (
        id INTEGER PRIMARY KEY AUTOINCREMENT, code BLOB NOT NULL UNIQUE, rooms TEXT NOT NULL,
        right TEXT NOT NULL, made_at_ms INTEGER NOT NULL, expires_at_ms INTEGER, uses_max INTEGER,
        used INTEGER NOT NULL DEFAULT 0
    ) STRICT;
", "
    -- `room` is NULL for a ban from the whole server, `member` for one of an address alone.
    CREATE TABLE bans (
        id INTEGER PRIMARY KEY AUTOINCREMENT, member BLOB, name TEXT, room TEXT,
        takes_addresses INTEGER NOT NULL, until_ms INTEGER NOT NULL, by TEXT NOT NULL,
        reason TEXT NOT NULL
    ) STRICT;
    CREATE TABLE ban_networks (
        ban INTEGER NOT NULL REFERENCES bans ON DELETE CASCADE, network TEXT NOT NULL,
        PRIMARY KEY (ban, network)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE reports (
        id INTEGER PRIMARY KEY AUTOINCREMENT, room TEXT NOT NULL, target BLOB NOT NULL,
        member BLOB NOT NULL, name TEXT NOT NULL, at_ms INTEGER NOT NULL, reason TEXT NOT NULL
    ) STRICT;
    CREATE INDEX reports_by_room ON reports (room, id);
    CREATE INDEX reports_by_member ON reports (member);
    -- What the command line wants on a room's log. `outcome` is NULL until a server has done it.
    CREATE TABLE orders (
        id INTEGER PRIMARY KEY AUTOINCREMENT, room TEXT NOT NULL, body TEXT NOT NULL, outcome TEXT
    ) STRICT;
    CREATE TABLE admin_log (
        id INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, what TEXT NOT NULL
    ) STRICT;
",
    "
    -- `password` is the hash of the password that lets everyone in who knows it.
    CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
",
    "
    -- The member's name when they got the right, for people.
    ALTER TABLE grants ADD COLUMN name TEXT;
    CREATE INDEX grants_by_rooms ON grants (rooms);
    CREATE INDEX invitations_by_rooms ON invitations (rooms);
",
    "
    -- Access tokens that were taken back, by their `jti`. `expires_at_ms` is NULL where it is not known
    -- when the token ends.
    CREATE TABLE revoked (id TEXT PRIMARY KEY, expires_at_ms INTEGER) STRICT, WITHOUT ROWID;
",
    "
    -- Programs elsewhere that are sent the entries of rooms. `secret` signs what they are sent; `seq` and
    -- `epoch` are the place up to which they have everything. `replays` counts how often that place was
    -- set by the operator. `delivery` is the id of what is being sent, which ends at `until_seq`.
    CREATE TABLE webhooks (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, rooms TEXT NOT NULL,
        made_at_ms INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE outgoing_webhooks (
        webhook INTEGER PRIMARY KEY REFERENCES webhooks ON DELETE CASCADE,
        address TEXT NOT NULL, secret TEXT NOT NULL,
        seq INTEGER NOT NULL, epoch BLOB NOT NULL, replays INTEGER NOT NULL DEFAULT 0,
        delivery TEXT, until_seq INTEGER, until_epoch BLOB,
        failures INTEGER NOT NULL DEFAULT 0, failing_since_ms INTEGER, next_at_ms INTEGER,
        last_error TEXT NOT NULL DEFAULT '', delivered_at_ms INTEGER, disabled_at_ms INTEGER
    ) STRICT;
",
    "
    -- Secret addresses that post in a room as a member of their own. `secret` is the SHA-256 of what is
    -- in the address.
    CREATE TABLE incoming_webhooks (
        webhook INTEGER PRIMARY KEY REFERENCES webhooks ON DELETE CASCADE,
        secret BLOB NOT NULL UNIQUE, member BLOB NOT NULL
    ) STRICT;
",
];

/// The file, open for reading and writing.
#[derive(Debug)]
pub struct AdminFile(Mutex<Connection>);

/// The path of the file in the log's folder.
pub(super) fn path_in(folder: &Path) -> PathBuf {
    folder.join("admin.db")
}

impl AdminFile {
    /// Opens the file in the log's folder, which exists, and creates it if it is missing.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        let path = path_in(folder);
        let open = || -> rusqlite::Result<Option<Connection>> {
            let mut db = schema::connect(
                &path,
                OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
            )?;
            db.busy_timeout(BUSY_TIMEOUT)?;
            db.set_transaction_behavior(TransactionBehavior::Immediate);
            db.pragma_update(None, "journal_mode", "WAL")?;
            db.pragma_update(None, "synchronous", "FULL")?;
            db.pragma_update(None, "secure_delete", "ON")?;
            db.pragma_update(None, "foreign_keys", "ON")?;
            let version = schema::version(&db)?;
            if version > MIGRATIONS.len() {
                return Ok(None);
            }
            if version < MIGRATIONS.len() {
                migrate(&mut db)?;
            }
            Ok(Some(db))
        };
        match open() {
            Ok(Some(db)) => Ok(Self(Mutex::new(db))),
            Ok(None) => Err(OpenError::Newer { path }),
            Err(error) => Err(OpenError::of_sqlite(&path, error)),
        }
    }

    /// Opens the file of a log that exists, for a command beside the server.
    ///
    /// # Errors
    /// [`OpenError::Missing`] where the folder has no log.
    pub fn open_beside_log(folder: &Path) -> Result<Self, OpenError> {
        drop(schema::open_existing(folder)?);
        Self::open(folder)
    }

    /// Opens the file for a command, whether a server runs or not, or has ever run. Creates the
    /// folder, for this user alone.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open_with_folder(folder: &Path) -> Result<Self, OpenError> {
        let created = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        created.map_err(|source| OpenError::NotWritable {
            path: folder.to_owned(),
            source,
        })?;
        Self::open(folder)
    }

    /// A number that changes when another process has changed the file.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn version(&self) -> Result<i64, AdminError> {
        let version = self
            .lock()
            .pragma_query_value(None, "data_version", |row| row.get(0));
        Ok(version?)
    }

    /// Whether somebody owns the server.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn has_owner(&self) -> Result<bool, AdminError> {
        let sql = "SELECT 1 FROM grants WHERE rooms = '*' AND right = 'own'";
        Ok(self.lock().prepare_cached(sql)?.exists([])?)
    }

    /// The hash of the password that lets everyone in who knows it, if one is set.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn password(&self) -> Result<Option<String>, AdminError> {
        let sql = "SELECT value FROM settings WHERE name = 'password'";
        let found = self
            .lock()
            .query_row(sql, [], |row| row.get(0))
            .optional()?;
        Ok(found)
    }

    /// Sets the hash of the password.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn set_password(&self, hash: &str) -> Result<(), AdminError> {
        let sql = "INSERT OR REPLACE INTO settings VALUES ('password', ?1)";
        self.lock().execute(sql, [hash])?;
        Ok(())
    }

    /// Whether there is an invitation that makes its bearer the owner and is not used.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn awaits_owner(&self) -> Result<bool, AdminError> {
        let sql = "SELECT 1 FROM invitations WHERE right = 'own' AND used = 0";
        Ok(self.lock().prepare_cached(sql)?.exists([])?)
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A transaction that was not committed is undone.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Copies the file, if there is one, as it is at one moment, into another folder. Returns the
/// copy's path.
pub(super) fn copy_into(folder: &Path, target: &Path) -> rusqlite::Result<Option<PathBuf>> {
    let path = path_in(target);
    Ok(copy_to(folder, &path)?.then_some(path))
}

/// The same to this path. Returns whether there is one.
pub(super) fn copy_to(folder: &Path, path: &Path) -> rusqlite::Result<bool> {
    if !path_in(folder).exists() {
        return Ok(false);
    }
    schema::copy_into(&open_to_read(folder)?, path)?;
    Ok(true)
}

/// What SQLite finds wrong with the file; nothing where there is none.
pub(super) fn problems(folder: &Path) -> rusqlite::Result<Vec<String>> {
    if !path_in(folder).exists() {
        return Ok(Vec::new());
    }
    let db = open_to_read(folder)?;
    let mut check = db.prepare("PRAGMA integrity_check(5)")?;
    let lines = check.query_map([], |row| row.get::<_, String>(0))?;
    let mut lines: Vec<String> = lines.collect::<rusqlite::Result<_>>()?;
    lines.retain(|line| line != "ok");
    Ok(lines)
}

fn open_to_read(folder: &Path) -> rusqlite::Result<Connection> {
    let path = path_in(folder);
    let db = schema::open_reader(&path)?;
    match schema::version(&db) {
        // A kill has left a change that must be rolled back first, which only a writer can do.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ReadOnly) => {
            schema::connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)
        }
        // What else is wrong is met again where the file is read.
        Ok(_) | Err(_) => Ok(db),
    }
}

fn migrate(db: &mut Connection) -> rusqlite::Result<()> {
    let transaction = db.transaction()?;
    // Another process may have been faster.
    let version = schema::version(&transaction)?;
    for sql in MIGRATIONS.iter().skip(version) {
        transaction.execute_batch(sql)?;
    }
    transaction.pragma_update(None, "user_version", MIGRATIONS.len() as u32)?;
    transaction.commit()
}

/// Reads a text of one of the wire's types.
fn parsed<T>(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    let text: String = row.get(column)?;
    text.parse().map_err(|error: T::Err| {
        let kind = rusqlite::types::Type::Text;
        rusqlite::Error::FromSqlConversionFailure(column, kind, Box::new(error))
    })
}

#[cfg(test)]
mod tests;
