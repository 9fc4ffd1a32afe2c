//! Retention: how long entries are kept. Forever, unless the operator sets a limit.
//!
//! Entries are deleted by age only while the machine's clock can be believed. The time of each look
//! is noted as that of the file `parlor.time`; a clock that is far ahead of the last note is wrong,
//! or the server was not in use for long, and only the operator knows which.

use std::{
    fs::File,
    num::NonZeroU32,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use parlor_shared::limits::{
    RETENTION_INTERVAL_MS, RETENTION_JUMP_MS_MAX, RETENTION_JUMP_MS_MIN, RETENTION_JUMP_PART,
};

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
    /// is closed. Returns at once if there are no limits. `folder` is where the log is.
    pub(crate) async fn enforce(self, engine: Arc<dyn Engine>, clock: impl Clock, folder: PathBuf) {
        if self == Self::default() {
            return;
        }
        let mut last_use = LastUse::new(&folder);
        let mut interval = tokio::time::interval(Duration::from_millis(RETENTION_INTERVAL_MS));
        loop {
            interval.tick().await;
            let policy = self.policy(&*engine, clock.unix_ms(), &mut last_use).await;
            match engine.apply_retention(policy).await {
                Ok(0) => tracing::debug!("no entries are past their retention"),
                Ok(entries) => tracing::info!(entries, "deleted entries past their retention"),
                Err(AppendError::Closed) => return,
                Err(error) => {
                    tracing::warn!(%error, "not all entries past their retention were deleted")
                }
            }
        }
    }

    /// The policy in force at this time. Entries are not deleted by age if the clock has jumped.
    async fn policy(
        self,
        engine: &dyn Engine,
        unix_ms: u64,
        last_use: &mut LastUse,
    ) -> RetentionPolicy {
        let policy = self.policy_at(unix_ms);
        let Some(days) = self.days else {
            return policy;
        };
        let last_ms = match last_use.read() {
            Some(last_ms) => Ok(Some(last_ms)),
            None => engine.newest_at_ms().await,
        };
        // If the log can't be read, nothing can be deleted from it either.
        let is_allowed =
            last_ms.is_ok_and(|last_ms| last_use.allows(days, last_ms.unwrap_or(unix_ms), unix_ms));
        RetentionPolicy {
            since_ms: policy.since_ms.filter(|_| is_allowed),
            ..policy
        }
    }

    /// The policy in force at this time.
    fn policy_at(self, unix_ms: u64) -> RetentionPolicy {
        let since_ms = |days: NonZeroU32| unix_ms.saturating_sub(age_ms(days));
        RetentionPolicy {
            entries: self.entries,
            since_ms: self.days.map(since_ms),
        }
    }
}

fn age_ms(days: NonZeroU32) -> u64 {
    u64::from(days.get()) * DAY_MS
}

/// How far the clock may be ahead of the last use of the log: what is deleted too early because of
/// a wrong clock is a small part of what is kept.
fn jump_ms_max(days: NonZeroU32) -> u64 {
    (age_ms(days) / RETENTION_JUMP_PART).clamp(RETENTION_JUMP_MS_MIN, RETENTION_JUMP_MS_MAX)
}

/// When a server last looked for expired entries of the log.
#[derive(Debug)]
struct LastUse {
    file: PathBuf,
    is_refused: bool,
}

impl LastUse {
    fn new(folder: &Path) -> Self {
        Self {
            file: folder.join("parlor.time"),
            is_refused: false,
        }
    }

    /// The time that was noted last, or that the operator has set since by touching the file.
    fn read(&self) -> Option<u64> {
        let noted = self.file.metadata().and_then(|found| found.modified());
        let since = noted.ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some(since.as_millis() as u64)
    }

    /// Whether entries may be deleted by their age now, if the log was last in use at `last_ms`.
    /// Notes the time if they may, and tells the operator once if not.
    fn allows(&mut self, days: NonZeroU32, last_ms: u64, now_ms: u64) -> bool {
        let jump_ms = now_ms.saturating_sub(last_ms);
        if jump_ms > jump_ms_max(days) {
            if !std::mem::replace(&mut self.is_refused, true) {
                tracing::warn!(
                    "the clock is {} days ahead of the last use of this log, so no entries are deleted \
                     by age: if the clock is right, run `touch {}`; if it is not, set it",
                    jump_ms / DAY_MS,
                    self.file.display()
                );
            }
            return false;
        }
        self.is_refused = false;
        // A clock that was set back keeps the later note: set right again, it has not jumped.
        if let Err(error) = self.note(last_ms.max(now_ms)) {
            tracing::debug!(%error, "parlor.time can't be written");
        }
        true
    }

    fn note(&self, unix_ms: u64) -> std::io::Result<()> {
        let file = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&self.file)?;
        let time: SystemTime = UNIX_EPOCH + Duration::from_millis(unix_ms);
        file.set_modified(time)
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

    #[test]
    fn a_clock_may_jump_by_a_quarter_of_the_age_within_a_day_and_a_week() {
        let folder = tempfile::tempdir().unwrap();
        let mut last_use = LastUse::new(folder.path());
        let cases = [
            (1, RETENTION_JUMP_MS_MIN),
            (20, 5 * DAY_MS),
            (365, RETENTION_JUMP_MS_MAX),
        ];
        let last_ms = 1_760_000_000_000;
        for (days, jump_ms) in cases {
            let days = NonZeroU32::new(days).unwrap();
            assert!(last_use.allows(days, last_ms, last_ms + jump_ms));
            assert_eq!(last_use.read(), Some(last_ms + jump_ms));
            assert!(!last_use.allows(days, last_ms, last_ms + jump_ms + 1));
            assert_eq!(last_use.read(), Some(last_ms + jump_ms), "not noted");
            // A clock that was never set, and is set later.
            assert!(last_use.allows(days, last_ms, 0));
            assert_eq!(last_use.read(), Some(last_ms));
        }
    }
}
