//! The search of the current room.

use parlor_shared::{Entry, MessageId};

use crate::words;

/// A search of the current room.
///
/// At most one request is under way. While it is, the user may type on; the answer to an outdated
/// query is shown until the newer one arrives.
#[derive(Debug, Default)]
pub struct Search {
    /// The query.
    pub text: String,
    /// The entries found for `found_for`, newest first.
    pub found: Vec<Entry>,
    /// The query that `found` answers.
    pub found_for: String,
    /// Whether a request is under way.
    pub is_pending: bool,
}

impl Search {
    /// Whether `found` answers the current query.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        !self.is_pending && self.found_for == self.text.trim()
    }
}

/// The message that an entry posts or changes.
#[must_use]
pub fn message_of(entry: &Entry) -> MessageId {
    entry.body.target().unwrap_or(entry.id)
}

/// Converts a word to lower case. A browser has the tables for all letters; the page leaves them
/// out of its binary.
pub type Lowercase = fn(&str) -> String;

/// A piece of a found text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The piece.
    pub text: String,
    /// Whether it is a word that the query matches.
    pub is_hit: bool,
}

/// Splits a text into pieces that the query matches and the text between them. A word matches where
/// one of the query's words is its beginning, in any case. `lowercase` is called for words that are
/// not ASCII only.
#[must_use]
pub fn pieces(text: &str, query: &str, lowercase: Lowercase) -> Vec<Piece> {
    let lowercase = |word: &str| {
        if word.is_ascii() {
            word.to_ascii_lowercase()
        } else {
            lowercase(word)
        }
    };
    let query: Vec<String> = query.split_whitespace().map(lowercase).collect();
    let mut pieces = Vec::new();
    let mut push = |text: &str, is_hit| {
        if !text.is_empty() {
            let text = text.to_owned();
            pieces.push(Piece { text, is_hit });
        }
    };
    let mut rest_from = 0;
    for (start, word) in words::words(text) {
        let lower = lowercase(word);
        if query.iter().any(|begin| lower.starts_with(begin.as_str())) {
            push(&text[rest_from..start], false);
            push(word, true);
            rest_from = start + word.len();
        }
    }
    push(&text[rest_from..], false);
    pieces
}
