//! Makes the id of a room from what a person types.

use parlor_shared::{Name, RoomId, characters::is_mark, limits::ROOM_BYTES_MAX};

use crate::{
    model::search::Fold,
    words::{Class, class},
};

/// The room that a typed text leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Suggestion {
    /// Nothing was typed that could be part of a name.
    Empty,
    /// This room.
    Room {
        /// Its id.
        room: RoomId,
        /// Whether the text was longer than a room's name can be.
        is_cut: bool,
    },
    /// None: the text has letters that a room's id can't have.
    NotWritable,
}

/// Letters that Unicode does not decompose, and how they are written in ASCII.
const LETTERS: [(char, &str); 10] = [
    ('ß', "ss"),
    ('æ', "ae"),
    ('œ', "oe"),
    ('ø', "o"),
    ('ł', "l"),
    ('đ', "d"),
    ('ð', "d"),
    ('þ', "th"),
    ('ı', "i"),
    ('ŋ', "n"),
];

/// The room that this text leads to: in lower case, without accents, with one hyphen for what is
/// between words. A letter without a counterpart in ASCII is never left out, because the room would
/// be another one than the person means. `fold` gives normal form KD in lower case.
#[must_use]
pub fn suggest(text: &str, fold: Fold) -> Suggestion {
    let folded = match text.is_ascii() {
        true => text.to_ascii_lowercase(),
        false => fold(text),
    };
    let mut name = String::new();
    for c in folded.chars() {
        let ascii = LETTERS.iter().find(|(letter, _)| *letter == c);
        match (c, ascii) {
            ('a'..='z' | '0'..='9', _) => name.push(c),
            (_, Some((_, ascii))) => name.push_str(ascii),
            // It is inside of a word: "Ada's".
            ('\'' | '’', _) => {}
            (c, None) if is_mark(c) => {}
            (c, None) => match class(c) {
                Class::Word | Class::Run => return Suggestion::NotWritable,
                Class::Between | Class::Symbol if name.is_empty() || name.ends_with('-') => {}
                Class::Between | Class::Symbol => name.push('-'),
            },
        }
    }
    let whole = name.trim_end_matches('-').len();
    name.truncate(whole.min(ROOM_BYTES_MAX));
    let room = name.trim_end_matches('-');
    match RoomId::parse(room) {
        Ok(room) => Suggestion::Room {
            room,
            is_cut: whole > ROOM_BYTES_MAX,
        },
        Err(_) => Suggestion::Empty,
    }
}

/// The name for people that a new room gets from what was typed: nothing where it says no more than
/// the room's id.
#[must_use]
pub fn display_name(text: &str, room: &RoomId) -> Option<Name> {
    let words: Vec<&str> = text
        .trim_start_matches(['#', ' '])
        .split_whitespace()
        .collect();
    let name = words.join(" ");
    let says_more = name != room.as_str();
    Name::parse(name).ok().filter(|_| says_more)
}
