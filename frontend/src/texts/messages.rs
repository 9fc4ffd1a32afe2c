//! What the list of messages says: around them, below them, and on the buttons of each.

use parlor_shared::Body;

use crate::texts::language::texts;

texts! {
    /// The list of messages.
    messages = "Messages";
    /// Loads earlier messages.
    earlier_messages = "Earlier messages";
    /// In an empty room.
    no_messages = "No messages yet. Say hello, or copy the link to invite someone.";
    /// In a room whose messages were never loaded.
    not_loaded = "Messages will appear when you're connected.";
    /// The button that goes to the end of the list.
    to_latest = "Jump to latest";
    /// The same, with the number of messages that arrived meanwhile.
    new_messages(count: Count) = ["1 new message", "{count} new messages"];
    /// Above the first unread message.
    new_mark = "New";
    /// How many messages are unread above those on screen, since this time or day.
    new_since(count: Text, since: Text) = "{count} new since {since}";
    /// The same where the first one is not loaded.
    more_than_new(count: Count) = "More than {count} new messages";
    /// Leads to the first unread message.
    jump_to_unread = "Jump to the first unread message";
    /// Marks the room as read.
    mark_read = "Mark as read";
    /// The same, with its key.
    mark_read_key = "Mark as read (Esc)";
    /// Marks every room as read.
    mark_all_read = "Mark all as read";
    /// Marks a message and those after it as unread.
    mark_unread = "Mark as unread";
    /// In place of a deleted message's text.
    deleted = "Message deleted";
    /// Beside a message that was edited.
    edited = "edited";
    /// Below a message that was sent and is not acked yet.
    sending = "Sending…";
    /// Below a message that is sent once the connection is back.
    waiting_to_send = "Waiting for connection";
    /// The same, where the browser has refused to save the message.
    waiting_unsaved = "Waiting for connection. Your browser couldn't save this: keep the page open until it's sent.";
    /// Below a message: an edit of it that is sent once the connection is back.
    edit_waiting = "Your edit will be saved when you're back online";
    /// The same of a deletion.
    deletion_waiting = "This will be deleted when you're back online";
    /// The same of a reaction.
    reaction_waiting(emoji: Text) = "{emoji} will be added when you're back online";
    /// The same of a reaction that is taken back.
    unreaction_waiting(emoji: Text) = "{emoji} will be removed when you're back online";
    /// The same of any, where the browser has refused to save it.
    change_unsaved(change: Text) = "{change}. Keep the page open until then: your browser couldn't save it.";
    /// Below a message: an edit of it that the server refused, and why.
    edit_refused(reason: Text) = "Couldn't save your edit: {reason}";
    /// The same of a deletion.
    deletion_refused(reason: Text) = "Couldn't delete this message: {reason}";
    /// The same of a reaction.
    reaction_refused(emoji: Text, reason: Text) = "Couldn't add {emoji}: {reason}";
    /// The same of a reaction that was taken back.
    unreaction_refused(emoji: Text, reason: Text) = "Couldn't remove {emoji}: {reason}";
    /// The day and the author of the message at the top of the screen.
    day_and_author(day: Text, author: Person) = "{day} · {author}";
    /// Sends a refused post again.
    try_again = "Try again";
    /// Discards a refused post.
    discard = "Discard";
    /// The toolbar of a message.
    message_actions = "Message actions";
    /// Reacts with this emoji.
    react_with(emoji: Text) = "React with {emoji}";
    /// Opens the picker for a reaction.
    add_reaction = "Add reaction";
    /// Replies to the message.
    reply = "Reply";
    /// Edits the message.
    edit = "Edit";
    /// Deletes the message.
    delete = "Delete";
    /// The same button, once it was pressed.
    delete_confirm = "Delete?";
    /// Before the name of the quoted message's author, for screen readers.
    reply_to = "Reply to";
    /// Goes from a reply to the message it quotes.
    go_to_original = "Go to original message";
    /// In place of a quoted message that was deleted.
    quote_deleted = "Deleted message";
    /// In place of a quoted message that is not loaded.
    quote_earlier = "Earlier message";
    /// In place of a quoted message that the server no longer keeps.
    quote_gone = "Message no longer available";
}

/// The button that goes to the end of the list, with the number of messages that arrived meanwhile.
#[must_use]
pub fn jump_to_latest(new: usize) -> String {
    match new {
        0 => to_latest().to_owned(),
        _ => new_messages(new),
    }
}

/// Below a message: a change to it that is sent once the connection is back, and whether the
/// browser has saved it.
#[must_use]
pub fn change_waiting(change: &Body, is_saved: bool) -> String {
    let text = match change {
        Body::Edit { .. } => edit_waiting().to_owned(),
        Body::Deletion { .. } => deletion_waiting().to_owned(),
        Body::Reaction { emoji, on, .. } => match on {
            true => reaction_waiting(emoji.as_str()),
            false => unreaction_waiting(emoji.as_str()),
        },
        Body::Post { .. }
        | Body::RoomName { .. }
        | Body::Topic { .. }
        | Body::RoomKind { .. }
        | Body::Pin { .. }
        | Body::Mute { .. }
        | Body::SlowMode { .. }
        | Body::Blanked { .. }
        | Body::Unknown => String::new(),
    };
    if is_saved {
        text
    } else {
        change_unsaved(&text)
    }
}

/// Below a message: a change to it that the server refused, with the server's reason.
#[must_use]
pub fn change_refused(change: &Body, reason: &str) -> String {
    match change {
        Body::Edit { .. } => edit_refused(reason),
        Body::Deletion { .. } => deletion_refused(reason),
        Body::Reaction { emoji, on, .. } => match on {
            true => reaction_refused(emoji.as_str(), reason),
            false => unreaction_refused(emoji.as_str(), reason),
        },
        Body::Post { .. }
        | Body::RoomName { .. }
        | Body::Topic { .. }
        | Body::RoomKind { .. }
        | Body::Pin { .. }
        | Body::Mute { .. }
        | Body::SlowMode { .. }
        | Body::Blanked { .. }
        | Body::Unknown => reason.to_owned(),
    }
}
