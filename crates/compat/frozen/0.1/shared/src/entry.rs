//! The entries of a room's log.

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::{
    Emoji, MemberId, MessageId, Name, RoomKind, Seq, Text, Topic,
    fields::{Fields, FieldsOf, Scalar, of_other_type},
};

/// One entry of a room's log, as it was committed. It never changes, except that its words go once
/// its message is deleted: see [`Body::Blanked`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its sequence number in the log.
    pub seq: Seq,
    /// The `seq` of the room's previous entry; [`Seq::ZERO`] for the room's first. A client whose
    /// newest entry is not `prev` has missed something and resumes.
    pub prev: Seq,
    /// The id that its author's client made.
    pub id: MessageId,
    /// When the server committed it, in Unix milliseconds. For people only: `seq` alone decides the
    /// order.
    pub at_ms: u64,
    /// Its author.
    pub member: MemberId,
    /// The author's name at that time.
    pub name: Name,
    /// Its content.
    pub body: Body,
}

/// An entry's content. Edits, deletions and reactions name their message by the id of its post.
/// Edits are accepted from the message's author only, deletions from moderators of the room, too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Body {
    /// A new message.
    Post {
        /// Its text.
        text: Text,
        /// The message it replies to. Not checked against the log, because that message may be
        /// deleted or expire at any time.
        #[serde(skip_serializing_if = "Option::is_none")]
        reply_to: Option<MessageId>,
    },
    /// Replaces the text of a message.
    Edit {
        /// The message.
        target: MessageId,
        /// The new text.
        text: Text,
    },
    /// Deletes a message for good.
    Deletion {
        /// The message.
        target: MessageId,
    },
    /// Adds or removes a member's reaction to a message.
    Reaction {
        /// The message.
        target: MessageId,
        /// The emoji.
        emoji: Emoji,
        /// Whether the reaction is added.
        on: bool,
    },
    /// Gives the room a name for people, or takes it away. The room's id stays.
    RoomName {
        /// The name; `None` for none.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<Name>,
    },
    /// Sets the room's topic, or takes it away.
    Topic {
        /// The topic; `None` for none.
        #[serde(skip_serializing_if = "Option::is_none")]
        topic: Option<Topic>,
    },
    /// Changes who may come in and post in the room by default.
    RoomKind {
        /// The kind from now on.
        // `kind` is the tag of the body.
        #[serde(rename = "room_kind")]
        kind: RoomKind,
    },
    /// Pins a message to the room, or unpins it.
    Pin {
        /// The message.
        target: MessageId,
        /// Whether it is pinned.
        on: bool,
    },
    /// Keeps a member from posting, editing and reacting in the room until a time, or lifts that.
    /// Only moderators can.
    Mute {
        /// The member.
        member: MemberId,
        /// The member's name at that time, for people.
        name: Name,
        /// The end, in Unix milliseconds; `None` lifts the mute. At most
        /// [`MUTE_DAYS_MAX`](crate::limits::MUTE_DAYS_MAX) ahead.
        #[serde(skip_serializing_if = "Option::is_none")]
        until_ms: Option<u64>,
    },
    /// Sets how long each member waits between two posts to the room. Only moderators can, and they
    /// need not wait.
    SlowMode {
        /// The wait, at most [`SLOW_MODE_SECONDS_MAX`](crate::limits::SLOW_MODE_SECONDS_MAX); 0 for
        /// none.
        seconds: u32,
    },
    /// A post or an edit whose message was deleted, without its words. The server replaces the body
    /// and keeps everything else of the entry. Never accepted from a client.
    Blanked {
        /// The message whose edit it was; `None` where it was the post.
        #[serde(skip_serializing_if = "Option::is_none")]
        target: Option<MessageId>,
        /// The message that the post replied to.
        #[serde(skip_serializing_if = "Option::is_none")]
        reply_to: Option<MessageId>,
    },
    /// A kind that this version does not know. Never written; a client counts the entry and shows
    /// nothing.
    Unknown,
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::from_fields(&mut Fields::<Scalar>::deserialize(from)?)
    }
}

impl Body {
    /// The body with these fields.
    pub(crate) fn from_fields<E: de::Error>(fields: &mut impl FieldsOf<E>) -> Result<Self, E> {
        let kind: String = fields.text("kind")?;
        Ok(match kind.as_str() {
            "post" => Self::Post {
                text: fields.text("text")?,
                reply_to: fields.optional_text("reply_to")?,
            },
            "edit" => Self::Edit {
                target: fields.text("target")?,
                text: fields.text("text")?,
            },
            "deletion" => Self::Deletion {
                target: fields.text("target")?,
            },
            "reaction" => Self::Reaction {
                target: fields.text("target")?,
                emoji: fields.text("emoji")?,
                on: fields.flag("on")?,
            },
            "room_name" => Self::RoomName {
                name: fields.optional_text("name")?,
            },
            "topic" => Self::Topic {
                topic: fields.optional_text("topic")?,
            },
            "room_kind" => Self::RoomKind {
                kind: fields.text("room_kind")?,
            },
            "pin" => Self::Pin {
                target: fields.text("target")?,
                on: fields.flag("on")?,
            },
            "mute" => Self::Mute {
                member: fields.text("member")?,
                name: fields.text("name")?,
                until_ms: fields.optional_whole("until_ms")?,
            },
            "slow_mode" => Self::SlowMode {
                seconds: seconds(fields.optional_whole("seconds")?)?,
            },
            "blanked" => Self::Blanked {
                target: fields.optional_text("target")?,
                reply_to: fields.optional_text("reply_to")?,
            },
            _ => Self::Unknown,
        })
    }

    /// A new message that is no reply.
    #[must_use]
    pub fn post(text: Text) -> Self {
        Self::Post {
            text,
            reply_to: None,
        }
    }

    /// The message this entry changes, or changed; `None` for a post and a change of the room.
    #[must_use]
    pub fn target(&self) -> Option<MessageId> {
        match self {
            Self::Post { .. }
            | Self::RoomName { .. }
            | Self::Topic { .. }
            | Self::Mute { .. }
            | Self::SlowMode { .. }
            | Self::RoomKind { .. }
            | Self::Unknown => None,
            Self::Blanked { target, .. } => *target,
            Self::Edit { target, .. }
            | Self::Deletion { target }
            | Self::Reaction { target, .. }
            | Self::Pin { target, .. } => Some(*target),
        }
    }

    /// Its text, if this kind has one.
    #[must_use]
    pub fn text(&self) -> Option<&Text> {
        match self {
            Self::Post { text, .. } | Self::Edit { text, .. } => Some(text),
            Self::Deletion { .. }
            | Self::Reaction { .. }
            | Self::RoomName { .. }
            | Self::Topic { .. }
            | Self::RoomKind { .. }
            | Self::Pin { .. }
            | Self::Mute { .. }
            | Self::SlowMode { .. }
            | Self::Blanked { .. }
            | Self::Unknown => None,
        }
    }

    /// Whether it changes the room itself: its name, its topic, its kind, its pins, or who may post
    /// when.
    #[must_use]
    pub fn is_of_room(&self) -> bool {
        match self {
            Self::RoomName { .. }
            | Self::Topic { .. }
            | Self::RoomKind { .. }
            | Self::Pin { .. }
            | Self::Mute { .. }
            | Self::SlowMode { .. } => true,
            Self::Post { .. }
            | Self::Edit { .. }
            | Self::Deletion { .. }
            | Self::Reaction { .. }
            | Self::Blanked { .. }
            | Self::Unknown => false,
        }
    }

    /// What is left of it once its message is deleted. Only posts and edits have words; the other
    /// kinds stay as they are.
    #[must_use]
    pub fn blanked(self) -> Self {
        match self {
            Self::Post { reply_to, .. } => Self::Blanked {
                target: None,
                reply_to,
            },
            Self::Edit { target, .. } => Self::Blanked {
                target: Some(target),
                reply_to: None,
            },
            Self::Deletion { .. }
            | Self::Reaction { .. }
            | Self::RoomName { .. }
            | Self::Topic { .. }
            | Self::RoomKind { .. }
            | Self::Pin { .. }
            | Self::Mute { .. }
            | Self::SlowMode { .. }
            | Self::Blanked { .. }
            | Self::Unknown => self,
        }
    }
}

/// The wait of a slow mode.
fn seconds<E: de::Error>(seconds: Option<u64>) -> Result<u32, E> {
    let seconds = seconds.ok_or_else(|| E::missing_field("seconds"))?;
    u32::try_from(seconds).map_err(|_| of_other_type("seconds", "a whole number in its range"))
}
