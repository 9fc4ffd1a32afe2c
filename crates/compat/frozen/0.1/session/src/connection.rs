//! The state of the session's connection: opening, welcomed, waiting to reconnect, or stopped.

use parlor_shared::{
    heartbeat::{Heartbeat, Liveness},
    limits::{CONNECT_TIMEOUT_MS, HEARTBEAT_MS_MAX, HEARTBEAT_MS_MIN},
};

use crate::{
    backoff::{Backoff, retry_wait_ms},
    output::{Status, StopReason},
};

/// The connection and the failed attempts before it.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    state: State,
    backoff: Backoff,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Stopped(StopReason),
    /// Opening, or open and not welcomed yet.
    Connecting {
        until_ms: u64,
        /// When hello is sent again, because the server has refused it for now.
        hello_at_ms: Option<u64>,
        refused_hellos: u32,
    },
    Online {
        since_ms: u64,
        heartbeat: Heartbeat,
    },
    Waiting {
        until_ms: u64,
    },
}

/// What the connection needs now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    Nothing,
    Connect,
    Hello,
    Ping,
    /// The server was silent for too long.
    GiveUp,
}

impl Connection {
    pub(crate) fn new() -> Self {
        Self {
            state: State::Stopped(StopReason::Asked),
            backoff: Backoff::default(),
        }
    }

    pub(crate) fn status(&self) -> Status {
        let attempt = self.backoff.attempts();
        match self.state {
            State::Stopped(reason) => Status::Stopped(reason),
            State::Connecting { .. } => Status::Connecting { attempt },
            State::Online { .. } => Status::Online,
            State::Waiting { until_ms } => Status::Waiting { until_ms, attempt },
        }
    }

    pub(crate) fn is_online(&self) -> bool {
        matches!(self.state, State::Online { .. })
    }

    pub(crate) fn is_connecting(&self) -> bool {
        matches!(self.state, State::Connecting { .. })
    }

    pub(crate) fn is_waiting(&self) -> bool {
        matches!(self.state, State::Waiting { .. })
    }

    /// Whether there is a connection, open or opening.
    pub(crate) fn is_connected(&self) -> bool {
        self.is_connecting() || self.is_online()
    }

    pub(crate) fn on_connect(&mut self, now_ms: u64) {
        let until_ms = now_ms.saturating_add(CONNECT_TIMEOUT_MS);
        self.state = State::Connecting {
            until_ms,
            hello_at_ms: None,
            refused_hellos: 0,
        };
    }

    /// Records that hello is sent.
    pub(crate) fn on_hello(&mut self) {
        if let State::Connecting { hello_at_ms, .. } = &mut self.state {
            *hello_at_ms = None;
        }
    }

    /// Schedules the next hello, since the server has refused this one for now. If the server
    /// names a time past its patience or the session's, the connection ends first.
    pub(crate) fn retry_hello(&mut self, now_ms: u64, retry_after_ms: Option<u64>) {
        if let State::Connecting {
            hello_at_ms,
            refused_hellos,
            ..
        } = &mut self.state
        {
            let wait_ms = retry_wait_ms(retry_after_ms, *refused_hellos);
            *refused_hellos = refused_hellos.saturating_add(1);
            *hello_at_ms = Some(now_ms.saturating_add(wait_ms));
        }
    }

    /// Starts the heartbeat. A browser page sees no WebSocket pings, so the session pings by
    /// itself, at the server's interval within its own bounds.
    pub(crate) fn on_welcome(&mut self, now_ms: u64, heartbeat_ms: u64) {
        let interval_ms = heartbeat_ms.clamp(HEARTBEAT_MS_MIN, HEARTBEAT_MS_MAX);
        self.state = State::Online {
            since_ms: now_ms,
            heartbeat: Heartbeat::new(now_ms, interval_ms),
        };
    }

    /// Records that a frame arrived.
    pub(crate) fn on_received(&mut self, now_ms: u64) {
        if let State::Online { heartbeat, .. } = &mut self.state {
            heartbeat.on_received(now_ms);
        }
    }

    /// Waits before the next connection, since this one was lost.
    pub(crate) fn on_lost(&mut self, now_ms: u64, random: u64) {
        let online_ms = match self.state {
            State::Online { since_ms, .. } => Some(now_ms.saturating_sub(since_ms)),
            State::Stopped(_) | State::Connecting { .. } | State::Waiting { .. } => None,
        };
        let wait_ms = self.backoff.next_wait_ms(online_ms, random);
        let until_ms = now_ms.saturating_add(wait_ms);
        self.state = State::Waiting { until_ms };
    }

    /// Stops, and forgets the failed attempts: the next start is a new decision of the user.
    pub(crate) fn stop(&mut self, reason: StopReason) {
        self.backoff.reset();
        self.state = State::Stopped(reason);
    }

    /// Whether to send a ping now: only when online, and only one at a time.
    pub(crate) fn begin_ping(&mut self, now_ms: u64) -> bool {
        match &mut self.state {
            State::Online { heartbeat, .. } if !heartbeat.is_ping_pending() => {
                heartbeat.mark_pinged(now_ms);
                true
            }
            State::Online { .. }
            | State::Stopped(_)
            | State::Connecting { .. }
            | State::Waiting { .. } => false,
        }
    }

    pub(crate) fn due(&self, now_ms: u64) -> Due {
        match self.state {
            State::Waiting { until_ms } if now_ms >= until_ms => Due::Connect,
            State::Connecting { until_ms, .. } if now_ms >= until_ms => Due::GiveUp,
            State::Connecting { hello_at_ms, .. }
                if hello_at_ms.is_some_and(|at_ms| now_ms >= at_ms) =>
            {
                Due::Hello
            }
            State::Online { heartbeat, .. } => match heartbeat.check(now_ms) {
                Liveness::Alive => Due::Nothing,
                Liveness::PingDue => Due::Ping,
                Liveness::Dead => Due::GiveUp,
            },
            State::Waiting { .. } | State::Connecting { .. } | State::Stopped(_) => Due::Nothing,
        }
    }

    /// When something is next due; `None` while stopped.
    pub(crate) fn deadline_ms(&self) -> Option<u64> {
        match self.state {
            State::Stopped(_) => None,
            State::Waiting { until_ms } => Some(until_ms),
            State::Connecting {
                until_ms,
                hello_at_ms,
                ..
            } => Some(hello_at_ms.map_or(until_ms, |at_ms| at_ms.min(until_ms))),
            State::Online { heartbeat, .. } => Some(heartbeat.deadline_ms()),
        }
    }
}
