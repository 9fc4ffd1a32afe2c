//! Whether a welcomed line still holds. A browser does not see WebSocket pings, so a session asks for itself: after a
//! heartbeat's silence it pings, and when nothing at all comes for long enough after that the line is dead.

use parlor_shared::limits::{HEARTBEAT_MS_MAX, HEARTBEAT_MS_MIN, PONG_TIMEOUT_MS};

/// A welcomed line's signs of life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Liveness {
    since_ms: u64,
    heard_ms: u64,
    heartbeat_ms: u64,
    /// When we asked for a sign of life, if none has come since.
    pinged_ms: Option<u64>,
}

/// What to do about a silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Silence {
    /// It is not long yet.
    Short,
    /// Long enough to ask.
    Ping,
    /// Asked, and not answered in time.
    Dead,
}

impl Liveness {
    /// A line welcomed now. The heartbeat is the server's, kept within bounds.
    pub(crate) fn new(now_ms: u64, heartbeat_ms: u64) -> Self {
        Self {
            since_ms: now_ms,
            heard_ms: now_ms,
            heartbeat_ms: heartbeat_ms.clamp(HEARTBEAT_MS_MIN, HEARTBEAT_MS_MAX),
            pinged_ms: None,
        }
    }

    /// How long the line has been good.
    pub(crate) fn online_ms(&self, now_ms: u64) -> u64 {
        now_ms.saturating_sub(self.since_ms)
    }

    /// Any frame is a sign of life.
    pub(crate) fn heard(&mut self, now_ms: u64) {
        self.heard_ms = now_ms;
        self.pinged_ms = None;
    }

    /// Whether a ping is to be sent: not while another is unanswered.
    pub(crate) fn wants_ping(&mut self, now_ms: u64) -> bool {
        let wants = self.pinged_ms.is_none();
        self.pinged_ms.get_or_insert(now_ms);
        wants
    }

    pub(crate) fn silence(&self, now_ms: u64) -> Silence {
        match (now_ms >= self.deadline_ms(), self.pinged_ms) {
            (false, _) => Silence::Short,
            (true, None) => Silence::Ping,
            (true, Some(_)) => Silence::Dead,
        }
    }

    /// When to look at the silence again.
    pub(crate) fn deadline_ms(&self) -> u64 {
        match self.pinged_ms {
            None => self.heard_ms.saturating_add(self.heartbeat_ms),
            Some(pinged_ms) => pinged_ms.saturating_add(PONG_TIMEOUT_MS),
        }
    }
}
