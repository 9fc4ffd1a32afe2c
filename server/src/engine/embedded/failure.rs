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
        self.announce(&failure);
        Err(failure)
    }

    fn announce(&self, failure: &EngineFailure) {
        // The first one is the cause of the others.
        self.0.send_if_modified(|known| {
            let is_first = known.is_none();
            known.get_or_insert_with(|| failure.clone());
            is_first
        });
    }

    /// Announces that the log can't go on if the thread that holds the result panics.
    pub(super) fn alarm(&self) -> Alarm {
        Alarm(self.clone())
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

/// Nobody is to wait for a writer that is no more.
pub(super) struct Alarm(Failures);

impl Drop for Alarm {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let cause = "the thread that writes it has panicked".to_owned();
            self.0.announce(&EngineFailure::NotDurable { cause });
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_writer_that_panics_is_the_end_of_the_log() {
        let failures = Failures::default();
        let alarm = failures.alarm();
        let writer = std::thread::spawn(move || {
            let _alarm = alarm;
            panic!("as this test wants it");
        });
        assert!(matches!(
            failures.first().await,
            EngineFailure::NotDurable { .. }
        ));
        writer.join().unwrap_err();
    }
}
