//! Reading the entries of several rooms in the one order of the log.

use parlor_shared::{RoomPattern, Seq};

use super::Committed;

/// Which entries to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchQuery {
    /// Of these rooms. A private room is one of them only where it is named alone.
    pub rooms: RoomPattern,
    /// After this place.
    pub after: Seq,
    /// Up to this place; `None` for the log's head.
    pub until: Option<Seq>,
    /// Up to this many entries.
    pub limit: u16,
    /// Bytes of their texts after which no more are added.
    pub text_bytes_max: usize,
}

/// Entries of several rooms, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matching {
    /// The entries, each with its room.
    pub entries: Vec<Committed>,
    /// How far the log was read: up to here there are no others.
    pub until: Seq,
    /// Whether there may be others after that, up to where the query ends.
    pub more: bool,
    /// Where there are no entries: the last place of an entry of these rooms that retention has
    /// deleted. Where there are some, the first of each room says it by its `prev`.
    pub deleted_until: Seq,
}

/// What is on the log and was not read yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Behind {
    /// How many entries, among the next
    /// [`WEBHOOK_SCAN_ENTRIES`](parlor_shared::limits::WEBHOOK_SCAN_ENTRIES) of the log.
    pub entries: u64,
    /// When the oldest of them was committed, in Unix milliseconds.
    pub oldest_at_ms: Option<u64>,
}
