//! What the composer offers while a name or an emoji is typed.

use parlor_shared::MemberId;

/// How many completions are offered.
pub const COMPLETIONS_MAX: usize = 8;

/// What is offered, and where the caret is.
#[derive(Debug, Default)]
pub struct Completions {
    /// The caret, in UTF-16 code units from the beginning of the draft.
    pub caret: usize,
    /// What is offered, if there is anything.
    pub open: Option<Completion>,
    /// Where the word begins for which the user wants none.
    pub dismissed: Option<usize>,
}

/// The completions of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// Whether names or emoji are offered.
    pub kind: Kind,
    /// Where the word begins, in UTF-16 code units.
    pub start: usize,
    /// Where it ends: at the caret.
    pub end: usize,
    /// What is offered: at least one, at most [`COMPLETIONS_MAX`].
    pub items: Vec<Item>,
    /// Which is selected. None is after an `@` alone, so that Enter still sends the message.
    pub selected: Option<usize>,
}

/// What is completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A member's name after an `@`.
    Mention,
    /// An emoji's shortcode or name after a `:`.
    Emoji,
}

/// A completion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What takes the place of the word, without the space after it.
    pub text: String,
    /// What is shown of it: a name as it is shown elsewhere, or a shortcode.
    pub label: String,
    /// The member; `None` for an emoji.
    pub member: Option<MemberId>,
    /// The member's colour.
    pub hue: Option<u8>,
    /// Whether that member is here.
    pub is_here: bool,
}

/// What an emoji's shortcode is replaced by that has just been closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// Where the text begins that is replaced, in UTF-16 code units.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// What takes its place.
    pub text: String,
}
