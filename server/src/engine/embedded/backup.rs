//! A copy of the log, while it is written or not.

use std::{
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process,
};

use super::{OpenError, schema};

/// Why there is no copy. Nothing is left of it.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The log can't be read.
    #[error(transparent)]
    Log(#[from] OpenError),
    /// Where the copy is to be there is something.
    #[error("{} is there already; name a folder that is not", .path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// The log can't be copied there.
    #[error("the log can't be copied to {}: {source}", .path.display())]
    Failed {
        /// The folder.
        path: PathBuf,
        /// What went wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Copies the log in `data`, as it is at one moment, into the new folder `target`; gives the copy's size in bytes. There
/// is no `target` before the copy is complete and durable. A server may be writing the log meanwhile.
///
/// # Errors
/// [`BackupError`], one sentence that says what to do.
pub fn backup(data: &Path, target: &Path) -> Result<u64, BackupError> {
    let path = || target.to_owned();
    let failed = |source: io::Error| BackupError::Failed {
        path: path(),
        source: source.into(),
    };
    let log = schema::open_existing(data)?;
    if target.symlink_metadata().is_ok() {
        return Err(BackupError::Exists { path: path() });
    }
    let name = target.file_name();
    let name = name.ok_or_else(|| failed(io::ErrorKind::InvalidFilename.into()))?;
    let mut part_name = name.to_owned();
    part_name.push(format!(".part-{}", process::id()));
    let part = target.with_file_name(part_name);
    // The log holds the key that signs tokens: nobody else's to read.
    DirBuilder::new()
        .mode(0o700)
        .create(&part)
        .map_err(failed)?;
    let copied = copy(&log, &part, target).map_err(|source| BackupError::Failed {
        path: path(),
        source,
    });
    if copied.is_err() {
        // What went wrong is said already; a second error would only hide it.
        fs::remove_dir_all(&part).unwrap_or_default();
    }
    copied
}

fn copy(
    log: &rusqlite::Connection,
    part: &Path,
    target: &Path,
) -> Result<u64, Box<dyn std::error::Error + Send + Sync>> {
    let file = schema::path_in(part);
    schema::copy_into(log, &file)?;
    let file = File::open(file)?;
    file.sync_all()?;
    File::open(part)?.sync_all()?;
    fs::rename(part, target)?;
    let parent = target.parent().filter(|parent| *parent != Path::new(""));
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(file.metadata()?.len())
}
