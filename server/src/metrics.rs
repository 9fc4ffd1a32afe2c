//! What the server counts about itself. Each part of the server has the counters of its own work;
//! `http/admin/metrics.rs` reads them all when somebody asks.
//!
//! Counting is on the path of every message, so nothing here takes a lock or allocates: a count is
//! one relaxed addition, an observation two and a search among a dozen numbers.

use std::sync::{
    OnceLock,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use parlor_shared::{ErrorCode, close::CloseCode};

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds to it.
    pub fn add(&self, count: u64) {
        self.0.fetch_add(count, Relaxed);
    }

    /// The number.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// Bounds of a histogram of times, in microseconds: from what a write takes to what a person waits.
const MICROSECONDS: [u64; 12] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 500_000, 2_500_000,
];

/// Bounds of a histogram of numbers.
const NUMBERS: [u64; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/// How often values were up to each of some bounds.
#[derive(Debug)]
pub struct Histogram {
    bounds: &'static [u64],
    /// What a value is in the unit in which the histogram is shown.
    unit: f64,
    /// For each bound the values up to it and above the one before, and then those above all.
    counts: Box<[AtomicU64]>,
    sum: AtomicU64,
}

/// A histogram's values at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct HistogramValues {
    /// For each upper bound, the last of which is infinite, how many values are up to it and above
    /// the one before.
    pub buckets: Vec<(f64, u64)>,
    /// The number of all values.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
}

impl Histogram {
    /// A histogram of times: it observes microseconds and is shown in seconds.
    #[must_use]
    pub fn of_times() -> Self {
        Self::new(&MICROSECONDS, 1e-6)
    }

    /// A histogram of numbers.
    #[must_use]
    pub fn of_numbers() -> Self {
        Self::new(&NUMBERS, 1.0)
    }

    fn new(bounds: &'static [u64], unit: f64) -> Self {
        Self {
            bounds,
            unit,
            counts: (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect(),
            sum: AtomicU64::new(0),
        }
    }

    /// Adds a value.
    pub fn observe(&self, value: u64) {
        let bucket = self.bounds.partition_point(|bound| *bound < value);
        self.counts[bucket].fetch_add(1, Relaxed);
        self.sum.fetch_add(value, Relaxed);
    }

    /// Its values now. A value that is added meanwhile is in it or not, and in the sum or not.
    #[must_use]
    pub fn values(&self) -> HistogramValues {
        let counts: Vec<u64> = self
            .counts
            .iter()
            .map(|count| count.load(Relaxed))
            .collect();
        let bounds = self.bounds.iter().map(|bound| *bound as f64 * self.unit);
        HistogramValues {
            count: counts.iter().sum(),
            buckets: bounds.chain([f64::INFINITY]).zip(counts).collect(),
            sum: self.sum.load(Relaxed) as f64 * self.unit,
        }
    }
}

/// More codes than there are.
const CODES_MAX: usize = 128;
const _: () = assert!((ErrorCode::Unknown as usize) < CODES_MAX);

/// How often the server has refused something, and closed a connection, by code.
#[derive(Debug)]
pub(crate) struct Refusals {
    requests: [RequestCount; CODES_MAX],
    closes: [Counter; CloseCode::ALL.len()],
}

#[derive(Debug, Default)]
struct RequestCount {
    code: OnceLock<ErrorCode>,
    count: Counter,
}

impl Default for Refusals {
    fn default() -> Self {
        Self {
            requests: std::array::from_fn(|_| RequestCount::default()),
            closes: std::array::from_fn(|_| Counter::default()),
        }
    }
}

impl Refusals {
    /// A request was refused with this code.
    pub(crate) fn count_request(&self, code: ErrorCode) {
        let refused = &self.requests[code as usize];
        refused.code.get_or_init(|| code);
        refused.count.add(1);
    }

    /// A connection was closed with this code.
    pub(crate) fn count_close(&self, code: CloseCode) {
        let position = CloseCode::ALL.iter().position(|known| *known == code);
        if let Some(count) = position.and_then(|position| self.closes.get(position)) {
            count.add(1);
        }
    }

    /// The codes with which requests were refused so far, and how often.
    pub(crate) fn requests(&self) -> impl Iterator<Item = (ErrorCode, u64)> {
        let counts = self.requests.iter();
        counts.filter_map(|refused| Some((*refused.code.get()?, refused.count.get())))
    }

    /// Every code of a close, and how often connections were closed with it.
    pub(crate) fn closes(&self) -> impl Iterator<Item = (CloseCode, u64)> {
        let counts = self.closes.iter().map(Counter::get);
        CloseCode::ALL.into_iter().zip(counts)
    }
}

/// What the rooms count about what they hand out.
#[derive(Debug)]
pub(crate) struct DeliveryMetrics {
    /// From the commit of entries to the last write of the task that writes them to a group of
    /// subscribers.
    pub(crate) delivery: Histogram,
    /// Reads of a ring that gave frames: each serves one connection, or many at the same place.
    pub(crate) ring_reads: Counter,
    /// Pages that were read from the log for connections behind the ring.
    pub(crate) log_pages_read: Counter,
    /// Pages of the log that another connection had read already.
    pub(crate) log_pages_shared: Counter,
}

impl Default for DeliveryMetrics {
    fn default() -> Self {
        Self {
            delivery: Histogram::of_times(),
            ring_reads: Counter::default(),
            log_pages_read: Counter::default(),
            log_pages_shared: Counter::default(),
        }
    }
}

/// What is counted about what the nodes say to each other.
#[derive(Debug, Default)]
pub(crate) struct NodesMetrics {
    /// Other nodes that live.
    pub(crate) nodes: AtomicU64,
    /// Messages that the other nodes were sent.
    pub(crate) sent: Counter,
    /// Messages that were not sent, since the servers did not take them.
    pub(crate) unsent: Counter,
    /// Messages of the other nodes.
    pub(crate) received: Counter,
    /// How often a message of another node was missed, so that all was asked for again.
    pub(crate) gaps: Counter,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_in_the_bucket_of_the_first_bound_that_is_not_below_it() {
        let times = Histogram::of_times();
        for value in [0, 100, 101, 2_500_000, 2_500_001] {
            times.observe(value);
        }
        let values = times.values();
        assert_eq!(values.count, 5);
        assert_eq!(values.buckets[0], (100.0 * 1e-6, 2));
        assert_eq!(values.buckets[1].1, 1);
        assert_eq!(values.buckets[11].1, 1);
        assert_eq!(values.buckets[12], (f64::INFINITY, 1));
        assert!((values.sum - 5.000_202).abs() < 1e-9, "{}", values.sum);
    }

    #[test]
    fn refusals_are_counted_by_code_and_closes_are_there_from_the_beginning() {
        let refusals = Refusals::default();
        refusals.count_request(ErrorCode::NotJoined);
        refusals.count_request(ErrorCode::NotJoined);
        refusals.count_request(ErrorCode::Unknown);
        let requests: Vec<_> = refusals.requests().collect();
        assert_eq!(
            requests,
            [(ErrorCode::NotJoined, 2), (ErrorCode::Unknown, 1)]
        );
        refusals.count_close(CloseCode::ShuttingDown);
        assert_eq!(refusals.closes().count(), CloseCode::ALL.len());
        assert_eq!(refusals.closes().map(|(_, count)| count).sum::<u64>(), 1);
    }
}
