//! The card of the current room: what it is called, what it is for, and what the user can do with
//! it.

use parlor_shared::{MessageId, RoomId};

use crate::model::about::Notify;

/// The card, while it is open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoomCard {
    /// Why the last change was refused; empty where it was not.
    pub error: String,
}

/// What the user did with the card, or with the room as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomCardEvent {
    /// The user opened it.
    Opened,
    /// The user closed it.
    Closed,
    /// The user gave the room this name; an empty one takes it away.
    Named(String),
    /// The user set the topic; an empty one takes it away.
    TopicSet(String),
    /// The user pinned a message, or unpinned it.
    Pinned {
        /// The message.
        target: MessageId,
        /// Whether it is pinned from now on.
        on: bool,
    },
    /// The user chose what of a room they are notified of.
    NotifyChosen(RoomId, Notify),
    /// The same, in another tab.
    NotifyChosenElsewhere(RoomId, Notify),
    /// The user took back that they left a room.
    LeaveUndone,
}
