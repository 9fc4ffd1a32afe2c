//! Tries of a password or a short code: few for one address, and not many for all together.

use std::{
    num::NonZeroU32,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use parlor_shared::limits::{
    TRIES_ADDRESS_BURST, TRIES_ALL_BURST, TRIES_ALL_PER_MINUTE, TRIES_PER_MINUTE,
};

use super::{
    TooFast,
    bucket::{Bucket, Quota},
    keyed::KeyedBuckets,
    ns,
};
use crate::address::Network;

/// Tokens that a try costs: buckets have whole tokens a second, and a try comes more rarely.
const TRY_TOKENS: u32 = 60;

/// The tries that are left.
#[derive(Debug)]
pub(crate) struct Tries(Mutex<Buckets>);

#[derive(Debug)]
struct Buckets {
    quota: Quota,
    all: Bucket,
    networks: KeyedBuckets<Network>,
}

impl Tries {
    pub(crate) fn new() -> Self {
        let tokens = |tries: NonZeroU32| {
            tries.saturating_mul(const { NonZeroU32::new(TRY_TOKENS).unwrap() })
        };
        Self(Mutex::new(Buckets {
            quota: Quota::new(TRIES_ALL_PER_MINUTE, tokens(TRIES_ALL_BURST)),
            all: Bucket::default(),
            networks: KeyedBuckets::new(Quota::new(TRIES_PER_MINUTE, tokens(TRIES_ADDRESS_BURST))),
        }))
    }

    /// Takes a try.
    ///
    /// # Errors
    /// [`TooFast`], which says when there is one again. Then none is taken.
    pub(crate) fn take(&self, network: Option<Network>, now_ms: u64) -> Result<(), TooFast> {
        let now_ns = ns(now_ms);
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Buckets {
            quota,
            all,
            networks,
        } = &mut *buckets;
        let own_ns = network.map(|network| networks.wait_ns(network, TRY_TOKENS, now_ns));
        let wait_ns = all
            .wait_ns(*quota, TRY_TOKENS, now_ns)
            .max(own_ns.unwrap_or(0));
        if wait_ns > 0 {
            return Err(TooFast {
                retry_after: Duration::from_nanos(wait_ns),
            });
        }
        all.take(*quota, TRY_TOKENS, now_ns);
        if let Some(network) = network {
            networks.take(network, TRY_TOKENS, now_ns);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn network(last: u8) -> Option<Network> {
        Some(IpAddr::from([192, 0, 2, last]).into())
    }

    /// How many tries there are at this moment.
    fn count(mut take: impl FnMut(u32) -> Result<(), TooFast>) -> u32 {
        (0..).take_while(|n| take(*n).is_ok()).count() as u32
    }

    #[test]
    fn one_address_has_few_tries_and_all_together_not_many() {
        let tries = Tries::new();
        let of_one = count(|_| tries.take(network(1), 1_000));
        assert_eq!(of_one, TRIES_ADDRESS_BURST.get());
        let refused = tries.take(network(1), 1_000).unwrap_err();
        let seconds = refused.retry_after.as_secs_f64().round() as u32;
        assert_eq!(seconds, 60 / TRIES_PER_MINUTE.get());
        // Others still have theirs, up to what all have.
        let of_others = count(|n| tries.take(network(2 + (n / 5) as u8), 1_000));
        assert_eq!(of_one + of_others, TRIES_ALL_BURST.get());
        assert_eq!(
            count(|n| tries.take(network(200 + (n / 5) as u8), 61_000)),
            TRIES_ALL_PER_MINUTE.get()
        );
    }
}
