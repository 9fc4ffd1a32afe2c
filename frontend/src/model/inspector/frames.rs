//! The frames that the inspector shows, oldest first: which answers which, and pings folded.

use std::sync::Arc;

use parlor_shared::{
    MessageId,
    limits::{INSPECTOR_FRAME_CHARS_MAX, INSPECTOR_FRAMES_MAX},
};

/// A text frame, a run of pings with their pongs, or a step of the connection itself.
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
    /// What its message and the answer to it have in common, such as a post's id; empty where it
    /// has nothing of the kind.
    pub key: String,
    /// The frame that it answers.
    pub answers: Option<Answers>,
    /// Whether the user wrote it by hand.
    pub is_by_hand: bool,
    /// The page's own pings that this frame stands for, from the first one on; `None` for any other
    /// frame.
    pub pings: Option<Pings>,
    /// Whether its text is gone: it had words of a message that was deleted.
    pub is_forgotten: bool,
    /// Its text, cut after [`INSPECTOR_FRAME_CHARS_MAX`] characters. Of a run of pings, the last
    /// ping and its pong.
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

/// The frame that another one answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Answers {
    /// Its number.
    pub number: u64,
    /// How long the answer took.
    pub after_ms: u64,
    /// Whether it was written by hand.
    pub is_by_hand: bool,
}

/// A run of the page's own pings, one after the other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Pings {
    /// How many there were.
    pub count: u32,
    /// How long the last one that was answered took.
    pub round_trip_ms: Option<u64>,
    /// When the last one was sent.
    sent_ms: u64,
}

/// The frames that the inspector shows, at most [`INSPECTOR_FRAMES_MAX`].
#[derive(Debug, Default)]
pub struct Frames {
    /// A view keeps some of them, so they are shared.
    list: Vec<Arc<Frame>>,
    next_number: u64,
    /// The next ping continues no run of a smaller number.
    runs_from: u64,
}

impl Frames {
    /// Adds a text frame, and returns it as it is shown.
    pub fn push(&mut self, direction: Direction, text: &str, at_ms: u64) -> Arc<Frame> {
        let kind = kind_of(text);
        let key = key_of(kind, text);
        match (direction, kind) {
            (Direction::Sent, "ping") => return self.push_ping(text, key, at_ms),
            (Direction::Received, "pong") => {
                if let Some(run) = self.answer_ping(text, &key, at_ms) {
                    return run;
                }
            }
            _ => {}
        }
        let mut frame = self.frame(Some(direction), kind, text, at_ms);
        if direction == Direction::Received {
            frame.answers = self.question_of(&frame, &key, text);
        }
        frame.key = key;
        self.add(frame)
    }

    /// Adds a frame that the user wrote by hand, which is never folded.
    pub fn push_by_hand(&mut self, text: &str, at_ms: u64) -> Arc<Frame> {
        let kind = kind_of(text);
        let mut frame = self.frame(Some(Direction::Sent), kind, text, at_ms);
        frame.key = key_of(kind, text);
        frame.is_by_hand = true;
        self.add(frame)
    }

    /// Adds a step of the connection itself.
    pub fn push_step(&mut self, kind: &str, text: &str, at_ms: u64) -> Arc<Frame> {
        let frame = self.frame(None, kind, text, at_ms);
        self.add(frame)
    }

    /// The frames, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Frame>> {
        self.list.iter()
    }

    /// Leaves the run of pings that is going on as it is, and returns the number of the next frame.
    pub fn end_run(&mut self) -> u64 {
        self.runs_from = self.next_number;
        self.next_number
    }

    /// Removes the words of a deleted message: all frames with words that name it get this text.
    pub fn forget(&mut self, target: MessageId, replacement: &str) {
        for frame in &mut self.list {
            if has_words_of(&frame.text, target) {
                let frame = Arc::make_mut(frame);
                frame.is_forgotten = true;
                replacement.clone_into(&mut frame.text);
            }
        }
    }

    /// Removes all frames.
    pub fn clear(&mut self) {
        self.list.clear();
    }

    fn frame(&mut self, direction: Option<Direction>, kind: &str, text: &str, at_ms: u64) -> Frame {
        let number = self.next_number;
        self.next_number += 1;
        Frame {
            number,
            direction,
            at_ms,
            bytes: text.len(),
            kind: kind.to_owned(),
            key: String::new(),
            answers: None,
            is_by_hand: false,
            pings: None,
            is_forgotten: false,
            text: cut(text).to_owned(),
        }
    }

    fn add(&mut self, frame: Frame) -> Arc<Frame> {
        let frame = Arc::new(frame);
        // The list is short, so moving the others is cheap.
        if self.list.len() >= INSPECTOR_FRAMES_MAX {
            self.list.remove(0);
        }
        self.list.push(frame.clone());
        frame
    }

    /// Adds a ping of the page's own to the run that it continues, or begins another run.
    fn push_ping(&mut self, text: &str, key: String, at_ms: u64) -> Arc<Frame> {
        let runs_from = self.runs_from;
        let goes_on = |last: &&mut Arc<Frame>| last.pings.is_some() && last.number >= runs_from;
        let last = self.list.last_mut().filter(goes_on);
        let Some(shared) = last else {
            let mut run = self.frame(Some(Direction::Sent), "ping", text, at_ms);
            run.key = key;
            run.pings = Some(Pings {
                count: 1,
                round_trip_ms: None,
                sent_ms: at_ms,
            });
            return self.add(run);
        };
        let run = Arc::make_mut(shared);
        if let Some(pings) = &mut run.pings {
            pings.count += 1;
            pings.sent_ms = at_ms;
        }
        run.key = key;
        run.bytes += text.len();
        text.clone_into(&mut run.text);
        shared.clone()
    }

    /// Adds a pong to the run that has its ping; `None` where there is none.
    fn answer_ping(&mut self, text: &str, key: &str, at_ms: u64) -> Option<Arc<Frame>> {
        let is_its_run = |frame: &&mut Arc<Frame>| frame.pings.is_some() && frame.key == key;
        let shared = self.list.iter_mut().rev().find(is_its_run)?;
        let run = Arc::make_mut(shared);
        if let Some(pings) = &mut run.pings {
            pings.round_trip_ms = Some(at_ms.saturating_sub(pings.sent_ms));
        }
        run.bytes += text.len();
        run.text = format!("{}\n{text}", run.text);
        Some(shared.clone())
    }

    /// The frame of this connection that a frame from the server answers.
    fn question_of(&self, answer: &Frame, key: &str, text: &str) -> Option<Answers> {
        let is_open = |frame: &&Arc<Frame>| frame.direction.is_some() || frame.kind != "closed";
        let of_connection = self.list.iter().rev().take_while(is_open);
        let mut sent = of_connection.filter(|frame| frame.direction == Some(Direction::Sent));
        let question = if !key.is_empty() {
            sent.find(|frame| frame.key == key && !self.is_answered(frame))
        } else if answer.kind == "error" {
            // Answers come in the order of the questions. The page's own frames are seldom refused.
            let refused = sent.filter(|frame| is_refusal_of(text, frame));
            let mut open: Vec<_> = refused.filter(|frame| !self.is_answered(frame)).collect();
            open.reverse();
            let by_hand = open.iter().find(|frame| frame.is_by_hand);
            by_hand.or(open.first()).copied()
        } else {
            None
        }?;
        Some(Answers {
            number: question.number,
            after_ms: answer.at_ms.saturating_sub(question.at_ms),
            is_by_hand: question.is_by_hand,
        })
    }

    fn is_answered(&self, question: &Frame) -> bool {
        let mut answers = self.list.iter().filter_map(|frame| frame.answers);
        answers.any(|answers| answers.number == question.number)
    }
}

/// Whether a refusal that names no post may be about this frame. A frame that is no message, which
/// only people send, has a refusal that names no request.
fn is_refusal_of(refusal: &str, frame: &Frame) -> bool {
    let is_request = match field(refusal, "request") {
        None | Some("unknown") => frame.is_by_hand,
        Some(request) => request == frame.kind,
    };
    let room = field(refusal, "room");
    is_request && (room.is_none() || room == field(&frame.text, "room"))
}

/// The text, cut after [`INSPECTOR_FRAME_CHARS_MAX`] characters.
#[must_use]
pub fn cut(text: &str) -> &str {
    // A text with fewer bytes has fewer characters.
    if text.len() <= INSPECTOR_FRAME_CHARS_MAX {
        return text;
    }
    let end = text.char_indices().nth(INSPECTOR_FRAME_CHARS_MAX);
    end.map_or(text, |(end, _)| &text[..end])
}

/// Whether a frame has words and names this message. A hand-written frame may spell the id in
/// capitals.
#[must_use]
pub fn has_words_of(frame: &str, target: MessageId) -> bool {
    let lower = || frame.to_ascii_lowercase();
    frame.contains("\"text\"") && lower().contains(&target.to_string())
}

/// The type in a frame of this protocol, or "?".
fn kind_of(text: &str) -> &str {
    field(text, "type")
        .filter(|kind| !kind.is_empty())
        .unwrap_or("?")
}

/// What a message and its answer have in common; empty where they have nothing.
fn key_of(kind: &str, text: &str) -> String {
    let value = |name| field(text, name).unwrap_or_default();
    match kind {
        "hello" | "welcome" => "hello".to_owned(),
        "post" | "entry" | "duplicate" | "error" => value("id").to_owned(),
        "ping" | "pong" => format!("ping {}", value("t")),
        "join" | "joined" => format!("join {}", value("room")),
        "search" | "found" => format!("search {} {}", value("room"), value("text")),
        "rooms" => format!("rooms {} {}", value("text"), value("after")),
        "slice" => format!("slice {} {}", value("room"), value("at")),
        "history" => format!("history {} {}", value("room"), value("before")),
        _ => String::new(),
    }
}

/// The value of the first field with this name, without its quotes. In a string the quotes around
/// the name would have a backslash, so words of people are never taken for a field.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&*format!("\"{name}\""))?;
    let value = rest.trim_start().strip_prefix(':')?.trim_start();
    match value.strip_prefix('"') {
        Some(value) => value.split('"').next(),
        None => value.split([',', '}', ' ']).next(),
    }
}
