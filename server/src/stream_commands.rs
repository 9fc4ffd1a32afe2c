//! `parlor repair` and `parlor migrate`: what a person does about a stream while no server runs on
//! the folder.

use std::{future::Future, io, path::Path};

use crate::{
    engine::{
        EngineFailure,
        embedded::OpenError,
        jetstream::{
            JetStreamError, StreamConfig,
            repair::{RepairError, RepairMode, repair as repair_stream},
        },
    },
    migrate::{MigrateError, from_stream, to_stream},
    running::RunError,
};

/// Which way a log is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Into a stream.
    ToStream,
    /// Out of one.
    FromStream,
}

/// Puts right the stream that the log in `data` follows, and says what was done.
///
/// # Errors
/// [`RepairError`].
pub fn repair(data: &Path, stream: &StreamConfig, mode: RepairMode) -> Result<String, RepairError> {
    let repaired = run(repair_stream(stream, data, mode))??;
    Ok(format!("{repaired}\n"))
}

/// Copies the log in `data`, and says what both have.
///
/// # Errors
/// [`MigrateError`].
pub fn migrate(
    data: &Path,
    stream: &StreamConfig,
    direction: Direction,
    folder: &Path,
) -> Result<String, MigrateError> {
    let (content, next) = match direction {
        Direction::ToStream => (
            run(to_stream(data, stream, folder))??,
            "Start a node on it, and others on folders that are empty or have its backup.",
        ),
        Direction::FromStream => (
            run(from_stream(data, stream, folder))??,
            "Start a server on it without --log.",
        ),
    };
    let (from, to) = (data.display(), folder.display());
    Ok(format!(
        "The logs in {from} and in {to} have the same: {content}. {next}\n"
    ))
}

/// Runs something that asks NATS.
fn run<T>(work: impl Future<Output = T>) -> io::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    Ok(runtime.block_on(work))
}

/// Whether an error says that a stream is not, or not all of, what a node has applied.
#[must_use]
pub fn is_damage(error: &(dyn std::error::Error + 'static)) -> bool {
    let of_log = |error: &OpenError| matches!(error, OpenError::StreamDiffers { .. });
    if let Some(error) = error.downcast_ref::<RunError>() {
        return match error {
            RunError::Failed(failure) => matches!(failure, EngineFailure::StreamDiffers { .. }),
            RunError::Stream(error) => error.is_damage(),
            RunError::Log(error) => of_log(error),
            RunError::Access(_)
            | RunError::Login(_)
            | RunError::Page(_)
            | RunError::Tls(_)
            | RunError::Network(_) => false,
        };
    }
    if let Some(error) = error.downcast_ref::<RepairError>() {
        return matches!(error, RepairError::Damaged { .. });
    }
    match error.downcast_ref::<MigrateError>() {
        Some(MigrateError::Stream(error)) => JetStreamError::is_damage(error),
        Some(_) | None => false,
    }
}
