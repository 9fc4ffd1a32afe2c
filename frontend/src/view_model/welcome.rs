//! What newcomers are told.

use crate::{model::Model, texts};

/// Whether the line with the user's name stands below the field: they have the name that the page
/// gave them, and write their first message to people who are talking here.
#[must_use]
pub fn shows_name(model: &Model) -> bool {
    let room = model.room();
    let has_written = !room.pending.is_empty()
        || model
            .member
            .is_some_and(|me| room.last_message_by(me).is_some());
    let has_messages = room.last_message_ms().is_some();
    has_messages && !has_written && is_generated(model.name.as_str())
}

/// Whether the page made this name up for a new visitor.
fn is_generated(name: &str) -> bool {
    let is_one_of = |words: &str, word: &str| words.split(' ').any(|known| known == word);
    name.split_once(' ').is_some_and(|(adjective, noun)| {
        is_one_of(texts::visitor_adjectives(), adjective) && is_one_of(texts::visitor_nouns(), noun)
    })
}
