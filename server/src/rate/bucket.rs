//! One token bucket, as the generic cell rate algorithm keeps it: a single time. Pure: times come
//! in as arguments.
//!
//! The crate `governor` has this algorithm, but takes from one bucket at a time and only tokens
//! that are there. The server takes from several buckets at once or from none, lets a frame wait
//! for tokens that are not there yet, and charges for an answer whose size is known only
//! afterwards.

use std::num::NonZeroU32;

/// How fast a bucket fills, and how much it holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quota {
    /// Nanoseconds in which one token comes.
    token_ns: u64,
    burst: u32,
    /// The most tokens that charges may bring a bucket below empty.
    debt_max: u32,
}

/// A bucket of tokens; full when it is new.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Bucket {
    /// When the bucket will be full again, if nothing more is taken.
    full_at_ns: u64,
}

impl Quota {
    /// `per_second` tokens a second, of which a full bucket holds `burst`.
    pub(crate) fn new(per_second: NonZeroU32, burst: NonZeroU32) -> Self {
        Self {
            token_ns: (1_000_000_000 / u64::from(per_second.get())).max(1),
            burst: burst.get(),
            debt_max: burst.max(per_second).get(),
        }
    }

    /// The same for `count` clients together.
    pub(crate) fn times(self, count: NonZeroU32) -> Self {
        let count = count.get();
        Self {
            token_ns: (self.token_ns / u64::from(count)).max(1),
            burst: self.burst.saturating_mul(count),
            debt_max: self.debt_max.saturating_mul(count),
        }
    }

    /// The tokens that a full bucket holds.
    pub(crate) fn burst(self) -> u32 {
        self.burst
    }

    /// How long an empty bucket takes to be full.
    pub(crate) fn fill_ns(self) -> u64 {
        self.ns(self.burst)
    }

    fn ns(self, tokens: u32) -> u64 {
        self.token_ns.saturating_mul(u64::from(tokens))
    }
}

impl Bucket {
    /// How long until the bucket has this many tokens, or is full if it can't hold that many.
    pub(crate) fn wait_ns(self, quota: Quota, tokens: u32, now_ns: u64) -> u64 {
        let tokens = tokens.min(quota.burst);
        let full_at_ns = self.full_after(quota, tokens, now_ns);
        full_at_ns.saturating_sub(now_ns.saturating_add(quota.ns(quota.burst)))
    }

    /// Takes tokens, also ones that will be there only after [`Bucket::wait_ns`].
    pub(crate) fn take(&mut self, quota: Quota, tokens: u32, now_ns: u64) {
        self.full_at_ns = self.full_after(quota, tokens.min(quota.burst), now_ns);
    }

    /// Takes tokens whether they are there or not. What is owed is bounded by a burst, or by what a
    /// second brings if that is more.
    pub(crate) fn charge(&mut self, quota: Quota, tokens: u32, now_ns: u64) {
        let most = quota
            .ns(quota.burst)
            .saturating_add(quota.ns(quota.debt_max));
        let charged = self.full_after(quota, tokens, now_ns);
        let bounded = charged.min(now_ns.saturating_add(most));
        self.full_at_ns = self.full_at_ns.max(bounded);
    }

    /// The whole tokens that the bucket has now.
    pub(crate) fn left(self, quota: Quota, now_ns: u64) -> u32 {
        let missing = self
            .full_at_ns
            .saturating_sub(now_ns)
            .div_ceil(quota.token_ns);
        u64::from(quota.burst).saturating_sub(missing) as u32
    }

    /// Whether the bucket is like one never used.
    pub(crate) fn is_full(self, now_ns: u64) -> bool {
        self.full_at_ns <= now_ns
    }

    /// When the bucket will be full again, if nothing more is taken.
    pub(crate) fn full_at_ns(self) -> u64 {
        self.full_at_ns
    }

    fn full_after(self, quota: Quota, tokens: u32, now_ns: u64) -> u64 {
        let from_ns = self.full_at_ns.max(now_ns);
        from_ns.saturating_add(quota.ns(tokens))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn quota(per_second: u32, burst: u32) -> Quota {
        let count = |n| NonZeroU32::new(n).unwrap();
        Quota::new(count(per_second), count(burst))
    }

    #[test]
    fn a_bucket_gives_its_burst_at_once_and_then_its_rate() {
        let (quota, mut bucket) = (quota(2, 3), Bucket::default());
        for _ in 0..3 {
            assert_eq!(bucket.wait_ns(quota, 1, 0), 0);
            bucket.take(quota, 1, 0);
        }
        assert_eq!(bucket.wait_ns(quota, 1, 0), 500 * MS);
        assert_eq!(bucket.wait_ns(quota, 1, 499 * MS), MS);
        assert_eq!(bucket.wait_ns(quota, 1, 500 * MS), 0);
        assert_eq!(bucket.wait_ns(quota, 3, 500 * MS), 1_000 * MS);
        assert!(!bucket.is_full(1_499 * MS));
        assert!(bucket.is_full(1_500 * MS));
    }

    #[test]
    fn tokens_that_are_taken_ahead_are_waited_for_in_turn() {
        let (quota, mut bucket) = (quota(10, 1), Bucket::default());
        let mut waits = Vec::new();
        for _ in 0..4 {
            waits.push(bucket.wait_ns(quota, 1, 0) / MS);
            bucket.take(quota, 1, 0);
        }
        assert_eq!(waits, [0, 100, 200, 300]);
    }

    #[test]
    fn a_bucket_says_what_is_left() {
        let (quota, mut bucket) = (quota(10, 20), Bucket::default());
        assert_eq!(bucket.left(quota, 0), 20);
        bucket.take(quota, 5, 0);
        assert_eq!(bucket.left(quota, 0), 15);
        assert_eq!(bucket.left(quota, 50 * MS), 15, "whole ones");
        assert_eq!(bucket.left(quota, 100 * MS), 16);
        bucket.charge(quota, 100, 0);
        assert_eq!(bucket.left(quota, 0), 0);
        assert_eq!(quota.burst(), 20);
        assert_eq!(quota.fill_ns(), 2_000 * MS);
    }

    #[test]
    fn more_than_a_full_bucket_is_never_waited_for() {
        let (quota, mut bucket) = (quota(1, 5), Bucket::default());
        assert_eq!(bucket.wait_ns(quota, 100, 0), 0);
        bucket.take(quota, 100, 0);
        assert_eq!(bucket.wait_ns(quota, 100, 0), 5_000 * MS);
    }

    #[test]
    fn a_debt_is_waited_for_and_bounded() {
        let (quota, mut bucket) = (quota(10, 20), Bucket::default());
        bucket.charge(quota, 25, 0);
        assert_eq!(bucket.wait_ns(quota, 1, 0), 600 * MS, "five owed, and one");
        bucket.charge(quota, 1_000_000, 0);
        assert_eq!(
            bucket.wait_ns(quota, 1, 0),
            2_100 * MS,
            "a burst owed, and one"
        );
        // With a small burst frames may have been let through ahead of their tokens; a charge does
        // not give these back.
        let (quota, mut bucket) = (self::quota(10, 1), Bucket::default());
        for _ in 0..15 {
            bucket.take(quota, 1, 0);
        }
        let owed = bucket.full_at_ns();
        bucket.charge(quota, 1, 0);
        assert_eq!(bucket.full_at_ns(), owed);
    }

    #[test]
    fn an_address_has_the_rate_and_the_burst_of_several_members() {
        let four = quota(50, 200).times(NonZeroU32::new(4).unwrap());
        let mut bucket = Bucket::default();
        bucket.take(four, 800, 0);
        assert_eq!(bucket.wait_ns(four, 200, 0), 1_000 * MS);
    }
}
