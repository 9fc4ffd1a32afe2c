//! What the page says while one writes, and about what was written.

use super::Number;

/// Joins names and such to a list, as the reader's language does.
pub type List = fn(&[String]) -> String;

/// The first group of the emoji picker.
pub const FREQUENTLY_USED: &str = "Frequently used";
/// Until the table of emoji is there.
pub const LOADING_EMOJI: &str = "Loading…";
/// The table of emoji could not be fetched.
pub const EMOJI_NOT_LOADED: &str = "Emoji couldn't be loaded. Try again when you're online.";
/// The choice of a skin tone.
pub const SKIN_TONE: &str = "Skin tone";
/// The completions of a name.
pub const PEOPLE_TO_MENTION: &str = "People to mention";
/// The completions of an emoji.
pub const EMOJI_TO_INSERT: &str = "Emoji to insert";
/// Beside somebody who is offered and not in the room now.
pub const NOT_HERE: &str = "not here now";
/// How many completions there are, for screen readers.
#[must_use]
pub fn completions(count: usize, number: Number) -> String {
    match count {
        1 => "1 suggestion".to_owned(),
        _ => format!("{} suggestions", number(count)),
    }
}
/// Shows the rest of a long message.
pub const SHOW_MORE: &str = "Show more";
/// Hides it again.
pub const SHOW_LESS: &str = "Show less";
/// Shows what a message said before.
pub const SHOW_EDITS: &str = "Show what it said before";
/// The earlier texts of a message.
pub const EDIT_HISTORY: &str = "Edit history";
/// The newest of them.
pub const CURRENT: &str = "Now";
/// Copies a block of code.
pub const COPY_CODE: &str = "Copy code";
/// Who reacted with an emoji: the user first, then these names, then how many others.
#[must_use]
pub fn reacted(reaction: &Reacted<'_>, list: List, number: Number) -> String {
    let mut all = Vec::new();
    if reaction.is_own {
        all.push(YOU_REACTED.to_owned());
    }
    all.extend(reaction.names.iter().cloned());
    match reaction.others {
        0 => {}
        1 if all.is_empty() => all.push("1 person".to_owned()),
        1 => all.push("1 other".to_owned()),
        others if all.is_empty() => all.push(format!("{} people", number(others))),
        others => all.push(format!("{} others", number(others))),
    }
    format!("{} reacted with {}", list(&all), reaction.emoji)
}
/// Who reacted.
#[derive(Debug, Clone, Copy)]
pub struct Reacted<'a> {
    /// With which emoji.
    pub emoji: &'a str,
    /// Whether the user did.
    pub is_own: bool,
    /// The names of others.
    pub names: &'a [String],
    /// How many others there are.
    pub others: usize,
}
const YOU_REACTED: &str = "You";
