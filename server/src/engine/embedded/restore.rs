//! Puts a backup in the place of a log, in a folder that has none.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use super::{
    admin,
    backup::sync_folder,
    check::{IntegrityReport, check, check_older},
    folder_lock::FolderLock,
    open_error::OpenError,
    schema,
};

/// The files of a log and of what belongs to it begin with one of these. A folder that has such a
/// file is not restored into: what is there would be lost, or mixed up with the backup.
const OF_A_LOG: [&str; 3] = ["parlor.", "search.db", "admin.db"];
/// What a start, or a restore that was refused, leaves in a folder without a log.
const LOCK: &str = "parlor.lock";

/// What operators have decided.
const ADMIN: &str = "admin.db";

/// Why a backup was not restored. The folder has no log, as before.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The backup can't be read.
    #[error("the backup can't be restored: {0}")]
    Backup(#[source] OpenError),
    /// The backup is damaged.
    #[error("the backup in {} is damaged ({problem}); restore another one", .path.display())]
    Damaged {
        /// The backup's folder.
        path: PathBuf,
        /// The first problem of its check.
        problem: String,
    },
    /// The folder can't be used.
    #[error(transparent)]
    Folder(#[from] OpenError),
    /// The folder has a log, or a part of one.
    #[error(
        "{} is there already; stop the server, move the whole folder away, and restore again", .path.display()
    )]
    Exists {
        /// The file that is there.
        path: PathBuf,
    },
    /// The backup can't be copied into the folder.
    #[error("the backup can't be copied to {}: {source}", .path.display())]
    Failed {
        /// The folder.
        path: PathBuf,
        /// The cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// What was restored.
#[derive(Debug)]
pub struct Restored {
    /// What the check of the backup found before it was copied; `None` for the backup of an earlier
    /// version, of which only the file itself was checked.
    pub report: Option<IntegrityReport>,
}

/// Checks the backup in the folder `backup`, and copies it into the folder `data`, which is created
/// if it does not exist. The log appears there once the copy is complete and on disk, and not
/// before. No server can start on the folder meanwhile.
///
/// The next start begins an epoch, as each start does: clients that have entries which the backup
/// lacks start over, and the others resume.
///
/// # Errors
/// [`RestoreError`]: one sentence that tells the operator what to do.
pub fn restore(backup: &Path, data: &Path) -> Result<Restored, RestoreError> {
    let report = match check(backup) {
        Ok(report) => Some(report),
        Err(OpenError::Older { .. }) => None,
        Err(error) => return Err(RestoreError::Backup(error)),
    };
    let problems = match &report {
        Some(report) => report.problems.clone(),
        None => check_older(backup).map_err(RestoreError::Backup)?,
    };
    if let Some(problem) = problems.into_iter().next() {
        let path = backup.to_owned();
        return Err(RestoreError::Damaged { path, problem });
    }
    let lock = FolderLock::take(data)?;
    let copied = refuse_to_overwrite(data).and_then(|()| copy(backup, data));
    lock.release();
    copied.map(|()| Restored { report })
}

/// Checks that the folder has no file of a log.
fn refuse_to_overwrite(data: &Path) -> Result<(), RestoreError> {
    let failed = |source: io::Error| RestoreError::Failed {
        path: data.to_owned(),
        source: source.into(),
    };
    for entry in fs::read_dir(data).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let name = name.to_string_lossy();
        let is_ours = OF_A_LOG.iter().any(|start| name.starts_with(start));
        // What operators have decided is compared with the backup before it is replaced: a restore
        // that was killed may have put it there, before the log.
        let may_be_same = name == LOCK || name == ADMIN || name.ends_with(PART);
        if is_ours && !may_be_same {
            let path = data.join(name.as_ref());
            return Err(RestoreError::Exists { path });
        }
    }
    Ok(())
}

/// The end of the name of a copy that is not complete. One of a restore that was killed is written
/// again by the next one.
const PART: &str = ".restore";

fn copy(backup: &Path, data: &Path) -> Result<(), RestoreError> {
    let failed = |source: Box<dyn std::error::Error + Send + Sync>| RestoreError::Failed {
        path: data.to_owned(),
        source,
    };
    let path = schema::path_in(data);
    let part = part_of(&path).map_err(|error| failed(error.into()))?;
    // Before the log appears: no server may start on it without what operators have decided.
    let copied = copy_file(backup, &part)
        .and_then(|()| copy_admin(backup, data))
        .map_err(failed);
    match copied {
        Ok(Admin::Copied) => {}
        Ok(Admin::Another) => {
            // The error is the one to report.
            fs::remove_file(&part).ok();
            let path = admin::path_in(data);
            return Err(RestoreError::Exists { path });
        }
        Err(error) => {
            // The first error is the one to report.
            fs::remove_file(&part).ok();
            return Err(error);
        }
    }
    let appeared = fs::rename(part, path).and_then(|()| sync_folder(data));
    appeared.map_err(|error| failed(error.into()))
}

/// Where the copy of this file is written until it is complete. Removes what an earlier restore has
/// left there.
fn part_of(path: &Path) -> io::Result<PathBuf> {
    let mut part = path.to_owned().into_os_string();
    part.push(PART);
    let part = PathBuf::from(part);
    fs::remove_file(&part).or_else(if_missing)?;
    Ok(part)
}

/// What became of the copy of `admin.db`.
enum Admin {
    /// It is there, as the backup has it.
    Copied,
    /// The folder has another one, which is left alone.
    Another,
}

/// Copies `admin.db`, where the backup has one. One that is there already and the same stays.
fn copy_admin(
    backup: &Path,
    data: &Path,
) -> Result<Admin, Box<dyn std::error::Error + Send + Sync>> {
    let path = admin::path_in(data);
    let part = part_of(&path)?;
    let is_copied = admin::copy_to(backup, &part)?;
    if path.exists() {
        let is_same = is_copied && fs::read(&part)? == fs::read(&path)?;
        fs::remove_file(&part).or_else(if_missing)?;
        return Ok(match is_same {
            true => Admin::Copied,
            false => Admin::Another,
        });
    }
    if is_copied {
        File::open(&part)?.sync_all()?;
        fs::rename(part, path)?;
    }
    Ok(Admin::Copied)
}

fn if_missing(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound {
        Ok(())
    } else {
        Err(error)
    }
}

/// Copies the log as SQLite reads it, so that also a folder that was copied with its write-ahead
/// log becomes one whole file.
fn copy_file(backup: &Path, part: &Path) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let log = schema::open_existing(backup)?;
    schema::copy_into(&log, part)?;
    File::open(part)?.sync_all()?;
    Ok(())
}
