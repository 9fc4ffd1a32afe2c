//! What a reply shows of the message it replies to.

use parlor_shared::MessageId;

use crate::{markup, model::Model, texts};

/// The longest excerpt, in characters.
pub const EXCERPT_CHARS_MAX: usize = 140;

/// A quoted message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Quote {
    /// The message is loaded.
    Message {
        /// Its author's name.
        name: String,
        /// The beginning of its text, on one line; of somebody whom the user ignores, that they do.
        excerpt: String,
    },
    /// The message was deleted.
    Deleted,
    /// The message is older than what is loaded.
    Earlier,
    /// Everything that the server keeps of the room is loaded, and the message is not in it.
    Gone,
}

/// How a reply in the current room quotes the message with this id.
#[must_use]
pub fn of(model: &Model, id: MessageId) -> Quote {
    let room = model.room();
    let Some(message) = room.timeline.find(id) else {
        return if room.has_unloaded() {
            Quote::Earlier
        } else {
            Quote::Gone
        };
    };
    match &message.text {
        None => Quote::Deleted,
        Some(text) => Quote::Message {
            name: room.look_alikes.shown_name(message.member, &message.name),
            excerpt: match model.ignored.has(message.member) {
                true => texts::ignored_message().to_owned(),
                false => excerpt(&markup::plain(text.as_str())),
            },
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
        // Cut at a character, so that no letter is halved.
        if let Some((end, _)) = line.char_indices().nth(EXCERPT_CHARS_MAX) {
            line.truncate(end);
            line.push('…');
            break;
        }
    }
    line
}
