//! Retention: how long entries are kept. Forever, unless the operator sets a limit.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use parlor_shared::limits::RETENTION_INTERVAL_MS;

use crate::{
    clock::Clock,
    engine::{AppendError, Engine, RetentionPolicy},
};

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// The operator's limits on each room's log. Without any, everything is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retention {
    /// Keep entries for this many days.
    pub days: Option<NonZeroU32>,
    /// Keep this many of the newest entries.
    pub entries: Option<NonZeroU32>,
}

impl Retention {
    /// Applies the limits to the engine, now and every [`RETENTION_INTERVAL_MS`], until the engine
    /// is closed. Returns at once if there are no limits.
    pub(crate) async fn enforce(self, engine: Arc<dyn Engine>, clock: impl Clock) {
        if self == Self::default() {
            return;
        }
        let mut interval = tokio::time::interval(Duration::from_millis(RETENTION_INTERVAL_MS));
        loop {
            interval.tick().await;
            match engine
                .apply_retention(self.policy_at(clock.unix_ms()))
                .await
            {
                Ok(0) => {}
                Ok(entries) => tracing::info!(entries, "deleted entries past their retention"),
                Err(AppendError::Closed) => return,
                Err(error) => {
                    tracing::warn!(%error, "not all entries past their retention were deleted")
                }
            }
        }
    }

    /// The policy in force at this time.
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
    fn the_age_limit_is_counted_back_from_now() {
        let retention = Retention {
            days: NonZeroU32::new(30),
            entries: None,
        };
        let since_ms = |unix_ms| retention.policy_at(unix_ms).since_ms;
        assert_eq!(since_ms(31 * DAY_MS), Some(DAY_MS));
        assert_eq!(since_ms(DAY_MS), Some(0), "a clock that was never set");
    }
}
