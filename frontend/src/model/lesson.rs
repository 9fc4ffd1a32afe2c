//! The lesson in the inspector: steps that the user takes, each ticked by what the inspector sees.
//!
//! docs/LEARN.md has the same steps in the same order; a test compares the two.

use std::fmt::{self, Write};

use crate::model::{
    connection::ConnectionEnd,
    inspector::frames::{Direction, Frame},
};

/// How often the connection must be lost until the waits can be compared.
const WAITS: u32 = 3;

/// A step of the lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Disconnect, then reconnect.
    Handshake,
    /// Write a message.
    Post,
    /// Unfold an entry.
    Unfold,
    /// Send a frame by hand.
    ByHand,
    /// Send a frame by hand that is refused.
    Refusal,
    /// Filter for pings and pongs.
    Ping,
    /// Write a message while disconnected, then reconnect.
    Resume,
    /// Lose the connection several times.
    Backoff,
}

impl Step {
    /// All steps, in order.
    pub const ALL: [Self; 8] = [
        Self::Handshake,
        Self::Post,
        Self::Unfold,
        Self::ByHand,
        Self::Refusal,
        Self::Ping,
        Self::Resume,
        Self::Backoff,
    ];

    /// The word that stands for it where the lesson is saved, and in the keys of its texts.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Handshake => "handshake",
            Self::Post => "post",
            Self::Unfold => "unfold",
            Self::ByHand => "by_hand",
            Self::Refusal => "refusal",
            Self::Ping => "ping",
            Self::Resume => "resume",
            Self::Backoff => "backoff",
        }
    }
}

/// How far the user is in the lesson.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lesson {
    done: [bool; Step::ALL.len()],
    /// The step that was done last, since the inspector was opened.
    last: Option<Step>,
    /// What is under way of the steps that take more than one thing.
    under_way: UnderWay,
}

/// What has happened so far of the steps that take more than one thing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct UnderWay {
    /// The page has closed the connection.
    disconnected: bool,
    /// How far the step is in which a message is written while disconnected.
    resume: ResumeProgress,
    /// How often the page has waited to reconnect.
    waits: u32,
}

/// The last part of [`Step::Resume`] that has happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum ResumeProgress {
    #[default]
    Nothing,
    /// The page was welcomed with unsent posts.
    WelcomedWithUnsent,
    /// A room was resumed after that.
    Resumed,
}

/// Something that happens to the connection or in the inspector.
#[derive(Debug, Clone, Copy)]
pub enum Observation<'a> {
    /// The connection closed.
    Closed(ConnectionEnd),
    /// The page waits before it reconnects.
    Waiting,
    /// A frame was sent or received, while this many posts were unsent.
    Frame {
        /// The frame.
        frame: &'a Frame,
        /// Whether there are posts that are not acked.
        has_unsent: bool,
        /// What the list is filtered by.
        filter: &'a str,
    },
    /// The user unfolded a frame.
    Unfolded(&'a Frame),
}

impl Lesson {
    /// Whether the step is done.
    #[must_use]
    pub fn has_done(&self, step: Step) -> bool {
        self.done[step as usize]
    }

    /// The first step that is not done.
    #[must_use]
    pub fn next(&self) -> Option<Step> {
        Step::ALL.into_iter().find(|step| !self.has_done(*step))
    }

    /// Whether the user reads what to look at: before the step, and right after it.
    #[must_use]
    pub fn is_explained(&self, step: Step) -> bool {
        self.next() == Some(step) || self.last == Some(step)
    }

    /// How many steps are done.
    #[must_use]
    pub fn done_count(&self) -> usize {
        self.done.iter().filter(|is_done| **is_done).count()
    }

    /// A text that changes whenever what is shown of the lesson does.
    #[must_use]
    pub fn state(&self) -> String {
        let last = self.last.map(Step::word).unwrap_or_default();
        format!("{self}{last}")
    }

    /// Ticks the steps that are done with this. Returns whether there are any.
    pub fn observe(&mut self, seen: Observation<'_>) -> bool {
        let done = match seen {
            Observation::Closed(end) => {
                self.under_way.disconnected |= end == ConnectionEnd::ByPage;
                self.under_way.resume = ResumeProgress::Nothing;
                None
            }
            Observation::Waiting => {
                self.under_way.waits += 1;
                (self.under_way.waits >= WAITS).then_some(Step::Backoff)
            }
            Observation::Unfolded(frame) => (frame.kind == "entry").then_some(Step::Unfold),
            Observation::Frame {
                frame,
                has_unsent,
                filter,
            } => {
                let one = self.resumed(frame, has_unsent);
                return self.tick(one) | self.tick(self.step_of(frame, filter));
            }
        };
        self.tick(done)
    }

    fn tick(&mut self, step: Option<Step>) -> bool {
        let Some(step) = step.filter(|step| !self.has_done(*step)) else {
            return false;
        };
        self.done[step as usize] = true;
        self.last = Some(step);
        true
    }

    /// The step that a frame ends, apart from [`Step::Resume`].
    fn step_of(&self, frame: &Frame, filter: &str) -> Option<Step> {
        if frame
            .pings
            .is_some_and(|pings| pings.round_trip_ms.is_some())
        {
            return (filter == "pong").then_some(Step::Ping);
        }
        match (&*frame.kind, frame.answers) {
            ("welcome", _) if self.under_way.disconnected => Some(Step::Handshake),
            ("error", Some(answers)) if answers.is_by_hand => Some(Step::Refusal),
            (_, Some(answers)) if answers.is_by_hand => Some(Step::ByHand),
            ("entry" | "duplicate", Some(_)) => Some(Step::Post),
            _ => None,
        }
    }

    /// [`Step::Resume`], if this frame ends it: a welcome with unsent posts, a room that is
    /// resumed, and one of the posts acked.
    fn resumed(&mut self, frame: &Frame, has_unsent: bool) -> Option<Step> {
        let progress = &mut self.under_way.resume;
        if frame.direction != Some(Direction::Received) {
            return None;
        }
        match (&*frame.kind, *progress) {
            ("welcome", _) if has_unsent => *progress = ResumeProgress::WelcomedWithUnsent,
            ("joined", ResumeProgress::WelcomedWithUnsent) if frame.text.contains("resumed") => {
                *progress = ResumeProgress::Resumed;
            }
            ("entry" | "duplicate", ResumeProgress::Resumed) if frame.answers.is_some() => {
                return Some(Step::Resume);
            }
            _ => {}
        }
        None
    }

    /// Reads which steps are done from the words that [`Display`](fmt::Display) writes. Unknown
    /// words are from another version and are ignored.
    #[must_use]
    pub fn parse(words: &str) -> Self {
        let mut lesson = Self::default();
        for step in Step::ALL {
            let is_done = words.split(' ').any(|word| word == step.word());
            lesson.done[step as usize] = is_done;
        }
        lesson
    }
}

/// Writes the steps that are done, as words with a space after each.
impl fmt::Display for Lesson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in Step::ALL.into_iter().filter(|step| self.has_done(*step)) {
            f.write_str(step.word())?;
            f.write_char(' ')?;
        }
        Ok(())
    }
}
