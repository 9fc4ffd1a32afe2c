//! The process's two clocks, read in one place, so that a simulation can bring its own.

use std::{
    fmt,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

/// What time it is.
pub(crate) trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Milliseconds since the server started; never goes back.
    fn now_ms(&self) -> u64;

    /// Milliseconds since 1970, as people's clocks have it.
    fn unix_ms(&self) -> u64;
}

/// The machine's clocks.
#[derive(Debug)]
pub(crate) struct SystemClock(Instant);

impl SystemClock {
    /// From now on.
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }
}

impl Clock for SystemClock {
    fn now_ms(&self) -> u64 {
        self.0.elapsed().as_millis() as u64
    }

    fn unix_ms(&self) -> u64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_millis() as u64)
    }
}
