//! What the clients of one run record together: faults, latencies, the first refusal.

use std::time::Instant;

use hdrhistogram::Histogram;
use parlor_shared::{Entry, Epoch};
use serde::Serialize;

/// Longer latencies are recorded as this: ten minutes, in microseconds.
const LATENCY_US_MAX: u64 = 600_000_000;

/// Everything that the clients of one run record, apart from the entries in each room's ledger.
pub(crate) struct Recorder {
    pub(crate) faults: Faults,
    /// From the time a post was due until a client received it.
    pub(crate) delivery: Latency,
    /// From the time a post was due until its author received it, which says that it is durable.
    pub(crate) durability: Latency,
    /// The message of the first refusal.
    pub(crate) first_refusal: Option<String>,
    /// The server's epoch, which a client needs to resume.
    pub(crate) epoch: Option<Epoch>,
    /// The page of history that was received last.
    pub(crate) history_page: Option<Vec<Entry>>,
}

impl Recorder {
    pub(crate) fn new() -> anyhow::Result<Self> {
        Ok(Self {
            faults: Faults::default(),
            delivery: Latency::new()?,
            durability: Latency::new()?,
            first_refusal: None,
            epoch: None,
            history_page: None,
        })
    }
}

/// What must not happen, counted in every run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Faults {
    /// Entries that a client received twice.
    pub(crate) duplicates: u64,
    /// Entries that were not the next one.
    pub(crate) gaps: u64,
    /// Entries that a client never received.
    pub(crate) lost: u64,
    /// Posts that were refused.
    pub(crate) refused: u64,
    /// Connections that the server closed.
    pub(crate) closed: u64,
}

impl Faults {
    pub(crate) fn is_none(self) -> bool {
        self == Self::default()
    }
}

/// Percentiles of a latency distribution, in milliseconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Quantiles {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) p999: f64,
}

/// A histogram of latencies, in microseconds.
#[derive(Debug, Clone)]
pub(crate) struct Latency(Histogram<u64>);

impl Latency {
    pub(crate) fn new() -> anyhow::Result<Self> {
        Ok(Self(Histogram::new_with_max(LATENCY_US_MAX, 3)?))
    }

    pub(crate) fn record(&mut self, since: Instant, now: Instant) {
        let micros = now.saturating_duration_since(since).as_micros();
        self.0
            .saturating_record(u64::try_from(micros).unwrap_or(LATENCY_US_MAX));
    }

    /// The longest one, in milliseconds.
    pub(crate) fn longest(&self) -> f64 {
        self.0.max() as f64 / 1000.0
    }

    pub(crate) fn quantiles(&self) -> Quantiles {
        let ms = |quantile| self.0.value_at_quantile(quantile) as f64 / 1000.0;
        Quantiles {
            p50: ms(0.5),
            p99: ms(0.99),
            p999: ms(0.999),
        }
    }
}
