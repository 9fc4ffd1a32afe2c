//! The last frames of the connection, kept while the inspector is closed, so that they are there
//! when it is opened.
//!
//! This runs for every frame that the page ever sends or receives: it copies the text and looks at
//! nothing in it.

use parlor_shared::{
    MessageId,
    limits::{INSPECTOR_RECENT_BYTES_MAX, INSPECTOR_RECENT_FRAMES_MAX},
};

use crate::model::inspector::frames::{Direction, cut, has_words_of};

/// The last frames, within [`INSPECTOR_RECENT_FRAMES_MAX`] and [`INSPECTOR_RECENT_BYTES_MAX`].
#[derive(Debug, Default)]
pub struct Recent {
    frames: Vec<RecentFrame>,
    /// The bytes of all their texts.
    bytes: usize,
}

/// A frame or a step of the connection.
#[derive(Debug)]
pub struct RecentFrame {
    /// The direction of a frame.
    pub direction: Option<Direction>,
    /// What step it is, of a step.
    pub step: &'static str,
    /// When it was, on the page's clock.
    pub at_ms: u64,
    /// Its text, cut like the inspector's.
    pub text: String,
}

impl Recent {
    /// Records a frame.
    pub fn record_frame(&mut self, direction: Direction, text: &str, at_ms: u64) {
        self.push(RecentFrame {
            direction: Some(direction),
            step: "",
            at_ms,
            text: cut(text).to_owned(),
        });
    }

    /// Records a step of the connection.
    pub fn record_step(&mut self, step: &'static str, text: &str, at_ms: u64) {
        self.push(RecentFrame {
            direction: None,
            step,
            at_ms,
            text: text.to_owned(),
        });
    }

    /// The frames, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &RecentFrame> {
        self.frames.iter()
    }

    /// Removes the frames with words of a deleted message.
    pub fn forget(&mut self, target: MessageId) {
        self.frames
            .retain(|frame| !has_words_of(&frame.text, target));
        self.bytes = self.frames.iter().map(|frame| frame.text.len()).sum();
    }

    fn push(&mut self, frame: RecentFrame) {
        self.bytes += frame.text.len();
        self.frames.push(frame);
        // One frame is never larger than the bound.
        while self.frames.len() > INSPECTOR_RECENT_FRAMES_MAX
            || self.bytes > INSPECTOR_RECENT_BYTES_MAX
        {
            self.bytes -= self.frames.remove(0).text.len();
        }
    }
}
