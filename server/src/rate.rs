//! Rate limits: one token bucket for each connection, one for each member and one for each address.

use std::{
    hash::Hash,
    net::IpAddr,
    num::NonZeroU32,
    sync::{PoisonError, RwLock},
    time::Duration,
};

use governor::{
    NotUntil, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::NoOpMiddleware,
    state::{InMemoryState, NotKeyed, keyed::DefaultKeyedStateStore},
};
use parlor_shared::{
    MemberId,
    limits::{RATE_ADDRESS_FACTOR, RATE_KEYS_MAX},
};

type Limiter<K, S, C> = RateLimiter<K, S, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// The rate limits of this node. Without buckets if the operator switched them off.
#[derive(Debug)]
pub(crate) struct Rates<C: Clock = DefaultClock>(Option<Buckets<C>>);

#[derive(Debug)]
struct Buckets<C: Clock> {
    quota: Quota,
    clock: C,
    members: KeyedBuckets<MemberId, C>,
    addresses: KeyedBuckets<IpAddr, C>,
}

/// One bucket for each key, for at most [`RATE_KEYS_MAX`] keys.
#[derive(Debug)]
struct KeyedBuckets<K: Hash + Eq + Clone, C: Clock> {
    quota: Quota,
    buckets: RwLock<Limiter<K, DefaultKeyedStateStore<K>, C>>,
}

/// The bucket of one connection. Without a limiter if the limits are switched off.
#[derive(Debug)]
pub(crate) struct ConnectionRate<C: Clock = DefaultClock>(
    Option<Limiter<NotKeyed, InMemoryState, C>>,
);

/// The error of a client that sends faster than its limits allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Too many messages at once. Wait {} ms.", .retry_after.as_millis())]
pub(crate) struct TooFast {
    pub(crate) retry_after: Duration,
}

impl Rates {
    /// Limits of `per_second` messages a second and `burst` messages at once; no limits if
    /// `per_second` is `None`.
    pub(crate) fn new(per_second: Option<NonZeroU32>, burst: NonZeroU32) -> Self {
        Self::with_clock(per_second, burst, DefaultClock::default())
    }
}

impl<C: Clock + Clone> Rates<C> {
    fn with_clock(per_second: Option<NonZeroU32>, burst: NonZeroU32, clock: C) -> Self {
        Self(per_second.map(|per_second| {
            let quota = Quota::per_second(per_second).allow_burst(burst);
            // Many members may share an address, behind one router or in one office.
            let factor = |n: NonZeroU32| n.saturating_mul(RATE_ADDRESS_FACTOR);
            let address = Quota::per_second(factor(per_second)).allow_burst(factor(burst));
            Buckets {
                quota,
                members: KeyedBuckets::new(quota, clock.clone()),
                addresses: KeyedBuckets::new(address, clock.clone()),
                clock,
            }
        }))
    }

    /// The bucket of a new connection.
    pub(crate) fn connection(&self) -> ConnectionRate<C> {
        let buckets = self.0.as_ref();
        let limiter = buckets
            .map(|buckets| RateLimiter::direct_with_clock(buckets.quota, buckets.clock.clone()));
        ConnectionRate(limiter)
    }

    /// Takes one message from every bucket that it counts in.
    ///
    /// # Errors
    /// [`TooFast`] if one of them is empty.
    pub(crate) fn take(
        &self,
        connection: &ConnectionRate<C>,
        member: Option<MemberId>,
        address: Option<IpAddr>,
    ) -> Result<(), TooFast> {
        let (Some(buckets), Some(own)) = (&self.0, &connection.0) else {
            return Ok(());
        };
        own.check().map_err(|until| too_fast(&until, own.clock()))?;
        if let Some(member) = member {
            buckets.members.take(member)?;
        }
        if let Some(address) = address {
            buckets.addresses.take(address)?;
        }
        Ok(())
    }
}

impl<K: Hash + Eq + Clone, C: Clock + Clone> KeyedBuckets<K, C> {
    fn new(quota: Quota, clock: C) -> Self {
        Self {
            quota,
            buckets: RwLock::new(RateLimiter::hashmap_with_clock(quota, clock)),
        }
    }

    fn take(&self, key: K) -> Result<(), TooFast> {
        let taken = {
            let buckets = self.buckets.read().unwrap_or_else(PoisonError::into_inner);
            let taken = buckets
                .check_key(&key)
                .map_err(|until| too_fast(&until, buckets.clock()));
            if buckets.len() < RATE_KEYS_MAX {
                return taken;
            }
            taken
        };
        self.make_room();
        taken
    }

    /// Drops the full buckets, which are like ones never used. If most are not full, drops all: for
    /// a moment clients may send too much, but memory stays bounded and this search stays rare.
    fn make_room(&self) {
        let mut buckets = self.buckets.write().unwrap_or_else(PoisonError::into_inner);
        buckets.retain_recent();
        if buckets.len() > RATE_KEYS_MAX / 2 {
            *buckets = RateLimiter::hashmap_with_clock(self.quota, buckets.clock().clone());
        }
    }
}

fn too_fast<C: Clock>(until: &NotUntil<C::Instant>, clock: &C) -> TooFast {
    TooFast {
        retry_after: until.wait_time_from(clock.now()),
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

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
    fn an_empty_bucket_says_when_it_has_a_token_again() {
        let clock = FakeRelativeClock::default();
        let rates = Rates::with_clock(Some(count(2)), count(3), clock.clone());
        let own = rates.connection();
        let take = || rates.take(&own, None, None);
        for _ in 0..3 {
            take().unwrap();
        }
        let retry_after = take().unwrap_err().retry_after;
        assert_eq!(retry_after, Duration::from_millis(500));
        clock.advance(retry_after - Duration::from_millis(1));
        take().unwrap_err();
        clock.advance(Duration::from_millis(1));
        take().unwrap();
        take().unwrap_err();
    }

    #[test]
    fn a_members_connections_share_one_bucket() {
        let rates = Rates::with_clock(Some(count(1)), count(5), FakeRelativeClock::default());
        let (first, second) = (rates.connection(), rates.connection());
        for _ in 0..5 {
            rates.take(&first, Some(member(1)), None).unwrap();
        }
        rates.take(&second, Some(member(1)), None).unwrap_err();
        rates.take(&second, Some(member(2)), None).unwrap();
    }

    #[test]
    fn an_address_lets_through_a_few_times_what_one_member_may_send() {
        let rates = Rates::with_clock(Some(count(1)), count(2), FakeRelativeClock::default());
        let address = Some(IpAddr::from([127, 0, 0, 1]));
        let (of_one, of_all) = (2, 2 * RATE_ADDRESS_FACTOR.get());
        let let_through: Vec<u32> = (0..of_all)
            .map(|n| {
                let own = rates.connection();
                let take = |_: &u32| rates.take(&own, Some(member(n)), address).is_ok();
                (0..3).filter(take).count() as u32
            })
            .collect();
        assert_eq!(let_through.iter().max(), Some(&of_one));
        assert_eq!(let_through.iter().sum::<u32>(), of_all);
    }

    #[test]
    fn the_number_of_buckets_is_bounded_even_if_none_is_full() {
        let buckets = KeyedBuckets::new(Quota::per_hour(count(1)), FakeRelativeClock::default());
        let known = || buckets.buckets.read().unwrap().len();
        for n in 0..RATE_KEYS_MAX as u32 - 1 {
            buckets.take(member(n)).unwrap();
        }
        assert_eq!(known(), RATE_KEYS_MAX - 1);
        buckets.take(member(0)).unwrap_err();
        // No bucket is full, so all of them are dropped.
        for n in 0..10 {
            buckets.take(member(u32::MAX - n)).unwrap();
        }
        assert_eq!(known(), 9);
        buckets.take(member(0)).unwrap();
    }

    #[test]
    fn full_buckets_are_dropped_first() {
        let clock = FakeRelativeClock::default();
        let buckets = KeyedBuckets::new(Quota::per_second(count(1)), clock.clone());
        for n in 1..RATE_KEYS_MAX as u32 {
            buckets.take(member(n)).unwrap();
        }
        clock.advance(Duration::from_secs(2));
        buckets.take(member(0)).unwrap();
        assert_eq!(buckets.buckets.read().unwrap().len(), 1);
        buckets.take(member(0)).unwrap_err();
    }
}
