//! What the page says about rooms: the list, the switcher, the card, and who changed what.

use parlor_shared::limits::ROOM_BYTES_MAX;

use crate::{look::isolated, texts::Number};

// ---- the switcher ----

/// The same as [`FIND_ROOM`](super::FIND_ROOM), with its keys.
pub const FIND_ROOM_KEYS: &str = "Find or create a room (Ctrl+K)";
/// In the switcher's empty field.
pub const FIND_ANYTHING: &str = "Find a room, a person or a command";
/// The list of what was found.
pub const RESULTS: &str = "Results";
/// The last line of the switcher: opens a room that is perhaps new.
#[must_use]
pub fn create_room(room: &str) -> String {
    format!("Create #{room}")
}
/// The same, while the page can't ask the server whether there is one.
#[must_use]
pub fn open_room(room: &str) -> String {
    format!("Open #{room}")
}
/// Below the switcher's field: the room that the text leads to.
#[must_use]
pub fn goes_to(room: &str) -> String {
    format!("Goes to #{room}")
}
/// The same, where the text was too long.
#[must_use]
pub fn goes_to_cut(room: &str) -> String {
    format!(
        "Goes to #{room}. Room names have up to {ROOM_BYTES_MAX} characters: the rest is left out."
    )
}
/// More of the server's rooms.
pub const MORE_ROOMS: &str = "Show more rooms";
/// Beside a room: how many people are there.
#[must_use]
pub fn people_there(count: usize, number: Number) -> String {
    format!("{} here", number(count))
}
/// Beside a person: what choosing them does.
pub const MENTION: &str = "Mention";
/// Beside a command.
pub const COMMAND: &str = "Command";
/// Below the switcher's field, while the page is offline.
pub const OFFLINE_ROOMS: &str = "You're offline: only your own rooms are shown.";
/// A command: the theme is the system's.
pub const THEME_SYSTEM: &str = "Theme: system";
/// A command: the theme is light.
pub const THEME_LIGHT: &str = "Theme: light";
/// A command: the theme is dark.
pub const THEME_DARK: &str = "Theme: dark";
/// Opens the room's card.
pub const ROOM_DETAILS: &str = "Room details";

// ---- the room's card ----

/// The field for the room's name for people.
pub const ROOM_DISPLAY_NAME: &str = "Name";
/// The field for the room's topic.
pub const TOPIC: &str = "Topic";
/// In the empty field.
pub const TOPIC_HINT: &str = "What is this room for?";
/// The room's address.
pub const ROOM_ADDRESS: &str = "Address";
/// Copies it.
pub const COPY_LINK: &str = "Copy link";
/// The pinned messages.
pub const PINNED: &str = "Pinned messages";
/// There are none.
pub const NOTHING_PINNED: &str = "Nothing is pinned. Pin a message from its actions.";
/// Pins a message.
pub const PIN: &str = "Pin";
/// Unpins a message.
pub const UNPIN: &str = "Unpin";
/// What of the room the user is notified of.
pub const ROOM_NOTIFICATIONS: &str = "Notifications of this room";
/// Every message.
pub const NOTIFY_ALL: &str = "All messages";
/// Nothing.
pub const NOTIFY_NONE: &str = "None";
/// Beside a room of which the user is not notified, for screen readers.
pub const MUTED: &str = "muted";
/// Leaves the room.
pub const LEAVE_ROOM: &str = "Leave room";
/// Not a valid name of a room.
pub const ROOM_NAME_INVALID: &str = "Enter a name that others can see (it may be a bit shorter).";
/// Not a valid topic.
pub const TOPIC_INVALID: &str = "Topics are one line of up to 250 characters.";
/// After leaving a room.
#[must_use]
pub fn left_room(room: &str) -> String {
    format!("You left #{room}.")
}
/// Takes it back.
pub const UNDO: &str = "Undo";

// ---- who changed the room ----

/// Somebody gave the room a name.
#[must_use]
pub fn named_room(who: &str, name: &str) -> String {
    format!("{} named the room “{}”", isolated(who), isolated(name))
}
/// Somebody took the room's name away.
#[must_use]
pub fn unnamed_room(who: &str) -> String {
    format!("{} removed the room's name", isolated(who))
}
/// Somebody set the topic.
#[must_use]
pub fn set_topic(who: &str, topic: &str) -> String {
    format!(
        "{} changed the topic to “{}”",
        isolated(who),
        isolated(topic)
    )
}
/// Somebody took the topic away.
#[must_use]
pub fn removed_topic(who: &str) -> String {
    format!("{} removed the topic", isolated(who))
}
/// Somebody pinned a message.
#[must_use]
pub fn pinned(who: &str) -> String {
    format!("{} pinned a message", isolated(who))
}
/// Somebody unpinned a message.
#[must_use]
pub fn unpinned(who: &str) -> String {
    format!("{} unpinned a message", isolated(who))
}
