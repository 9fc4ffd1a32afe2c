//! Which of the storage's errors the log can go on after, and which are its end.

use rusqlite::{ErrorCode, ffi};
use tokio::sync::watch;

use crate::engine::EngineFailure;

/// Where it is announced that the log can't go on.
#[derive(Debug, Clone, Default)]
pub(super) struct Failures(watch::Sender<Option<EngineFailure>>);

impl Failures {
    /// Whether the log can go on after this error; announces it where it can't.
    pub(super) fn judge(&self, error: &rusqlite::Error) -> Result<(), EngineFailure> {
        let Some(failure) = failure(error) else {
            return Ok(());
        };
        // The first one is the cause of the others.
        self.0.send_if_modified(|known| {
            let is_first = known.is_none();
            known.get_or_insert_with(|| failure.clone());
            is_first
        });
        Err(failure)
    }

    /// Whether the log can't go on.
    pub(super) fn any(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Resolves when the log can't go on.
    pub(super) async fn first(&self) -> EngineFailure {
        let mut announced = self.0.subscribe();
        let first = announced.wait_for(Option::is_some).await;
        match first.map(|failure| failure.clone()) {
            Ok(Some(failure)) => failure,
            // Nobody is left to announce one.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }
}

/// A full disk, say, leaves the log as it was. An fsync that failed may have dropped what it was to keep, and asking
/// again would get a false yes.
fn failure(error: &rusqlite::Error) -> Option<EngineFailure> {
    let cause = || error.to_string();
    let fsync_failed = matches!(
        error.sqlite_error().map(|error| error.extended_code),
        Some(
            ffi::SQLITE_IOERR_FSYNC
                | ffi::SQLITE_IOERR_DIR_FSYNC
                | ffi::SQLITE_IOERR_TRUNCATE
                | ffi::SQLITE_IOERR_CORRUPTFS
        )
    );
    let damaged = matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    );
    if fsync_failed {
        Some(EngineFailure::NotDurable { cause: cause() })
    } else if damaged {
        Some(EngineFailure::Damaged { cause: cause() })
    } else {
        None
    }
}
