//! Copies the log, while a server writes it or not.

use std::{
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process,
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use super::{open_error::OpenError, schema};

/// How often the copy is synced while it grows.
const SYNC_INTERVAL: Duration = Duration::from_millis(20);

/// Why the log was not copied. No partial copy is left.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The log can't be read.
    #[error(transparent)]
    Log(#[from] OpenError),
    /// The target exists already.
    #[error("{} is there already; choose another folder", .path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// The log can't be copied to the target.
    #[error("the log can't be copied to {}: {source}", .path.display())]
    Failed {
        /// The folder.
        path: PathBuf,
        /// The cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Copies the log in `data`, as it is at one moment, into the new folder `target`, and returns the
/// copy's size in bytes. Words of deleted messages that are still in the log are blank in the copy.
/// A server may write the log meanwhile. `target` only appears once the copy
/// is complete and durable.
///
/// # Errors
/// [`BackupError`]: one sentence that tells the operator what to do.
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
    // The log holds the key that signs tokens, so no other user may read the copy.
    DirBuilder::new()
        .mode(0o700)
        .create(&part)
        .map_err(failed)?;
    let copied = copy(&log, &part, target).map_err(|source| BackupError::Failed {
        path: path(),
        source,
    });
    if copied.is_err() {
        // The first error is the one to report.
        fs::remove_dir_all(&part).ok();
    }
    copied
}

fn copy(
    log: &rusqlite::Connection,
    part: &Path,
    target: &Path,
) -> Result<u64, Box<dyn std::error::Error + Send + Sync>> {
    let path = schema::path_in(part);
    thread::scope(|scope| {
        let (done, is_done) = mpsc::sync_channel(0);
        let path = &path;
        scope.spawn(move || sync_until(path, &is_done));
        let copied = schema::copy_into(log, path);
        drop(done);
        copied
    })?;
    schema::erase_copy(&path)?;
    let file = File::open(path)?;
    file.sync_all()?;
    File::open(part)?.sync_all()?;
    fs::rename(part, target)?;
    let parent = target.parent().filter(|parent| *parent != Path::new(""));
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(file.metadata()?.len())
}

/// Syncs a file that grows again and again, until the other end of the channel is gone. Synced at
/// once in the end, a large copy would keep the server's commits waiting for its disk.
fn sync_until(path: &Path, is_done: &mpsc::Receiver<()>) {
    while is_done.recv_timeout(SYNC_INTERVAL) == Err(RecvTimeoutError::Timeout) {
        // Not there yet, or it can't be synced, which the last sync reports.
        File::open(path).and_then(|file| file.sync_data()).ok();
    }
}
