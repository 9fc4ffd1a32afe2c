//! Detects dead connections by silence: one pure state machine for the server and for the session.
//!
//! The owner reports what the peer sends and the pings it has sent itself; [`Heartbeat::check`]
//! says what the silence since then means. Only what the peer does counts as a sign of life, never
//! what the owner writes. Times are milliseconds on any clock that does not go back.

use crate::limits::PONG_TIMEOUT_MS;

/// The liveness of one connection's peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heartbeat {
    interval_ms: u64,
    received_ms: u64,
    /// When a ping was sent that nothing has been received since.
    pinged_ms: Option<u64>,
}

/// What the silence of a peer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Liveness {
    /// The peer was heard within the interval, or a ping still has time to be answered.
    Alive,
    /// The peer was silent for a whole interval: send a ping and call [`Heartbeat::mark_pinged`].
    PingDue,
    /// Nothing came within [`PONG_TIMEOUT_MS`] of a ping: give the connection up.
    Dead,
}

impl Heartbeat {
    /// The heartbeat of a connection that is established now and pings after `interval_ms` of
    /// silence.
    #[must_use]
    pub fn new(now_ms: u64, interval_ms: u64) -> Self {
        Self {
            interval_ms,
            received_ms: now_ms,
            pinged_ms: None,
        }
    }

    /// Records a sign of life: any frame from the peer, or bytes that the peer took after it had
    /// stopped taking them.
    pub fn on_received(&mut self, now_ms: u64) {
        self.received_ms = now_ms;
        self.pinged_ms = None;
    }

    /// Whether a ping is unanswered. A second one would tell nothing more.
    #[must_use]
    pub fn is_ping_pending(&self) -> bool {
        self.pinged_ms.is_some()
    }

    /// Records that a ping was sent. While another one is unanswered, the older one's deadline
    /// stays in force.
    pub fn mark_pinged(&mut self, now_ms: u64) {
        self.pinged_ms.get_or_insert(now_ms);
    }

    /// What the silence means at this time.
    #[must_use]
    pub fn check(&self, now_ms: u64) -> Liveness {
        match self.pinged_ms {
            _ if now_ms < self.deadline_ms() => Liveness::Alive,
            None => Liveness::PingDue,
            Some(_) => Liveness::Dead,
        }
    }

    /// When [`Heartbeat::check`] next says something other than [`Liveness::Alive`], if nothing is
    /// received before.
    #[must_use]
    pub fn deadline_ms(&self) -> u64 {
        match self.pinged_ms {
            None => self.received_ms.saturating_add(self.interval_ms),
            Some(pinged_ms) => pinged_ms.saturating_add(PONG_TIMEOUT_MS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL_MS: u64 = 25_000;

    #[test]
    fn a_silent_peer_is_pinged_after_the_interval_and_dead_after_the_timeout() {
        let mut heartbeat = Heartbeat::new(1_000, INTERVAL_MS);
        assert_eq!(heartbeat.deadline_ms(), 26_000);
        assert_eq!(heartbeat.check(25_999), Liveness::Alive);
        assert_eq!(heartbeat.check(26_000), Liveness::PingDue);
        heartbeat.mark_pinged(26_000);
        assert_eq!(heartbeat.deadline_ms(), 26_000 + PONG_TIMEOUT_MS);
        assert_eq!(heartbeat.check(35_999), Liveness::Alive);
        assert_eq!(heartbeat.check(36_000), Liveness::Dead);
    }

    #[test]
    fn anything_received_answers_the_ping_and_starts_a_new_interval() {
        let mut heartbeat = Heartbeat::new(0, INTERVAL_MS);
        heartbeat.mark_pinged(25_000);
        assert!(heartbeat.is_ping_pending());
        heartbeat.on_received(34_999);
        assert!(!heartbeat.is_ping_pending());
        assert_eq!(heartbeat.deadline_ms(), 34_999 + INTERVAL_MS);
    }

    #[test]
    fn a_second_ping_does_not_extend_the_deadline_of_the_first() {
        let mut heartbeat = Heartbeat::new(0, INTERVAL_MS);
        heartbeat.mark_pinged(5_000);
        heartbeat.mark_pinged(14_000);
        assert_eq!(heartbeat.check(5_000 + PONG_TIMEOUT_MS), Liveness::Dead);
    }

    #[test]
    fn an_endless_interval_does_not_overflow() {
        let heartbeat = Heartbeat::new(1, u64::MAX);
        assert_eq!(heartbeat.check(u64::MAX - 1), Liveness::Alive);
    }
}
