//! What the composer shows around its field.

use parlor_session::{Status, StopReason};
use parlor_shared::{
    Right,
    characters::has_visible,
    limits::{DRAFT_CHARS_MAX, TEXT_CHARS_MAX},
};

use crate::{
    model::{
        Model,
        quote::{self, Quote},
    },
    texts,
};

/// The length is shown from this many characters below the limit on.
const NEAR_LIMIT_CHARS: usize = 500;

/// What stands in the empty field.
#[must_use]
pub fn placeholder(model: &Model) -> String {
    let about = &model.room().about;
    if !about.barred.is_empty() {
        return about.barred.clone();
    }
    if is_read_only(model) {
        return match model.session.status() {
            Status::Stopped(_) => texts::disconnected().to_owned(),
            Status::Connecting { .. } | Status::Online | Status::Waiting { .. } => {
                texts::read_only_here().to_owned()
            }
        };
    }
    match &about.state.name {
        Some(name) => texts::message_named_room(name.as_str()),
        None => texts::message_room(model.current_room.as_str()),
    }
}

/// Whether nothing can be posted to the current room: the user may not, or the server has closed
/// the connection for good, as it does when it bans somebody.
#[must_use]
pub fn is_read_only(model: &Model) -> bool {
    let about = &model.room().about;
    let is_closed = matches!(
        model.session.status(),
        Status::Stopped(StopReason::Closed(_))
    );
    is_closed || about.right < Right::Post || !about.barred.is_empty()
}

/// The bar above the field: what the user's words will edit or reply to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Banner {
    /// Whether a message is edited or replied to.
    pub kind: BannerKind,
    /// What it says.
    pub title: String,
    /// The beginning of the message replied to; empty where there is none to show.
    pub excerpt: String,
}

/// What the composer's words will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BannerKind {
    /// They replace a message of the user's own.
    Editing,
    /// They reply to a message.
    Replying,
}

/// The bar above the field; `None` where the words will be a message of their own.
#[must_use]
pub fn banner(model: &Model) -> Option<Banner> {
    let room = model.room();
    if room.edit.is_some() {
        return Some(Banner {
            kind: BannerKind::Editing,
            title: texts::editing().to_owned(),
            excerpt: String::new(),
        });
    }
    let (title, excerpt) = match quote::of(model, room.draft.reply_to?) {
        Quote::Message { name, excerpt } => (texts::replying_to(&name), excerpt),
        Quote::Deleted => (texts::replying_to_deleted().to_owned(), String::new()),
        Quote::Earlier | Quote::Gone => (texts::replying_to_earlier().to_owned(), String::new()),
    };
    Some(Banner {
        kind: BannerKind::Replying,
        title,
        excerpt,
    })
}

/// The text of the draft, or of the edit in progress.
#[must_use]
pub fn text(model: &Model) -> &str {
    &model.room().draft.text
}

/// How long the text is, in characters.
#[must_use]
pub fn length(model: &Model) -> usize {
    text(model).chars().count()
}

/// Whether a text of this many characters is longer than a message may be.
#[must_use]
pub fn is_too_long(chars: usize) -> bool {
    chars > TEXT_CHARS_MAX
}

/// What is said about the length of a text of this many characters; `None` while the limit is far.
#[must_use]
pub fn length_note(chars: usize) -> Option<String> {
    let is_near = chars + NEAR_LIMIT_CHARS > TEXT_CHARS_MAX;
    is_near.then(|| texts::text_length(chars, TEXT_CHARS_MAX))
}

/// The note about the length of the text: how much is left, or that the field is full.
#[must_use]
pub fn length_or_cut_note(model: &Model) -> Option<String> {
    match is_full(text(model)) {
        true => Some(texts::text_cut(TEXT_CHARS_MAX, DRAFT_CHARS_MAX)),
        false => length_note(length(model)),
    }
}

/// Whether the field takes no other character. A pair of code units is not split, so one may be
/// free.
fn is_full(text: &str) -> bool {
    text.len() + 1 >= DRAFT_CHARS_MAX && text.encode_utf16().count() + 1 >= DRAFT_CHARS_MAX
}

/// Whether the text can be sent: there is some, and no more than fits.
#[must_use]
pub fn can_submit(model: &Model) -> bool {
    has_visible(text(model)) && !is_too_long(length(model))
}
