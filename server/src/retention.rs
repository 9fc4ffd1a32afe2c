//! How long entries are kept: forever, unless the operator says otherwise.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use parlor_shared::limits::RETENTION_INTERVAL_MS;

use crate::{
    clock::Clock,
    engine::{AppendError, Engine, RetentionPolicy},
};

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// What of each room is kept; everything where neither is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retention {
    /// Entries of so many days.
    pub days: Option<NonZeroU32>,
    /// So many of the newest entries.
    pub entries: Option<NonZeroU32>,
}

impl Retention {
    /// Has the log forget what is not to be kept, now and every [`RETENTION_INTERVAL_MS`], for as long as it is open.
    pub(crate) async fn enforce(self, engine: Arc<dyn Engine>, clock: impl Clock) {
        if self == Self::default() {
            return;
        }
        let mut turns = tokio::time::interval(Duration::from_millis(RETENTION_INTERVAL_MS));
        loop {
            turns.tick().await;
            match engine
                .apply_retention(self.policy_at(clock.unix_ms()))
                .await
            {
                Ok(0) => {}
                Ok(entries) => tracing::info!(entries, "forgotten, as they are not to be kept"),
                Err(AppendError::Closed) => return,
                Err(error) => {
                    tracing::warn!(%error, "not all was forgotten that is not to be kept")
                }
            }
        }
    }

    fn policy_at(self, unix_ms: u64) -> RetentionPolicy {
        let since_ms = |days: NonZeroU32| unix_ms.saturating_sub(u64::from(days.get()) * DAY_MS);
        RetentionPolicy {
            entries: self.entries,
            since_ms: self.days.map(since_ms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_back_from_now() {
        let retention = Retention {
            days: NonZeroU32::new(30),
            entries: None,
        };
        let keep = |unix_ms| retention.policy_at(unix_ms).since_ms;
        assert_eq!(keep(31 * DAY_MS), Some(DAY_MS));
        assert_eq!(keep(DAY_MS), Some(0), "a clock that was never set");
    }
}
