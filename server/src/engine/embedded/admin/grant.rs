//! A right that a member was given.

use parlor_shared::{MemberId, Right, RoomPattern};
use serde::{Deserialize, Serialize};

/// A right that a member was given in some rooms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The member.
    pub member: MemberId,
    /// The rooms.
    pub rooms: RoomPattern,
    /// The right.
    pub right: Right,
    /// Whether it lets the member in by itself.
    pub admits: Admits,
}

/// Whether a grant lets its member in where the server asks for a password or a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Admits {
    /// It does: the member was invited.
    Yes,
    /// The member has come in, and comes in again, by other means.
    No,
}
