//! The typed message enums: everything that clients and the server send to each other.
//!
//! Each message is one WebSocket text frame with one JSON object, tagged by `type`. Unknown fields
//! are ignored, and an unknown `type` reads as `Unknown`.

use serde::{Deserialize, Serialize};

use crate::{
    Access, AccessToken, AckPromise, Body, Entry, Epoch, Limits, Member, MemberId, MessageId,
    Moderated, Moderation, Name, Place, Position, Refusal, Right, RoomId, RoomInfo, RoomState, Seq,
    Token,
    fields::{is_false, null_as_default},
};

/// A message from a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    /// The first frame of every connection, within
    /// [`HELLO_TIMEOUT_MS`](crate::limits::HELLO_TIMEOUT_MS).
    Hello {
        /// The protocol version that the client speaks:
        /// [`PROTOCOL_VERSION`](crate::PROTOCOL_VERSION).
        protocol: u16,
        /// The member's name.
        name: Name,
        /// Proves which member this is. Without one the server makes a new member.
        #[serde(skip_serializing_if = "Option::is_none")]
        token: Option<Token>,
        /// What lets the client in, where the server asks for it.
        #[serde(skip_serializing_if = "Option::is_none")]
        access: Option<Access>,
        /// What program this is.
        #[serde(default, deserialize_with = "null_as_default")]
        client: ClientInfo,
    },
    /// Joins a room at a position. Joining the same room again restarts from `after`.
    Join {
        /// The room. Joining creates it if it does not exist.
        room: RoomId,
        /// The newest position that the client has; `None` for a newcomer, who gets the last page.
        #[serde(skip_serializing_if = "Option::is_none")]
        after: Option<Position>,
    },
    /// Leaves a room. Not answered.
    Leave {
        /// The room.
        room: RoomId,
    },
    /// Appends an entry. The entry coming back through the room is the ack.
    Post {
        /// A room that the connection has joined.
        room: RoomId,
        /// The entry's id. It stays the same when the post is sent again.
        id: MessageId,
        /// Append this only if the room's log has the entry with this id, and refuse it for now
        /// with [`ErrorCode::OutOfOrder`](crate::ErrorCode::OutOfOrder) otherwise. A client names
        /// its previous post to the room here until that post is acked, so that its posts keep
        /// their order when a post is refused for now.
        #[serde(skip_serializing_if = "Option::is_none")]
        follows: Option<MessageId>,
        /// The entry's content.
        body: Body,
    },
    /// Reads older entries.
    History {
        /// A room that the connection has joined.
        room: RoomId,
        /// The answer has the newest entries before this one.
        before: Seq,
        /// The number of entries, at most
        /// [`HISTORY_ENTRIES_MAX`](crate::limits::HISTORY_ENTRIES_MAX).
        limit: u16,
    },
    /// Reads the entries at a place, however far back it is. Refused with
    /// [`ErrorCode::TargetUnknown`](crate::ErrorCode::TargetUnknown) where the room has no such
    /// message.
    Slice {
        /// A room that the connection has joined.
        room: RoomId,
        /// The place.
        at: Place,
        /// The number of entries, at most
        /// [`HISTORY_ENTRIES_MAX`](crate::limits::HISTORY_ENTRIES_MAX).
        limit: u16,
    },
    /// Finds messages by their words.
    Search {
        /// A room that the connection has joined.
        room: RoomId,
        /// The words. A message must have all of them; the last one may be the beginning of a word.
        /// `from:name` stands for the author: see [`SearchQuery`](crate::SearchQuery).
        text: String,
    },
    /// Reads a page of the server's directory of rooms, those with the newest messages first.
    Rooms {
        /// Only rooms whose id, name or topic have these words, in any case; all rooms if it is
        /// empty.
        #[serde(default, deserialize_with = "null_as_default")]
        text: String,
        /// Go on where this `next` of an earlier answer says.
        #[serde(skip_serializing_if = "Option::is_none")]
        after: Option<String>,
    },
    /// Says that the member is typing, at most every
    /// [`TYPING_INTERVAL_MS`](crate::limits::TYPING_INTERVAL_MS).
    Typing {
        /// A room that the connection has joined.
        room: RoomId,
    },
    /// Says how far the member has seen a room. The server keeps it, and tells it to each of the
    /// member's connections in the room, this one included: that is the ack. It may go back.
    Seen {
        /// A room that the connection has joined.
        room: RoomId,
        /// The epoch of `seq`.
        epoch: Epoch,
        /// Everything up to here is seen.
        seq: Seq,
    },
    /// Changes the member's name in every room.
    Rename {
        /// The new name.
        name: Name,
    },
    /// Gives the connection a new access token, before the one that it has expires. Answered with
    /// `admitted`; the member stays the same, and rights change where the new token says so.
    Renew {
        /// The token.
        access: AccessToken,
    },
    /// Asks for something that stands on no room's log.
    Moderate(Moderation),
    /// Measures the round trip, or shows a sign of life. Answered with `pong` and the same `t`.
    Ping {
        /// Any number below 2^53.
        t: u64,
    },
    /// A type that this version does not know. Answered with the error `unsupported`.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

/// What program a client is. Only the server's operator sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClientInfo {
    /// Its name, such as `parlor-page`.
    #[serde(default, deserialize_with = "null_as_default")]
    pub name: String,
    /// Its version.
    #[serde(default, deserialize_with = "null_as_default")]
    pub version: String,
}

/// A message from the server.
// The page decodes it by `codec::decode_server` alone, which is a tenth of the page smaller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), derive(Deserialize))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// The answer to hello.
    Welcome {
        /// The protocol version of this connection.
        protocol: u16,
        /// The server's version, for people.
        server: String,
        /// The member that the client is.
        member: MemberId,
        /// Proves it on the next connection. Secret.
        token: Token,
        /// The member's name.
        name: Name,
        /// The log's current epoch.
        epoch: Epoch,
        /// The limits in force.
        limits: Limits,
        /// The server sends a WebSocket ping after this much silence. A client that receives
        /// nothing for ten seconds longer may give the connection up.
        heartbeat_ms: u64,
        /// The server's clock, in Unix milliseconds: a client whose own clock is wrong tells the
        /// age of an entry by it. 0 from a server that does not say.
        #[serde(default, deserialize_with = "null_as_default")]
        at_ms: u64,
        /// What holds of a post that is acked. Left out where it is
        /// [`AckPromise::Durable`].
        #[serde(
            default,
            deserialize_with = "null_as_default",
            skip_serializing_if = "AckPromise::is_durable"
        )]
        promise: AckPromise,
    },
    /// The answer to join. The entries after `after` follow, then `present`, which says that the
    /// client is live.
    Joined {
        /// The room.
        room: RoomId,
        /// The next entry follows this one: its `prev` is `after`.
        after: Seq,
        /// The room's newest entry; [`Seq::ZERO`] in an empty room.
        head: Seq,
        /// The room's oldest entry; [`Seq::ZERO`] in an empty room.
        first: Seq,
        /// Whether the entries that the client has are still valid.
        outcome: JoinOutcome,
    },
    /// One entry of a room's log.
    Entry {
        /// The room.
        room: RoomId,
        /// The entry.
        entry: Entry,
    },
    /// The answer to a post whose id is on the log already: the original entry. It goes to the
    /// sender alone and outside the room's order: it acks the post and is not the next entry.
    Duplicate {
        /// The room.
        room: RoomId,
        /// The original entry.
        entry: Entry,
    },
    /// The answer to history.
    History {
        /// The room.
        room: RoomId,
        /// The request's `before`.
        before: Seq,
        /// The entries, oldest first. There may be fewer than requested.
        entries: Vec<Entry>,
        /// Whether the room has entries before these.
        more: bool,
    },
    /// The answer to slice.
    Slice {
        /// The room.
        room: RoomId,
        /// The request's place.
        at: Place,
        /// The entries, oldest first and without a gap. There may be fewer than requested.
        entries: Vec<Entry>,
        /// Later entries that change the messages among these: each message's newest, up to
        /// [`MESSAGE_CHANGES_MAX`](crate::limits::MESSAGE_CHANGES_MAX), as far as there is room.
        #[serde(
            default,
            deserialize_with = "null_as_default",
            skip_serializing_if = "Vec::is_empty"
        )]
        changes: Vec<Entry>,
        /// Whether the room has entries before these.
        older: bool,
        /// Whether the room has entries after these.
        newer: bool,
    },
    /// The answer to search.
    Found {
        /// The room.
        room: RoomId,
        /// The request's words.
        text: String,
        /// The posts and edits that match, newest first.
        entries: Vec<Entry>,
        /// Whether others may match, too: the full-text index does not have all of the room yet,
        /// because it is being built.
        #[serde(default, skip_serializing_if = "is_false")]
        incomplete: bool,
    },
    /// The room's name, topic and pins, where it has any: after `joined`, before the entries.
    State {
        /// The room.
        room: RoomId,
        /// They, as of some place in the log.
        state: RoomState,
    },
    /// What the member may do in a room: after `joined` where that is not `post`, and when it
    /// changes.
    Right {
        /// The room.
        room: RoomId,
        /// The right, which includes those below it.
        right: Right,
    },
    /// How long the client may stay: before `welcome` where a password or an invitation has let it
    /// in, and the answer to renew.
    Admitted {
        /// Lets the client in next time, in place of the password. Secret.
        #[serde(skip_serializing_if = "Option::is_none")]
        access: Option<AccessToken>,
        /// When the connection is closed unless the client renews, in Unix milliseconds by the
        /// server's clock; `None` for never.
        #[serde(skip_serializing_if = "Option::is_none")]
        expires_at_ms: Option<u64>,
    },
    /// The answer to rooms.
    Rooms {
        /// The request's words.
        text: String,
        /// The request's `after`.
        #[serde(skip_serializing_if = "Option::is_none")]
        after: Option<String>,
        /// The rooms. There may be fewer than fit on a page, or none, and still be more.
        rooms: Vec<RoomInfo>,
        /// What to ask with for the next page; `None` if there are no more rooms.
        #[serde(skip_serializing_if = "Option::is_none")]
        next: Option<String>,
    },
    /// A snapshot of who is in the room, replacing what the client knew. Sent when the client's
    /// cursor reaches the head.
    Present {
        /// The room.
        room: RoomId,
        /// The number of members present.
        count: u32,
        /// The members; empty if there are more than
        /// [`PRESENCE_MEMBERS_MAX`](crate::limits::PRESENCE_MEMBERS_MAX).
        members: Vec<Member>,
    },
    /// The difference in presence since the last `present` or `presence`.
    Presence {
        /// The room.
        room: RoomId,
        /// The number of members present.
        count: u32,
        /// Members who joined or changed their name.
        #[serde(
            default,
            deserialize_with = "null_as_default",
            skip_serializing_if = "Vec::is_empty"
        )]
        here: Vec<Member>,
        /// Members who left.
        #[serde(
            default,
            deserialize_with = "null_as_default",
            skip_serializing_if = "Vec::is_empty"
        )]
        gone: Vec<MemberId>,
    },
    /// A member is typing: shown for [`TYPING_SHOWN_MS`](crate::limits::TYPING_SHOWN_MS), or until
    /// their next post.
    Typing {
        /// The room.
        room: RoomId,
        /// The member.
        member: MemberId,
    },
    /// How far the member has seen the room: what any of the member's connections has said last.
    /// Sent after `joined`, if the server knows it, and when it changes. Goes to that member alone.
    Seen {
        /// The room.
        room: RoomId,
        /// The log's current epoch.
        epoch: Epoch,
        /// Everything up to here is seen.
        seq: Seq,
    },
    /// The answer to moderate.
    Moderated(Moderated),
    /// How many open reports a room has. Goes to its moderators alone: after `right`, and when the
    /// number changes.
    OpenReports {
        /// The room.
        room: RoomId,
        /// How many.
        count: u32,
    },
    /// An announcement by the server, such as its shutdown.
    Notice {
        /// The text, for people.
        text: String,
    },
    /// A refusal. The connection stays open unless a close frame follows.
    Error(Refusal),
    /// The answer to ping.
    Pong {
        /// The ping's `t`.
        t: u64,
    },
    /// A type that this version does not know. Clients ignore it.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

/// Whether a client's entries of a room are still valid after a join.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum JoinOutcome {
    /// Nothing is missing between the client's position and the entries that follow.
    Resumed,
    /// The client is a newcomer, or its position is in another log or too old. It clears the room
    /// and starts over.
    Reset,
}
