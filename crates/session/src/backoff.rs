//! How long to wait before the next try: for a connection full jitter, `min(20 s, 0.5 s + rand(0, 0.5 s · 2^n))`; for
//! what the server refused for now its own word, or else longer each time.

use parlor_shared::limits::{
    BACKOFF_MS_MAX, BACKOFF_MS_MIN, BACKOFF_RESET_MS, RETRY_MS_MAX, RETRY_MS_MIN,
};

/// How long what was refused for now waits: as long as the server asks, within [`RETRY_MS_MAX`]; where it names
/// nothing, longer with each time it was refused before.
pub(crate) fn retry_wait_ms(asked_ms: Option<u64>, refused_before: u32) -> u64 {
    let own_ms = (RETRY_MS_MIN << refused_before.min(10)).min(BACKOFF_MS_MAX);
    asked_ms.map_or(own_ms, |asked_ms| asked_ms.min(RETRY_MS_MAX))
}

/// Tries since the line was last good.
#[derive(Debug, Clone, Default)]
pub(crate) struct Backoff {
    tries: u32,
}

impl Backoff {
    /// Tries that failed since the line was last good.
    pub(crate) fn tries(&self) -> u32 {
        self.tries
    }

    /// Somebody decides anew whether to connect: what failed before is no matter.
    pub(crate) fn forget(&mut self) {
        self.tries = 0;
    }

    /// A line ended after being welcomed for this long, or never (`None`); gives the wait. `random` is any number.
    pub(crate) fn lost(&mut self, online_ms: Option<u64>, random: u64) -> u64 {
        if online_ms.is_some_and(|online| online >= BACKOFF_RESET_MS) {
            self.tries = 0;
        }
        let span = BACKOFF_MS_MIN << self.tries.min(10);
        self.tries = self.tries.saturating_add(1);
        (BACKOFF_MS_MIN + random % (span + 1)).min(BACKOFF_MS_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_with_each_try_and_are_bounded() {
        let mut backoff = Backoff::default();
        let longest = u64::MAX;
        for n in 0..40 {
            let wait = backoff.clone().lost(None, longest);
            let span = (500_u64 << n.min(10)) + 1;
            assert_eq!(wait, (500 + longest % span).min(20_000));
            assert_eq!(
                backoff.clone().lost(None, 0),
                500,
                "with luck it is short, each time"
            );
            backoff.lost(None, 0);
        }
        backoff.lost(Some(4_999), 0);
        assert!(
            backoff.tries() > 1,
            "a server that welcomes and drops is not hammered"
        );
        backoff.lost(Some(5_000), 0);
        assert_eq!(backoff.tries(), 1);
    }
}
