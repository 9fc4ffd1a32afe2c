//! The typed message enums: everything that is ever said between a client and the server.
//!
//! Each value is one WebSocket text frame holding one JSON object, tagged by `type`. Unknown fields are ignored; a
//! `type` this version does not know reads as `Unknown`.

use serde::{Deserialize, Deserializer, Serialize};

use crate::{Body, Entry, Epoch, Limits, MemberId, MessageId, Name, Position, RoomId, Seq, Token};

/// What a client says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    /// The first frame of every connection, within [`HELLO_TIMEOUT_MS`](crate::limits::HELLO_TIMEOUT_MS).
    Hello {
        /// The version the client speaks: [`PROTOCOL_VERSION`](crate::PROTOCOL_VERSION).
        protocol: u16,
        /// The name to go by.
        name: Name,
        /// What proves which member this is; without one the server makes a new member.
        #[serde(skip_serializing_if = "Option::is_none")]
        token: Option<Token>,
        /// What program this is.
        #[serde(default, deserialize_with = "null_as_default")]
        client: ClientInfo,
    },
    /// Be in a room, from a position on. Joining a room one is in starts over from `after`.
    Join {
        /// The room; it need not exist before.
        room: RoomId,
        /// The last position the client has; `None` for a newcomer, who gets the last page.
        #[serde(skip_serializing_if = "Option::is_none")]
        after: Option<Position>,
    },
    /// Be in a room no more. Not answered.
    Leave {
        /// The room.
        room: RoomId,
    },
    /// Append an entry. The entry coming back through the room is the acknowledgement.
    Post {
        /// The room; the connection is in it.
        room: RoomId,
        /// The entry's id, made once and kept when the post is sent again.
        id: MessageId,
        /// What to append.
        body: Body,
    },
    /// Read what came before.
    History {
        /// The room; the connection is in it.
        room: RoomId,
        /// Entries before this one, newest first in choice, oldest first in the answer.
        before: Seq,
        /// How many, at most [`HISTORY_ENTRIES_MAX`](crate::limits::HISTORY_ENTRIES_MAX).
        limit: u16,
    },
    /// Find messages by their words.
    Search {
        /// The room; the connection is in it.
        room: RoomId,
        /// The words; every one must be in the message, the last one may be the start of a word.
        text: String,
    },
    /// The member is writing; at most every [`TYPING_INTERVAL_MS`](crate::limits::TYPING_INTERVAL_MS).
    Typing {
        /// The room; the connection is in it.
        room: RoomId,
    },
    /// Go by another name, from now on and in every room.
    Rename {
        /// The new name.
        name: Name,
    },
    /// Measure the round trip, or show a sign of life. Answered with `pong` and the same `t`.
    Ping {
        /// Whatever the client likes; below 2^53.
        t: u64,
    },
    /// A type this version does not know; answered with the error `unsupported`.
    #[serde(other)]
    Unknown,
}

/// What program a client is; for the operator's eyes only.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientInfo {
    /// Its name, such as `parlor-page`.
    #[serde(default, deserialize_with = "null_as_default")]
    pub name: String,
    /// Its version.
    #[serde(default, deserialize_with = "null_as_default")]
    pub version: String,
}

/// What the server says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// The answer to hello.
    Welcome {
        /// The version spoken from here on.
        protocol: u16,
        /// The server's version, for people.
        server: String,
        /// Who you are.
        member: MemberId,
        /// What proves it next time; keep it secret.
        token: Token,
        /// The name you go by.
        name: Name,
        /// Which log this is.
        epoch: Epoch,
        /// The limits in force.
        limits: Limits,
        /// The server sends a WebSocket ping this often; a client that hears nothing for this and ten seconds more
        /// may count the line as dead.
        heartbeat_ms: u64,
    },
    /// The answer to join. Entries follow, from `after` on; then `present`, which says that the client is live.
    Joined {
        /// The room.
        room: RoomId,
        /// The tail starts after this place: the next entry's `prev` is this.
        after: Seq,
        /// The newest entry at this moment; [`Seq::ZERO`] in an empty room.
        head: Seq,
        /// The oldest entry that is kept; [`Seq::ZERO`] in an empty room.
        first: Seq,
        /// Whether what the client has still holds.
        outcome: JoinOutcome,
    },
    /// One entry of a room's log.
    Entry {
        /// The room.
        room: RoomId,
        /// The entry.
        entry: Entry,
    },
    /// A post with an id that is on the log already: the original entry, told to its sender alone and outside the
    /// room's order. It settles the post; it is not the next entry.
    Duplicate {
        /// The room.
        room: RoomId,
        /// The original entry.
        entry: Entry,
    },
    /// The answer to history, oldest first.
    History {
        /// The room.
        room: RoomId,
        /// The question's `before`.
        before: Seq,
        /// The entries, oldest first. The page may be shorter than asked for.
        entries: Vec<Entry>,
        /// Whether there is more before these.
        more: bool,
    },
    /// The answer to search, newest first.
    Found {
        /// The room.
        room: RoomId,
        /// The question's words.
        text: String,
        /// The posts and edits that matched, newest first.
        entries: Vec<Entry>,
    },
    /// Who is in the room, all of it: replaces what the client knew. Sent when a cursor arrives at the head.
    Present {
        /// The room.
        room: RoomId,
        /// How many members are present.
        count: u32,
        /// The members; empty when there are more than
        /// [`PRESENCE_MEMBERS_MAX`](crate::limits::PRESENCE_MEMBERS_MAX).
        members: Vec<Member>,
    },
    /// Who came, went or changed since the last `present` or `presence`.
    Presence {
        /// The room.
        room: RoomId,
        /// How many members are present now.
        count: u32,
        /// Members that came or go by another name.
        #[serde(
            default,
            deserialize_with = "null_as_default",
            skip_serializing_if = "Vec::is_empty"
        )]
        here: Vec<Member>,
        /// Members that left.
        #[serde(
            default,
            deserialize_with = "null_as_default",
            skip_serializing_if = "Vec::is_empty"
        )]
        gone: Vec<MemberId>,
    },
    /// Somebody is writing; shown for [`TYPING_SHOWN_MS`](crate::limits::TYPING_SHOWN_MS) or until their next post.
    Typing {
        /// The room.
        room: RoomId,
        /// Who.
        member: MemberId,
    },
    /// What the server says on its own: an announcement, a shutdown to come.
    Notice {
        /// What it says.
        text: String,
    },
    /// A refusal. The connection lives on unless a close frame follows.
    Error(Refusal),
    /// The answer to ping.
    Pong {
        /// The ping's `t`.
        t: u64,
    },
    /// A type this version does not know; to be ignored.
    #[serde(other)]
    Unknown,
}

/// Whether what a client has of a room still holds after a join.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JoinOutcome {
    /// Nothing is missing between the client's position and what follows.
    Resumed,
    /// A newcomer, another log, or a position older than what is kept: clear and start over.
    Reset,
}

/// Somebody present in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Who.
    pub member: MemberId,
    /// The name they go by now.
    pub name: Name,
}

/// Why the server did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// What was wrong, for programs.
    pub code: ErrorCode,
    /// Whether the same request may succeed later.
    pub retry: bool,
    /// What was wrong and what to do, for people.
    pub message: String,
    /// The room it was about, where it was about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
    /// The post it was about, where it was about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<MessageId>,
    /// When to try again, where the server knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl Refusal {
    /// A refusal that is about no room and no post yet.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            code,
            retry: code.can_retry(),
            message,
            room: None,
            id: None,
            retry_after_ms: None,
        }
    }

    /// The same refusal, about this room.
    #[must_use]
    pub fn in_room(mut self, room: &RoomId) -> Self {
        self.room = Some(room.clone());
        self
    }

    /// The same refusal, about this post.
    #[must_use]
    pub fn of_post(mut self, id: MessageId) -> Self {
        self.id = Some(id);
        self
    }
}

/// What a refusal is about. Stable: a code never changes its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Not a JSON object of a known shape.
    Malformed,
    /// A message type or a body this server does not know.
    Unsupported,
    /// Something else came before hello.
    HelloExpected,
    /// A second hello.
    HelloRepeated,
    /// A protocol version this server does not speak; the connection is closed.
    ProtocolVersion,
    /// The token is not one this server gave.
    TokenInvalid,
    /// Not a name.
    NameInvalid,
    /// Not a room id.
    RoomInvalid,
    /// Not an id.
    IdInvalid,
    /// A text of nothing but white space.
    TextEmpty,
    /// A text of more than [`TEXT_CHARS_MAX`](crate::limits::TEXT_CHARS_MAX) characters.
    TextTooLong,
    /// Not a reaction.
    EmojiInvalid,
    /// Search words that are empty or too long.
    SearchInvalid,
    /// The connection is not in that room.
    NotJoined,
    /// The connection is in as many rooms as it may be.
    TooManyRooms,
    /// The message to change is not in this room, or is deleted.
    TargetUnknown,
    /// The message to change is another member's.
    NotAuthor,
    /// More than the rate allows; `retry_after_ms` says when.
    RateLimited,
    /// The server has too much to do at once.
    Busy,
    /// The log can't be written or read now; nothing was appended.
    LogUnavailable,
    /// A code this version does not know; `retry` tells what to do.
    #[serde(other)]
    Unknown,
}

impl ErrorCode {
    /// Whether the same request may succeed later.
    #[must_use]
    pub fn can_retry(self) -> bool {
        match self {
            Self::RateLimited | Self::Busy | Self::LogUnavailable => true,
            Self::Malformed
            | Self::Unsupported
            | Self::HelloExpected
            | Self::HelloRepeated
            | Self::ProtocolVersion
            | Self::TokenInvalid
            | Self::NameInvalid
            | Self::RoomInvalid
            | Self::IdInvalid
            | Self::TextEmpty
            | Self::TextTooLong
            | Self::EmojiInvalid
            | Self::SearchInvalid
            | Self::NotJoined
            | Self::TooManyRooms
            | Self::TargetUnknown
            | Self::NotAuthor
            | Self::Unknown => false,
        }
    }
}

/// Reads `null` as the default: some languages write it for what is missing.
fn null_as_default<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(from)?.unwrap_or_default())
}
