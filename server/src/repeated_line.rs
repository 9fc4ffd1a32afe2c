//! A line of the server's log that clients can cause as often as they like.

use std::{
    sync::{LazyLock, Mutex, PoisonError},
    time::Instant,
};

use parlor_shared::limits::LOG_LINE_INTERVAL_MS;

/// Logs a line at this level that may be due very often, as `tracing::error!` would. It is logged
/// at most once in [`LOG_LINE_INTERVAL_MS`], with `times`: how often it was due.
macro_rules! log_repeated {
    ($level:ident, $($fields:tt)+) => {{
        static LINE: $crate::repeated_line::RepeatedLine = $crate::repeated_line::RepeatedLine::new();
        if let Some(times) = LINE.count_now() {
            ::tracing::$level!(times, $($fields)+);
        }
    }};
}
pub(crate) use log_repeated;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Counts how often a line is due, so that it is logged at most once in [`LOG_LINE_INTERVAL_MS`].
#[derive(Debug)]
pub(crate) struct RepeatedLine(Mutex<Option<Logged>>);

#[derive(Debug)]
struct Logged {
    at_ms: u64,
    left_out: u64,
}

impl RepeatedLine {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Counts that the line is due. If it is to be logged now, returns how often it was due since
    /// it was logged last, this time included.
    pub(crate) fn count_now(&self) -> Option<u64> {
        self.count(START.elapsed().as_millis() as u64)
    }

    fn count(&self, now_ms: u64) -> Option<u64> {
        let mut logged = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left_out = logged.as_ref().map_or(0, |logged| logged.left_out);
        match &mut *logged {
            Some(logged) if now_ms.saturating_sub(logged.at_ms) < LOG_LINE_INTERVAL_MS => {
                logged.left_out += 1;
                None
            }
            first_or_due => {
                let at_ms = now_ms;
                *first_or_due = Some(Logged { at_ms, left_out: 0 });
                Some(left_out + 1)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_logged_at_once_and_then_once_a_minute_with_its_count() {
        let line = RepeatedLine::new();
        assert_eq!(line.count(5), Some(1));
        for n in 0..1_000 {
            assert_eq!(line.count(5 + n), None);
        }
        assert_eq!(line.count(4 + LOG_LINE_INTERVAL_MS), None);
        assert_eq!(line.count(5 + LOG_LINE_INTERVAL_MS), Some(1_002));
        assert_eq!(line.count(6 + LOG_LINE_INTERVAL_MS), None);
        assert_eq!(line.count(9 + 3 * LOG_LINE_INTERVAL_MS), Some(2));
    }
}
