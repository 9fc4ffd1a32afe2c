//! Refusals: why the server did not do what a client asked for, and whether asking again can help.

use serde::{Deserialize, Serialize};

use crate::{MessageId, RoomId};

/// Why the server did not do what a client asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The reason, for programs.
    pub code: ErrorCode,
    /// Whether the same request may succeed later.
    pub retry: bool,
    /// The reason and what to do, for people.
    pub message: String,
    /// The room it is about, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
    /// The post it is about, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<MessageId>,
    /// Which request was refused. Earlier servers do not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<Request>,
    /// When to retry, if the server knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl Refusal {
    /// A refusal that is about no room and no post.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            code,
            retry: code.can_retry(),
            message,
            room: None,
            id: None,
            request: None,
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
        self.request = Some(Request::Post);
        self
    }
}

/// A type of message that a client sends, in a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// See [`ClientMessage::Hello`](crate::ClientMessage::Hello).
    Hello,
    /// See [`ClientMessage::Join`](crate::ClientMessage::Join).
    Join,
    /// See [`ClientMessage::Leave`](crate::ClientMessage::Leave).
    Leave,
    /// See [`ClientMessage::Post`](crate::ClientMessage::Post).
    Post,
    /// See [`ClientMessage::History`](crate::ClientMessage::History).
    History,
    /// See [`ClientMessage::Slice`](crate::ClientMessage::Slice).
    Slice,
    /// See [`ClientMessage::Search`](crate::ClientMessage::Search).
    Search,
    /// See [`ClientMessage::Rooms`](crate::ClientMessage::Rooms).
    Rooms,
    /// See [`ClientMessage::Typing`](crate::ClientMessage::Typing).
    Typing,
    /// See [`ClientMessage::Seen`](crate::ClientMessage::Seen).
    Seen,
    /// See [`ClientMessage::Rename`](crate::ClientMessage::Rename).
    Rename,
    /// See [`ClientMessage::Renew`](crate::ClientMessage::Renew).
    Renew,
    /// See [`ClientMessage::Moderate`](crate::ClientMessage::Moderate).
    Moderate,
    /// See [`ClientMessage::Ping`](crate::ClientMessage::Ping).
    Ping,
    /// A type that this version does not know.
    #[serde(other)]
    Unknown,
}

/// The reason of a refusal. Stable: a code never changes its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The frame is no JSON object, or has missing or malformed fields.
    Malformed,
    /// The server does not know the message's type or the body's kind.
    Unsupported,
    /// The first message was not hello.
    HelloExpected,
    /// Hello came twice.
    HelloRepeated,
    /// The server does not speak the client's protocol version. The connection is closed.
    ProtocolVersion,
    /// The token is not one of this server's.
    TokenInvalid,
    /// The name is invalid.
    NameInvalid,
    /// The room id is invalid.
    RoomInvalid,
    /// The id is invalid.
    IdInvalid,
    /// The text is nothing but white space.
    TextEmpty,
    /// The text has more than [`TEXT_CHARS_MAX`](crate::limits::TEXT_CHARS_MAX) characters.
    TextTooLong,
    /// The reaction is invalid.
    EmojiInvalid,
    /// The search words are empty or too long.
    SearchInvalid,
    /// The connection has not joined that room.
    NotJoined,
    /// The connection has joined as many rooms as it may.
    TooManyRooms,
    /// The message to change is not in this room, or is deleted.
    TargetUnknown,
    /// The message to change is another member's.
    NotAuthor,
    /// The topic is invalid.
    TopicInvalid,
    /// The room has as many pinned messages as it may have.
    TooManyPins,
    /// The server asks for its password, in hello.
    PasswordRequired,
    /// The password is wrong.
    PasswordWrong,
    /// The server asks for an access token or an invitation, in hello.
    AccessRequired,
    /// The server asks for a login at its provider, an access token or an invitation, in hello.
    LoginRequired,
    /// The access token is not one of a key that the server trusts, or not made for it.
    AccessInvalid,
    /// The access token has expired.
    AccessExpired,
    /// The access token is not valid yet.
    AccessNotYet,
    /// The access token was revoked.
    AccessRevoked,
    /// There is no such invitation, or device code: it was taken back, used, or never made.
    InvitationUnknown,
    /// The invitation, or the device code, has expired.
    InvitationExpired,
    /// The invitation has been used as often as it may be.
    InvitationUsedUp,
    /// The client exceeds its rate; `retry_after_ms` says when to retry.
    RateLimited,
    /// The server is overloaded.
    Busy,
    /// The log cannot be written or read at the moment. Nothing was appended.
    LogUnavailable,
    /// The post that this one follows is not on the log: it was refused, and comes again first.
    OutOfOrder,
    /// A moderator has muted the member in this room. `retry_after_ms` says when that ends.
    Muted,
    /// The room is in slow mode and the member has posted a moment ago; `retry_after_ms` says when
    /// the next post can be sent.
    SlowMode,
    /// The member lacks the right for that.
    NotAllowed,
    /// The room has as many muted members as it may have.
    TooManyMutes,
    /// The time, the wait or the reason is out of its range.
    OutOfRange,
    /// The member, or the address, is banned; `retry_after_ms` says when that ends. Of a hello:
    /// from the whole server, which closes the connection.
    Banned,
    /// A code that this version does not know; `retry` tells what to do.
    #[serde(other)]
    Unknown,
}

impl ErrorCode {
    /// Whether the client was not let in, and has to show something else.
    #[must_use]
    pub fn is_about_access(self) -> bool {
        match self {
            Self::PasswordRequired
            | Self::PasswordWrong
            | Self::AccessRequired
            | Self::LoginRequired
            | Self::AccessInvalid
            | Self::AccessExpired
            | Self::AccessNotYet
            | Self::AccessRevoked
            | Self::InvitationUnknown
            | Self::InvitationExpired
            | Self::InvitationUsedUp => true,
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
            | Self::TopicInvalid
            | Self::TooManyPins
            | Self::Muted
            | Self::SlowMode
            | Self::NotAllowed
            | Self::TooManyMutes
            | Self::OutOfRange
            | Self::RateLimited
            | Self::Busy
            | Self::LogUnavailable
            | Self::OutOfOrder
            | Self::Banned
            | Self::Unknown => false,
        }
    }

    /// Whether the same request may succeed later.
    #[must_use]
    pub fn can_retry(self) -> bool {
        match self {
            Self::RateLimited
            | Self::Busy
            | Self::LogUnavailable
            | Self::OutOfOrder
            | Self::SlowMode => true,
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
            | Self::TopicInvalid
            | Self::TooManyPins
            | Self::Muted
            | Self::NotAllowed
            | Self::TooManyMutes
            | Self::OutOfRange
            | Self::PasswordRequired
            | Self::PasswordWrong
            | Self::AccessRequired
            | Self::LoginRequired
            | Self::AccessInvalid
            | Self::AccessExpired
            | Self::AccessNotYet
            | Self::AccessRevoked
            | Self::InvitationUnknown
            | Self::InvitationExpired
            | Self::InvitationUsedUp
            | Self::Banned
            | Self::Unknown => false,
        }
    }
}
