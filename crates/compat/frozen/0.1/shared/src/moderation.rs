//! What members, moderators and owners ask for that stands on no room's log: reports, bans, the
//! erasing of one's own messages, rights, invitations, and codes for another device.

use serde::{Deserialize, Serialize};

use crate::{AccessSecret, MemberId, MessageId, Name, Right, RoomId, Seq, fields::null_as_default};

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
    /// Asks for a code that lets another device of the member in, once and within
    /// [`DEVICE_CODE_MS_MAX`](crate::limits::DEVICE_CODE_MS_MAX). A code that the member was given
    /// before is void from then on. Answered with [`Moderated::Device`].
    Device {
        /// What the code is drawn behind: the page's address, up to the place for the code. At most
        /// [`DEVICE_ADDRESS_BYTES_MAX`](crate::limits::DEVICE_ADDRESS_BYTES_MAX) bytes.
        address: String,
    },
    /// Asks who has which right in the room, and for its invitations. Owners only; answered with
    /// [`Moderated::Access`].
    Access {
        /// A room that the connection has joined.
        room: RoomId,
    },
    /// Gives a member a right in the room, or takes it back, and asks for those that there are.
    /// Owners only.
    Grant {
        /// A room that the connection has joined.
        room: RoomId,
        /// Who gets what.
        grant: NewRight,
    },
    /// Makes an invitation to the room, and asks for those that there are; the answer has the code
    /// of the new one, too. Owners only.
    Invite {
        /// A room that the connection has joined.
        room: RoomId,
        /// What it gives.
        invitation: InvitationTerms,
    },
    /// Takes an invitation back, and asks for those that are left. Who has used it stays. Owners
    /// only.
    Uninvite {
        /// Its room.
        room: RoomId,
        /// Its number.
        invitation: u64,
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
            | Self::Bans { room }
            | Self::Access { room }
            | Self::Grant { room, .. }
            | Self::Invite { room, .. }
            | Self::Uninvite { room, .. } => Some(room),
            Self::Erase { .. } | Self::Device { .. } | Self::Unknown => None,
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
    #[serde(default, deserialize_with = "null_as_default")]
    pub everywhere: bool,
    /// Whether it holds for the addresses, too, that the member connects from while it lasts: up to
    /// [`BAN_ADDRESSES_MAX`](crate::limits::BAN_ADDRESSES_MAX).
    #[serde(default, deserialize_with = "null_as_default")]
    pub addresses: bool,
    /// When it ends, in Unix milliseconds.
    pub until_ms: u64,
    /// Why, for other moderators.
    #[serde(default, deserialize_with = "null_as_default")]
    pub reason: String,
}

/// A right to give to a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewRight {
    /// The member.
    pub member: MemberId,
    /// The member's name, for people.
    pub name: Name,
    /// The right, up to [`Right::Moderate`], in the place of the one that the member was given
    /// before; `None` takes that back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub right: Option<Right>,
}

/// An invitation to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationTerms {
    /// The right that it gives in the room, up to [`Right::Moderate`].
    pub right: Right,
    /// When it ends, in Unix milliseconds, within
    /// [`INVITATION_DAYS_MAX`](crate::limits::INVITATION_DAYS_MAX); `None` for never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<u64>,
    /// How many members may use it, at least one; `None` for any number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uses: Option<u32>,
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
    /// The code that lets another device of the member in.
    Device {
        /// The code: eight letters and digits, with a hyphen between the halves. Upper and lower
        /// case are the same, and so are O and 0, and I, L and 1.
        secret: AccessSecret,
        /// When it ends, in Unix milliseconds.
        until_ms: u64,
        /// The width and height of the QR code that has the request's `address` followed by the
        /// code, in modules, with the quiet zone.
        size: u32,
        /// The QR code's dark modules: the path of an SVG whose strokes are one module wide.
        path: String,
    },
    /// Who was given a right in the room, and its invitations.
    Access {
        /// The room.
        room: RoomId,
        /// The members who were given a right in this very room, moderators first: at most
        /// [`GRANTS_PAGE_MAX`](crate::limits::GRANTS_PAGE_MAX).
        members: Vec<MemberRight>,
        /// The invitations to this very room that have not ended, the newest first: at most
        /// [`INVITATIONS_ROOM_MAX`](crate::limits::INVITATIONS_ROOM_MAX).
        invitations: Vec<InvitationInfo>,
        /// The code of the invitation that the request has made. It is told this once.
        #[serde(skip_serializing_if = "Option::is_none")]
        secret: Option<AccessSecret>,
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
            Self::Reported { room, .. }
            | Self::Reports { room, .. }
            | Self::Bans { room, .. }
            | Self::Access { room, .. } => Some(room),
            Self::Erased { .. } | Self::Device { .. } | Self::Unknown => None,
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

/// A member who was given a right in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Deserialize))]
pub struct MemberRight {
    /// The member.
    pub member: MemberId,
    /// Their name when they were given it, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// The right.
    pub right: Right,
}

/// An invitation that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Deserialize))]
pub struct InvitationInfo {
    /// Its number.
    pub invitation: u64,
    /// The right that it gives.
    pub right: Right,
    /// When it ends, in Unix milliseconds; `None` for never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<u64>,
    /// How many members may use it; `None` for any number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uses: Option<u32>,
    /// How many have used it.
    pub used: u32,
}
