//! What a session wants done and what it has to tell.

use parlor_shared::{Body, Entry, MessageId, Refusal, RoomId, ServerMessage};
use serde::{Deserialize, Serialize};

/// Something for the driver to do, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Open a connection; say how it went with `handle_open` or `handle_closed`.
    Connect,
    /// Send this text frame on the open connection.
    Send(String),
    /// Close the connection with code 1000, if one is open or opening. No `handle_closed` is expected for it.
    Close,
    /// Tell the program.
    Event(Event),
}

/// Something the program that embeds the session wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The line's state changed.
    Status(Status),
    /// A message from the server, checked and in order:
    ///
    /// - `welcome`: the session is online as `member`. Keep `token` to be the same member next time.
    /// - `joined`: on `Reset` what was known of the room is void, on `Resumed` it still holds.
    /// - `entry`: the next entry of its room, in order and exactly once.
    /// - `present`: who is in the room; the first one after `joined` also says that the room is live: everything
    ///   before it has been delivered.
    /// - `presence`, `typing` (never the session's own member), `history`, `found` and `notice`, as they come.
    ///
    /// Never `duplicate`, `error` or `pong`, which become [`Event::Acked`], [`Event::PostRefused`] or
    /// [`Event::Refused`], and [`Event::RoundTrip`]; never `Unknown`.
    Message(ServerMessage),
    /// A post of ours is on the log: it has left the outbox. Comes before the message with the same entry,
    /// which follows unless it is known already or lies before what we joined after.
    Acked {
        /// The room.
        room: RoomId,
        /// Our post as committed.
        entry: Entry,
    },
    /// A post of ours was refused for good: it has left the outbox and is handed back.
    PostRefused {
        /// The post.
        post: OutboxPost,
        /// Why.
        refusal: Refusal,
    },
    /// Something else was refused.
    Refused(Refusal),
    /// The line was measured.
    RoundTrip {
        /// How long a ping took, in milliseconds.
        ms: u64,
    },
}

/// The line's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Not connected, and not trying.
    Stopped(StopReason),
    /// Opening a connection, or open and not welcomed yet.
    Connecting {
        /// 0 for the first try since the line was last good.
        attempt: u32,
    },
    /// Welcomed.
    Online,
    /// Will connect again by itself.
    Waiting {
        /// When, on the driver's clock.
        until_ms: u64,
        /// How many tries have failed.
        attempt: u32,
    },
}

/// Why a session does not try to connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// It was not started, or `stop` was called.
    Asked,
    /// The server closed with a code that says stop.
    Closed(u16),
}

/// A post that is not known to be on the log yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxPost {
    /// The room.
    pub room: RoomId,
    /// Its id, the same however often it is sent.
    pub id: MessageId,
    /// What to append.
    pub body: Body,
}
