//! How far the user has read a room, and which of its messages are new to them.
//!
//! `seen` moves on with what has been on screen, in a window that is visible and has the focus, and
//! only from message to message: while unread messages above those in view were never on screen, it
//! stays. So opening a room, or jumping to its end, makes nothing read that was not there to be
//! read. The user can also move it, in both directions.

use parlor_shared::{Epoch, Position, Seq};

/// How far the user has read a room.
#[derive(Debug, Default)]
pub struct ReadingProgress {
    /// Everything up to here is seen; `None` in a room that was never live.
    pub seen: Option<Position>,
    /// The message below the "New" line.
    pub first_unread: Option<Seq>,
    /// Where the user had read up to when the line was put there.
    pub(super) new_after: Option<Seq>,
    /// The epoch that the loaded messages are in; `None` before the room was joined.
    pub(super) epoch: Option<Epoch>,
    /// Whether the server has said since the last join how far the user has read.
    pub is_told: bool,
    /// Whether `seen` has moved with what is on screen and is not saved yet.
    pub is_unsaved: bool,
    /// Whether messages were marked as unread: they stay so until the user comes back to them.
    pub(super) is_held: bool,
    /// The messages on screen.
    pub(super) in_view: Option<InView>,
    /// What the earlier messages are loaded for that are being loaded unasked.
    pub loading: LoadingFor,
    /// How many pages were loaded unasked since the room was joined.
    pub pages: usize,
}

/// What earlier messages are loaded for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LoadingFor {
    /// For the user, who scrolls back.
    #[default]
    Scrolling,
    /// To find the first unread message, so that they can be counted.
    Count,
}

/// The first and the last message on screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct InView {
    pub(super) first: Seq,
    pub(super) last: Seq,
}

/// The epoch of a stored position without one, from an earlier version of the page.
pub(super) fn no_epoch() -> Epoch {
    Epoch::from_bytes([0; 16])
}

/// Reads what [`stored`] wrote. Earlier versions wrote the number alone.
#[must_use]
pub fn parse_stored(text: &str) -> Option<Position> {
    let (seq, epoch) = text.split_once(' ').unwrap_or((text, ""));
    let epoch = epoch.parse().unwrap_or_else(|_| no_epoch());
    let seq = Seq(seq.parse().ok()?);
    Some(Position { epoch, seq })
}

/// A position as the browser stores it.
#[must_use]
pub fn stored(position: Position) -> String {
    format!("{} {}", position.seq, position.epoch)
}
