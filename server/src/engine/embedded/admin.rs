//! `admin.db`: what operators decide beside the log. Who was invited, and what members may do.
//!
//! It is a file of its own, since the command line writes it while a server runs: the log's writer
//! never waits for another process. SQLite's locks keep the writers apart, each change is one
//! transaction, and a server sees that another process has changed something by
//! [`AdminFile::version`]. Everything in it is small, so a call lasts for about one sync of the
//! disk.
//!
//! Every change is an [`AdminChange`], made in one place ([`AdminFile::change`]). Where the log
//! follows a stream, the change is published there, and every node makes it in its own file.

mod adopted;
pub(super) mod bans;
pub(super) mod change;
mod column;
#[cfg(test)]
pub(super) mod content;
pub(super) mod error;
mod followed;
mod grant;
pub(super) mod grants;
pub(super) mod incoming;
pub(super) mod invitations;
pub(super) mod journal;
pub(super) mod made;
mod migrations;
mod note;
pub(super) mod orders;
mod place;
pub(super) mod reports;
mod requests;
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
use self::{
    change::{AdminChange, AdminRequest},
    made::{ChangeError, ChangeResult, Made, NotMade},
    migrations::MIGRATIONS,
};
use super::{open_error::OpenError, schema};
use crate::engine::replicated::admin_changes::AdminChanges;

/// How long a change waits for another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The file, open for reading and writing.
#[derive(Debug)]
pub struct AdminFile {
    db: Mutex<Connection>,
    route: Route,
}

/// Where a change goes.
#[derive(Debug)]
enum Route {
    /// Into this file.
    File,
    /// To the stream that the log follows, and from there into the files of all nodes.
    Stream(AdminChanges),
    /// To the process that runs the node of this folder, which publishes it.
    Node,
}

/// What a server compares to see that something has changed; see [`AdminFile::version`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdminVersion {
    changed: i64,
    asked: i64,
}

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
        let opened = open().and_then(|db| {
            let Some(db) = db else { return Ok(None) };
            let route = match place::read(&db)? {
                Some(_) => Route::Node,
                None => Route::File,
            };
            let db = Mutex::new(db);
            Ok(Some(Self { db, route }))
        });
        match opened {
            Ok(Some(file)) => Ok(file),
            Ok(None) => Err(OpenError::Newer { path }),
            Err(error) => Err(OpenError::of_sqlite(&path, error)),
        }
    }

    /// The file as the node itself changes it: by its stream, if it has one.
    #[must_use]
    pub fn published_by(self, changes: Option<AdminChanges>) -> Self {
        let route = changes.map_or(self.route, Route::Stream);
        Self { route, ..self }
    }

    /// Opens the file of a log that exists, for a command beside the server.
    ///
    /// # Errors
    /// [`OpenError::Missing`] where the folder has no log.
    pub fn open_beside_log(folder: &Path) -> Result<Self, OpenError> {
        drop(schema::open_existing(folder)?);
        Self::open(folder)
    }

    /// Opens the file if the folder has one.
    ///
    /// # Errors
    /// [`OpenError`].
    pub(crate) fn open_if_there(folder: &Path) -> Result<Option<Self>, OpenError> {
        let is_there = path_in(folder).exists();
        is_there.then(|| Self::open(folder)).transpose()
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

    /// Changes when another process, or another node, has changed something that servers look at.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn version(&self) -> Result<AdminVersion, AdminError> {
        let db = self.lock();
        let (changed, asked) = match &self.route {
            Route::File => {
                let version = |row: &rusqlite::Row<'_>| row.get(0);
                (db.pragma_query_value(None, "data_version", version)?, 0)
            }
            Route::Stream(_) | Route::Node => {
                let sql = "SELECT coalesce((SELECT max(news) FROM followed), 0),
                    (SELECT coalesce(sum(seq), 0) FROM sqlite_sequence
                     WHERE name IN ('requests', 'orders'))";
                let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
                db.prepare_cached(sql)?.query_row([], read)?
            }
        };
        Ok(AdminVersion { changed, asked })
    }

    /// Makes a change, on every node where there are several. It waits for the disk, and for the
    /// stream.
    fn change(&self, change: AdminChange) -> Result<Made, ChangeError> {
        match &self.route {
            Route::File => {
                let mut db = self.lock();
                let transaction = db.transaction()?;
                if place::read(&transaction)?.is_some() {
                    // A node has begun to follow a stream since the file was opened.
                    drop(transaction);
                    drop(db);
                    return self.ask_node(&change);
                }
                let made = change.make(&transaction)?;
                transaction.commit()?;
                Ok(made)
            }
            Route::Stream(changes) => {
                if let Some(known) = self.rehearse(&change)? {
                    return known.map_err(ChangeError::Refused);
                }
                changes.publish(AdminRequest { key: None, change })
            }
            Route::Node => self.ask_node(&change),
        }
    }

    /// What would become of a change, if it is refused or changes nothing: so nobody fills a stream
    /// with what is asked for in vain.
    fn rehearse(&self, change: &AdminChange) -> rusqlite::Result<Option<ChangeResult>> {
        let mut db = self.lock();
        // It is rolled back in any case.
        let transaction = db.transaction()?;
        let before = transaction.total_changes();
        match change.make(&transaction) {
            Ok(made) if transaction.total_changes() == before => Ok(Some(Ok(made))),
            Ok(_) => Ok(None),
            Err(NotMade::Refused(refusal)) => Ok(Some(Err(refusal))),
            Err(NotMade::File(error)) => Err(error),
        }
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
        self.change(AdminChange::Password(hash.to_owned()))?;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A transaction that was not committed is undone.
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
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

#[cfg(test)]
mod tests;
