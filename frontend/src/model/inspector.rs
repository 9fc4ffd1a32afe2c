//! The inspector: the frames of the connection, its traffic, round trips and backoffs.
//!
//! It exists only while the user has it open, so frames are kept only then, and never more than
//! the bounds.

use parlor_session::Status;
use parlor_shared::{
    MessageId,
    limits::{INSPECTOR_FRAME_CHARS_MAX, INSPECTOR_FRAMES_MAX, INSPECTOR_SAMPLES_MAX},
};

/// How many seconds of traffic are shown.
const SECONDS_SHOWN: u64 = 30;

/// How often the round trip is measured while the inspector is open.
const PING_EVERY_MS: u64 = 2_000;

/// What the inspector has seen of the connection since it was opened.
#[derive(Debug, Default)]
pub struct Inspector {
    frames: Vec<Frame>,
    /// The number of the next frame.
    next_number: u64,
    /// Whether new frames are only counted, and not shown.
    pub paused: bool,
    /// The text that a frame must contain to be shown.
    pub filter: String,
    /// How long the last pings took, oldest first, in milliseconds.
    pub round_trips_ms: Vec<u64>,
    /// How long the page waited before each of the last reconnects, oldest first, in milliseconds.
    pub backoffs_ms: Vec<u64>,
    /// The traffic of each second in which there was any, oldest first; the last one may still be
    /// going on.
    pub seconds: Vec<Second>,
    /// The traffic to the server.
    pub sent: Traffic,
    /// The traffic from the server.
    pub received: Traffic,
    /// How many connections were opened.
    pub opened: u32,
    next_ping_ms: u64,
}

/// A text frame, or a step of the connection itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Frame {
    /// Its number, in order.
    pub number: u64,
    /// The direction it went in; `None` where the connection itself opened or closed.
    pub direction: Option<Direction>,
    /// When it was sent or received, on the page's clock.
    pub at_ms: u64,
    /// The size of its text in bytes.
    pub bytes: usize,
    /// The type of its message, or "?" where it has none.
    pub kind: String,
    /// Its text, cut after [`INSPECTOR_FRAME_CHARS_MAX`] characters.
    pub text: String,
}

/// The direction of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// To the server.
    Sent,
    /// From the server.
    Received,
}

/// A number of frames and of their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// How many frames.
    pub frames: u64,
    /// The bytes of their texts.
    pub bytes: u64,
}

/// The traffic of one second, in both directions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Second {
    /// Which second of the page's clock.
    pub at_s: u64,
    /// The traffic.
    pub traffic: Traffic,
}

impl Traffic {
    fn add_frame(&mut self, bytes: usize) {
        self.frames += 1;
        self.bytes += bytes as u64;
    }
}

impl Inspector {
    /// Records a frame that was sent or received.
    pub fn record_frame(&mut self, direction: Direction, text: &str, now_ms: u64) {
        let total = match direction {
            Direction::Sent => &mut self.sent,
            Direction::Received => &mut self.received,
        };
        total.add_frame(text.len());
        self.second_mut(now_ms).traffic.add_frame(text.len());
        let kind = kind_of(text).unwrap_or("?");
        self.push_frame(Some(direction), kind, text, now_ms);
    }

    /// Records that the connection opened or closed.
    pub fn record_step(&mut self, kind: &str, text: &str, now_ms: u64) {
        self.push_frame(None, kind, text, now_ms);
    }

    fn push_frame(&mut self, direction: Option<Direction>, kind: &str, text: &str, now_ms: u64) {
        let number = self.next_number;
        self.next_number += 1;
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
        push_bounded(&mut self.frames, frame, INSPECTOR_FRAMES_MAX);
    }

    /// Returns whether a ping is due, and if so schedules the next one.
    pub fn schedule_ping(&mut self, now_ms: u64) -> bool {
        let is_due = now_ms >= self.next_ping_ms;
        if is_due {
            self.next_ping_ms = now_ms + PING_EVERY_MS;
        }
        is_due
    }

    /// Records how long a ping took.
    pub fn record_round_trip(&mut self, ms: u64) {
        push_bounded(&mut self.round_trips_ms, ms, INSPECTOR_SAMPLES_MAX);
    }

    /// Records a change of the session's status.
    pub fn record_status(&mut self, status: Status, now_ms: u64) {
        match status {
            Status::Waiting { until_ms, .. } => {
                let backoff_ms = until_ms.saturating_sub(now_ms);
                push_bounded(&mut self.backoffs_ms, backoff_ms, INSPECTOR_SAMPLES_MAX);
            }
            Status::Connecting { .. } => self.opened += 1,
            Status::Online | Status::Stopped(_) => {}
        }
    }

    /// The frames that match the filter, newest first.
    pub fn frames(&self) -> impl Iterator<Item = &Frame> {
        let matches = |frame: &&Frame| {
            let filter = &*self.filter;
            filter.is_empty() || frame.text.contains(filter) || frame.kind.contains(filter)
        };
        self.frames.iter().rev().filter(matches)
    }

    /// The traffic of each of the last complete seconds, oldest first.
    #[must_use]
    pub fn last_seconds(&self, now_ms: u64) -> Vec<Traffic> {
        let now_s = now_ms / 1_000;
        let of_second = |at_s| {
            let second = self.seconds.iter().rev().find(|second| second.at_s == at_s);
            second.map_or(Traffic::default(), |second| second.traffic)
        };
        (now_s.saturating_sub(SECONDS_SHOWN)..now_s)
            .map(of_second)
            .collect()
    }

    /// Removes the words of a deleted message: all frames with words that name it get this text.
    pub fn forget(&mut self, target: MessageId, replacement: &str) {
        let id = target.to_string();
        for frame in &mut self.frames {
            if frame.text.contains("\"text\"") && frame.text.contains(&id) {
                frame.text = replacement.to_owned();
            }
        }
    }

    /// Removes all frames.
    pub fn clear(&mut self) {
        self.frames.clear();
    }

    fn second_mut(&mut self, now_ms: u64) -> &mut Second {
        let at_s = now_ms / 1_000;
        if self.seconds.last().is_none_or(|last| last.at_s != at_s) {
            let second = Second {
                at_s,
                ..Second::default()
            };
            push_bounded(&mut self.seconds, second, INSPECTOR_SAMPLES_MAX);
        }
        let last = self.seconds.len() - 1;
        &mut self.seconds[last]
    }
}

/// Appends an item; a full list loses its oldest one. The lists are short, so moving the others is
/// cheap, and a `VecDeque` of each type would only make the page larger.
fn push_bounded<T>(list: &mut Vec<T>, item: T, max: usize) {
    if list.len() >= max {
        list.remove(0);
    }
    list.push(item);
}

/// The type in a frame of this protocol.
fn kind_of(text: &str) -> Option<&str> {
    text.split_once("\"type\":\"")?.1.split('"').next()
}
