//! What stands in and around the field for messages, and in the emoji picker.

use crate::texts::language::texts;

texts! {
    /// The field.
    message = "Message";
    /// In the empty field.
    message_room(room: Text) = "Message #{room}";
    /// The same in a room that has a name for people.
    message_named_room(name: Text) = "Message {name}";
    /// Sends a message.
    send = "Send";
    /// Saves an edit.
    save = "Save";
    /// Cancels an edit or a reply.
    cancel = "Cancel";
    /// The length of a text that is as long as the field allows.
    text_cut(limit: Count, held: Count) = "Messages have up to {limit} characters. The field holds {held}: any more was cut off.";
    /// The length of a text that is near the limit.
    text_near_limit(count: Count, limit: Count) = "{count} of {limit}";
    /// By how much a text is over the limit.
    text_over_limit(count: Count) = ["1 character over the limit", "{count} characters over the limit"];
    /// Above the field, during an edit.
    editing = "Editing your message · Esc to cancel · Enter to save";
    /// Above the field, during a reply.
    replying_to(whom: Person) = "Replying to {whom}";
    /// The same, where the message was deleted.
    replying_to_deleted = "Replying to a deleted message";
    /// The same, where the message is not loaded.
    replying_to_earlier = "Replying to an earlier message";
    /// The picker, and the button that opens it.
    emoji = "Emoji";
    /// The field that filters the emoji.
    search_emoji = "Search emoji";
    /// No emoji has that name.
    no_emoji_found = "No emoji found";
    /// The picker's title: the emoji is a reaction to a message that is not shown.
    react = "React";
    /// The picker's title: the emoji is a reaction to this person's message.
    react_to(name: Person) = "React to {name}'s message";
}

/// The length of a text that is near the limit or over it.
#[must_use]
pub fn text_length(chars: usize, limit: usize) -> String {
    match chars.saturating_sub(limit) {
        0 => text_near_limit(chars, limit),
        over => text_over_limit(over),
    }
}
