//! Frames that the user writes by hand: those sent before, and what became of the last one.

use parlor_shared::{
    MessageId, RoomId,
    limits::{FRAME_BYTES_MAX, INSPECTOR_HAND_FRAME_BYTES_MAX, INSPECTOR_HAND_FRAMES_MAX},
};

use crate::model::inspector::frames::has_words_of;

/// The frames that the user has sent by hand.
#[derive(Debug, Default)]
pub struct ByHand {
    /// At most [`INSPECTOR_HAND_FRAMES_MAX`], oldest first, each once.
    sent: Vec<String>,
    /// What became of the last one.
    pub outcome: Outcome,
}

/// What became of the last frame that was sent by hand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Outcome {
    /// None was sent.
    #[default]
    None,
    /// It was sent, and is not answered.
    Sent,
    /// It was answered with a message of this type.
    Answered(String),
    /// It was refused, for this reason.
    Refused(String),
}

impl ByHand {
    /// Records that a frame was sent. One that is too long to be kept can't be recalled.
    pub fn record(&mut self, frame: &str) {
        self.outcome = Outcome::Sent;
        self.sent.retain(|sent| sent != frame);
        if frame.len() > INSPECTOR_HAND_FRAME_BYTES_MAX {
            return;
        }
        if self.sent.len() >= INSPECTOR_HAND_FRAMES_MAX {
            self.sent.remove(0);
        }
        self.sent.push(frame.to_owned());
    }

    /// The frame that was sent this many frames ago, from 1 on.
    #[must_use]
    pub fn ago(&self, count: usize) -> Option<&str> {
        let at = self.sent.len().checked_sub(count)?;
        self.sent.get(at).map(String::as_str)
    }

    /// Forgets the frames with words of a deleted message.
    pub fn forget(&mut self, target: MessageId) {
        self.sent.retain(|frame| !has_words_of(frame, target));
    }
}

/// A frame to begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Its name: the type of its message, or "?" for what is none.
    pub name: &'static str,
    /// Its text.
    pub frame: String,
}

/// Frames to begin with, in this room. `id` is for the one that posts.
#[must_use]
pub fn templates(room: &RoomId, id: MessageId) -> [Template; 8] {
    let new = |name, rest: &str| {
        let frame = format!(r#"{{"type":"{name}","room":"{room}"{rest}}}"#);
        Template { name, frame }
    };
    let post = format!(r#","id":"{id}","body":{{"kind":"post","text":"hello"}}"#);
    [
        Template {
            name: "ping",
            frame: r#"{"type":"ping","t":1}"#.to_owned(),
        },
        new("typing", ""),
        new("post", &post),
        new("history", r#","before":9007199254740991,"limit":2"#),
        new("search", r#","text":"hello""#),
        Template {
            name: "join",
            frame: r#"{"type":"join","room":"No Room"}"#.to_owned(),
        },
        Template {
            name: "dance",
            frame: r#"{"type":"dance"}"#.to_owned(),
        },
        Template {
            name: "?",
            frame: "hello?".to_owned(),
        },
    ]
}

const _: () = assert!(INSPECTOR_HAND_FRAME_BYTES_MAX <= FRAME_BYTES_MAX);
