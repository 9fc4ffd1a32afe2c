//! `parlor migrate`: copies an embedded log into a stream that nodes share, and the log of a node
//! back into an embedded one.
//!
//! Into a stream, the entries are published in their order and as they are, and a new node's log is
//! built from what the stream gives: so what is verified is what every other node gets. Their
//! places change, and with them the epoch. Back, a node's log is copied with all it has; the copy
//! follows no stream.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use parlor_shared::{
    Seq,
    limits::{MIGRATE_GROUP_MAX, SEEN_GROUP_MAX, STREAM_GROUP_BYTES_MAX},
};

use crate::engine::{
    AppendError, Engine, NewEntry,
    embedded::{self, AdminError, AdminFile, BackupError, LogContent, LogSource, OpenError},
    jetstream::{self, JetStreamError, StreamConfig},
    replicated::{
        Replicated, entry_bytes::entry_bytes_max, group::Command, ordered_log::TailError,
    },
};

/// Why a log was not copied. What was copied before stays, and the same command goes on after it.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The stream can't be used.
    #[error(transparent)]
    Stream(#[from] JetStreamError),
    /// A log can't be used.
    #[error(transparent)]
    Log(#[from] OpenError),
    /// The log of a node can't be copied.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The log follows a stream already.
    #[error("the log in {} follows a stream already; `parlor migrate --from` copies it back", .path.display())]
    FollowsAlready {
        /// Its folder.
        path: PathBuf,
    },
    /// The stream has other entries than those of the log.
    #[error(
        "the stream has entries that are not of the log in {}; choose another name with --stream", .path.display()
    )]
    NotEmpty {
        /// The folder of the log that was to be copied.
        path: PathBuf,
    },
    /// What operators have decided can't be copied.
    #[error("what operators have decided was not copied ({0}); run the same command again")]
    Admin(#[from] AdminError),
    /// The stream takes nothing now.
    #[error(
        "the stream takes nothing now ({0}); run the same command again, and it goes on from there"
    )]
    Append(#[from] AppendError),
    /// The stream can't be read.
    #[error(
        "the stream can't be read ({0}); run the same command again, and it goes on from there"
    )]
    Tail(String),
    /// The folder to create is there.
    #[error("{} is there already; choose another folder, or move it away", .path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// The copy is not what was copied.
    #[error(
        "the copy has {copy}, and the log has {original}; use neither, and say so to Parlor's authors"
    )]
    Differs {
        /// What the copy has.
        copy: LogContent,
        /// What was copied.
        original: LogContent,
    },
    /// The system refuses.
    #[error(transparent)]
    System(#[from] io::Error),
}

impl From<TailError> for MigrateError {
    fn from(error: TailError) -> Self {
        Self::Tail(error.to_string())
    }
}

/// Copies the log in `data` into the stream, and makes the folder `node` that of a node with it.
/// Killed at any moment, it goes on where it was when it is run again. Returns what both have.
///
/// # Errors
/// [`MigrateError`].
pub async fn to_stream(
    data: &Path,
    config: &StreamConfig,
    node: &Path,
) -> Result<LogContent, MigrateError> {
    let source = LogSource::open(data)?;
    if source.followed()?.is_some() {
        let path = data.to_owned();
        return Err(MigrateError::FollowsAlready { path });
    }
    let (stream, start) = jetstream::reach(config, node).await?;
    source.prepare(node, start)?;
    let engine = jetstream::open_on(stream.clone(), start, node, Arc::new(())).await?;
    let reached = engine.reach_end(&stream).await;
    let copied = match reached {
        Ok(()) => copy(&source, &engine, data, node).await,
        Err(error) => Err(error.into()),
    };
    let decided = match copied {
        Ok(()) => publish_decisions(&engine, node).await,
        Err(error) => Err(error),
    };
    engine.close().await;
    decided?;
    verify(&source, node)
}

/// Puts to the stream what operators have decided, as the node in this folder would at its start.
async fn publish_decisions(engine: &Replicated, node: &Path) -> Result<(), MigrateError> {
    let admin = AdminFile::open(node)?.published_by(engine.admin_changes());
    let done = tokio::task::spawn_blocking(move || admin.do_requests()).await;
    done.map_err(io::Error::other)?.map_err(MigrateError::from)
}

/// Publishes what the stream does not have yet.
async fn copy(
    source: &LogSource,
    engine: &Replicated,
    data: &Path,
    node: &Path,
) -> Result<(), MigrateError> {
    let there = embedded::content_beside(node)?;
    if source.content(Some(there.entries))? != there {
        let path = data.to_owned();
        return Err(MigrateError::NotEmpty { path });
    }
    let mut after = source.nth(there.entries)?;
    loop {
        let group = next_group(source, after)?;
        let Some(last) = group.last else {
            break;
        };
        engine.copy(Command::Copy(group.entries)).await?;
        after = last;
    }
    // One with fifty long pins is as large as a group may be.
    for state in source.states()? {
        engine.copy(Command::CopyStates(vec![state])).await?;
    }
    let mut after = None;
    loop {
        let places = source.seen_after(after.as_ref(), SEEN_GROUP_MAX, node)?;
        if !places.seen.is_empty() {
            engine.copy(Command::Seen(places.seen)).await?;
        }
        after = places.last;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// Entries that are published together.
#[derive(Default)]
struct Group {
    entries: Vec<NewEntry>,
    /// The place of the last one in the log that is copied.
    last: Option<Seq>,
}

fn next_group(source: &LogSource, after: Seq) -> Result<Group, OpenError> {
    let mut group = Group::default();
    let mut bytes = 0;
    for entry in source.after(after, MIGRATE_GROUP_MAX)? {
        let more = entry_bytes_max(&entry.new);
        if !group.entries.is_empty() && bytes + more > STREAM_GROUP_BYTES_MAX {
            break;
        }
        bytes += more;
        group.last = Some(entry.seq);
        group.entries.push(entry.new);
    }
    Ok(group)
}

/// Checks that the log in `copy` has what the source has.
fn verify(source: &LogSource, copy: &Path) -> Result<LogContent, MigrateError> {
    let original = source.content(None)?;
    let copy = LogSource::open(copy)?.content(None)?;
    match copy == original {
        true => Ok(original),
        false => Err(MigrateError::Differs { copy, original }),
    }
}

/// Copies the log of the node in `data`, once it has all of its stream, into the folder `target`,
/// which becomes that of a server alone. Nobody starts over. Returns what both have.
///
/// # Errors
/// [`MigrateError`].
pub async fn from_stream(
    data: &Path,
    config: &StreamConfig,
    target: &Path,
) -> Result<LogContent, MigrateError> {
    if target.symlink_metadata().is_ok() {
        let path = target.to_owned();
        return Err(MigrateError::Exists { path });
    }
    let (stream, start) = jetstream::reach(config, data).await?;
    let engine = jetstream::open_on(stream.clone(), start, data, Arc::new(())).await?;
    let reached = engine.reach_end(&stream).await;
    engine.close().await;
    reached?;
    let source = LogSource::open(data)?;
    let mut part = target.as_os_str().to_owned();
    part.push(".migrate");
    let part = PathBuf::from(part);
    match fs::remove_dir_all(&part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        // One that was killed has left it.
        Ok(()) | Err(_) => {}
    }
    embedded::backup(data, &part)?;
    embedded::detach(&part)?;
    let content = verify(&source, &part)?;
    fs::rename(&part, target)?;
    Ok(content)
}
