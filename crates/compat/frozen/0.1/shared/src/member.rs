//! A member as others in a room see them.

use serde::{Deserialize, Serialize};

use crate::{MemberId, Name};

/// A member who is present in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The member.
    pub member: MemberId,
    /// The member's current name.
    pub name: Name,
}
