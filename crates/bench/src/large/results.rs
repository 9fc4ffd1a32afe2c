//! What the scenario measures.

use serde::Serialize;

use super::posts::Posted;
use crate::latency::Quantiles;

/// What was measured on one log.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Large {
    pub(super) entries: u64,
    pub(super) rooms: usize,
    pub(super) log_mb: f64,
    pub(super) search_mb: f64,
    pub(super) start_ms: Quantiles,
    pub(super) start_longest_ms: f64,
    pub(super) page_ms: Quantiles,
    pub(super) searches: Vec<Searched>,
    /// Posts while nothing else goes on.
    pub(super) alone: Upkeep,
    pub(super) backup: Upkeep,
    pub(super) retention: Upkeep,
    pub(super) compact: Upkeep,
}

/// One kind of search.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Searched {
    pub(super) label: String,
    pub(super) ms: Quantiles,
}

/// How long something took, and what the posts of that while met.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Upkeep {
    pub(super) seconds: f64,
    pub(super) posts: u64,
    pub(super) posts_ms: Quantiles,
    pub(super) longest_ms: f64,
}

impl From<Posted> for Upkeep {
    fn from(posted: Posted) -> Self {
        Self {
            seconds: posted.meanwhile.as_secs_f64(),
            posts: posted.posts,
            posts_ms: posted.durable,
            longest_ms: posted.longest,
        }
    }
}
