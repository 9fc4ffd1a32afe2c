//! How long to wait before the next attempt. Reconnects have full jitter, `min(20 s, 0.5 s +
//! rand(0, 0.5 s · 2^n))`; a refused request waits as long as the server asks, or else longer each
//! time.

use parlor_shared::limits::{
    BACKOFF_MS_MAX, BACKOFF_MS_MIN, BACKOFF_RESET_MS, RETRY_MS_MAX, RETRY_MS_MIN,
};

/// How long to wait before repeating a request that was refused for now: as long as the server
/// asks, within [`RETRY_MS_MAX`]. If it names no time, the wait doubles with each earlier refusal.
pub(crate) fn retry_wait_ms(retry_after_ms: Option<u64>, earlier_refusals: u32) -> u64 {
    let default_ms = (RETRY_MS_MIN << earlier_refusals.min(10)).min(BACKOFF_MS_MAX);
    retry_after_ms.map_or(default_ms, |asked_ms| asked_ms.min(RETRY_MS_MAX))
}

/// The failed attempts to connect since the connection was last good.
#[derive(Debug, Clone, Default)]
pub(crate) struct Backoff {
    attempts: u32,
}

impl Backoff {
    pub(crate) fn attempts(&self) -> u32 {
        self.attempts
    }

    pub(crate) fn reset(&mut self) {
        self.attempts = 0;
    }

    /// Records that a connection ended, and returns the wait before the next one. `online_ms` is
    /// how long it was welcomed, `None` if it never was; `random` is any number.
    pub(crate) fn next_wait_ms(&mut self, online_ms: Option<u64>, random: u64) -> u64 {
        if online_ms.is_some_and(|online| online >= BACKOFF_RESET_MS) {
            self.attempts = 0;
        }
        let span = BACKOFF_MS_MIN << self.attempts.min(10);
        self.attempts = self.attempts.saturating_add(1);
        (BACKOFF_MS_MIN + random % (span + 1)).min(BACKOFF_MS_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_with_each_attempt_and_are_bounded() {
        let mut backoff = Backoff::default();
        let random = u64::MAX;
        for n in 0..40 {
            let wait = backoff.clone().next_wait_ms(None, random);
            let span = (500_u64 << n.min(10)) + 1;
            assert_eq!(wait, (500 + random % span).min(20_000));
            let shortest = backoff.next_wait_ms(None, 0);
            assert_eq!(shortest, 500, "the jitter goes down to the minimum");
        }
    }

    #[test]
    fn only_a_connection_that_lasted_resets_the_backoff() {
        let mut backoff = Backoff::default();
        for _ in 0..3 {
            backoff.next_wait_ms(None, 0);
        }
        backoff.next_wait_ms(Some(4_999), 0);
        assert_eq!(backoff.attempts(), 4, "welcomed, but dropped at once");
        backoff.next_wait_ms(Some(5_000), 0);
        assert_eq!(backoff.attempts(), 1);
    }
}
