//! Rate limits: each message takes one token from the bucket of its connection, of its member and of its address.

use std::{
    hash::Hash,
    net::IpAddr,
    num::NonZeroU32,
    sync::{PoisonError, RwLock},
    time::Duration,
};

use governor::{
    DefaultDirectRateLimiter, DefaultKeyedRateLimiter, NotUntil, Quota, RateLimiter,
    clock::{Clock, DefaultClock, QuantaInstant},
};
use parlor_shared::{
    MemberId,
    limits::{RATE_ADDRESS_FACTOR, RATE_KEYS_MAX},
};

/// The node's rate limits. Empty if the operator switched them off.
#[derive(Debug)]
pub(crate) struct Rates(Option<Buckets>);

#[derive(Debug)]
struct Buckets {
    quota: Quota,
    members: KeyedBuckets<MemberId>,
    addresses: KeyedBuckets<IpAddr>,
}

/// A bucket for each key, for at most [`RATE_KEYS_MAX`] keys.
#[derive(Debug)]
struct KeyedBuckets<K: Hash + Eq + Clone> {
    quota: Quota,
    buckets: RwLock<DefaultKeyedRateLimiter<K>>,
}

/// The bucket of one connection.
#[derive(Debug)]
pub(crate) struct ConnectionRate(Option<DefaultDirectRateLimiter>);

/// A bucket is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many messages at once; wait {} ms", .retry_after.as_millis())]
pub(crate) struct TooFast {
    pub(crate) retry_after: Duration,
}

impl Rates {
    /// Limits of `per_second` messages a second with bursts of `burst`; no limits if `per_second` is `None`.
    pub(crate) fn new(per_second: Option<NonZeroU32>, burst: NonZeroU32) -> Self {
        Self(per_second.map(|per_second| {
            let quota = Quota::per_second(per_second).allow_burst(burst);
            // Many members may share an address, behind one router or in one office.
            let factor = |n: NonZeroU32| n.saturating_mul(RATE_ADDRESS_FACTOR);
            let address = Quota::per_second(factor(per_second)).allow_burst(factor(burst));
            Buckets {
                quota,
                members: KeyedBuckets::new(quota),
                addresses: KeyedBuckets::new(address),
            }
        }))
    }

    /// The bucket of a new connection.
    pub(crate) fn connection(&self) -> ConnectionRate {
        ConnectionRate(
            self.0
                .as_ref()
                .map(|buckets| RateLimiter::direct(buckets.quota)),
        )
    }

    /// Takes a token for one message from every bucket that it counts in.
    ///
    /// # Errors
    /// [`TooFast`] if one of them is empty.
    pub(crate) fn take(
        &self,
        connection: &ConnectionRate,
        member: Option<MemberId>,
        address: Option<IpAddr>,
    ) -> Result<(), TooFast> {
        let (Some(buckets), Some(own)) = (&self.0, &connection.0) else {
            return Ok(());
        };
        own.check().map_err(too_fast)?;
        if let Some(member) = member {
            buckets.members.take(member)?;
        }
        if let Some(address) = address {
            buckets.addresses.take(address)?;
        }
        Ok(())
    }
}

impl<K: Hash + Eq + Clone> KeyedBuckets<K> {
    fn new(quota: Quota) -> Self {
        Self {
            quota,
            buckets: RwLock::new(RateLimiter::keyed(quota)),
        }
    }

    fn take(&self, key: K) -> Result<(), TooFast> {
        let taken = {
            let buckets = self.buckets.read().unwrap_or_else(PoisonError::into_inner);
            let taken = buckets.check_key(&key).map_err(too_fast);
            if buckets.len() < RATE_KEYS_MAX {
                return taken;
            }
            taken
        };
        self.make_room();
        taken
    }

    /// Drops the buckets that are full, since a full bucket is like a new one. If most are in use, it drops all: for a moment
    /// too many messages pass, but memory stays bounded, and the search for full buckets stays rare.
    fn make_room(&self) {
        let mut buckets = self.buckets.write().unwrap_or_else(PoisonError::into_inner);
        buckets.retain_recent();
        if buckets.len() > RATE_KEYS_MAX / 2 {
            *buckets = RateLimiter::keyed(self.quota);
        }
    }
}

fn too_fast(not_until: NotUntil<QuantaInstant>) -> TooFast {
    TooFast {
        retry_after: not_until.wait_time_from(DefaultClock::default().now()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(n: u32) -> NonZeroU32 {
        NonZeroU32::new(n).unwrap()
    }

    fn member(n: u32) -> MemberId {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        MemberId::from_bytes(bytes)
    }

    #[test]
    fn members_at_one_address_share_its_limit_and_keep_their_own() {
        let rates = Rates::new(Some(count(1)), count(2));
        let address = Some(IpAddr::from([127, 0, 0, 1]));
        let (burst_of_one, burst_of_all) = (2, 2 * RATE_ADDRESS_FACTOR.get());
        let members = burst_of_all;
        let messages_passed: u32 = (0..members)
            .map(|n| {
                let own = rates.connection();
                let take = |_: &u32| rates.take(&own, Some(member(n)), address).is_ok();
                (0..3).filter(take).count() as u32
            })
            .sum();
        // On a slow machine a few more tokens are there by then.
        let expected = burst_of_all..burst_of_one * members;
        assert!(expected.contains(&messages_passed), "{messages_passed}");
    }

    #[test]
    fn the_number_of_buckets_is_bounded() {
        let buckets = KeyedBuckets::new(Quota::per_hour(count(1)));
        let known = || buckets.buckets.read().unwrap().len();
        for n in 0..RATE_KEYS_MAX as u32 - 1 {
            buckets.take(member(n)).unwrap();
        }
        assert_eq!(known(), RATE_KEYS_MAX - 1);
        buckets.take(member(0)).unwrap_err();
        // No bucket is full, so all are dropped.
        for n in 0..10 {
            buckets.take(member(u32::MAX - n)).unwrap();
        }
        assert_eq!(known(), 9);
        buckets.take(member(0)).unwrap();
    }

    #[test]
    fn full_buckets_are_dropped_first() {
        let buckets = KeyedBuckets::new(Quota::per_second(count(1_000_000_000)));
        for n in 0..RATE_KEYS_MAX as u32 {
            buckets.take(member(n)).unwrap();
        }
        assert!(buckets.buckets.read().unwrap().len() <= RATE_KEYS_MAX / 2);
    }
}
