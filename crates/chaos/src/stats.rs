//! The faults that a run has injected: counted by kind, and logged with their time.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// How many events are logged; those beyond it are only counted.
const EVENTS_MAX: usize = 20_000;

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The server was killed with SIGKILL.
    Kill,
    /// The server was stopped with SIGTERM.
    Stop,
    /// The server was killed, and started again with a backup that was taken while it ran.
    Restore,
    /// The server was killed, and its write-ahead log cut or removed.
    CutLog,
    /// For a while, the server's writes to its disk failed.
    DiskFull,
    /// A process was stopped where it stood, and went on later.
    Freeze,
    /// A server of the stream was killed.
    StreamServerKilled,
    /// The server that led the stream was killed.
    StreamLeaderKilled,
    /// All servers of the stream were killed at once.
    StreamKilled,
    /// A server of the stream was killed while a node began to read.
    ReadLost,
    /// A byte of what one server of the stream has was flipped.
    ByteFlipped,
    /// An older copy of all servers' stores was put back, until every node had said so and stopped.
    CopyPutBack,
    /// A node was cut off from all servers of its stream for a while.
    CutOff,
    /// A server of the stream was cut off from the others for a while, and then a node from those.
    Partition,
    /// A connection was cut after a random byte.
    Cut,
    /// One direction of a connection carried nothing for a while.
    Stall,
    /// One direction of a connection was slow for a while.
    Delay,
    /// The server's side of a connection was closed, the client's was not.
    HalfOpen,
    /// A client did not read for a while.
    ReaderStall,
    /// A client was closed, and another continued with its outbox.
    Restart,
    /// A client was dropped, and another continued with its outbox.
    Crash,
    /// A client posted more at once than a room's ring holds.
    Flood,
    /// A client left a room.
    Leave,
}

impl Fault {
    /// Every kind, in the order of the report.
    pub const ALL: [Self; 23] = [
        Self::Kill,
        Self::Stop,
        Self::Restore,
        Self::CutLog,
        Self::DiskFull,
        Self::Freeze,
        Self::StreamServerKilled,
        Self::StreamLeaderKilled,
        Self::StreamKilled,
        Self::ReadLost,
        Self::ByteFlipped,
        Self::CopyPutBack,
        Self::CutOff,
        Self::Partition,
        Self::Cut,
        Self::Stall,
        Self::Delay,
        Self::HalfOpen,
        Self::ReaderStall,
        Self::Restart,
        Self::Crash,
        Self::Flood,
        Self::Leave,
    ];

    /// The label in the report.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Kill => "server killed (SIGKILL)",
            Self::Stop => "server stopped (SIGTERM)",
            Self::Restore => "backups restored",
            Self::CutLog => "write-ahead logs cut",
            Self::DiskFull => "disk full",
            Self::Freeze => "processes frozen",
            Self::StreamServerKilled => "stream: servers killed",
            Self::StreamLeaderKilled => "stream: leaders killed",
            Self::StreamKilled => "stream: all servers killed",
            Self::ReadLost => "stream: lost at the first read",
            Self::ByteFlipped => "stream: bytes flipped",
            Self::CopyPutBack => "stream: copies put back, and said",
            Self::CutOff => "stream: nodes cut off",
            Self::Partition => "stream: servers apart",
            Self::Cut => "connections cut",
            Self::Stall => "connections stalled",
            Self::Delay => "connections delayed",
            Self::HalfOpen => "connections half open",
            Self::ReaderStall => "readers stalled",
            Self::Restart => "clients restarted",
            Self::Crash => "clients crashed",
            Self::Flood => "rings flooded",
            Self::Leave => "rooms left",
        }
    }
}

/// The faults of a run so far, shared by everything that injects them.
#[derive(Debug)]
pub(crate) struct Stats {
    started: Instant,
    injected: Mutex<InjectedFaults>,
}

/// The faults that were injected.
#[derive(Debug, Clone, Default)]
pub struct InjectedFaults {
    /// How many of each kind.
    pub counts: BTreeMap<Fault, u64>,
    /// What happened, in order.
    pub events: Vec<LoggedEvent>,
}

/// Something that happened in a run.
#[derive(Debug, Clone)]
pub struct LoggedEvent {
    /// The time since the run began.
    pub at: Duration,
    /// What happened.
    pub what: String,
}

impl Stats {
    pub(crate) fn new() -> Self {
        Self {
            started: Instant::now(),
            injected: Mutex::default(),
        }
    }

    /// The time since the run began.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Counts a fault and logs it.
    pub(crate) fn count(&self, fault: Fault, what: impl Into<String>) {
        *self.lock().counts.entry(fault).or_default() += 1;
        self.log(what);
    }

    /// Logs an event that is not itself a fault.
    pub(crate) fn log(&self, what: impl Into<String>) {
        let at = self.elapsed();
        let mut injected = self.lock();
        if injected.events.len() < EVENTS_MAX {
            let what = what.into();
            injected.events.push(LoggedEvent { at, what });
        }
    }

    /// What has happened to the servers so far, a line each.
    pub(crate) fn server_events(&self) -> String {
        let of_clients = |event: &&LoggedEvent| {
            let others = ["client ", "connection "];
            !others.iter().any(|begin| event.what.starts_with(begin))
        };
        let injected = self.lock();
        let events = injected.events.iter().filter(of_clients);
        let lines =
            events.map(|LoggedEvent { at, what }| format!("{:8.3} s  {what}\n", at.as_secs_f64()));
        lines.collect()
    }

    pub(crate) fn injected(&self) -> InjectedFaults {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, InjectedFaults> {
        self.injected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InjectedFaults {
    /// How many faults of this kind were injected.
    #[must_use]
    pub fn count(&self, fault: Fault) -> u64 {
        self.counts.get(&fault).copied().unwrap_or_default()
    }
}
