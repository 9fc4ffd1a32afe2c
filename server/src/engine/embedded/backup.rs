//! Copies the log, while a server writes it or not.

use std::{
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process, thread,
    time::Instant,
};

use super::{admin, open_error::OpenError, schema};

/// Steps of SQLite's virtual machine after which the size of the copy is looked at: less than a
/// millisecond.
const PROGRESS_STEPS: i32 = 2_000;
/// How much of the copy is synced at once.
const SYNC_BYTES: u64 = 1024 * 1024;
/// How many times the length of a sync the pause after it is.
const PAUSE_FACTOR: u32 = 1;

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

/// Copies the log in `data`, as it is at one moment, and what operators have decided beside it,
/// into the new folder `target`, and returns the copy's size in bytes. Words of deleted messages
/// that are still in the log are blank in the copy. A server may write the log meanwhile. `target`
/// only appears once the copy is complete and durable.
///
/// # Errors
/// [`BackupError`]: one sentence that tells the operator what to do.
pub fn backup(data: &Path, target: &Path) -> Result<u64, BackupError> {
    let path = || target.to_owned();
    let failed = |source: io::Error| BackupError::Failed {
        path: path(),
        source: source.into(),
    };
    let mut log = schema::open_existing(data)?;
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
    let copied = copy(&mut log, data, &part, target).map_err(|source| BackupError::Failed {
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
    log: &mut rusqlite::Connection,
    data: &Path,
    part: &Path,
    target: &Path,
) -> Result<u64, Box<dyn std::error::Error + Send + Sync>> {
    let path = schema::path_in(part);
    log.progress_handler(PROGRESS_STEPS, Some(sync_as_it_grows(path.clone())))?;
    schema::copy_into(log, &path)?;
    schema::erase_copy(&path)?;
    if let Some(copy) = admin::copy_into(data, part)? {
        File::open(copy)?.sync_all()?;
    }
    let file = File::open(path)?;
    file.sync_all()?;
    File::open(part)?.sync_all()?;
    fs::rename(part, target)?;
    let parent = target.parent().filter(|parent| *parent != Path::new(""));
    sync_folder(parent.unwrap_or(Path::new(".")))?;
    Ok(file.metadata()?.len())
}

/// Makes what was created, renamed or removed in the folder durable.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Syncs a file whenever it has grown by [`SYNC_BYTES`], and rests. The server's commits wait for
/// the disk behind what is synced at once, and longest if all of it is synced in the end.
fn sync_as_it_grows(path: PathBuf) -> impl FnMut() -> bool + Send + 'static {
    let mut synced = 0;
    move || {
        let bytes = fs::metadata(&path).map_or(0, |found| found.len());
        if bytes >= synced + SYNC_BYTES {
            synced = bytes;
            let since = Instant::now();
            // The last sync reports what goes wrong.
            File::open(&path).and_then(|file| file.sync_data()).ok();
            thread::sleep(since.elapsed() * PAUSE_FACTOR);
        }
        // The copy goes on.
        false
    }
}
