//! Holds what every client saw and did against the log. Pure: the same records give the same verdict.

mod posts;
mod sights;

use std::time::Duration;

use parlor_client::{RoomId, Seq};

use self::{posts::Posts, sights::Reader};
use crate::record::{DiskFull, Log, Logs, Record};

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A client did not see an entry between two that it saw.
    Gap,
    /// A client saw an entry twice.
    Duplicate,
    /// A client saw an entry after a later one.
    Reordering,
    /// A client saw an entry that is not on the log, or not like this.
    NotOnLog,
    /// A client did not come to the end of the log.
    Behind,
    /// A client was told to start over without a cause.
    Reset,
    /// A post that was accepted is not on the log.
    Lost,
    /// A post is on the log more than once.
    Doubled,
    /// An entry of the log that nobody posted, or not like this.
    NotPosted,
    /// A client's posts are on the log in another order, and no full disk explains it.
    AuthorOrder,
    /// A post was refused for good without a cause.
    Refused,
    /// The log itself does not hold together.
    Chain,
    /// Something no log shows.
    Complaint,
}

impl Kind {
    /// Every kind, as told.
    pub const ALL: [(Self, &'static str); 13] = [
        (Self::Gap, "gaps"),
        (Self::Duplicate, "duplicates"),
        (Self::Reordering, "reorderings"),
        (Self::NotOnLog, "seen, not on the log"),
        (Self::Behind, "not at the head"),
        (Self::Reset, "resets without cause"),
        (Self::Lost, "posts lost"),
        (Self::Doubled, "posts doubled"),
        (Self::NotPosted, "on the log, not posted"),
        (Self::AuthorOrder, "posts out of their author's order"),
        (Self::Refused, "posts refused without cause"),
        (Self::Chain, "breaks in the log's chain"),
        (Self::Complaint, "other complaints"),
    ];
}

/// Something that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// What kind.
    pub kind: Kind,
    /// Whose record shows it, by its place among the records.
    pub client: Option<usize>,
    /// In which room.
    pub room: Option<RoomId>,
    /// At which place of the log.
    pub seq: Option<Seq>,
    /// When it was seen.
    pub at: Option<Duration>,
    /// What exactly.
    pub what: String,
}

impl Violation {
    /// Something no log shows.
    pub(crate) fn complaint(client: Option<usize>, what: &str) -> Self {
        Self {
            kind: Kind::Complaint,
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
    /// Entries in the records, each held against the log.
    pub entries_verified: u64,
    /// Entries on the log, each held against what was posted.
    pub entries_on_log: u64,
    /// Posts that were accepted.
    pub accepted: u64,
    /// Of these, posts that were acknowledged.
    pub acknowledged: u64,
    /// Of these, posts that were acknowledged, or refused, to a client that crashed before it told.
    pub unheard: u64,
    /// Of these, posts that were refused with cause.
    pub refused: u64,
    /// Joins that resumed.
    pub resumed: u64,
    /// Joins of newcomers, which start over.
    pub resets: u64,
    /// Posts that a full disk put behind a later one of their author.
    pub put_back: u64,
}

/// Holds the records against the logs.
#[must_use]
pub fn check(logs: &Logs, records: &[Record], disk_full: &[DiskFull]) -> Verdict {
    let mut verdict = Verdict::default();
    for (room, log) in logs {
        check_chain(&mut verdict, room, log);
    }
    for (client, record) in records.iter().enumerate() {
        for (room, sights) in &record.sights {
            let log = logs.get(room).map_or(&[][..], Vec::as_slice);
            Reader::new(&mut verdict, client, room, log)
                .read(sights, record.stays_in.contains(room));
        }
        let complaints = record.complaints.iter();
        let complaints = complaints.map(|what| Violation::complaint(Some(client), what));
        verdict.violations.extend(complaints);
    }
    Posts::new(&mut verdict, logs, records).check(disk_full);
    verdict
}

fn check_chain(verdict: &mut Verdict, room: &RoomId, log: &Log) {
    let mut prev = Seq::ZERO;
    for entry in log {
        if entry.prev != prev || entry.seq <= prev {
            verdict.violations.push(Violation {
                kind: Kind::Chain,
                client: None,
                room: Some(room.clone()),
                seq: Some(entry.seq),
                at: None,
                what: format!("{} follows {}, not {prev}", entry.seq, entry.prev),
            });
        }
        prev = entry.seq;
    }
    verdict.entries_on_log += log.len() as u64;
}
