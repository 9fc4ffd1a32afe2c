//! What was done to the server, the lines and the clients: counted, and kept with its time for a story.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::time::Instant;

/// Most faults kept for a story; those past it are only counted.
const FAULTS_TOLD_MAX: usize = 20_000;

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The server was killed with `-9`.
    Kill,
    /// The server was stopped in good order.
    Stop,
    /// Every write of the server to its disk failed for a while.
    DiskFull,
    /// A line was cut at some byte.
    Cut,
    /// One direction of a line stood still for a while.
    Stall,
    /// One direction of a line was slow for a while.
    Delay,
    /// The server's side of a line was closed and the client's was not.
    HalfOpen,
    /// A client did not read for a while.
    ReaderStall,
    /// A client left in good order and another continued with its outbox.
    Restart,
    /// A client was dropped without a word and another continued with its outbox.
    Crash,
    /// A client posted more at once than a room's ring holds.
    Flood,
    /// A client left a room; it or another came back later.
    Leave,
}

impl Fault {
    /// Every kind, as told.
    pub const ALL: [(Self, &'static str); 12] = [
        (Self::Kill, "server killed (-9)"),
        (Self::Stop, "server stopped (SIGTERM)"),
        (Self::DiskFull, "disk full"),
        (Self::Cut, "lines cut"),
        (Self::Stall, "lines stalled"),
        (Self::Delay, "lines delayed"),
        (Self::HalfOpen, "lines half open"),
        (Self::ReaderStall, "readers stalled"),
        (Self::Restart, "clients restarted"),
        (Self::Crash, "clients crashed"),
        (Self::Flood, "rings flooded"),
        (Self::Leave, "rooms left"),
    ];
}

/// The faults of a run so far.
#[derive(Debug)]
pub(crate) struct Tally {
    started: Instant,
    injected: Mutex<Injected>,
}

/// What was injected.
#[derive(Debug, Clone, Default)]
pub struct Injected {
    /// How often each.
    pub counts: BTreeMap<Fault, u64>,
    /// When and what, in order.
    pub journal: Vec<(Duration, String)>,
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self {
            started: Instant::now(),
            injected: Mutex::default(),
        }
    }

    /// Time since the run began.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    pub(crate) fn count(&self, fault: Fault, told: impl Into<String>) {
        *self.lock().counts.entry(fault).or_default() += 1;
        self.note(told);
    }

    /// Something to know for a story that is not itself a fault.
    pub(crate) fn note(&self, told: impl Into<String>) {
        let at = self.elapsed();
        let mut injected = self.lock();
        if injected.journal.len() < FAULTS_TOLD_MAX {
            injected.journal.push((at, told.into()));
        }
    }

    pub(crate) fn injected(&self) -> Injected {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Injected> {
        self.injected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Injected {
    /// How often this was injected.
    #[must_use]
    pub fn count(&self, fault: Fault) -> u64 {
        self.counts.get(&fault).copied().unwrap_or_default()
    }
}

/// Now, in Unix milliseconds, as the server stamps its entries.
pub(crate) fn unix_ms() -> u64 {
    // A clock before 1970 only blurs a story.
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    now.as_millis() as u64
}
