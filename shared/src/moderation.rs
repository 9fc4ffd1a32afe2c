//! What members and moderators ask for that stands on no room's log: reports, bans, and the erasing
//! of one's own messages.

use serde::{Deserialize, Serialize};

use crate::{MemberId, MessageId, Name, RoomId, Seq};

/// A request of [`ClientMessage::Moderate`](crate::ClientMessage::Moderate).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Moderation {
    /// Tells the room's moderators of a message. Answered with [`Moderated::Reported`].
    Report {
        /// A room that the connection has joined.
        room: RoomId,
        /// The message.
        target: MessageId,
        /// Why, for the moderators: up to [`REASON_CHARS_MAX`](crate::limits::REASON_CHARS_MAX)
        /// characters.
        reason: String,
    },
    /// Asks for the room's open reports. Moderators only; answered with [`Moderated::Reports`].
    Reports {
        /// A room that the connection has joined.
        room: RoomId,
    },
    /// Closes a report, and asks for those that are left. Moderators only.
    Resolve {
        /// Its room.
        room: RoomId,
        /// Its number.
        report: u64,
    },
    /// Keeps a member out of the room, or of the whole server, until a time, and asks for the bans.
    /// Moderators only, and for the whole server owners only.
    Ban {
        /// A room that the connection has joined.
        room: RoomId,
        /// What is banned, and for how long.
        ban: NewBan,
    },
    /// Lifts a ban, and asks for those that are left.
    Unban {
        /// A room that the connection has joined.
        room: RoomId,
        /// Its number.
        ban: u64,
    },
    /// Asks for the bans of the room and, from an owner, of the server. Moderators only; answered
    /// with [`Moderated::Bans`].
    Bans {
        /// A room that the connection has joined.
        room: RoomId,
    },
    /// Deletes the member's own messages in all rooms, the newest first, as many as a request can.
    /// Answered with [`Moderated::Erased`], which says where to go on.
    Erase {
        /// Only those before this place in the log; all of them without it.
        #[serde(skip_serializing_if = "Option::is_none")]
        before: Option<Seq>,
    },
    /// A kind that this version does not know. Refused as `unsupported`.
    #[serde(other)]
    Unknown,
}

impl Moderation {
    /// The room that it is about, if it is about one.
    #[must_use]
    pub fn room(&self) -> Option<&RoomId> {
        match self {
            Self::Report { room, .. }
            | Self::Reports { room }
            | Self::Resolve { room, .. }
            | Self::Ban { room, .. }
            | Self::Unban { room, .. }
            | Self::Bans { room } => Some(room),
            Self::Erase { .. } | Self::Unknown => None,
        }
    }
}

/// A ban to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewBan {
    /// The member.
    pub member: MemberId,
    /// The member's name, for people.
    pub name: Name,
    /// Whether it holds in the whole server, and not in the room alone.
    #[serde(default)]
    pub everywhere: bool,
    /// Whether it holds for the addresses, too, that the member connects from while it lasts: up to
    /// [`BAN_ADDRESSES_MAX`](crate::limits::BAN_ADDRESSES_MAX).
    #[serde(default)]
    pub addresses: bool,
    /// When it ends, in Unix milliseconds.
    pub until_ms: u64,
    /// Why, for other moderators.
    #[serde(default)]
    pub reason: String,
}

/// An answer in [`ServerMessage::Moderated`](crate::ServerMessage::Moderated).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Deserialize))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Moderated {
    /// The moderators will see the report.
    Reported {
        /// The room.
        room: RoomId,
        /// The message.
        target: MessageId,
    },
    /// The room's open reports, the newest first: at most
    /// [`REPORTS_PAGE_MAX`](crate::limits::REPORTS_PAGE_MAX).
    Reports {
        /// The room.
        room: RoomId,
        /// They.
        reports: Vec<Report>,
    },
    /// The bans that hold, the newest first: at most
    /// [`BANS_PAGE_MAX`](crate::limits::BANS_PAGE_MAX).
    Bans {
        /// The request's room.
        room: RoomId,
        /// They.
        bans: Vec<Ban>,
    },
    /// Messages of the member were deleted.
    Erased {
        /// How many.
        count: u32,
        /// Go on before this place; `None` if nothing is left.
        #[serde(skip_serializing_if = "Option::is_none")]
        next: Option<Seq>,
    },
    /// A kind that this version does not know.
    #[cfg_attr(not(target_arch = "wasm32"), serde(other))]
    Unknown,
}

impl Moderated {
    /// The request's room, if it was about one.
    #[must_use]
    pub fn room(&self) -> Option<&RoomId> {
        match self {
            Self::Reported { room, .. } | Self::Reports { room, .. } | Self::Bans { room, .. } => {
                Some(room)
            }
            Self::Erased { .. } | Self::Unknown => None,
        }
    }
}

/// A report of a message that no moderator has closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Deserialize))]
pub struct Report {
    /// Its number.
    pub report: u64,
    /// The message.
    pub target: MessageId,
    /// Who reported it.
    pub member: MemberId,
    /// Their name at that time.
    pub name: Name,
    /// When, in Unix milliseconds.
    pub at_ms: u64,
    /// Why.
    pub reason: String,
}

/// A ban that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Deserialize))]
pub struct Ban {
    /// Its number.
    pub ban: u64,
    /// The banned member's name; `None` where an operator banned an address alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// Whether it holds in the whole server.
    pub everywhere: bool,
    /// How many addresses it holds for. Which ones, only the operator sees.
    pub addresses: u32,
    /// When it ends, in Unix milliseconds.
    pub until_ms: u64,
    /// Who banned them, for people.
    pub by: String,
    /// Why.
    pub reason: String,
}
