//! What the page says about rooms: the switcher, the card, and who changed what.

use parlor_shared::limits::{ROOM_BYTES_MAX, TOPIC_CHARS_MAX};

use crate::texts::language::texts;

texts! {
    /// The button that opens the switcher, with its keys.
    find_room_keys = "Find or create a room (Ctrl+K)";
    /// In the switcher's empty field.
    find_anything = "Find a room, a person or a command";
    /// The list of what was found.
    results = "Results";
    /// The last line of the switcher: opens a room that is perhaps new.
    create_room(room: Text) = "Create #{room}";
    /// The same, while the page can't ask the server whether there is one.
    go_to_room(room: Text) = "Open #{room}";
    /// Below the switcher's field: the room that Enter leads to.
    goes_to(room: Text) = "Goes to #{room}";
    /// The same, where the text was too long.
    goes_to_cut_at(room: Text, limit: Count) = "Goes to #{room}. Room names have up to {limit} characters: the rest is left out.";
    /// More of the server's rooms.
    more_rooms = "Show more rooms";
    /// Beside a room: how many people are there.
    people_there(count: Count) = "{count} here";
    /// Beside a person: what choosing them does.
    mention = "Mention";
    /// Beside a command.
    command = "Command";
    /// Below the switcher's field, while the page is offline.
    offline_rooms = "You're offline: only your own rooms are shown.";
    /// A command: the theme is the system's.
    use_system_theme = "Theme: system";
    /// A command: the theme is light.
    use_light_theme = "Theme: light";
    /// A command: the theme is dark.
    use_dark_theme = "Theme: dark";
    /// Opens the room's card.
    room_details = "Room details";
    /// The field for the room's name for people.
    room_display_name = "Name";
    /// The field for the room's topic.
    topic = "Topic";
    /// In the empty field.
    topic_hint = "What is this room for?";
    /// Copies the room's address.
    copy_address = "Copy link";
    /// The pinned messages.
    pinned_messages = "Pinned messages";
    /// There are none.
    nothing_pinned = "Nothing is pinned. Pin a message from its actions.";
    /// Pins a message.
    pin = "Pin";
    /// Unpins a message.
    unpin = "Unpin";
    /// What of the room the user is notified of.
    room_notifications = "Notifications of this room";
    /// Every message.
    notify_all = "All messages";
    /// Nothing.
    notify_none = "None";
    /// Beside a room of which the user is not notified, for screen readers.
    muted = "muted";
    /// Leaves the room.
    leave_room = "Leave room";
    /// Not a valid name of a room.
    room_name_invalid = "Enter a name that others can see (it may be a bit shorter).";
    /// Not a valid topic.
    topic_invalid_for(limit: Count) = "Topics are one line of up to {limit} characters.";
    /// After leaving a room.
    left_room(room: Text) = "You left #{room}.";
    /// Takes it back.
    undo = "Undo";
    /// Somebody gave the room a name.
    named_room(who: Person, name: Person) = "{who} named the room “{name}”";
    /// Somebody took the room's name away.
    unnamed_room(who: Person) = "{who} removed the room's name";
    /// Somebody set the topic.
    changed_topic(who: Person, topic: Person) = "{who} changed the topic to “{topic}”";
    /// Somebody took the topic away.
    removed_topic(who: Person) = "{who} removed the topic";
    /// The owner lets everyone in.
    made_open(who: Person) = "{who} made the room open to everyone";
    /// The owner lets only some people post.
    made_read_only(who: Person) = "{who} made the room read-only";
    /// The owner lets only those in who are invited.
    made_private(who: Person) = "{who} made the room private";
    /// Somebody pinned a message.
    pinned_message(who: Person) = "{who} pinned a message";
    /// Somebody unpinned a message.
    unpinned_message(who: Person) = "{who} unpinned a message";
}

/// The room that Enter leads to, where the text was too long for a room's name.
#[must_use]
pub fn goes_to_cut(room: &str) -> String {
    goes_to_cut_at(room, ROOM_BYTES_MAX)
}

/// Not a valid topic.
#[must_use]
pub fn topic_invalid() -> String {
    topic_invalid_for(TOPIC_CHARS_MAX)
}
