//! The search panel: its results, and what it says where there are none.

use parlor_shared::{Entry, MessageId, Text};

use crate::{
    markup,
    model::{
        Model,
        search::{Fold, Piece, has_words, message_of, pieces},
    },
    texts,
};

/// A message that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchResult {
    /// The message.
    pub id: MessageId,
    /// Its author's name at that time.
    pub name: String,
    /// When it was posted, in Unix milliseconds.
    pub at_ms: u64,
    /// Its text, in pieces that are hits or not.
    pub pieces: Vec<Piece>,
}

/// The messages that were found, newest first.
#[must_use]
pub fn results(model: &Model, fold: Fold) -> Vec<SearchResult> {
    let Some(search) = &model.search else {
        return Vec::new();
    };
    let result = |entry: &Entry| {
        let text = markup::plain(entry.body.text().map_or("", Text::as_str));
        SearchResult {
            id: message_of(entry),
            name: model
                .room()
                .look_alikes
                .shown_name(entry.member, &entry.name),
            at_ms: entry.at_ms,
            pieces: pieces(&text, &search.found_for, fold),
        }
    };
    search.found.iter().map(result).collect()
}

/// What the panel says above the results: how to search, that it is searching, or that nothing
/// matches.
#[must_use]
pub fn verdict(model: &Model) -> String {
    match &model.search {
        Some(search) if !has_words(&search.text) => texts::search_hint().to_owned(),
        Some(search) if !search.is_answered() => texts::searching().to_owned(),
        Some(search) if search.found.is_empty() => texts::no_matches(&search.found_for),
        Some(_) | None => String::new(),
    }
}
