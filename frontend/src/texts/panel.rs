//! What the panel of rooms and people says.

use crate::texts::language::texts;

texts! {
    /// The panel, and the button that opens it on a narrow screen.
    rooms_and_people = "Rooms and people";
    /// The list of rooms.
    rooms = "Rooms";
    /// Leaves a room.
    leave(room: Text) = "Leave {room}";
    /// What the time beside a room's name is.
    last_message = "Last message";
    /// After the number of unread messages, for screen readers.
    unread_word = "unread";
    /// The button that opens the switcher, and the switcher.
    find_room = "Find or create a room";
    /// The list of people in the room.
    people = "People";
    /// Before the number of people in the room.
    people_here = "People here ·";
    /// Beside the user's own name.
    you = "you";
    /// Beside the name of somebody who was active within minutes.
    active_now = "Active now";
    /// Beside the name of somebody who was active longer ago.
    active_ago(elapsed: Text) = "Active {elapsed} ago";
    /// What "active" means.
    activity_hint = "Last time they wrote or reacted";
    /// Less than a minute ago.
    just_now = "just now";
    /// A time in minutes.
    minutes(count: Count) = "{count} min";
    /// A time in hours.
    hours(count: Count) = "{count} h";
    /// A time in days.
    days(count: Count) = "{count} d";
}
