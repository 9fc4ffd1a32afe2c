//! `parlor repair` and `parlor migrate`: what a person does about a stream while no server runs on
//! the folder.

use std::{future::Future, io, path::Path};

use parlor_shared::limits::ADMIN_LOG_MAX;

use crate::{
    engine::{
        EngineFailure,
        embedded::{AdminFile, OpenError},
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
        Direction::ToStream => {
            let content = run(to_stream(data, stream, folder))??;
            let next =
                "Start a node on it, and others on folders that are empty or have its backup.";
            (content, format!("{next}{}", left_behind(data)?))
        }
        Direction::FromStream => (
            run(from_stream(data, stream, folder))??,
            "Start a server on it without --log.".to_owned(),
        ),
    };
    let (from, to) = (data.display(), folder.display());
    Ok(format!(
        "The logs in {from} and in {to} have the same: {content}. {next}\n"
    ))
}

/// What of the log in `data` does not go into a stream; nothing where it has none of that.
fn left_behind(data: &Path) -> Result<String, MigrateError> {
    let mut text = String::new();
    let Some(decided) = AdminFile::open_if_there(data)? else {
        return Ok(text);
    };
    let webhooks = decided.outgoing_webhooks()?;
    let lines = decided.admin_log(ADMIN_LOG_MAX)?.len();
    if !webhooks.is_empty() {
        let count = webhooks.len();
        text += &format!(
            "\nNot copied: webhooks that send entries ({count}). `parlor webhook list` on the old folder \
             has them; add them again with `parlor webhook add`."
        );
    }
    if lines > 0 {
        text +=
            &format!("\nNot copied: the admin log ({lines} lines). It stays in the old folder.");
    }
    Ok(text)
}

/// Runs something that asks NATS.
fn run<T>(work: impl Future<Output = T>) -> io::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    Ok(runtime.block_on(work))
}

/// Why a node can't go on with its stream, however often it is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The stream is not, or not all of, what the node has applied.
    Differs,
    /// The stream has what only a later version understands.
    Outdated,
}

/// The fault of a stream that an error says; `None` for every other error.
#[must_use]
pub fn fault(error: &(dyn std::error::Error + 'static)) -> Option<Fault> {
    let differs = |is_damage: bool| is_damage.then_some(Fault::Differs);
    let of_log = |error: &OpenError| {
        differs(matches!(
            error,
            OpenError::StreamDiffers { .. } | OpenError::Forgotten { .. }
        ))
    };
    if let Some(error) = error.downcast_ref::<RunError>() {
        return match error {
            RunError::Failed(
                EngineFailure::StreamDiffers { .. } | EngineFailure::Forgotten { .. },
            ) => Some(Fault::Differs),
            RunError::Failed(EngineFailure::Outdated { .. }) => Some(Fault::Outdated),
            RunError::Stream(error) => differs(error.is_damage()),
            RunError::Log(error) => of_log(error),
            RunError::Failed(EngineFailure::NotDurable { .. } | EngineFailure::Damaged { .. })
            | RunError::Access(_)
            | RunError::Login(_)
            | RunError::Page(_)
            | RunError::Tls(_)
            | RunError::Network(_) => None,
        };
    }
    if let Some(error) = error.downcast_ref::<RepairError>() {
        return differs(matches!(error, RepairError::Damaged { .. }));
    }
    match error.downcast_ref::<MigrateError>() {
        Some(MigrateError::Stream(error)) => differs(JetStreamError::is_damage(error)),
        Some(_) | None => None,
    }
}
