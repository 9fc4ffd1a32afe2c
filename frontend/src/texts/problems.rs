//! Why something was not done: sentences.

use parlor_shared::limits;

use crate::texts::language::texts;

texts! {
    /// The draft is not a valid message.
    text_invalid_for(limit: Count) = "Messages need some text, up to {limit} characters.";
    /// Not a valid name.
    name_invalid = "Enter a name that others can see (it may be a bit shorter).";
    /// Not a valid room name.
    room_invalid_for(limit: Count) = "Room names use lowercase letters, numbers and hyphens, up to {limit}.";
    /// The requested message is not on the server, or the connection is down.
    message_not_loaded = "That message couldn't be loaded.";
    /// The requested message is not in the room.
    message_gone = "That message is no longer available.";
    /// The requested message can be loaded only while the page is connected.
    message_waits = "That message will be shown when you're back online.";
    /// A link names a message by something that is no id.
    link_invalid = "That link doesn't lead to a message.";
    /// The outbox is full.
    outbox_full = "Too many unsent messages. Wait until you're back online.";
    /// A room that cannot be left.
    has_unsent(room: Text) = "You have unsent messages in #{room}. Send or discard them first.";
    /// The browser refuses to save anything for the next visit.
    not_saved = "Your browser can't save anything for this page. Drafts, settings and unsent messages are lost when you close it.";
    /// The part of the program that a press needs could not be fetched.
    later_not_loaded = "That part of the page couldn't be loaded. Try again when you're online.";
    /// The browser refuses to show notifications.
    notifications_blocked = "Notifications are blocked. Allow them in your browser's site settings.";
    /// The browser asks the user whether it may show notifications.
    notifications_asked = "Allow notifications when your browser asks.";
    /// The user has not answered that.
    notifications_unanswered = "Your browser hasn't got your permission yet. Turn this on again to be asked.";
    /// No browser shows notifications of an address without TLS.
    notifications_insecure = "Browsers show notifications only for pages opened with https.";
    /// The browser has no notifications.
    notifications_missing = "This browser can't show notifications for this page. On a phone, add it to the home screen first.";
    /// The browser plays no tones.
    sound_missing = "This browser can't play the sound.";
}

/// The draft is not a valid message.
#[must_use]
pub fn text_invalid() -> String {
    text_invalid_for(limits::TEXT_CHARS_MAX)
}

/// Not a valid room name.
#[must_use]
pub fn room_invalid() -> String {
    room_invalid_for(limits::ROOM_BYTES_MAX)
}
