//! The simulated server's clocks.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use crate::clock;

/// A server's two clocks, which stand until they are set. Clones are the same clocks.
#[derive(Debug, Clone, Default)]
pub struct Clock(Arc<Times>);

#[derive(Debug, Default)]
struct Times {
    now_ms: AtomicU64,
    unix_ms: AtomicU64,
}

impl Clock {
    /// Sets the time since the server started, and the time of day.
    pub fn set(&self, now_ms: u64, unix_ms: u64) {
        self.0.now_ms.store(now_ms, Relaxed);
        self.0.unix_ms.store(unix_ms, Relaxed);
    }
}

impl clock::Clock for Clock {
    fn now_ms(&self) -> u64 {
        self.0.now_ms.load(Relaxed)
    }

    fn now_us(&self) -> u64 {
        self.now_ms() * 1_000
    }

    fn unix_ms(&self) -> u64 {
        self.0.unix_ms.load(Relaxed)
    }
}
