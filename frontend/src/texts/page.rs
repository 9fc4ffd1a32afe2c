//! What the page around the messages says.

use crate::{
    model::room::UNREAD_MAX,
    texts::language::{number, texts},
};

texts! {
    /// The number on a badge for more unread messages than are counted.
    unread_more(count: Count) = "{count}+";
    /// The number of people in the room, beside its name on a narrow screen.
    people_online(count: Count) = "{count} online";
    /// The heading of the page for an address that is not a room's.
    room_address_invalid = "That room address isn't valid";
    /// The link below it.
    go_to_lobby = "Go to the lobby";
    /// Dismisses a notice.
    dismiss = "Dismiss";
    /// Closes a panel or dialog.
    close = "Close";
    /// A text or an address was copied.
    copied = "Copied";
    /// Asks the user to copy a text where the browser does not let the page do it.
    copy_by_hand = "Copy this:";
    /// One person is typing.
    is_typing(name: Person) = "{name} is typing…";
    /// Two people are typing.
    are_typing(one: Person, two: Person) = "{one} and {two} are typing…";
    /// More than two people are typing.
    several_typing = "Several people are typing…";
    /// The title of a notification: the message's author and room.
    notification_title(name: Person, room: Text) = "{name} in {room}";
    /// The first words of new visitors' names, sixteen.
    visitor_adjectives = "Quiet Bright Gentle Swift Amber Clever Mellow Silver Brave Sunny Curious Lucky Merry Noble Velvet Wise";
    /// The second words of them, sixteen.
    visitor_nouns = "Heron Otter Finch Maple Fox Wren Badger Willow Lynx Robin Cedar Hare Falcon Juniper Owl Birch";
}

/// The window's title: the number of unread messages, if any, and the room.
#[must_use]
pub fn title(unread: usize, room: &str) -> String {
    match unread {
        0 => format!("{room} · Parlor"),
        _ => format!("({}) {room} · Parlor", self::unread(unread)),
    }
}

/// The number on an unread badge.
#[must_use]
pub fn unread(count: usize) -> String {
    match count {
        0..=UNREAD_MAX => number(count),
        _ => unread_more(UNREAD_MAX),
    }
}
