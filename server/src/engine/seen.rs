//! How far a member has seen a room.

use parlor_shared::{MemberId, RoomId, Seq};
use serde::{Deserialize, Serialize};

/// How far a member has seen a room: everything up to `seq`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The member.
    pub member: MemberId,
    /// The room.
    pub room: RoomId,
    /// The position.
    pub seq: Seq,
    /// The current time in Unix milliseconds.
    pub at_ms: u64,
}
