//! A member's own messages, in all rooms.

use parlor_shared::{MessageId, RoomId, Seq};

/// Some of a member's own messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnPosts {
    /// The messages that are not deleted, the newest first.
    pub posts: Vec<OwnPost>,
    /// Where to go on; `None` if there are no more.
    pub next: Option<Seq>,
}

/// A message of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnPost {
    /// Its room.
    pub room: RoomId,
    /// Its id.
    pub id: MessageId,
}
