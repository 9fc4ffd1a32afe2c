//! The card of a person: what the user can do about them and, as a moderator, to them.

use std::fmt;

use parlor_shared::{MemberId, MessageId, Name, Seq};

use crate::model::access::DeviceCode;

/// The card, while it is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonCard {
    /// The person.
    pub member: MemberId,
    /// Their name, as they wrote it.
    pub name: Name,
    /// The message from whose menu it was opened.
    pub message: Option<MessageId>,
    /// What became of what the user did; empty before.
    pub said: String,
    /// The code for another device, once the user had one shown.
    pub device: Option<DeviceCode>,
}

/// The deletion of all of the user's own messages, which goes on request by request. It outlives
/// the card, the connection and the page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Erasing {
    /// Those at this place in the log and after it are deleted; `None` at the beginning.
    pub before: Option<Seq>,
    /// How many were deleted so far.
    pub count: usize,
}

impl Erasing {
    /// Reads what [`Display`](fmt::Display) writes; `None` where it is something else.
    #[must_use]
    pub fn parse(saved: &str) -> Option<Self> {
        let (before, count) = saved.split_once(' ')?;
        Some(Self {
            before: match before {
                "" => None,
                before => Some(Seq(before.parse().ok()?)),
            },
            count: count.parse().ok()?,
        })
    }
}

impl fmt::Display for Erasing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(before) = self.before {
            write!(f, "{before}")?;
        }
        write!(f, " {}", self.count)
    }
}

/// What is saved of what the user does about people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SavedPeople {
    /// Whom the user ignores.
    Ignored(String),
    /// How far an [`Erasing`] is; empty once it has ended.
    Erasing(String),
}

/// What the user did with the card, or as a moderator with the room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonEvent {
    /// The user opened it from a message.
    OpenedAt(MessageId),
    /// The user opened it from the list of people.
    Opened(MemberId),
    /// The user closed it.
    Closed,
    /// The user ignores the person from now on, or no longer.
    IgnoreToggled,
    /// The user reported the message, for this reason.
    Reported(String),
    /// The user asked to have all of their own messages deleted.
    EraseRequested,
    /// The page is connected again, while they are being deleted.
    EraseResumed,
    /// An earlier visit ended while they were being deleted, and saved how far that was.
    ErasingFound(String),
    /// The user muted the person for this time, in seconds; 0 lifts the mute.
    Muted(u32),
    /// The user banned the person from the room.
    Banned(BanChoice),
    /// The user lifted this member's mute.
    Unmuted(MemberId),
    /// The user set the room's slow mode: the seconds between two messages of a member; 0 ends it.
    SlowModeSet(u32),
    /// The user closed the report with this number.
    Resolved(u64),
    /// The user lifted the ban with this number.
    Unbanned(u64),
}

/// How the user bans a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BanChoice {
    /// For how many seconds.
    pub seconds: u32,
    /// Whether the addresses that they come from are banned, too.
    pub addresses: bool,
    /// Why.
    pub reason: String,
}
