//! What all members of the load share: how fast they post, and what they have measured.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use hdrhistogram::Histogram;
use tokio::sync::watch;

/// The longest latency that is told apart from longer ones, in microseconds: a minute.
const LATENCY_MICROS_MAX: u64 = 60_000_000;

/// How the members post.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Pace {
    /// As fast as they can, with this many posts of each in flight.
    InFlight(usize),
    /// Each at these intervals, by the clock.
    Every(Duration),
    /// No more: what is in flight becomes acked.
    Stopped,
}

/// What the members share.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) pace: watch::Sender<Pace>,
    latencies: Mutex<Histogram<u64>>,
    /// Posts, edits and reactions that are on the log.
    acked: AtomicU64,
    /// Those that are in flight.
    in_flight: AtomicU64,
    /// What must not happen: refusals for good.
    refused: AtomicU64,
}

impl Load {
    pub(crate) fn new(pace: Pace) -> anyhow::Result<Self> {
        Ok(Self {
            pace: watch::Sender::new(pace),
            latencies: Mutex::new(empty()?),
            acked: AtomicU64::new(0),
            in_flight: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        })
    }

    pub(crate) fn on_sent(&self) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
    }

    /// An append is on the log, this long after it was due.
    pub(crate) fn on_acked(&self, latency: Duration) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        self.acked.fetch_add(1, Ordering::Relaxed);
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        self.histogram().saturating_record(micros.max(1));
    }

    pub(crate) fn on_refused(&self) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    /// An append is not waited for any more.
    pub(crate) fn on_withdrawn(&self) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn acked(&self) -> u64 {
        self.acked.load(Ordering::Relaxed)
    }

    pub(crate) fn in_flight(&self) -> u64 {
        self.in_flight.load(Ordering::Relaxed)
    }

    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// The latencies since this was last called.
    pub(crate) fn take_latencies(&self) -> anyhow::Result<Histogram<u64>> {
        Ok(std::mem::replace(&mut *self.histogram(), empty()?))
    }

    fn histogram(&self) -> MutexGuard<'_, Histogram<u64>> {
        self.latencies
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn empty() -> anyhow::Result<Histogram<u64>> {
    Ok(Histogram::new_with_bounds(1, LATENCY_MICROS_MAX, 3)?)
}
