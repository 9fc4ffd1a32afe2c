//! The inspector: the frames of the connection, its traffic, round trips and backoffs, and the
//! lesson.
//!
//! It exists only while the user has it open. Before that nothing is counted or looked at; only
//! the last frames are kept ([`recent`]).

pub mod by_hand;
pub mod frames;
pub mod recent;
pub mod recorded;

use std::sync::Arc;

use parlor_session::Status;
use parlor_shared::{
    ServerMessage, codec,
    limits::{
        INSPECTOR_SAMPLES_MAX, INSPECTOR_SIZE_DEFAULT, INSPECTOR_SIZE_MAX, INSPECTOR_SIZE_MIN,
    },
};

use crate::{
    model::{
        inspector::{
            by_hand::{ByHand, Outcome},
            frames::{Direction, Frame, Frames},
            recent::Recent,
            recorded::Recorded,
        },
        lesson::{Lesson, Observation},
    },
    texts,
};

/// How many seconds of traffic are shown.
const SECONDS_SHOWN: u64 = 30;

/// How often the round trip is measured while the inspector is open.
const PING_EVERY_MS: u64 = 2_000;

/// The word that is saved for a lesson that is folded away.
const FOLDED: &str = "folded";

/// What the inspector has seen of the connection since it was opened.
#[derive(Debug)]
pub struct Inspector {
    frames: Frames,
    /// While the list is paused, the number of the first frame that it does not show.
    paused_at: Option<u64>,
    /// The text that a frame must contain to be shown, without white space around it.
    filter: String,
    /// The frames that the user has sent by hand.
    pub by_hand: ByHand,
    /// Whether the last frame received answers one that the user wrote by hand.
    is_answering_hand: bool,
    /// How far the user is in the lesson.
    pub lesson: Lesson,
    /// Whether the lesson is folded away.
    pub is_lesson_folded: bool,
    /// How much of the window's height or width the inspector has, in percent.
    size: u8,
    /// Whether the lesson or the size has changed since they were saved.
    is_unsaved: bool,
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
    /// [`Self::record`]. It is called through this pointer, which only who opens the inspector
    /// makes: its code is loaded with that of the inspector.
    record: fn(&mut Self, Recorded<'_>),
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
    /// An inspector that was just opened, with the last frames from before.
    #[must_use]
    pub fn open(recent: &Recent) -> Self {
        let mut frames = Frames::default();
        for frame in recent.iter() {
            let (text, at_ms) = (&frame.text, frame.at_ms);
            match frame.direction {
                Some(direction) => frames.push(direction, text, at_ms),
                None => frames.push_step(frame.step, text, at_ms),
            };
        }
        Self {
            frames,
            paused_at: None,
            filter: String::new(),
            by_hand: ByHand::default(),
            is_answering_hand: false,
            lesson: Lesson::default(),
            is_lesson_folded: false,
            size: INSPECTOR_SIZE_DEFAULT,
            is_unsaved: false,
            round_trips_ms: Vec::new(),
            backoffs_ms: Vec::new(),
            seconds: Vec::new(),
            sent: Traffic::default(),
            received: Traffic::default(),
            opened: 0,
            next_ping_ms: 0,
            record: Self::record,
        }
    }

    // ---- what happens to the connection ----

    /// Takes in what happened.
    pub fn take_in(&mut self, recorded: Recorded<'_>) {
        (self.record)(self, recorded);
    }

    fn record(&mut self, recorded: Recorded<'_>) {
        match recorded {
            Recorded::Frame {
                direction,
                text,
                has_unsent,
                now_ms,
            } => self.record_frame(direction, text, has_unsent, now_ms),
            Recorded::Step { kind, text, now_ms } => {
                self.frames.push_step(kind, text, now_ms);
            }
            Recorded::End(end) => self.is_unsaved |= self.lesson.observe(Observation::Closed(end)),
            Recorded::RoundTrip(ms) => {
                push_bounded(&mut self.round_trips_ms, ms, INSPECTOR_SAMPLES_MAX);
            }
            Recorded::Status { status, now_ms } => self.record_status(status, now_ms),
            Recorded::Deleted {
                target,
                replacement,
            } => {
                self.frames.forget(target, replacement);
                self.by_hand.forget(target);
            }
        }
    }

    fn record_frame(&mut self, direction: Direction, text: &str, has_unsent: bool, now_ms: u64) {
        self.count(direction, text, now_ms);
        let frame = self.frames.push(direction, text, now_ms);
        if direction == Direction::Received {
            self.is_answering_hand = frame.answers.is_some_and(|answers| answers.is_by_hand);
            if self.is_answering_hand {
                self.by_hand.outcome = match codec::decode_server(text) {
                    Ok(ServerMessage::Error(refusal)) => {
                        Outcome::Refused(texts::refusals::refusal(refusal))
                    }
                    Ok(_) | Err(_) => Outcome::Answered(frame.kind.clone()),
                };
            }
        }
        let filter = &*self.filter;
        self.is_unsaved |= self.lesson.observe(Observation::Frame {
            frame: &frame,
            has_unsent,
            filter,
        });
    }

    /// Records a frame that the user wrote by hand and sent.
    pub fn record_by_hand(&mut self, text: &str, now_ms: u64) {
        self.count(Direction::Sent, text, now_ms);
        self.frames.push_by_hand(text, now_ms);
        self.by_hand.record(text);
    }

    /// Whether the last frame received answers one that the user wrote by hand: the page did not
    /// ask for it.
    #[must_use]
    pub fn is_answering_hand(&self) -> bool {
        self.is_answering_hand
    }

    fn count(&mut self, direction: Direction, text: &str, now_ms: u64) {
        let total = match direction {
            Direction::Sent => &mut self.sent,
            Direction::Received => &mut self.received,
        };
        total.add_frame(text.len());
        self.second_mut(now_ms).traffic.add_frame(text.len());
    }

    /// Returns whether a ping is due, and if so schedules the next one.
    pub fn schedule_ping(&mut self, now_ms: u64) -> bool {
        let is_due = now_ms >= self.next_ping_ms;
        if is_due {
            self.next_ping_ms = now_ms + PING_EVERY_MS;
        }
        is_due
    }

    fn record_status(&mut self, status: Status, now_ms: u64) {
        match status {
            Status::Waiting { until_ms, .. } => {
                let backoff_ms = until_ms.saturating_sub(now_ms);
                push_bounded(&mut self.backoffs_ms, backoff_ms, INSPECTOR_SAMPLES_MAX);
                self.is_unsaved |= self.lesson.observe(Observation::Waiting);
            }
            Status::Connecting { .. } => self.opened += 1,
            Status::Online | Status::Stopped(_) => {}
        }
    }

    // ---- the list of frames ----

    /// The frames that match the filter, oldest first.
    pub fn frames(&self) -> impl Iterator<Item = &Arc<Frame>> {
        let end = self.paused_at.unwrap_or(u64::MAX);
        let matches = move |frame: &&Arc<Frame>| {
            let filter = &*self.filter;
            let is_named = match frame.pings {
                Some(_) => ["ping", "pong"].iter().any(|kind| kind.contains(filter)),
                None => frame.kind.contains(filter),
            };
            frame.number < end && (is_named || frame.text.contains(filter))
        };
        self.frames.iter().filter(matches)
    }

    /// Filters the frames. Types are in small letters, and a phone begins with a capital.
    pub fn set_filter(&mut self, filter: &str) {
        let filter = filter.trim();
        let is_type = filter.bytes().all(|byte| byte.is_ascii_alphabetic());
        self.filter = match is_type {
            true => filter.to_ascii_lowercase(),
            false => filter.to_owned(),
        };
    }

    /// Whether new frames are recorded, but not shown.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.paused_at.is_some()
    }

    /// Stops showing new frames, or shows them again, with those of the meantime.
    pub fn toggle_pause(&mut self) {
        self.paused_at = match self.paused_at {
            Some(_) => None,
            None => Some(self.frames.end_run()),
        };
    }

    /// Removes all frames.
    pub fn clear(&mut self) {
        self.frames.clear();
    }

    /// Records that the user unfolded the frame with this number.
    pub fn unfolded(&mut self, number: u64) {
        let mut frames = self.frames.iter();
        if let Some(frame) = frames.find(|frame| frame.number == number) {
            self.is_unsaved |= self.lesson.observe(Observation::Unfolded(frame));
        }
    }

    // ---- what is kept for the next time ----

    /// How much of the window's height or width the inspector has, in percent.
    #[must_use]
    pub fn size(&self) -> u8 {
        self.size
    }

    /// Changes the size, within its bounds.
    pub fn resize(&mut self, percent: u8) {
        self.size = percent.clamp(INSPECTOR_SIZE_MIN, INSPECTOR_SIZE_MAX);
        self.is_unsaved = true;
    }

    /// Folds the lesson away, or unfolds it.
    pub fn fold_lesson(&mut self, is_folded: bool) {
        self.is_unsaved |= self.is_lesson_folded != is_folded;
        self.is_lesson_folded = is_folded;
    }

    /// Begins the lesson again.
    pub fn restart_lesson(&mut self) {
        self.lesson = Lesson::default();
        self.is_unsaved = true;
    }

    /// Takes over what was saved the last time, as [`take_unsaved`](Self::take_unsaved) wrote it.
    pub fn load(&mut self, saved: &str) {
        let mut words = saved.split(' ');
        if let Some(size) = words.next().and_then(|word| word.parse().ok()) {
            self.resize(size);
        }
        self.is_lesson_folded = words.any(|word| word == FOLDED);
        self.lesson = Lesson::parse(saved);
        self.is_unsaved = false;
    }

    /// Whether there is something to save for the next time.
    #[must_use]
    pub fn is_unsaved(&self) -> bool {
        self.is_unsaved
    }

    /// What is to be saved for the next time: the size, the steps that are done, and whether the
    /// lesson is folded. `None` if nothing of it has changed.
    pub fn take_unsaved(&mut self) -> Option<String> {
        let is_unsaved = std::mem::take(&mut self.is_unsaved);
        let folded = if self.is_lesson_folded { FOLDED } else { "" };
        is_unsaved.then(|| format!("{} {}{folded}", self.size, self.lesson))
    }

    // ---- the traffic ----

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
