//! One item of a room's log.

use serde::{Deserialize, Serialize};

use crate::{Emoji, MemberId, MessageId, Name, Seq, Text};

/// One item of a room's log, as committed: it never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place in the log.
    pub seq: Seq,
    /// The place of the room's entry before it; [`Seq::ZERO`] for the room's first. A client whose newest entry
    /// is not `prev` has missed something and resumes.
    pub prev: Seq,
    /// The id its author's client gave it.
    pub id: MessageId,
    /// When the server took it, in Unix milliseconds. For people; the order is `seq` alone.
    pub at_ms: u64,
    /// Who wrote it.
    pub member: MemberId,
    /// The name they had then.
    pub name: Name,
    /// What it is and says.
    pub body: Body,
}

/// What an entry is and says. Edits, deletions and reactions name their message by the id of its post; edits and deletions
/// are accepted from its author only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Body {
    /// A new message.
    Post {
        /// What it says.
        text: Text,
        /// The message it answers. Not checked against the log: what one answers may be gone at any time, by a deletion
        /// or because the log forgets what is old, and the answer says what it says all the same.
        #[serde(skip_serializing_if = "Option::is_none")]
        reply_to: Option<MessageId>,
    },
    /// The message says something else now.
    Edit {
        /// The message.
        target: MessageId,
        /// What it says now.
        text: Text,
    },
    /// The message is gone, for good.
    Deletion {
        /// The message.
        target: MessageId,
    },
    /// A member's reaction to the message, given or taken back.
    Reaction {
        /// The message.
        target: MessageId,
        /// The reaction.
        emoji: Emoji,
        /// Given, or taken back.
        on: bool,
    },
    /// A kind this version does not know. Never written; a client keeps its place and shows nothing.
    #[serde(other)]
    Unknown,
}

impl Body {
    /// A new message that answers none.
    #[must_use]
    pub fn post(text: Text) -> Self {
        Self::Post {
            text,
            reply_to: None,
        }
    }

    /// The message this entry changes; `None` for a post.
    #[must_use]
    pub fn target(&self) -> Option<MessageId> {
        match self {
            Self::Post { .. } | Self::Unknown => None,
            Self::Edit { target, .. }
            | Self::Deletion { target }
            | Self::Reaction { target, .. } => Some(*target),
        }
    }

    /// The text it carries, if it carries one.
    #[must_use]
    pub fn text(&self) -> Option<&Text> {
        match self {
            Self::Post { text, .. } | Self::Edit { text, .. } => Some(text),
            Self::Deletion { .. } | Self::Reaction { .. } | Self::Unknown => None,
        }
    }
}
