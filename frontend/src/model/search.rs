//! Searching a room: what is asked, what was found, and where the words stand in it.

use parlor_shared::{Entry, MessageId};

/// A search in the room looked at.
#[derive(Debug, Default)]
pub struct Search {
    /// What is searched for.
    pub text: String,
    /// What was found for `found_for`, newest first.
    pub found: Vec<Entry>,
    /// What the answer at hand is to.
    pub found_for: String,
    /// Whether an answer is to come: there is one question at a time, however fast one types.
    pub asked: bool,
}

impl Search {
    /// Whether what was found is what is searched for.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        !self.asked && self.found_for == self.text.trim()
    }
}

/// The message an entry is about.
#[must_use]
pub fn message_of(entry: &Entry) -> MessageId {
    entry.body.target().unwrap_or(entry.id)
}

/// A piece of a text, and whether it is what was searched for.
pub type Piece<'a> = (&'a str, Hit);

/// Whether a piece of a text is what was searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hit {
    /// One of the words.
    Word,
    /// What stands between.
    Between,
}

/// The text in pieces. A word of it counts where one of the words searched for is its beginning, whatever the case.
/// `lower` puts a word that is not ASCII in lower case, for which a browser has the tables and this page has not.
#[must_use]
pub fn pieces<'a>(text: &'a str, words: &str, lower: fn(&str) -> String) -> Vec<Piece<'a>> {
    let lower = |word: &str| {
        if word.is_ascii() {
            word.to_ascii_lowercase()
        } else {
            lower(word)
        }
    };
    let words: Vec<String> = words.split_whitespace().map(lower).collect();
    let mut pieces: Vec<Piece<'a>> = Vec::new();
    let mut plain_from = 0;
    for (start, word) in words_of(text) {
        let lower = lower(word);
        if words
            .iter()
            .any(|wanted| lower.starts_with(wanted.as_str()))
        {
            if plain_from < start {
                pieces.push((&text[plain_from..start], Hit::Between));
            }
            pieces.push((word, Hit::Word));
            plain_from = start + word.len();
        }
    }
    if plain_from < text.len() {
        pieces.push((&text[plain_from..], Hit::Between));
    }
    pieces
}

/// The words of a text, and where they begin.
fn words_of(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let words = text.split(|c: char| !is_in_word(c));
    let begins = move |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
    words
        .filter(|word| !word.is_empty())
        .map(move |word| (begins(word), word))
}

/// Whether it is part of a word, near enough for what is only shown: the tables of all letters are longer than that.
pub(crate) fn is_in_word(c: char) -> bool {
    match c {
        '\0'..='\u{7f}' => c.is_ascii_alphanumeric(),
        // Signs of Latin-1, punctuation, arrows and other signs, East Asian punctuation, emoji.
        '\u{80}'..='\u{bf}' => matches!(c, 'ª' | 'µ' | 'º'),
        '×' | '÷' | '\u{2000}'..='\u{206f}' | '\u{2190}'..='\u{2bff}' => false,
        '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ff0f}' | '\u{1f000}'..='\u{1faff}' => false,
        _ => true,
    }
}
