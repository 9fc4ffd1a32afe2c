//! An entry as a program gets it, and ids for posts.

use std::{
    ops::Deref,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use parlor_shared::{Body, Entry, MessageId, Position, RoomId};
use sha2::{Digest, Sha256};

/// An entry of a room's log, with all that a program needs to go on after it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RoomEntry {
    /// The room.
    pub room: RoomId,
    /// The entry. Its fields are reached directly, too: `entry.id`, `entry.name`, `entry.body`.
    pub entry: Entry,
    /// Its place. Give it to [`Room::save`](crate::Room::save), or keep it for
    /// [`Client::join_after`](crate::Client::join_after).
    pub position: Position,
    /// Whether this client's own member is the author.
    pub is_own: bool,
}

impl RoomEntry {
    /// The words of a new message or a reply. None for everything else, edits included.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.entry.body {
            Body::Post { text, .. } => Some(text.as_str()),
            Body::Edit { .. }
            | Body::Deletion { .. }
            | Body::Reaction { .. }
            | Body::RoomName { .. }
            | Body::Topic { .. }
            | Body::RoomKind { .. }
            | Body::Pin { .. }
            | Body::Mute { .. }
            | Body::SlowMode { .. }
            | Body::Blanked { .. }
            | Body::Unknown => None,
        }
    }

    /// When the server committed it, by the server's clock.
    #[must_use]
    pub fn at(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.entry.at_ms)
    }
}

impl Deref for RoomEntry {
    type Target = Entry;

    fn deref(&self) -> &Entry {
        &self.entry
    }
}

/// The id of what a program posts because of a message, the same each time: the log takes an id
/// once, so a program that is killed and sees the message again posts nothing twice.
///
/// `purpose` tells apart what the program, or another one, posts because of the same message.
///
/// ```
/// use parlor_client::{MessageId, derived_id};
///
/// let message = MessageId::new(1_760_000_000_000, [7; 10]);
/// assert_eq!(derived_id(message, "echo"), derived_id(message, "echo"));
/// assert_ne!(derived_id(message, "echo"), derived_id(message, "greeting"));
/// ```
#[must_use]
pub fn derived_id(message: MessageId, purpose: &str) -> MessageId {
    let mut hash = Sha256::new();
    hash.update(message.as_bytes());
    hash.update(purpose.as_bytes());
    let mut bytes = [0; 10];
    for (byte, hashed) in bytes.iter_mut().zip(hash.finalize()) {
        *byte = hashed;
    }
    MessageId::new(message.unix_ms(), bytes)
}

/// An id for a new post.
pub(crate) fn new_id() -> Result<MessageId, getrandom::Error> {
    let mut random = [0; 10];
    getrandom::fill(&mut random)?;
    // With a clock before 1970 the ids lose their order, nothing else.
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Ok(MessageId::new(now.as_millis() as u64, random))
}
