//! What the fields of the protocol's messages mean, beside an unfolded frame.

use crate::texts::language::{find, texts};

/// What a field means; `None` for one that is not of this protocol.
#[must_use]
pub fn field_meaning(field: &str) -> Option<&'static str> {
    find(TABLE, "field_", field)
}

texts! {
    /// A field.
    field_type = "What kind of message this is.";
    /// A field.
    field_protocol = "The version of the protocol.";
    /// A field.
    field_name = "A name, for people.";
    /// A field.
    field_token = "Proves who you are on the next connection. Secret.";
    /// A field.
    field_access = "Lets you in. Secret.";
    /// A field.
    field_password = "The password of the server. Secret.";
    /// A field.
    field_invitation = "An invitation: its code, its number, or what it gives.";
    /// A field.
    field_device = "The code that your other device shows. Secret.";
    /// A field.
    field_expires_at_ms = "When you have to show something new.";
    /// A field.
    field_right = "What you may do: read, post, moderate or own. Each includes those before it.";
    /// A field.
    field_room_kind = "Who may come in and post: open, read_only or private.";
    /// A field.
    field_client = "Which program this is.";
    /// A field.
    field_version = "Its version.";
    /// A field.
    field_room = "The room it is about.";
    /// A field.
    field_after = "The entries that follow come after this position.";
    /// A field.
    field_epoch = "Which history the positions belong to: another one after each start of the server.";
    /// A field.
    field_seq = "The entry's position in the log.";
    /// A field.
    field_prev = "The position of the entry before it in this room.";
    /// A field.
    field_id = "Made by the sender. The same id again is stored only once.";
    /// A field.
    field_follows = "Append this only after that one: so your messages keep their order.";
    /// A field.
    field_body = "What it says or changes.";
    /// A field.
    field_kind = "A message, an edit, a deletion or a reaction.";
    /// A field.
    field_text = "The words.";
    /// A field.
    field_target = "The message that it changes.";
    /// A field.
    field_reply_to = "The message that it replies to.";
    /// A field.
    field_emoji = "The reaction.";
    /// A field.
    field_on = "Whether it is added or taken back.";
    /// A field.
    field_before = "Entries older than this position.";
    /// A field.
    field_limit = "How many at most.";
    /// A field.
    field_t = "Any number: the answer has the same.";
    /// A field.
    field_server = "The server's version.";
    /// A field.
    field_member = "Who: it stays the same when the name changes.";
    /// A field.
    field_limits = "What the server accepts.";
    /// A field.
    field_heartbeat_ms = "After this much silence the server asks whether you are there.";
    /// A field.
    field_promise = "What holds of a sent message: on disks, or in several servers at least.";
    /// A field.
    field_at_ms = "The time, in milliseconds since 1970. Only for people: `seq` decides the order.";
    /// A field.
    field_head = "The newest entry of the room.";
    /// A field.
    field_first = "The oldest entry that is kept.";
    /// A field.
    field_outcome = "`resumed`: what you have still holds. `reset`: start over.";
    /// A field.
    field_entry = "An entry of the room's log.";
    /// A field.
    field_entries = "Entries of the room's log.";
    /// A field.
    field_at = "The place.";
    /// A field.
    field_time = "The first entry from this time on.";
    /// A field.
    field_changes = "Later entries that change these messages.";
    /// A field.
    field_older = "Whether there are older ones.";
    /// A field.
    field_newer = "Whether there are newer ones.";
    /// A field.
    field_topic = "What the room is about.";
    /// A field.
    field_pins = "The messages that are pinned.";
    /// A field.
    field_slow_mode_s = "How many seconds a member waits between two messages.";
    /// A field.
    field_mutes = "The members who may not post for now.";
    /// A field.
    field_report = "The report's number.";
    /// A field.
    field_reports = "The open reports.";
    /// A field.
    field_reason = "Why.";
    /// A field.
    field_ban = "The ban, or its number.";
    /// A field.
    field_bans = "The bans.";
    /// A field.
    field_everywhere = "Whether it holds in the whole server.";
    /// A field.
    field_addresses = "Whether it holds for addresses, too, or for how many.";
    /// A field.
    field_by = "Who banned them.";
    /// A field.
    field_until_ms = "When it ends.";
    /// A field.
    field_address = "What the code is drawn behind.";
    /// A field.
    field_secret = "A code that lets somebody in. Secret.";
    /// A field.
    field_size = "How wide and high the drawing is.";
    /// A field.
    field_path = "The strokes of the drawing.";
    /// A field.
    field_grant = "Who gets which right.";
    /// A field.
    field_invitations = "The invitations to the room.";
    /// A field.
    field_uses = "How many people may use it.";
    /// A field.
    field_used = "How many have used it.";
    /// A field.
    field_seconds = "The wait between two messages of a member.";
    /// A field.
    field_state = "What the room is called, and what is pinned in it.";
    /// A field.
    field_rooms = "The rooms.";
    /// A field.
    field_next = "Where the next page begins.";
    /// A field.
    field_more = "Whether there are older ones.";
    /// A field.
    field_count = "How many people are here.";
    /// A field.
    field_members = "Who is here.";
    /// A field.
    field_here = "Who came or was renamed.";
    /// A field.
    field_gone = "Who left.";
    /// A field.
    field_code = "The reason, for programs. It never changes its meaning.";
    /// A field.
    field_retry = "Whether the same again can succeed later.";
    /// A field.
    field_message = "The reason, for people; in a place the message that is meant.";
    /// A field.
    field_request = "What was refused.";
    /// A field.
    field_retry_after_ms = "How long to wait before that.";
    /// A field.
    field_frame_bytes_max = "Bytes of a frame, at most.";
    /// A field.
    field_text_chars_max = "Characters of a text, at most.";
    /// A field.
    field_name_bytes_max = "Bytes of a name, at most.";
    /// A field.
    field_rooms_per_connection_max = "Rooms of a connection, at most.";
    /// A field.
    field_history_entries_max = "Entries of one answer, at most.";
    /// A field.
    field_rate_per_second = "What you may send: tokens a second.";
    /// A field.
    field_rate_burst = "What you may send at once: tokens in the bucket.";
}
