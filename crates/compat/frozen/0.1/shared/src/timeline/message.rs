//! Messages as a reader sees them.

use super::version::Version;
use crate::{Emoji, MemberId, MessageId, Name, Seq, Text};

/// A post with its edits, its deletion and its reactions applied.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Message {
    /// The place of its post in the log. Messages are shown in this order.
    pub seq: Seq,
    /// The id of its post.
    pub id: MessageId,
    /// When it was posted, in Unix milliseconds.
    pub at_ms: u64,
    /// Its author.
    pub member: MemberId,
    /// The name of its author at that time.
    pub name: Name,
    /// The message it replies to, which may be missing or deleted.
    pub reply_to: Option<MessageId>,
    /// Its current text; `None` if it is deleted.
    pub text: Option<Text>,
    /// Whether it was edited.
    pub edited: bool,
    /// Its texts so far, oldest first, the current one included: the post's, and the newest
    /// [`TIMELINE_VERSIONS_MAX`](crate::limits::TIMELINE_VERSIONS_MAX) of its edits. Empty until it
    /// is edited, and once it is deleted.
    pub versions: Vec<Version>,
    /// Its reactions, sorted by emoji.
    pub reactions: Vec<Reaction>,
    /// The name of the moderator who deleted it, if it was not its author and the deletion is
    /// loaded.
    pub deleted_by: Option<Name>,
}

/// The members who reacted to a message with one emoji.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reaction {
    /// The emoji.
    pub emoji: Emoji,
    /// The members, sorted by id; never empty.
    pub members: Vec<MemberId>,
}

impl Message {
    /// The members who reacted with this emoji, in any spelling.
    #[must_use]
    pub fn reacted(&self, emoji: &Emoji) -> &[MemberId] {
        let emoji = emoji.unstyled();
        let mut reactions = self.reactions.iter();
        let reaction = reactions.find(|reaction| reaction.emoji.unstyled() == emoji);
        reaction.map_or(&[], |reaction| &reaction.members)
    }
}
