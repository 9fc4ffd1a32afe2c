//! The server's two clocks behind one trait, so that the simulation can set the time.

use std::{
    fmt,
    time::{SystemTime, UNIX_EPOCH},
};

use tokio::time::Instant;

/// Tells the time.
pub(crate) trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Milliseconds since the server started; never decreases.
    fn now_ms(&self) -> u64;

    /// The same in microseconds, to measure with.
    fn now_us(&self) -> u64;

    /// Unix time in milliseconds; follows the machine's clock, so it may jump.
    fn unix_ms(&self) -> u64;
}

/// The machine's clocks. `now_ms` is tokio's, which a test may pause.
#[derive(Debug)]
pub(crate) struct SystemClock(Instant);

impl SystemClock {
    /// A clock whose `now_ms` counts from this call.
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }
}

impl Clock for SystemClock {
    fn now_ms(&self) -> u64 {
        self.0.elapsed().as_millis() as u64
    }

    fn now_us(&self) -> u64 {
        self.0.elapsed().as_micros() as u64
    }

    fn unix_ms(&self) -> u64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_millis() as u64)
    }
}
