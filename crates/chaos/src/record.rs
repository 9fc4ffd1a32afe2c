//! What one client did and saw, and what the log says: all that the check looks at.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use parlor_client::{Body, Entry, ErrorCode, JoinOutcome, MemberId, MessageId, RoomId, Seq};

/// A room's whole log, oldest first.
pub type Log = Vec<Arc<Entry>>;

/// Every room's log.
pub type Logs = BTreeMap<RoomId, Log>;

/// What one client did and saw.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// Which client.
    pub client: usize,
    /// Who the server said it is: one member, across everything.
    pub members: BTreeSet<MemberId>,
    /// What it saw of each room, in order.
    pub sights: BTreeMap<RoomId, Vec<Sight>>,
    /// What it was told is in its outbox, in order.
    pub accepted: Vec<Accepted>,
    /// Posts that were acknowledged, with their places.
    pub settled: BTreeMap<MessageId, Seq>,
    /// Posts that were refused for good.
    pub refused: BTreeMap<MessageId, ErrorCode>,
    /// Posts that were on the log or refused when the client crashed, before it could tell which.
    pub unheard: BTreeSet<MessageId>,
    /// Rooms it was in at the end.
    pub stays_in: BTreeSet<RoomId>,
    /// What went wrong that no log shows, in plain words.
    pub complaints: Vec<String>,
}

/// Something seen of a room, at this time of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// When.
    pub at: Duration,
    /// What.
    pub what: Seen,
}

/// Something a client asked for or saw of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// The client asked to be in the room without knowing anything of it: one reset may follow.
    Asked,
    /// The server let it in.
    Joined {
        /// Whether what it has still holds.
        outcome: JoinOutcome,
        /// Entries follow after this place.
        after: Seq,
    },
    /// An entry.
    Entry(Arc<Entry>),
}

/// A post that a client accepted from its program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Its room.
    pub room: RoomId,
    /// Its id.
    pub id: MessageId,
    /// What it says.
    pub body: Body,
    /// When, in Unix milliseconds.
    pub made_ms: u64,
}

/// A time in which the server's disk was full, in Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskFull {
    /// From.
    pub from_ms: u64,
    /// Until.
    pub until_ms: u64,
}
