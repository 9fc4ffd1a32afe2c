//! Something that may be done a few times a minute, whoever asks for it.

use std::{
    num::NonZeroU32,
    sync::{Mutex, PoisonError},
};

use super::{
    bucket::{Bucket, Quota},
    ns,
};

/// Tokens that doing it once costs: buckets have whole tokens a second.
const TOKENS: NonZeroU32 = NonZeroU32::new(60).unwrap();

/// How often it may still be done.
#[derive(Debug)]
pub(crate) struct PerMinute {
    quota: Quota,
    bucket: Mutex<Bucket>,
}

impl PerMinute {
    /// It may be done `burst` times at once, and `rate` times a minute in the long run.
    pub(crate) fn new(rate: NonZeroU32, burst: NonZeroU32) -> Self {
        Self {
            quota: Quota::new(rate, burst.saturating_mul(TOKENS)),
            bucket: Mutex::default(),
        }
    }

    /// Whether it may be done now. Then it counts.
    pub(crate) fn take(&self, now_ms: u64) -> bool {
        let now_ns = ns(now_ms);
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let is_there = bucket.wait_ns(self.quota, TOKENS.get(), now_ns) == 0;
        if is_there {
            bucket.take(self.quota, TOKENS.get(), now_ns);
        }
        is_there
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_done_a_few_times_at_once_and_then_at_its_rate() {
        let count = |n| NonZeroU32::new(n).unwrap();
        let asks = PerMinute::new(count(2), count(3));
        let at = |now_ms| (0..9).filter(|_| asks.take(now_ms)).count();
        assert_eq!(at(1_000), 3);
        assert_eq!(at(30_999), 0);
        assert_eq!(at(31_000), 1);
        assert_eq!(at(10_000_000), 3);
    }
}
