//! What is left of a payer's tokens, as an answer over HTTP says it.

use std::time::Duration;

use super::{Payer, Rates, lock, ns};

/// What is left in a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RateLeft {
    /// The tokens that a full bucket holds.
    pub(crate) burst: u32,
    /// How long an empty one takes to be full.
    pub(crate) fills_in: Duration,
    /// The tokens that there are now.
    pub(crate) left: u32,
    /// How long until the bucket is full, if nothing more is taken.
    pub(crate) full_in: Duration,
}

impl Rates {
    /// What is left of the member's bucket, or of the address's for a payer that is no member;
    /// `None` without limits.
    pub(crate) fn left(&self, payer: &Payer, now_ms: u64) -> Option<RateLeft> {
        let limited = self.0.as_ref()?;
        let now_ns = ns(now_ms);
        let buckets = lock(&limited.buckets);
        let (quota, bucket) = match payer.member {
            Some(member) => (buckets.members.quota, buckets.members.get(member)),
            None => {
                let networks = buckets.networks.as_ref()?;
                (networks.quota, networks.get(payer.network?))
            }
        };
        Some(RateLeft {
            burst: quota.burst(),
            fills_in: Duration::from_nanos(quota.fill_ns()),
            left: bucket.left(quota, now_ns),
            full_in: Duration::from_nanos(bucket.full_at_ns().saturating_sub(now_ns)),
        })
    }
}
