//! What one client did and observed, and what the log holds: the whole input of the check.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use parlor_client::{
    Body, Entry, Epoch, ErrorCode, JoinOutcome, MemberId, MessageId, Position, RoomId, Seq,
};

/// One room's whole log, oldest entry first.
pub type Log = Vec<Arc<Entry>>;

/// Every room's log.
pub type Logs = BTreeMap<RoomId, Log>;

/// What a client is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClientKind {
    /// `crates/client`, over a WebSocket.
    #[default]
    Rust,
    /// `clients/js`, over a WebSocket, run by Node.js.
    JavaScript,
    /// A stream of events over HTTP.
    EventStream,
    /// Requests over HTTP that wait for entries.
    LongPoll,
}

impl ClientKind {
    /// Every kind, in the order of the report.
    pub const ALL: [Self; 4] = [
        Self::Rust,
        Self::JavaScript,
        Self::EventStream,
        Self::LongPoll,
    ];

    /// The label in the report.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Rust => "in Rust",
            Self::JavaScript => "in JavaScript",
            Self::EventStream => "over SSE",
            Self::LongPoll => "by long polling",
        }
    }
}

/// What one client did and observed.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// The client's number.
    pub client: usize,
    /// What it is.
    pub kind: ClientKind,
    /// The members as which the server welcomed it: exactly one in a correct run.
    pub members: BTreeSet<MemberId>,
    /// What it observed of each room, in order.
    pub observations: BTreeMap<RoomId, Vec<Observation>>,
    /// The posts that its outbox accepted, in order.
    pub accepted: Vec<AcceptedPost>,
    /// The posts that were acked, with their place on the log of that epoch.
    pub acked: BTreeMap<MessageId, Position>,
    /// The posts that were refused for good.
    pub refused: BTreeMap<MessageId, ErrorCode>,
    /// The posts that had left the outbox when the client crashed, before it reported whether they
    /// were acked or refused.
    pub outcome_unknown: BTreeSet<MessageId>,
    /// The rooms in which it was at the end.
    pub final_rooms: BTreeSet<RoomId>,
    /// Failures that no log shows, in plain words.
    pub failures: Vec<String>,
}

/// Something that a client observed of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// The time since the run began.
    pub at: Duration,
    /// What it observed.
    pub what: Observed,
}

/// What a client can observe of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observed {
    /// The client asked to join and knew nothing of the room: one reset may follow.
    JoinRequested,
    /// The server let it join.
    Joined {
        /// Whether what the client has still holds.
        outcome: JoinOutcome,
        /// The entries that follow come after this place.
        after: Seq,
        /// The server's epoch.
        epoch: Epoch,
    },
    /// It received an entry.
    Entry(Arc<Entry>),
}

/// A post that a client's outbox accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedPost {
    /// Its room.
    pub room: RoomId,
    /// Its id.
    pub id: MessageId,
    /// Its content.
    pub body: Body,
}

/// A start of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// The epoch that it began.
    pub epoch: Epoch,
    /// What the log had lost before.
    pub loss: Option<Loss>,
}

/// What a restored backup or a cut write-ahead log has left of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loss {
    /// Everything after this place is lost.
    pub head: Seq,
    /// How many of the starts before it the log still knows.
    pub starts_known: usize,
}
