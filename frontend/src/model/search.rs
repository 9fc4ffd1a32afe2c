//! The search of the current room.

use parlor_shared::{
    Entry, MessageId, SearchQuery, Text,
    characters::{is_mark, is_visible},
    limits::{PAGE_BYTES_MAX, SEARCH_ENTRIES_MAX},
};

use crate::words::{self, Class, class};

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
    /// Whether others may match, too, because the server's index is still being built.
    pub is_incomplete: bool,
    /// The query that `found` answers.
    pub found_for: String,
    /// Whether a request is under way.
    pub is_pending: bool,
    /// The query that was sent last.
    pub asked: String,
    /// The message among those found that is selected, and shown in the list once the user asks.
    pub selected: Option<MessageId>,
    /// Whether a narrow screen shows the room, with a bar that steps through what was found.
    pub is_folded: bool,
}

/// A step through the results, from the newest message to older ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultStep {
    /// To the result before: a newer message.
    Previous,
    /// To the result after: an older message.
    Next,
}

impl Search {
    /// Whether `found` answers the current query.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        !self.is_pending && self.found_for == self.text.trim()
    }

    /// Whether nothing else matches: the server finds the newest messages, as many as fit an
    /// answer.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let length = |entry: &Entry| {
            entry
                .body
                .text()
                .map_or(0, |text: &Text| text.as_str().len())
        };
        self.found.len() < usize::from(SEARCH_ENTRIES_MAX)
            && self.found.iter().map(length).sum::<usize>() <= PAGE_BYTES_MAX
    }

    /// The place of the selected message among those found.
    #[must_use]
    pub fn position(&self) -> Option<usize> {
        let selected = self.selected?;
        let is_selected = |entry: &Entry| message_of(entry) == selected;
        self.found.iter().position(is_selected)
    }

    /// Moves the selection, at first to the newest message. At both ends it stays.
    pub fn step(&mut self, step: ResultStep) {
        let last = self.found.len().saturating_sub(1);
        let to = match (self.position(), step) {
            (None, _) => 0,
            (Some(at), ResultStep::Previous) => at.saturating_sub(1),
            (Some(at), ResultStep::Next) => (at + 1).min(last),
        };
        self.selected = self.found.get(to).map(message_of);
    }
}

/// The message that an entry posts or changes.
#[must_use]
pub fn message_of(entry: &Entry) -> MessageId {
    entry.body.target().unwrap_or(entry.id)
}

/// Converts a text to the form in which words are compared: normal form KD in lower case. A browser
/// has the tables for that; the page leaves them out of its binary.
pub type Fold = fn(&str) -> String;

/// A piece of a found text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The piece.
    pub text: String,
    /// Whether it is a word that the query matches.
    pub is_hit: bool,
}

/// Whether the query has a word or an emoji, or names an author. The server refuses one that has
/// nothing to find.
#[must_use]
pub fn has_words(query: &str) -> bool {
    let SearchQuery { words, author } = SearchQuery::parse(query);
    let mut chars = words.chars().chain(author.chars());
    chars.any(|c| class(c) != Class::Between)
}

/// Splits a text into pieces that the query matches and the text between them, as the server finds
/// it. A word matches where one of the query's words is its beginning, in any case and width and
/// without accents. Text without spaces and emoji match wherever the query's do.
#[must_use]
pub fn pieces(text: &str, query: &str, fold: Fold) -> Vec<Piece> {
    let query = Folded::new(query, fold);
    let text = Folded::new(text, fold);
    let words: Vec<&str> = query.words().collect();
    let mut pieces = Vec::new();
    let mut push = |chars: &[Char], is_hit| {
        if !chars.is_empty() {
            let text = chars.iter().map(|c| c.written).collect();
            pieces.push(Piece { text, is_hit });
        }
    };
    let (mut rest_from, mut at) = (0, 0);
    while at < text.chars.len() {
        // A text without spaces may be one part as a whole, and each place in it is looked at.
        let end = match text.chars[at].class {
            Class::Run => at + 1,
            Class::Word | Class::Symbol | Class::Between => text.end_of_part(at),
        };
        let here = text.text_from(at);
        let hits = words.iter().filter(|word| here.starts_with(**word));
        let longest = hits.map(|word| word.len()).max();
        match (longest, text.chars[at].class) {
            (None, _) | (_, Class::Between) => at = end,
            (Some(length), class) => {
                let hit = text.chars[at].from + length;
                let covered = text.chars.partition_point(|c| c.from < hit);
                // The whole word, and the whole emoji with its skin tone.
                let until = match class {
                    Class::Run => covered,
                    Class::Word | Class::Symbol | Class::Between => covered.max(end),
                };
                push(&text.chars[rest_from..at], false);
                push(&text.chars[at..until], true);
                (at, rest_from) = (until, until);
            }
        }
    }
    push(&text.chars[rest_from..], false);
    pieces
}

/// A text with the form in which it is compared.
struct Folded {
    folded: String,
    chars: Vec<Char>,
}

/// A character of a text.
struct Char {
    written: char,
    class: Class,
    /// Where its folded form begins.
    from: usize,
}

/// Stands between two characters while they are folded, so that none is joined with the next.
const SEPARATOR: char = '\u{1}';

/// Whether a character makes no difference within a word: an accent, a soft hyphen, a variation
/// selector. The marks of kana make other syllables, and joiners make other emoji.
fn is_left_out(c: char) -> bool {
    let is_accent = is_mark(c) && !matches!(c, '\u{3099}' | '\u{309A}');
    let is_space = c.is_whitespace() || c.is_control() || c == '\u{200B}';
    is_accent || !(is_visible(c) || is_space || c == '\u{200D}')
}

impl Folded {
    fn new(text: &str, fold: Fold) -> Self {
        let mut apart = String::new();
        for c in text.chars() {
            apart.push(if c == SEPARATOR { ' ' } else { c });
            apart.push(SEPARATOR);
        }
        let apart = if text.is_ascii() {
            apart.to_ascii_lowercase()
        } else {
            fold(&apart)
        };
        let (mut folded, mut chars) = (String::new(), Vec::new());
        let mut previous = Class::Between;
        for (written, form) in text.chars().zip(apart.split(SEPARATOR)) {
            let from = folded.len();
            folded.extend(form.chars().filter(|c| !is_left_out(*c)));
            // What leaves no trace belongs to the character before it.
            let class = match folded[from..].chars().next() {
                Some(c) => words::class(c),
                None => previous,
            };
            previous = class;
            chars.push(Char {
                written,
                class,
                from,
            });
        }
        Self { folded, chars }
    }

    /// The folded text from a character on.
    fn text_from(&self, at: usize) -> &str {
        &self.folded[self.chars[at].from..]
    }

    /// Where the characters end that are of the same class as this one. An emoji ends before the
    /// next one.
    fn end_of_part(&self, at: usize) -> usize {
        let class = self.chars[at].class;
        let mut end = at + 1;
        let continues = |next: &Char, before: &Char| {
            let is_modifier = matches!(next.written, '\u{1F3FB}'..='\u{1F3FF}')
                || !is_visible(next.written)
                || before.written == '\u{200D}';
            next.class == class && (class != Class::Symbol || is_modifier)
        };
        while end < self.chars.len() && continues(&self.chars[end], &self.chars[end - 1]) {
            end += 1;
        }
        end
    }

    /// The folded words, texts without spaces and emoji.
    fn words(&self) -> impl Iterator<Item = &str> {
        let mut at = 0;
        std::iter::from_fn(move || {
            while at < self.chars.len() {
                let begin = at;
                at = self.end_of_part(begin);
                let until = self.chars.get(at).map_or(self.folded.len(), |c| c.from);
                let word = &self.folded[self.chars[begin].from..until];
                if self.chars[begin].class != Class::Between && !word.is_empty() {
                    return Some(word);
                }
            }
            None
        })
    }
}
