//! Everything the page says to a person, to be read or to be heard. To translate the page, replace
//! this file and its `inspector` part.
//!
//! Fixed texts are constants. Texts with a number or a name in them are functions, so that another
//! language can have its own word order and plurals. Functions take numbers with a [`Number`],
//! which writes them as the reader's language does. Labels have no full stop; sentences have one.
//!
//! Texts that stand elsewhere, and why:
//! - Before the page is loaded: title, description, `noscript`, "Opening the room…" and the
//!   language in `index.html`, name and description in `manifest.webmanifest`.
//! - The names of emoji and of their groups: `emoji.rs`, a table that is searched too.
//! - Days, times and numbers: the browser's, in the reader's language (`view/locale.rs`).
//! - Frames and their types in the inspector: the protocol's, in any language.
//! - The server's refusals and notices: in its own words. A refusal has a `code` too, which never
//!   changes its meaning: a translation that wants its own words for refusals matches on it where
//!   `update/session_event.rs` reads the message.
//! - Why an address is not a room's: `parlor_shared::RoomInvalid`, before there is a page.

mod inspector;
mod number;

pub use self::{inspector::*, number::Number};

use parlor_shared::Body;

use crate::{look::isolated, model::room::UNREAD_MAX};

// ---- the page ----

/// The window's title: the number of unread messages, if any, and the room.
#[must_use]
pub fn title(unread: usize, room: &str, number: Number) -> String {
    match unread {
        0 => format!("{room} · Parlor"),
        _ => format!("({}) {room} · Parlor", self::unread(unread, number)),
    }
}
/// The number on an unread badge.
#[must_use]
pub fn unread(count: usize, number: Number) -> String {
    match count {
        0..=UNREAD_MAX => number(count),
        _ => format!("{}+", number(UNREAD_MAX)),
    }
}
/// The number of people in the room, beside its name on a narrow screen.
#[must_use]
pub fn people_online(count: usize, number: Number) -> String {
    format!("{} online", number(count))
}
/// The heading of the page for an address that is not a room's.
pub const ROOM_ADDRESS_INVALID: &str = "That room address isn't valid";
/// The link below it.
pub const GO_TO_LOBBY: &str = "Go to the lobby";
/// Dismisses a notice.
pub const DISMISS: &str = "Dismiss";
/// Closes a panel or dialog.
pub const CLOSE: &str = "Close";
/// One person is typing.
#[must_use]
pub fn is_typing(name: &str) -> String {
    format!("{} is typing…", isolated(name))
}
/// Two people are typing.
#[must_use]
pub fn are_typing(one: &str, two: &str) -> String {
    format!("{} and {} are typing…", isolated(one), isolated(two))
}
/// More than two people are typing.
pub const SEVERAL_TYPING: &str = "Several people are typing…";

// ---- the connection ----

/// The connection is open.
pub const CONNECTED: &str = "Connected";
/// It is being opened.
pub const CONNECTING: &str = "Connecting…";
/// It was lost, and the page will open another.
pub const CONNECTION_LOST: &str = "Connection lost";
/// The same, with the time until the next attempt.
#[must_use]
pub fn retrying_in(seconds: u64) -> String {
    format!("Connection lost. Retrying in {seconds} s")
}
/// The user has disconnected.
pub const DISCONNECTED: &str = "Disconnected";
/// The server has closed the connection for good.
#[must_use]
pub fn closed_by_server(code: u16) -> String {
    format!("The server closed the connection. Reload the page. (code {code})")
}
/// Opens a connection without waiting any longer.
pub const RETRY_NOW: &str = "Retry now";
/// Opens a connection.
pub const RECONNECT: &str = "Reconnect";
/// Closes the connection.
pub const DISCONNECT: &str = "Disconnect";

// ---- the messages ----

/// The list of messages.
pub const MESSAGES: &str = "Messages";
/// Loads earlier messages.
pub const EARLIER_MESSAGES: &str = "Earlier messages";
/// In an empty room.
pub const NO_MESSAGES: &str = "No messages yet. Say hello, or copy the link to invite someone.";
/// In a room whose messages were never loaded.
pub const NOT_LOADED: &str = "Messages will appear when you're connected.";
/// The button that goes to the end of the list, with the number of messages that arrived meanwhile.
#[must_use]
pub fn jump_to_latest(new: usize, number: Number) -> String {
    match new {
        0 => "Jump to latest".to_owned(),
        1 => "1 new message".to_owned(),
        _ => format!("{} new messages", number(new)),
    }
}
/// Above the first unread message.
pub const NEW: &str = "New";
/// In place of a deleted message's text.
pub const DELETED: &str = "Message deleted";
/// Below a message that was edited.
pub const EDITED: &str = "edited";
/// Below a message that was sent and is not acked yet.
pub const SENDING: &str = "Sending…";
/// Below a message that is sent once the connection is back.
pub const WAITING_TO_SEND: &str = "Waiting for connection";
/// The same, where the browser has refused to save the message.
pub const WAITING_UNSAVED: &str =
    "Waiting for connection. Your browser couldn't save this: keep the page open until it's sent.";
/// Below a message: a change to it that is sent once the connection is back, and whether the
/// browser has saved it.
#[must_use]
pub fn change_waiting(change: &Body, is_saved: bool) -> String {
    let mut text = match change {
        Body::Edit { .. } => "Your edit will be saved when you're back online".to_owned(),
        Body::Deletion { .. } => "This will be deleted when you're back online".to_owned(),
        Body::Reaction { emoji, on, .. } => {
            let done = if *on { "added" } else { "removed" };
            format!("{emoji} will be {done} when you're back online")
        }
        Body::Post { .. } | Body::Blanked { .. } | Body::Unknown => String::new(),
    };
    if !is_saved {
        text.push_str(". Keep the page open until then: your browser couldn't save it.");
    }
    text
}
/// Below a message: a change to it that the server refused, with the server's reason.
#[must_use]
pub fn change_refused(change: &Body, reason: &str) -> String {
    match change {
        Body::Edit { .. } => format!("Couldn't save your edit: {reason}"),
        Body::Deletion { .. } => format!("Couldn't delete this message: {reason}"),
        Body::Reaction { emoji, on, .. } => {
            let undone = if *on { "add" } else { "remove" };
            format!("Couldn't {undone} {emoji}: {reason}")
        }
        Body::Post { .. } | Body::Blanked { .. } | Body::Unknown => reason.to_owned(),
    }
}
/// Sends a refused post again.
pub const TRY_AGAIN: &str = "Try again";
/// Discards a refused post.
pub const DISCARD: &str = "Discard";

// ---- the actions of a message ----

/// The toolbar.
pub const MESSAGE_ACTIONS: &str = "Message actions";
/// Reacts with this emoji.
#[must_use]
pub fn react_with(emoji: &str) -> String {
    format!("React with {emoji}")
}
/// Opens the picker for a reaction.
pub const ADD_REACTION: &str = "Add reaction";
/// Replies to the message.
pub const REPLY: &str = "Reply";
/// Edits the message.
pub const EDIT: &str = "Edit";
/// Deletes the message.
pub const DELETE: &str = "Delete";
/// The same button, once it was pressed.
pub const DELETE_CONFIRM: &str = "Delete?";

// ---- replies ----

/// Before the name of the quoted message's author, for screen readers.
pub const REPLY_TO: &str = "Reply to ";
/// Goes from a reply to the message it quotes.
pub const GO_TO_ORIGINAL: &str = "Go to original message";
/// In place of a quoted message that was deleted.
pub const QUOTE_DELETED: &str = "Deleted message";
/// In place of a quoted message that is not loaded.
pub const QUOTE_EARLIER: &str = "Earlier message";
/// In place of a quoted message that the server no longer keeps.
pub const QUOTE_GONE: &str = "Message no longer available";

// ---- the composer ----

/// The field.
pub const MESSAGE: &str = "Message";
/// In the empty field.
#[must_use]
pub fn message_room(room: &str) -> String {
    format!("Message #{room}")
}
/// Sends a message.
pub const SEND: &str = "Send";
/// Saves an edit.
pub const SAVE: &str = "Save";
/// Cancels an edit or a reply.
pub const CANCEL: &str = "Cancel";
/// The length of a text that is as long as the field allows.
#[must_use]
pub fn text_cut(limit: usize, held: usize, number: Number) -> String {
    let (limit, held) = (number(limit), number(held));
    format!("Messages have up to {limit} characters. The field holds {held}: any more was cut off.")
}
/// The length of a text that is near the limit or over it.
#[must_use]
pub fn text_length(chars: usize, limit: usize, number: Number) -> String {
    match chars.saturating_sub(limit) {
        0 => format!("{} of {}", number(chars), number(limit)),
        1 => "1 character over the limit".to_owned(),
        over => format!("{} characters over the limit", number(over)),
    }
}
/// Above the field, during an edit.
pub const EDITING: &str = "Editing your message · Esc to cancel · Enter to save";
/// Above the field, during a reply.
#[must_use]
pub fn replying_to(whom: &str) -> String {
    format!("Replying to {}", isolated(whom))
}
/// In place of the author of a deleted message.
pub const A_DELETED_MESSAGE: &str = "a deleted message";
/// In place of the author of a message that is not loaded.
pub const AN_EARLIER_MESSAGE: &str = "an earlier message";

// ---- the emoji picker ----

/// The picker, and the button that opens it.
pub const EMOJI: &str = "Emoji";
/// The field that filters the emoji.
pub const SEARCH_EMOJI: &str = "Search emoji";
/// No emoji has that name.
pub const NO_EMOJI_FOUND: &str = "No emoji found";
/// The picker's title: the emoji is a reaction to a message that is not shown.
pub const REACT: &str = "React";
/// The picker's title: the emoji is a reaction to this person's message.
#[must_use]
pub fn react_to(name: &str) -> String {
    format!("React to {}'s message", isolated(name))
}

// ---- the search ----

/// The button that opens it.
pub const SEARCH: &str = "Search";
/// The search panel, and the text in its empty field.
pub const SEARCH_ROOM: &str = "Search this room";
/// The same, with its key.
pub const SEARCH_ROOM_KEY: &str = "Search this room (/)";
/// The field.
pub const SEARCH_FOR: &str = "Search for";
/// Below the empty field.
pub const SEARCH_HINT: &str = "Finds whole words and beginnings of words";
/// Until the server has answered.
pub const SEARCHING: &str = "Searching…";
/// The server has found nothing.
#[must_use]
pub fn no_matches(query: &str) -> String {
    format!("No messages match “{query}”")
}
/// When a message was posted.
#[must_use]
pub fn day_and_time(day: &str, time: &str) -> String {
    format!("{day}, {time}")
}

// ---- the panel ----

/// The panel, and the button that opens it on a narrow screen.
pub const ROOMS_AND_PEOPLE: &str = "Rooms and people";
/// The list of rooms.
pub const ROOMS: &str = "Rooms";
/// Leaves a room.
#[must_use]
pub fn leave(room: &str) -> String {
    format!("Leave {room}")
}
/// What the time beside a room's name is.
pub const LAST_MESSAGE: &str = "Last message";
/// After the number of unread messages, for screen readers.
pub const UNREAD: &str = " unread";
/// The field for a room's name.
pub const FIND_ROOM: &str = "Find or create a room";
/// In the empty field.
pub const ROOM_NAME: &str = "room-name";
/// Opens that room.
pub const OPEN_ROOM: &str = "Open";
/// The list of people in the room.
pub const PEOPLE: &str = "People";
/// Before the number of people in the room.
pub const PEOPLE_HERE: &str = "People here · ";
/// Beside the user's own name.
pub const YOU: &str = "you";
/// Beside the name of somebody who was active within minutes.
pub const ACTIVE_NOW: &str = "Active now";
/// Beside the name of somebody who was active longer ago.
#[must_use]
pub fn active_ago(elapsed: &str) -> String {
    format!("Active {elapsed} ago")
}
/// What "active" means.
pub const ACTIVITY_HINT: &str = "Last time they wrote or reacted";
/// Less than a minute ago.
pub const JUST_NOW: &str = "just now";
/// A time in minutes.
#[must_use]
pub fn minutes(count: u64) -> String {
    format!("{count} min")
}
/// A time in hours.
#[must_use]
pub fn hours(count: u64) -> String {
    format!("{count} h")
}
/// A time in days.
#[must_use]
pub fn days(count: u64) -> String {
    format!("{count} d")
}
/// The settings dialog, and the button that opens it.
pub const SETTINGS: &str = "Settings";
/// The dialog of keyboard shortcuts, and the button that opens it.
pub const SHORTCUTS: &str = "Keyboard shortcuts";
/// The button that opens it, with its key.
pub const SHORTCUTS_KEY: &str = "Keyboard shortcuts (?)";

// ---- why something was not done ----

/// The draft is not a valid message.
pub const TEXT_INVALID: &str = "Messages need some text, up to 8,000 characters.";
/// Not a valid name.
pub const NAME_INVALID: &str = "Enter a name that others can see (it may be a bit shorter).";
/// Not a valid room name.
pub const ROOM_INVALID: &str = "Room names use lowercase letters, numbers and hyphens, up to 64.";
/// The requested message is not on the server, or the connection is down.
pub const MESSAGE_NOT_LOADED: &str = "That message couldn't be loaded.";
/// The outbox is full.
pub const OUTBOX_FULL: &str = "Too many unsent messages. Wait until you're back online.";
/// A room that cannot be left.
#[must_use]
pub fn has_unsent(room: &str) -> String {
    format!("You have unsent messages in #{room}.")
}
/// The browser refuses to save anything for the next visit.
pub const NOT_SAVED: &str = "Your browser can't save anything for this page. Drafts, settings and \
                             unsent messages are lost when you close it.";
/// The browser refuses to show notifications.
pub const NOTIFICATIONS_BLOCKED: &str =
    "Notifications are blocked. Allow them in your browser's site settings.";
/// The browser asks the user whether it may show notifications.
pub const NOTIFICATIONS_ASKED: &str = "Allow notifications when your browser asks.";
/// The user has not answered that.
pub const NOTIFICATIONS_UNANSWERED: &str =
    "Your browser hasn't got your permission yet. Turn this on again to be asked.";
/// No browser shows notifications of an address without TLS.
pub const NOTIFICATIONS_INSECURE: &str =
    "Browsers show notifications only for pages opened with https.";
/// The browser has no notifications.
pub const NOTIFICATIONS_MISSING: &str = "This browser can't show notifications for this page. On \
                                         a phone, add it to the home screen first.";
/// The browser plays no tones.
pub const SOUND_MISSING: &str = "This browser can't play the sound.";

// ---- notifications ----

/// The title of a notification: the message's author and room.
#[must_use]
pub fn notification_title(name: &str, room: &str) -> String {
    format!("{} in {room}", isolated(name))
}

// ---- names for new visitors ----

/// The first word of a new visitor's name.
pub const VISITOR_ADJECTIVES: [&str; 16] = [
    "Quiet", "Bright", "Gentle", "Swift", "Amber", "Clever", "Mellow", "Silver", "Brave", "Sunny",
    "Curious", "Lucky", "Merry", "Noble", "Velvet", "Wise",
];
/// The second word of it.
pub const VISITOR_NOUNS: [&str; 16] = [
    "Heron", "Otter", "Finch", "Maple", "Fox", "Wren", "Badger", "Willow", "Lynx", "Robin",
    "Cedar", "Hare", "Falcon", "Juniper", "Owl", "Birch",
];

// ---- the dialogs in index.html ----

/// The texts of the dialogs, by the `data-text` of the element in `index.html` that shows them.
pub const DIALOG_TEXTS: [(&str, &str); 23] = [
    ("settings", SETTINGS),
    ("name", "Your name"),
    ("theme", "Theme"),
    ("system", "System"),
    ("light", "Light"),
    ("dark", "Dark"),
    ("keys", "Use the keys / and ? as shortcuts"),
    (
        "background",
        "Notify me when this tab is in the background:",
    ),
    ("notify", "Show a notification"),
    ("sound", "Play a sound"),
    ("done", "Done"),
    ("shortcuts", SHORTCUTS),
    ("key-enter", "Enter"),
    ("key-shift", "Shift"),
    ("key-esc", "Esc"),
    ("do-send", SEND),
    ("do-line", "New line"),
    (
        "do-edit",
        "Edit your last message (when the field is empty)",
    ),
    ("do-cancel", "Cancel editing, close what's open"),
    ("do-move", "Move between messages"),
    ("do-search", SEARCH_ROOM),
    ("do-help", "Show keyboard shortcuts"),
    ("close", CLOSE),
];
