//! What a session asks its driver to do, and what it reports to the program.

use parlor_shared::{Body, Entry, ErrorCode, MessageId, Refusal, RoomId, ServerMessage};
use serde::{Deserialize, Serialize};

/// Something for the driver to do. The order matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Open a connection, and report the result with `handle_open` or `handle_closed`.
    Connect,
    /// Send this text frame on the open connection.
    Send(String),
    /// Close the connection with code 1000, if one is open or opening. The session expects no
    /// `handle_closed` for it.
    Close,
    /// Pass this to the program.
    Event(Event),
}

/// Something that the program wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The connection's state changed.
    Status(Status),
    /// A message from the server, checked and in order:
    ///
    /// - `welcome`: the session is online as `member`. Keep `token` to be the same member next
    ///   time.
    /// - `joined`: on `Reset` what was known of the room is void, on `Resumed` it still holds.
    /// - `entry`: the next entry of its room, in order and exactly once.
    /// - `present`: who is in the room. The first one after `joined` also says that the room is
    ///   live: every earlier entry has been passed on.
    /// - `state`: the room's name, topic, pins, slow mode and mutes, where it has any; directly
    ///   after `joined`. The
    ///   entries after its `seq` change them.
    /// - `seen`: how far the user has seen a room, as the server keeps it; not while
    ///   [`Session::mark_seen`](crate::Session::mark_seen) has something newer to send.
    /// - `right`: what the user may do in a room, directly after `joined` where that is not `post`,
    ///   and when it changes.
    /// - `open_reports`: how many open reports a room has that the user moderates, after `right`,
    ///   and when it changes.
    /// - `admitted`: keep its `access`, and start the next session with it.
    /// - `rooms`, `presence`, `typing` (never of the session's own member), `history`, `slice`,
    ///   `found`, `moderated` and `notice`, as they come.
    ///
    /// Never `duplicate`, `error` or `pong`, which become [`Event::Acked`], [`Event::PostRefused`]
    /// or [`Event::Refused`], and [`Event::RoundTrip`]; never `Unknown`.
    Message(ServerMessage),
    /// A post of this session is on the log and has left the outbox. Comes before the message with
    /// the same entry, which follows unless it is known already or lies before the position that
    /// the session joined after.
    Acked {
        /// The room.
        room: RoomId,
        /// The post as it was committed.
        entry: Entry,
    },
    /// A post was refused for good. It has left the outbox.
    PostRefused {
        /// The post.
        post: OutboxPost,
        /// Why it was refused.
        refusal: Refusal,
    },
    /// The room is in slow mode. The session sends the next post there by itself.
    Slowed {
        /// The room.
        room: RoomId,
        /// When that is, on the driver's clock.
        until_ms: u64,
    },
    /// Something other than a post was refused. Not reported if it was refused for now and the
    /// session sends it again by itself, but for a hello and joins: without them the program is
    /// not where it wants to be, and may want to know why.
    Refused(Refusal),
    /// The answer to a ping.
    RoundTrip {
        /// How long the ping took, in milliseconds.
        ms: u64,
    },
}

/// The connection's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Not connected, and not trying to be.
    Stopped(StopReason),
    /// A connection is opening, or open and not welcomed yet.
    Connecting {
        /// How many attempts failed since the connection was last good.
        attempt: u32,
    },
    /// Welcomed by the server.
    Online,
    /// Waiting to reconnect.
    Waiting {
        /// When the session reconnects, on the driver's clock.
        until_ms: u64,
        /// How many attempts failed since the connection was last good.
        attempt: u32,
    },
}

/// Why a session does not try to connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// The program has not started the session, or has stopped it.
    Asked,
    /// The server closed the connection with this code, which says stop.
    Closed(u16),
    /// The server does not let the client in, for this reason. See
    /// [`Session::show`](crate::Session::show).
    Refused(ErrorCode),
}

/// A post that is not known to be on the log yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxPost {
    /// The room.
    pub room: RoomId,
    /// The post's id. It stays the same however often the post is sent.
    pub id: MessageId,
    /// What to append.
    pub body: Body,
}
