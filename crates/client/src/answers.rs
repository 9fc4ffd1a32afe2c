//! The answers to questions about rooms.

use parlor_shared::RoomInfo;

use crate::entry::RoomEntry;

/// A page of a room's history.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct History {
    /// The entries, oldest first.
    pub entries: Vec<RoomEntry>,
    /// Whether the room has entries before these.
    pub more: bool,
}

/// The entries at a place of a room's log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Slice {
    /// The entries, oldest first and without a gap.
    pub entries: Vec<RoomEntry>,
    /// Later entries that change the messages among these.
    pub changes: Vec<RoomEntry>,
    /// Whether the room has entries before these.
    pub older: bool,
    /// Whether the room has entries after these.
    pub newer: bool,
}

/// What a search has found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Found {
    /// The posts and edits that match, newest first.
    pub entries: Vec<RoomEntry>,
    /// Whether others may match, too, because the server is building its index.
    pub incomplete: bool,
}

/// A page of the server's directory of rooms.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RoomsPage {
    /// The rooms. There may be none, and still be more.
    pub rooms: Vec<RoomInfo>,
    /// What to ask with for the next page.
    pub next: Option<String>,
}
