//! What the check found.

use std::{collections::BTreeMap, time::Duration};

use parlor_client::{RoomId, Seq};

use crate::record::ClientKind;

/// A kind of violation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ViolationKind {
    /// A client did not receive an entry between two that it received.
    Gap,
    /// A client received an entry twice.
    Duplicate,
    /// A client received an entry after a later one.
    Reordering,
    /// A client received an entry that is not on the log, or differs there.
    NotOnLog,
    /// The log hands out words of a message that is deleted.
    Words,
    /// A client did not reach the head of the log.
    Behind,
    /// A client was told to start over without a reason.
    Reset,
    /// A client was told to resume where the log had lost what it has.
    Resumed,
    /// An accepted post is not on the log.
    Lost,
    /// A post is on the log more than once.
    Doubled,
    /// An entry of the log was not posted, or was posted differently.
    NotPosted,
    /// A client's posts are on the log in another order.
    AuthorOrder,
    /// A post was refused for good without a reason.
    Refused,
    /// The log's chain of `prev` is broken.
    Chain,
    /// A failure that no log shows.
    Other,
}

impl ViolationKind {
    /// Every kind, in the order of the report.
    pub const ALL: [Self; 15] = [
        Self::Gap,
        Self::Duplicate,
        Self::Reordering,
        Self::NotOnLog,
        Self::Words,
        Self::Behind,
        Self::Reset,
        Self::Resumed,
        Self::Lost,
        Self::Doubled,
        Self::NotPosted,
        Self::AuthorOrder,
        Self::Refused,
        Self::Chain,
        Self::Other,
    ];

    /// The label in the report.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Gap => "gaps",
            Self::Duplicate => "duplicates",
            Self::Reordering => "reorderings",
            Self::NotOnLog => "received, not on the log",
            Self::Words => "words of deleted messages",
            Self::Behind => "not at the head",
            Self::Reset => "resets without reason",
            Self::Resumed => "resumes in another history",
            Self::Lost => "posts lost",
            Self::Doubled => "posts doubled",
            Self::NotPosted => "on the log, not posted",
            Self::AuthorOrder => "posts out of their author's order",
            Self::Refused => "posts refused without reason",
            Self::Chain => "breaks in the log's chain",
            Self::Other => "other failures",
        }
    }
}

/// Something that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Its kind.
    pub kind: ViolationKind,
    /// The index of the record that shows it.
    pub client: Option<usize>,
    /// The room.
    pub room: Option<RoomId>,
    /// The place on the log.
    pub seq: Option<Seq>,
    /// The time since the run began.
    pub at: Option<Duration>,
    /// The details.
    pub what: String,
}

impl Violation {
    /// A failure that no log shows.
    pub(crate) fn failure(client: Option<usize>, what: &str) -> Self {
        Self {
            kind: ViolationKind::Other,
            client,
            room: None,
            seq: None,
            at: None,
            what: what.to_owned(),
        }
    }
}

/// What the check found.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// Everything that is wrong.
    pub violations: Vec<Violation>,
    /// How many received entries were checked against the log.
    pub entries_verified: u64,
    /// How many of these clients of each kind received.
    pub entries_by_kind: BTreeMap<ClientKind, u64>,
    /// How many entries of the log were checked against what was posted.
    pub entries_on_log: u64,
    /// How many posts were accepted by an outbox.
    pub accepted: u64,
    /// How many of these were acked.
    pub acked: u64,
    /// How many of these were acked or refused to a client that crashed before it reported it.
    pub outcome_unknown: u64,
    /// How many of these were refused for a reason.
    pub refused: u64,
    /// How many of these were acked on a log that lost them in a restore or a cut.
    pub lost_with_log: u64,
    /// How many joins resumed.
    pub resumed: u64,
    /// How many joins started over.
    pub resets: u64,
}
