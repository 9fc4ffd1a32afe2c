//! What is unread above the messages on screen.

use crate::model::Model;

/// Messages are counted up to this number.
pub const UNREAD_ABOVE_MAX: usize = 999;

/// The unread messages of the current room, where the first of them is above those on screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnreadAbove {
    /// How many there are, of those loaded; more than [`UNREAD_ABOVE_MAX`] count as one more.
    pub count: usize,
    /// When the first one was posted, in Unix milliseconds; `None` where it is not loaded, and
    /// there are more than `count`.
    pub since_ms: Option<u64>,
}

/// What the button above the messages says; `None` where there is none.
#[must_use]
pub fn unread_above(model: &Model) -> Option<UnreadAbove> {
    let (room, reader) = (model.room(), model.reader());
    let first = room.unread_above(&reader)?;
    Some(UnreadAbove {
        count: room.count_new(&reader, room.seen_seq()?, UNREAD_ABOVE_MAX),
        since_ms: first.map(|message| message.at_ms),
    })
}
