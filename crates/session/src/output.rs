//! What a session wants done and what it has to tell.

use parlor_shared::{
    Body, Entry, Epoch, JoinOutcome, Limits, Member, MemberId, MessageId, Name, Refusal, RoomId,
    Seq, Token,
};
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
    /// The server knows us.
    Welcomed {
        /// Who we are.
        member: MemberId,
        /// What proves it next time; to be kept.
        token: Token,
        /// The name we go by.
        name: Name,
        /// Which log this is.
        epoch: Epoch,
        /// The limits in force.
        limits: Limits,
        /// The server's version, for people.
        server: String,
        /// How often the server pings.
        heartbeat_ms: u64,
    },
    /// We are in a room: on `Reset` what was known of it is void, on `Resumed` it still holds.
    Joined {
        /// The room.
        room: RoomId,
        /// Whether to clear.
        outcome: JoinOutcome,
        /// Entries follow after this place; what is before it is `history`.
        after: Seq,
        /// The oldest entry that is kept; zero in an empty room.
        first: Seq,
    },
    /// The next entry of a room: in order, exactly once.
    Entry {
        /// The room.
        room: RoomId,
        /// The entry.
        entry: Entry,
    },
    /// A post of ours is on the log: it has left the outbox. Comes before the [`Event::Entry`] of the same entry,
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
    /// The answer to `history`, oldest first.
    History {
        /// The room.
        room: RoomId,
        /// The question's `before`.
        before: Seq,
        /// The entries.
        entries: Vec<Entry>,
        /// Whether there is more before these.
        more: bool,
    },
    /// The answer to `search`, newest first.
    Found {
        /// The room.
        room: RoomId,
        /// The question's words.
        text: String,
        /// The entries.
        entries: Vec<Entry>,
    },
    /// Who is in the room, all of it. Also says that the room is live: everything before has been told.
    Present {
        /// The room.
        room: RoomId,
        /// How many.
        count: u32,
        /// Who; empty in a large room.
        members: Vec<Member>,
    },
    /// Who came, went or goes by another name since.
    Presence {
        /// The room.
        room: RoomId,
        /// How many now.
        count: u32,
        /// Came or renamed.
        here: Vec<Member>,
        /// Left.
        gone: Vec<MemberId>,
    },
    /// Somebody is writing.
    Typing {
        /// The room.
        room: RoomId,
        /// Who.
        member: MemberId,
    },
    /// The server has something to say.
    Notice {
        /// What.
        text: String,
    },
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
