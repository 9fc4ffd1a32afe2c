//! Who may do what in a room, and the user's other devices.

use parlor_shared::{Access, AccessSecret, InvitationInfo, MemberId, MemberRight, Right, RoomKind};

/// What the owner of a room sees and decides, once the server has told it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoomAccess {
    /// The members who were given a right in the room.
    pub members: Vec<MemberRight>,
    /// Its invitations.
    pub invitations: Vec<InvitationInfo>,
    /// The code of the invitation that the user has just made.
    pub secret: Option<AccessSecret>,
}

/// A code that lets another device of the user in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceCode {
    /// The code.
    pub secret: AccessSecret,
    /// When it ends, in Unix milliseconds.
    pub until_ms: u64,
    /// The width and height of its drawing.
    pub size: u32,
    /// The strokes of its drawing.
    pub path: String,
}

/// What the user decided about who may come in and what they may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessEvent {
    /// The user shows this to come in: a password, or the code of an invitation or another device.
    Shown(Access),
    /// The user changed the kind of the current room.
    KindChosen(RoomKind),
    /// The user gave the person whose card is open this right in the current room; `None` takes it
    /// back.
    RightGiven(Option<Right>),
    /// The user took back what this member was given in the current room.
    RightTaken(MemberId),
    /// The user made an invitation to the current room.
    Invited(InviteChoice),
    /// The user took back the invitation with this number.
    Uninvited(u64),
    /// The user had a code for another device shown, and drawn behind this address.
    DeviceRequested(String),
    /// The user wants to come in with the code of another device.
    CodeChosen,
    /// The user does not want that any more.
    CodeDismissed,
}

/// How the user invites.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InviteChoice {
    /// What the invitation gives.
    pub right: Right,
    /// For how many seconds it holds; `None` for ever.
    pub seconds: Option<u32>,
    /// How many people may use it; `None` for any number.
    pub uses: Option<u32>,
}
