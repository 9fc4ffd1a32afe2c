//! Decides which storage errors the engine survives and which stop it.

use rusqlite::{ErrorCode, ffi};
use tokio::sync::watch;

use crate::engine::EngineFailure;

/// Announces the first fatal error to everyone who waits for it. Clones share the state.
#[derive(Debug, Clone, Default)]
pub(super) struct Failures(watch::Sender<Option<EngineFailure>>);

impl Failures {
    /// Returns `Ok` if the engine survives this error; otherwise announces the failure and returns
    /// it.
    pub(super) fn check(&self, error: &rusqlite::Error) -> Result<(), EngineFailure> {
        let Some(failure) = failure(error) else {
            return Ok(());
        };
        self.announce(&failure);
        Err(failure)
    }

    fn announce(&self, failure: &EngineFailure) {
        // Only the first failure is kept: it is the cause of the later ones.
        self.0.send_if_modified(|known| {
            let is_first = known.is_none();
            known.get_or_insert_with(|| failure.clone());
            is_first
        });
    }

    /// A guard that announces a failure if the thread that holds it panics.
    pub(super) fn panic_guard(&self) -> PanicGuard {
        PanicGuard(self.clone())
    }

    /// Whether a failure was announced.
    pub(super) fn has_failed(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Resolves to the first failure, once there is one.
    pub(super) async fn first(&self) -> EngineFailure {
        let mut announced = self.0.subscribe();
        let first = announced.wait_for(Option::is_some).await;
        match first.map(|failure| failure.clone()) {
            Ok(Some(failure)) => failure,
            // All senders are gone, so no failure can be announced any more.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }
}

/// Announces a failure if its thread panics, so that no caller waits for a writer that has ended.
pub(super) struct PanicGuard(Failures);

impl Drop for PanicGuard {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let cause = "the thread that writes it has panicked".to_owned();
            self.0.announce(&EngineFailure::NotDurable { cause });
        }
    }
}

/// The failure that this error means, if the engine can't survive it.
///
/// After most errors, such as a full disk, the log is as it was before the write. A failed fsync is
/// different: the system may have dropped the pages, and a second fsync would falsely succeed.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_of_the_writer_thread_is_announced_as_a_failure() {
        let failures = Failures::default();
        let guard = failures.panic_guard();
        let writer = std::thread::spawn(move || {
            let _guard = guard;
            panic!("on purpose");
        });
        assert!(matches!(
            failures.first().await,
            EngineFailure::NotDurable { .. }
        ));
        writer.join().unwrap_err();
    }
}
