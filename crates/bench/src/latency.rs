//! How long something took: a histogram, and its percentiles.

use std::time::Instant;

use hdrhistogram::Histogram;
use serde::Serialize;

/// Longer latencies are recorded as this: ten minutes, in microseconds.
const LATENCY_US_MAX: u64 = 600_000_000;

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
