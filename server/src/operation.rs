//! What an operator sees of the running server and does to it: its phase, its threads, and what it
//! has refused.

use std::time::{Duration, SystemTime};

use parlor_shared::limits::{DRAIN_BATCH_CONNECTIONS, DRAIN_BATCH_MS};
use tokio::sync::watch;

use crate::{metrics::Refusals, threads::Threads};

/// Whether the server takes connections, and keeps those that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It does both.
    Open,
    /// It takes no new ones, and sends the others away in batches over this time.
    Draining { over_ms: u64 },
    /// It closes every connection now.
    Stopping,
}

/// The running server, as its operator knows it.
#[derive(Debug)]
pub(crate) struct Operation {
    phase: watch::Sender<Phase>,
    /// What was refused so far.
    pub(crate) refusals: Refusals,
    /// The threads that serve connections.
    pub(crate) threads: Threads,
    /// When the server was started.
    pub(crate) started: SystemTime,
}

impl Default for Operation {
    fn default() -> Self {
        Self {
            phase: watch::Sender::new(Phase::Open),
            refusals: Refusals::default(),
            threads: Threads::default(),
            started: SystemTime::now(),
        }
    }
}

impl Operation {
    /// The phase now.
    pub(crate) fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    /// The phase, to wait for a change.
    pub(crate) fn watch_phase(&self) -> watch::Receiver<Phase> {
        self.phase.subscribe()
    }

    /// Takes no more connections, and sends those that there are away within this time. Returns in
    /// which time: so few that they fit into one batch go at once.
    pub(crate) fn drain(&self, connections: usize, within: Duration) -> Duration {
        let batches = connections
            .div_ceil(DRAIN_BATCH_CONNECTIONS)
            .saturating_sub(1) as u64;
        let over = within.min(Duration::from_millis(batches * DRAIN_BATCH_MS));
        let over_ms = over.as_millis() as u64;
        self.phase.send_replace(Phase::Draining { over_ms });
        over
    }

    /// Takes connections again, and keeps those that were not sent away yet.
    pub(crate) fn open(&self) {
        self.phase.send_replace(Phase::Open);
    }

    /// Closes every connection now.
    pub(crate) fn stop(&self) {
        self.phase.send_replace(Phase::Stopping);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_clients_are_sent_away_at_once_and_many_over_the_whole_time() {
        let operation = Operation::default();
        let within = Duration::from_secs(5);
        let over = |connections| operation.drain(connections, within).as_millis();
        assert_eq!(over(0), 0);
        assert_eq!(over(DRAIN_BATCH_CONNECTIONS), 0);
        assert_eq!(over(DRAIN_BATCH_CONNECTIONS + 1), 100);
        assert_eq!(over(20_000), 5_000);
        assert_eq!(operation.phase(), Phase::Draining { over_ms: 5_000 });
        operation.open();
        assert_eq!(operation.phase(), Phase::Open);
    }
}
