//! Copies a file that nobody else has open without its free pages, and then replaces it with the
//! copy in one step. Whatever happens before that step, the file stays as it was.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::{MetadataExt, chown},
    path::{Path, PathBuf},
};

use rusqlite::Connection;

use super::file::{CompactError, CompactedFile, name, open, size};
use crate::engine::embedded::schema;

/// Writes the file again, without its free pages.
pub(super) fn compact(path: &Path) -> Result<CompactedFile, CompactError> {
    let failed = |error| CompactError::of_sqlite(path, error);
    let db = open(path).map_err(failed)?;
    own(&db).map_err(failed)?;
    let before = size(path);
    let part = part_of(path);
    remove(&part).map_err(|error| CompactError::of_io(path, error))?;
    let replaced = write(&db, &part)
        .map_err(failed)
        .and_then(|()| replace(path, &part).map_err(|error| CompactError::of_io(path, error)));
    if replaced.is_err() {
        // The first error is the one to report.
        remove(&part).ok();
    }
    replaced?;
    Ok(CompactedFile {
        name: name(path),
        before,
        after: size(path),
        later: 0,
    })
}

/// Removes the unfinished copy of a rewrite that was killed. Nobody rewrites it now: the caller has
/// the folder's lock.
pub(in crate::engine::embedded) fn remove_leftover(path: &Path) {
    if let Err(error) = remove(&part_of(path)) {
        tracing::warn!(%error, "an unfinished copy can't be removed; it only takes room");
    }
}

/// Where the new file is written: beside the old one, on the same disk.
fn part_of(path: &Path) -> PathBuf {
    let mut part = path.as_os_str().to_owned();
    part.push(".compact");
    part.into()
}

/// Makes sure that nobody else has the file open, and that all of it is in one file: a write-ahead
/// log that stayed would be taken for one of the new file. SQLite refuses to leave the mode with a
/// write-ahead log while another connection is open.
fn own(db: &Connection) -> rusqlite::Result<()> {
    db.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    db.pragma_update(None, "journal_mode", "DELETE")?;
    // In this mode the lock is kept once it is taken.
    db.execute_batch("BEGIN EXCLUSIVE; COMMIT")
}

fn write(db: &Connection, part: &Path) -> rusqlite::Result<()> {
    schema::copy_into(db, part)?;
    let copy = schema::open_reader(part)?;
    let verdict: String = copy.query_row("PRAGMA quick_check(1)", [], |found| found.get(0))?;
    if verdict == "ok" {
        Ok(())
    } else {
        let damaged = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
        Err(rusqlite::Error::SqliteFailure(damaged, Some(verdict)))
    }
}

fn replace(path: &Path, part: &Path) -> io::Result<()> {
    let old = fs::metadata(path)?;
    fs::set_permissions(part, old.permissions())?;
    let new = fs::metadata(part)?;
    if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
        // Whoever runs this, the file stays the server's.
        chown(part, Some(old.uid()), Some(old.gid()))?;
    }
    File::open(part)?.sync_all()?;
    fs::rename(part, path)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

fn remove(part: &Path) -> io::Result<()> {
    match fs::remove_file(part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}
