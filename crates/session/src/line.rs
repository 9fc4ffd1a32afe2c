//! The connection as a session knows it: opened, welcomed, lost, waited for.

use parlor_shared::{
    ClientMessage, PROTOCOL_VERSION, Token,
    heartbeat::{Heartbeat, Liveness},
    limits::{CONNECT_TIMEOUT_MS, HEARTBEAT_MS_MAX, HEARTBEAT_MS_MIN},
};

use crate::{Event, Output, Session, Status, StopReason, room::Stage, session::send};

/// The connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    Stopped(StopReason),
    /// Opening, or waiting for the welcome.
    Connecting {
        until_ms: u64,
    },
    Online {
        since_ms: u64,
        heartbeat: Heartbeat,
    },
    Waiting {
        until_ms: u64,
    },
}

impl Line {
    /// When something is due, whatever rooms and posts wait for.
    pub(crate) fn deadline_ms(&self) -> Option<u64> {
        match self {
            Self::Stopped(_) => None,
            Self::Connecting { until_ms } | Self::Waiting { until_ms } => Some(*until_ms),
            Self::Online { heartbeat, .. } => Some(heartbeat.deadline_ms()),
        }
    }
}

impl Session {
    /// The line's state.
    #[must_use]
    pub fn status(&self) -> Status {
        let attempt = self.backoff.tries();
        match self.line {
            Line::Stopped(why) => Status::Stopped(why),
            Line::Connecting { .. } => Status::Connecting { attempt },
            Line::Online { .. } => Status::Online,
            Line::Waiting { until_ms } => Status::Waiting { until_ms, attempt },
        }
    }

    pub(crate) fn is_online(&self) -> bool {
        matches!(self.line, Line::Online { .. })
    }

    pub(crate) fn is_connecting(&self) -> bool {
        matches!(self.line, Line::Connecting { .. })
    }

    pub(crate) fn connect(&mut self, now_ms: u64) {
        self.output.push_back(Output::Connect);
        self.set_line(Line::Connecting {
            until_ms: now_ms.saturating_add(CONNECT_TIMEOUT_MS),
        });
    }

    pub(crate) fn say_hello(&mut self) {
        self.output.push_back(send(&ClientMessage::Hello {
            protocol: PROTOCOL_VERSION,
            name: self.name.clone(),
            token: self.token.clone(),
            client: self.client.clone(),
        }));
    }

    pub(crate) fn welcomed(&mut self, now_ms: u64, heartbeat_ms: u64, token: Token) {
        self.token = Some(token);
        // A browser page sees no WebSocket pings, so the session pings by itself, within its own bounds.
        let interval_ms = heartbeat_ms.clamp(HEARTBEAT_MS_MIN, HEARTBEAT_MS_MAX);
        self.set_line(Line::Online {
            since_ms: now_ms,
            heartbeat: Heartbeat::new(now_ms, interval_ms),
        });
        self.send_joins();
    }

    pub(crate) fn ping(&mut self, now_ms: u64) {
        if let Line::Online { heartbeat, .. } = &mut self.line
            && !heartbeat.is_ping_pending()
        {
            heartbeat.mark_pinged(now_ms);
            self.output
                .push_back(send(&ClientMessage::Ping { t: now_ms }));
        }
    }

    /// Does what the line is due for.
    pub(crate) fn handle_line_timeout(&mut self, now_ms: u64, random: u64) {
        match self.line {
            Line::Waiting { until_ms } if now_ms >= until_ms => self.connect(now_ms),
            Line::Connecting { until_ms } if now_ms >= until_ms => self.give_up(now_ms, random),
            Line::Online { heartbeat, .. } => match heartbeat.check(now_ms) {
                Liveness::Alive => {}
                Liveness::PingDue => self.ping(now_ms),
                Liveness::Dead => self.give_up(now_ms, random),
            },
            Line::Waiting { .. } | Line::Connecting { .. } | Line::Stopped(_) => {}
        }
    }

    /// The line is as good as dead: ends it, and waits like after any other end.
    pub(crate) fn give_up(&mut self, now_ms: u64, random: u64) {
        self.close();
        self.wait(now_ms, random);
    }

    /// Ends the connection, where there is one.
    pub(crate) fn close(&mut self) {
        match self.line {
            Line::Connecting { .. } | Line::Online { .. } => self.output.push_back(Output::Close),
            Line::Stopped(_) | Line::Waiting { .. } => {}
        }
    }

    pub(crate) fn wait(&mut self, now_ms: u64, random: u64) {
        let online_ms = match self.line {
            Line::Online { since_ms, .. } => Some(now_ms.saturating_sub(since_ms)),
            Line::Stopped(_) | Line::Connecting { .. } | Line::Waiting { .. } => None,
        };
        let wait_ms = self.backoff.lost(online_ms, random);
        self.forget_connection();
        let until_ms = now_ms.saturating_add(wait_ms);
        self.set_line(Line::Waiting { until_ms });
    }

    pub(crate) fn stop_for(&mut self, why: StopReason) {
        self.forget_connection();
        self.backoff.forget();
        self.set_line(Line::Stopped(why));
    }

    fn forget_connection(&mut self) {
        self.hold_until_ms = None;
        self.outbox.line_lost();
        for (_, room) in self.rooms.iter_mut() {
            room.stage = Stage::Out;
            room.join_again_at_ms = None;
        }
    }

    fn set_line(&mut self, line: Line) {
        self.line = line;
        self.output
            .push_back(Output::Event(Event::Status(self.status())));
    }
}
