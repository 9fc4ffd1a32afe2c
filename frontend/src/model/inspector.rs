//! The wire, made visible: how the connection began, what goes over it, how fast, how it ends and begins again.
//!
//! Frames are kept only while somebody looks, and never more than the bounds; of the connection itself a few facts always,
//! as it began before anybody could look.

use std::collections::VecDeque;

use parlor_session::Status;
use parlor_shared::limits::{
    INSPECTOR_FRAME_CHARS_MAX, INSPECTOR_FRAMES_MAX, INSPECTOR_SAMPLES_MAX,
};

/// The connection there is, or was last: when each step of its beginning was done, and how it ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Connection {
    /// When the handshake began, on the page's clock.
    pub began_ms: u64,
    /// How long it took until the server had answered it.
    pub opened_after_ms: Option<u64>,
    /// How long it took until the server knew who one is, from the same beginning.
    pub welcomed_after_ms: Option<u64>,
    /// The server's version.
    pub server: String,
    /// How often the server pings.
    pub heartbeat_ms: u64,
    /// How it ended, or the one before it.
    pub last_end: Option<ConnectionEnd>,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConnectionEnd {
    /// The page closed it.
    ByPage,
    /// With this close code (RFC 6455, section 7.4).
    WithCode(u16),
    /// Without a word.
    Broken,
}

impl Connection {
    /// The next handshake begins.
    pub fn begin(&mut self, now_ms: u64) {
        let last_end = self.last_end;
        *self = Self {
            began_ms: now_ms,
            last_end,
            ..Self::default()
        };
    }

    /// The server has answered the handshake: gives how long that took.
    pub fn opened(&mut self, now_ms: u64) -> u64 {
        let took_ms = now_ms.saturating_sub(self.began_ms);
        self.opened_after_ms = Some(took_ms);
        took_ms
    }

    /// The server knows who one is.
    pub fn welcomed(&mut self, server: String, heartbeat_ms: u64, now_ms: u64) {
        self.welcomed_after_ms = Some(now_ms.saturating_sub(self.began_ms));
        (self.server, self.heartbeat_ms) = (server, heartbeat_ms);
    }
}

/// What has been seen of the connection since somebody began to look.
#[derive(Debug, Default)]
pub struct Inspector {
    frames: VecDeque<Frame>,
    /// How many frames there were in all: the next one's number.
    count: u64,
    /// Whether new frames are counted only, and not shown.
    pub paused: bool,
    /// What a frame must contain to be shown.
    pub filter: String,
    /// How long the last pings took, oldest first, in milliseconds.
    pub round_trips_ms: VecDeque<u64>,
    /// How long the last waits before a reconnect were, oldest first, in milliseconds.
    pub backoffs_ms: VecDeque<u64>,
    /// What was sent and received, second by second, oldest first; the last one is still going on.
    pub seconds: VecDeque<Second>,
    /// All that was sent.
    pub sent: Traffic,
    /// All that was received.
    pub received: Traffic,
    /// How often a connection was opened.
    pub opened: u32,
    next_ping_ms: u64,
}

/// For how many seconds one sees how much went.
const SECONDS_SHOWN: u64 = 30;

/// How often the round trip is measured while somebody looks.
const PING_EVERY_MS: u64 = 2_000;

/// A text frame that went over the wire, or what became of the wire itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Frame {
    /// Its number, in order.
    pub number: u64,
    /// Which way it went; `None` where the connection itself began or ended.
    pub direction: Option<Direction>,
    /// When, on the page's clock.
    pub at_ms: u64,
    /// The bytes of its text.
    pub bytes: usize,
    /// Its message's type, or "?" where it has none.
    pub kind: String,
    /// Its text, as far as it is kept.
    pub text: String,
}

/// Which way a frame went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// To the server.
    Sent,
    /// From the server.
    Received,
}

/// Frames and their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// How many.
    pub frames: u64,
    /// How large together.
    pub bytes: u64,
}

/// What went over the wire in one second, both ways.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Second {
    /// Which second of the page's clock.
    pub at_s: u64,
    /// What went.
    pub sum: Traffic,
}

impl Traffic {
    fn add(&mut self, bytes: usize) {
        self.frames += 1;
        self.bytes += bytes as u64;
    }
}

impl Inspector {
    /// A frame went over the wire.
    pub fn record_frame(&mut self, direction: Direction, text: &str, now_ms: u64) {
        let sum = match direction {
            Direction::Sent => &mut self.sent,
            Direction::Received => &mut self.received,
        };
        sum.add(text.len());
        self.second(now_ms).sum.add(text.len());
        let kind = kind_of(text).unwrap_or("?");
        self.show(Some(direction), kind, text, now_ms);
    }

    /// The connection began or ended.
    pub fn record_step(&mut self, kind: &str, text: &str, now_ms: u64) {
        self.show(None, kind, text, now_ms);
    }

    fn show(&mut self, direction: Option<Direction>, kind: &str, text: &str, now_ms: u64) {
        let number = self.count;
        self.count += 1;
        if self.paused {
            return;
        }
        let frame = Frame {
            number,
            direction,
            at_ms: now_ms,
            bytes: text.len(),
            kind: kind.to_owned(),
            text: text.chars().take(INSPECTOR_FRAME_CHARS_MAX).collect(),
        };
        keep(&mut self.frames, frame, INSPECTOR_FRAMES_MAX);
    }

    /// Whether it is time to measure the round trip again.
    pub fn schedule_ping(&mut self, now_ms: u64) -> bool {
        let wants = now_ms >= self.next_ping_ms;
        if wants {
            self.next_ping_ms = now_ms + PING_EVERY_MS;
        }
        wants
    }

    /// A ping came back.
    pub fn round_trip(&mut self, ms: u64) {
        keep(&mut self.round_trips_ms, ms, INSPECTOR_SAMPLES_MAX);
    }

    /// The line's state is another.
    pub fn record_status(&mut self, status: Status, now_ms: u64) {
        match status {
            Status::Waiting { until_ms, .. } => {
                let wait_ms = until_ms.saturating_sub(now_ms);
                keep(&mut self.backoffs_ms, wait_ms, INSPECTOR_SAMPLES_MAX);
            }
            Status::Connecting { .. } => self.opened += 1,
            Status::Online | Status::Stopped(_) => {}
        }
    }

    /// The frames to show, newest first.
    pub fn frames(&self) -> impl Iterator<Item = &Frame> {
        let matches = |frame: &&Frame| {
            let filter = &*self.filter;
            filter.is_empty() || frame.text.contains(filter) || frame.kind.contains(filter)
        };
        self.frames.iter().rev().filter(matches)
    }

    /// What went over the wire in each of the last whole seconds, oldest first.
    #[must_use]
    pub fn last_seconds(&self, now_ms: u64) -> Vec<Traffic> {
        let now_s = now_ms / 1_000;
        let of_second = |at_s| {
            let second = self.seconds.iter().rev().find(|second| second.at_s == at_s);
            second.map_or(Traffic::default(), |second| second.sum)
        };
        (now_s.saturating_sub(SECONDS_SHOWN)..now_s)
            .map(of_second)
            .collect()
    }

    /// Forgets the frames.
    pub fn clear(&mut self) {
        self.frames.clear();
    }

    fn second(&mut self, now_ms: u64) -> &mut Second {
        let at_s = now_ms / 1_000;
        if self.seconds.back().is_none_or(|last| last.at_s != at_s) {
            let second = Second {
                at_s,
                ..Second::default()
            };
            keep(&mut self.seconds, second, INSPECTOR_SAMPLES_MAX);
        }
        let last = self.seconds.len() - 1;
        &mut self.seconds[last]
    }
}

fn keep<T>(queue: &mut VecDeque<T>, item: T, max: usize) {
    if queue.len() >= max {
        queue.pop_front();
    }
    queue.push_back(item);
}

/// The type a frame of this protocol begins with.
fn kind_of(text: &str) -> Option<&str> {
    text.split_once("\"type\":\"")?.1.split('"').next()
}
