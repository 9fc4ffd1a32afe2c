//! What an answer shows of the message that it answers.

use parlor_shared::MessageId;

use crate::{markup, model::room::Room};

/// Characters of a message shown above its answer.
pub const EXCERPT_CHARS_MAX: usize = 140;

/// A message as its answer shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Quote {
    /// It says this.
    Message {
        /// Its author's name.
        name: String,
        /// The beginning of what it says, on one line.
        excerpt: String,
    },
    /// It was deleted.
    Deleted,
    /// It is further back than what has been read.
    Earlier,
    /// All that is kept of the room has been read, and it is not in it.
    Gone,
}

/// How the message with this id is shown above an answer.
#[must_use]
pub fn of(room: &Room, id: MessageId) -> Quote {
    let Some(message) = room.timeline.find(id) else {
        return if room.can_load_older() {
            Quote::Earlier
        } else {
            Quote::Gone
        };
    };
    match &message.text {
        None => Quote::Deleted,
        Some(text) => Quote::Message {
            name: message.name.to_string(),
            excerpt: excerpt(&markup::plain(text.as_str())),
        },
    }
}

/// The beginning of a text, on one line.
#[must_use]
pub fn excerpt(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        // By characters: half a letter is none.
        if let Some((end, _)) = line.char_indices().nth(EXCERPT_CHARS_MAX) {
            line.truncate(end);
            line.push('…');
            break;
        }
    }
    line
}
