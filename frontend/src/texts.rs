//! Everything the page says to a person, to be read or to be heard, in the files of this folder;
//! [`language`] says how. German is `frontend/later/de.txt`, and a test compares the two.
//!
//! Each text is a function: `texts::reply()`, `texts::is_typing(name)`. Where a text depends on
//! more than its placeholders, a function by hand chooses between two. Labels have no full stop;
//! sentences have one.
//!
//! Texts that stand elsewhere, and why:
//! - Before the page is loaded: title, description, `noscript` and "Opening the room…" in
//!   `index.html`, in each language; name and description in `manifest.webmanifest`.
//! - The names of emoji and of their groups: `later/emoji.txt`, a table that is searched too.
//! - Days and times: the browser's, in the reader's language (`view/locale.rs`).
//! - Frames and their types in the inspector: the protocol's, in any language.
//! - The server's refusals, notices and close reasons: in its own words, in English. Another
//!   language has its own ([`refusals`]).

mod access;
mod composer;
mod connection;
mod dialogs;
mod fields;
mod inspector;
pub mod language;
mod lesson;
mod menus;
mod messages;
mod moderation;
mod page;
mod panel;
mod problems;
pub mod refusals;
mod rooms;
mod search;
mod welcome;
mod writing;

pub use self::{
    access::*, composer::*, connection::*, dialogs::*, fields::*, inspector::*, language::number,
    lesson::*, menus::*, messages::*, moderation::*, page::*, panel::*, problems::*, rooms::*,
    search::*, welcome::*, writing::*,
};

/// All texts, for the tests of other languages.
#[must_use]
pub fn tables() -> Vec<&'static [language::Text]> {
    vec![
        access::TABLE,
        composer::TABLE,
        connection::TABLE,
        dialogs::TABLE,
        fields::TABLE,
        inspector::TABLE,
        lesson::TABLE,
        menus::TABLE,
        messages::TABLE,
        moderation::TABLE,
        page::TABLE,
        panel::TABLE,
        problems::TABLE,
        rooms::TABLE,
        search::TABLE,
        welcome::TABLE,
        writing::TABLE,
    ]
}
