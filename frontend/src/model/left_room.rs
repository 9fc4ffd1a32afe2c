//! A room that was left just now.

use parlor_shared::RoomId;

use crate::model::room::Room;

/// A room that was left just now, with all that was known of it.
#[derive(Debug)]
pub struct LeftRoom {
    /// The room.
    pub id: RoomId,
    /// What was known of it.
    pub room: Room,
    /// Whether it was the current one.
    pub was_current: bool,
    /// Until when that can be taken back, on the page's clock.
    pub until_ms: u64,
}
