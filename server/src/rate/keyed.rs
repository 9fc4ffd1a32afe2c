//! Buckets by key: for each member, and for each address.

use std::{collections::HashMap, hash::Hash};

use parlor_shared::limits::RATE_KEYS_MAX;

use super::bucket::{Bucket, Quota};

/// One bucket for each key, for at most [`RATE_KEYS_MAX`] keys.
#[derive(Debug)]
pub(super) struct KeyedBuckets<K> {
    pub(super) quota: Quota,
    buckets: HashMap<K, Bucket>,
}

impl<K: Hash + Eq + Copy> KeyedBuckets<K> {
    pub(super) fn new(quota: Quota) -> Self {
        Self {
            quota,
            buckets: HashMap::new(),
        }
    }

    /// The bucket of this key.
    pub(super) fn get(&self, key: K) -> Bucket {
        self.buckets.get(&key).copied().unwrap_or_default()
    }

    /// How long until this key has the tokens.
    pub(super) fn wait_ns(&self, key: K, tokens: u32, now_ns: u64) -> u64 {
        self.get(key).wait_ns(self.quota, tokens, now_ns)
    }

    /// See [`Bucket::take`].
    pub(super) fn take(&mut self, key: K, tokens: u32, now_ns: u64) {
        let quota = self.quota;
        self.bucket(key, now_ns).take(quota, tokens, now_ns);
    }

    /// See [`Bucket::charge`].
    pub(super) fn charge(&mut self, key: K, tokens: u32, now_ns: u64) {
        let quota = self.quota;
        self.bucket(key, now_ns).charge(quota, tokens, now_ns);
    }

    fn bucket(&mut self, key: K, now_ns: u64) -> &mut Bucket {
        if self.buckets.len() >= RATE_KEYS_MAX && !self.buckets.contains_key(&key) {
            self.make_room(now_ns);
        }
        self.buckets.entry(key).or_default()
    }

    /// Drops the full buckets, which are like new ones. If most are not full, drops the fullest
    /// half: a key that is over its limit stays over it, and this search stays rare.
    fn make_room(&mut self, now_ns: u64) {
        self.buckets.retain(|_, bucket| !bucket.is_full(now_ns));
        let surplus = self.buckets.len().saturating_sub(RATE_KEYS_MAX / 2);
        if surplus == 0 {
            return;
        }
        let mut full_at: Vec<u64> = self.buckets.values().map(|b| b.full_at_ns()).collect();
        let (_, &mut last_dropped, _) = full_at.select_nth_unstable(surplus - 1);
        self.buckets
            .retain(|_, bucket| bucket.full_at_ns() > last_dropped);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.buckets.len()
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn buckets(per_second: u32, burst: u32) -> KeyedBuckets<usize> {
        let count = |n| NonZeroU32::new(n).unwrap();
        KeyedBuckets::new(Quota::new(count(per_second), count(burst)))
    }

    #[test]
    fn full_buckets_are_dropped_first() {
        let mut buckets = buckets(1, 1);
        for key in 0..RATE_KEYS_MAX - 1 {
            buckets.take(key, 1, 0);
        }
        buckets.take(usize::MAX, 1, 2 * SECOND);
        buckets.take(usize::MAX - 1, 1, 2 * SECOND);
        assert_eq!(buckets.len(), 2);
        assert!(buckets.wait_ns(usize::MAX, 1, 2 * SECOND) > 0);
    }

    #[test]
    fn the_number_of_buckets_is_bounded_and_keys_over_their_limit_stay_over_it() {
        let mut buckets = buckets(1, 10);
        let over = |key: usize| key.is_multiple_of(100);
        for key in 0..RATE_KEYS_MAX {
            buckets.charge(key, if over(key) { 15 } else { 1 }, 0);
        }
        for key in 0..10 {
            buckets.take(usize::MAX - key, 1, 0);
        }
        assert!(buckets.len() <= RATE_KEYS_MAX / 2 + 10, "{}", buckets.len());
        let forgotten =
            (0..RATE_KEYS_MAX).filter(|key| over(*key) && buckets.wait_ns(*key, 1, 0) == 0);
        assert_eq!(forgotten.count(), 0);
    }
}
