//! Rate limits: what comes in is paid with tokens from three buckets, the connection's, its
//! member's and its address's.
//!
//! A frame whose tokens are there within [`RATE_DELAY_MS_MAX`] takes them at once and waits for
//! them, in turn with the others that wait (`connection/intake.rs`). One that would wait longer
//! takes none. What a request costs beyond its frame is charged afterwards, so that the next frame
//! waits for it.

mod bucket;
mod keyed;
pub(crate) mod left;
pub(crate) mod per_minute;
pub(crate) mod tries;

use std::{
    cell::Cell,
    num::NonZeroU32,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use parlor_shared::{
    MemberId,
    limits::{RATE_ADDRESS_FACTOR, RATE_DELAY_MS_MAX, REQUESTS_BURST, REQUESTS_PER_SECOND},
};

use self::{
    bucket::{Bucket, Quota},
    keyed::KeyedBuckets,
};
use crate::address::{AddressLimits, Network};

/// The rate limits of this node. Without buckets if the operator switched them off.
#[derive(Debug)]
pub(crate) struct Rates(Option<Limited>);

#[derive(Debug)]
struct Limited {
    /// What one connection may send.
    quota: Quota,
    buckets: Mutex<Buckets>,
}

#[derive(Debug)]
struct Buckets {
    members: KeyedBuckets<MemberId>,
    /// Without buckets if the limits of an address are switched off.
    networks: Option<KeyedBuckets<Network>>,
    /// The same for requests over HTTP, each of which costs one of its tokens.
    requests: Option<KeyedBuckets<Network>>,
}

/// Whose buckets pay for what a connection sends.
#[derive(Debug)]
pub(crate) struct Payer {
    connection: Cell<Bucket>,
    member: Option<MemberId>,
    network: Option<Network>,
}

/// How long a frame may wait for its tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Up to [`RATE_DELAY_MS_MAX`].
    Delay,
    /// Not at all.
    None,
}

/// The error of a client that sends faster than its limits allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Too many messages at once. Wait {} ms.", .retry_after.as_millis())]
pub(crate) struct TooFast {
    pub(crate) retry_after: Duration,
}

impl Rates {
    /// Limits of `per_second` tokens a second, of which `burst` may be taken at once; no limits if
    /// `per_second` is `None`.
    pub(crate) fn new(
        per_second: Option<NonZeroU32>,
        burst: NonZeroU32,
        address_limits: AddressLimits,
    ) -> Self {
        Self(per_second.map(|per_second| {
            let quota = Quota::new(per_second, burst);
            let of_address = |quota| match address_limits {
                AddressLimits::Enforced => Some(KeyedBuckets::new(quota)),
                AddressLimits::Lifted => None,
            };
            let buckets = Mutex::new(Buckets {
                members: KeyedBuckets::new(quota),
                // Many members may share an address, behind one router or in one office.
                networks: of_address(quota.times(RATE_ADDRESS_FACTOR)),
                requests: of_address(Quota::new(REQUESTS_PER_SECOND, REQUESTS_BURST)),
            });
            Limited { quota, buckets }
        }))
    }

    /// Takes tokens from every bucket of the payer, and says how long they are to be waited for.
    ///
    /// # Errors
    /// [`TooFast`] if that is longer than `patience` allows. Then none are taken.
    pub(crate) fn take(
        &self,
        payer: &Payer,
        tokens: u32,
        patience: Patience,
        now_ms: u64,
    ) -> Result<Duration, TooFast> {
        let Some(Limited { quota, buckets }) = &self.0 else {
            return Ok(Duration::ZERO);
        };
        let now_ns = ns(now_ms);
        let mut buckets = lock(buckets);
        let mut own = payer.connection.get();
        let wait_ns = own
            .wait_ns(*quota, tokens, now_ns)
            .max(buckets.wait_ns(payer, tokens, now_ns));
        let wait = Duration::from_nanos(wait_ns);
        if wait > patience.longest() {
            return Err(TooFast { retry_after: wait });
        }
        own.take(*quota, tokens, now_ns);
        payer.connection.set(own);
        if let Some(member) = payer.member {
            buckets.members.take(member, tokens, now_ns);
        }
        if let Some((networks, network)) = buckets.network(payer.network) {
            networks.take(network, tokens, now_ns);
        }
        Ok(wait)
    }

    /// Takes what counts as this many requests from the bucket of this address, and says how long
    /// it is to wait.
    ///
    /// # Errors
    /// [`TooFast`] if that is longer than [`RATE_DELAY_MS_MAX`]. Then it is not taken.
    pub(crate) fn take_requests(
        &self,
        network: Option<Network>,
        count: u32,
        now_ms: u64,
    ) -> Result<Duration, TooFast> {
        let Some(Limited { buckets, .. }) = &self.0 else {
            return Ok(Duration::ZERO);
        };
        let mut buckets = lock(buckets);
        let Some((requests, network)) = buckets.requests.as_mut().zip(network) else {
            return Ok(Duration::ZERO);
        };
        let now_ns = ns(now_ms);
        let wait = Duration::from_nanos(requests.wait_ns(network, count, now_ns));
        if wait > Patience::Delay.longest() {
            return Err(TooFast { retry_after: wait });
        }
        requests.take(network, count, now_ns);
        Ok(wait)
    }

    /// Takes tokens for something that is done already, whether they are there or not.
    pub(crate) fn charge(&self, payer: &Payer, tokens: u32, now_ms: u64) {
        let Some(Limited { quota, buckets }) = &self.0 else {
            return;
        };
        let now_ns = ns(now_ms);
        let mut own = payer.connection.get();
        own.charge(*quota, tokens, now_ns);
        payer.connection.set(own);
        let mut buckets = lock(buckets);
        if let Some(member) = payer.member {
            buckets.members.charge(member, tokens, now_ns);
        }
        if let Some((networks, network)) = buckets.network(payer.network) {
            networks.charge(network, tokens, now_ns);
        }
    }
}

impl Buckets {
    /// How long until the payer's member and address have these tokens.
    fn wait_ns(&self, payer: &Payer, tokens: u32, now_ns: u64) -> u64 {
        let member = payer
            .member
            .map(|member| self.members.wait_ns(member, tokens, now_ns));
        let networks = self.networks.as_ref().zip(payer.network);
        let network = networks.map(|(networks, network)| networks.wait_ns(network, tokens, now_ns));
        member.max(network).unwrap_or(0)
    }

    fn network(
        &mut self,
        network: Option<Network>,
    ) -> Option<(&mut KeyedBuckets<Network>, Network)> {
        self.networks.as_mut().zip(network)
    }
}

impl Payer {
    /// The payer of a connection from this address. Its member is not known yet.
    pub(crate) fn new(network: Option<Network>) -> Self {
        Self {
            connection: Cell::default(),
            member: None,
            network,
        }
    }

    /// Has this member pay from now on, too.
    pub(crate) fn set_member(&mut self, member: MemberId) {
        self.member = Some(member);
    }
}

impl Patience {
    fn longest(self) -> Duration {
        match self {
            Self::Delay => Duration::from_millis(RATE_DELAY_MS_MAX),
            Self::None => Duration::ZERO,
        }
    }
}

fn ns(ms: u64) -> u64 {
    ms.saturating_mul(1_000_000)
}

/// Locks the buckets. If a holder panicked, they are whole all the same: each is a single number.
fn lock(buckets: &Mutex<Buckets>) -> MutexGuard<'_, Buckets> {
    buckets.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use parlor_shared::limits::{
        HELLO_TOKENS, PLAIN_PAGE_REQUESTS, RATE_BURST, RATE_KEYS_MAX, RATE_PER_SECOND,
    };

    use super::*;

    fn count(n: u32) -> NonZeroU32 {
        NonZeroU32::new(n).unwrap()
    }

    fn member(n: u32) -> MemberId {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        MemberId::from_bytes(bytes)
    }

    fn rates(per_second: u32, burst: u32) -> Rates {
        Rates::new(
            Some(count(per_second)),
            count(burst),
            AddressLimits::Enforced,
        )
    }

    fn payer(member: MemberId, address: Option<[u8; 4]>) -> Payer {
        let mut payer = Payer::new(address.map(|address| IpAddr::from(address).into()));
        payer.set_member(member);
        payer
    }

    /// How long one token is waited for at the start, in milliseconds; `None` if it is refused.
    fn waits(rates: &Rates, payer: &Payer) -> Option<u64> {
        let taken = rates.take(payer, 1, Patience::Delay, 0).ok();
        taken.map(|wait| wait.as_millis() as u64)
    }

    #[test]
    fn a_frame_waits_up_to_a_second_and_is_refused_beyond_without_a_cost() {
        let (rates, ann) = (rates(2, 3), payer(member(1), None));
        let mut all = Vec::new();
        for _ in 0..8 {
            all.push(waits(&rates, &ann));
        }
        let at = |ms| Some(ms);
        let first = [at(0), at(0), at(0), at(500), at(1_000), None, None, None];
        assert_eq!(all, first);
        let refused = rates.take(&ann, 1, Patience::None, 1_000).unwrap_err();
        assert_eq!(refused.retry_after, Duration::from_millis(500));
        rates.take(&ann, 1, Patience::None, 1_500).unwrap();
    }

    #[test]
    fn a_members_connections_share_one_bucket() {
        let rates = rates(1, 5);
        let (first, second) = (payer(member(1), None), payer(member(1), None));
        for _ in 0..5 {
            assert_eq!(waits(&rates, &first), Some(0));
        }
        assert_eq!(waits(&rates, &second), Some(1_000));
        assert_eq!(waits(&rates, &payer(member(2), None)), Some(0));
    }

    #[test]
    fn an_address_lets_through_a_few_times_what_one_member_may_send() {
        let address = Some([192, 0, 2, 1]);
        let (of_one, of_all) = (2, 2 * RATE_ADDRESS_FACTOR.get());
        let let_through = |rates: &Rates| -> Vec<u32> {
            let take = |payer: &Payer| rates.take(payer, 1, Patience::None, 0).is_ok();
            let payers = (0..of_all).map(|n| payer(member(n), address));
            payers
                .map(|payer| (0..3).filter(|_| take(&payer)).count() as u32)
                .collect()
        };
        let enforced = let_through(&rates(1, 2));
        assert_eq!(enforced.iter().max(), Some(&of_one));
        assert_eq!(enforced.iter().sum::<u32>(), of_all);
        let lifted = Rates::new(Some(count(1)), count(2), AddressLimits::Lifted);
        assert_eq!(let_through(&lifted), vec![of_one; of_all as usize]);
    }

    /// Members of one address can't fill the table in which all have their buckets: it makes fewer
    /// than a fiftieth in the time in which a bucket that was used once is full again.
    #[test]
    fn one_address_makes_few_members_in_the_time_in_which_they_are_remembered() {
        let rates = rates(RATE_PER_SECOND, RATE_BURST);
        let network: Option<Network> = Some(IpAddr::from([192, 0, 2, 1]).into());
        let remembered_ms = u64::from(2 * RATE_BURST / RATE_PER_SECOND) * 1_000;
        let mut members = 0;
        for now_ms in 0..remembered_ms {
            loop {
                let mut payer = Payer::new(network);
                if rates.take(&payer, 1, Patience::None, now_ms).is_err() {
                    break;
                }
                payer.set_member(member(members));
                rates.charge(&payer, HELLO_TOKENS - 1, now_ms);
                members += 1;
            }
        }
        assert!((members as usize) < RATE_KEYS_MAX / 50, "{members}");
    }

    #[test]
    fn an_address_makes_a_burst_of_requests_and_then_waits_for_each() {
        let network = |last| Some(IpAddr::from([192, 0, 2, last]).into());
        let rates = rates(1, 1);
        let take = |last| rates.take_requests(network(last), 1, 0);
        for _ in 0..REQUESTS_BURST.get() {
            assert_eq!(take(1), Ok(Duration::ZERO));
        }
        let waits = (0..).map_while(|_| take(1).ok());
        assert_eq!(waits.count() as u32, REQUESTS_PER_SECOND.get());
        assert_eq!(take(2), Ok(Duration::ZERO));
    }

    #[test]
    fn reading_a_room_over_http_counts_as_several_requests() {
        let network = Some(IpAddr::from([192, 0, 2, 1]).into());
        let rates = rates(1, 1);
        let take = || rates.take_requests(network, PLAIN_PAGE_REQUESTS, 0);
        for _ in 0..REQUESTS_BURST.get() / PLAIN_PAGE_REQUESTS {
            assert_eq!(take(), Ok(Duration::ZERO));
        }
        assert!(take().is_ok_and(|wait| !wait.is_zero()));
    }

    #[test]
    fn a_charge_is_waited_for_by_the_members_other_connections_too() {
        let rates = rates(10, 5);
        let (first, second) = (payer(member(1), None), payer(member(1), None));
        rates.charge(&first, 7, 0);
        assert_eq!(waits(&rates, &second), Some(300));
    }
}
