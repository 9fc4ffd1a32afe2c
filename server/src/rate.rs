//! How much a client may say: one token bucket for its connection, one for its member, one for its address.

use std::{hash::Hash, net::IpAddr, num::NonZeroU32, time::Duration};

use governor::{
    DefaultDirectRateLimiter, DefaultKeyedRateLimiter, NotUntil, Quota, RateLimiter,
    clock::{Clock, DefaultClock, QuantaInstant},
};
use parlor_shared::{
    MemberId,
    limits::{RATE_ADDRESS_FACTOR, RATE_KEYS_MAX},
};

/// The node's rate limits; `None` inside where the operator switched them off.
#[derive(Debug)]
pub(crate) struct Rates(Option<Buckets>);

#[derive(Debug)]
struct Buckets {
    quota: Quota,
    members: DefaultKeyedRateLimiter<MemberId>,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
}

/// One connection's own bucket.
#[derive(Debug)]
pub(crate) struct ConnectionRate(Option<DefaultDirectRateLimiter>);

/// Too much at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many messages at once; wait {} ms", .retry_after.as_millis())]
pub(crate) struct TooFast {
    pub(crate) retry_after: Duration,
}

impl Rates {
    /// Limits of so many messages per second, and so many at once; none when `per_second` is `None`.
    pub(crate) fn new(per_second: Option<NonZeroU32>, burst: NonZeroU32) -> Self {
        Self(per_second.map(|per_second| {
            let quota = Quota::per_second(per_second).allow_burst(burst);
            // Many members may share an address, behind one router or in one office.
            let factor = |n: NonZeroU32| n.saturating_mul(RATE_ADDRESS_FACTOR);
            let address = Quota::per_second(factor(per_second)).allow_burst(factor(burst));
            Buckets {
                quota,
                members: RateLimiter::keyed(quota),
                addresses: RateLimiter::keyed(address),
            }
        }))
    }

    /// A new connection's bucket.
    pub(crate) fn connection(&self) -> ConnectionRate {
        ConnectionRate(
            self.0
                .as_ref()
                .map(|buckets| RateLimiter::direct(buckets.quota)),
        )
    }

    /// Takes one message from every bucket it counts in.
    ///
    /// # Errors
    /// [`TooFast`] where one of them is empty.
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
            take_keyed(&buckets.members, member)?;
        }
        if let Some(address) = address {
            take_keyed(&buckets.addresses, address)?;
        }
        Ok(())
    }
}

fn take_keyed<K: Hash + Eq + Clone>(
    buckets: &DefaultKeyedRateLimiter<K>,
    key: K,
) -> Result<(), TooFast> {
    if buckets.len() >= RATE_KEYS_MAX {
        // A full bucket is like one never used. Where every bucket is in use, all are forgotten: for a moment
        // too much is let through, but memory stays bounded.
        buckets.retain_recent();
    }
    buckets.check_key(&key).map_err(too_fast)
}

fn too_fast(not_until: NotUntil<QuantaInstant>) -> TooFast {
    TooFast {
        retry_after: not_until.wait_time_from(DefaultClock::default().now()),
    }
}
