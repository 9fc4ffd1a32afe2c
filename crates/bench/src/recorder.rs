//! What the clients of one run record together: faults, latencies, the first refusal.

use parlor_shared::{Entry, Epoch};
use serde::Serialize;

use crate::{latency::Latency, operation::OperationRecorder};

/// Everything that the clients of one run record, apart from the entries in each room's ledger.
pub(crate) struct Recorder {
    pub(crate) faults: Faults,
    /// From the time a post was due until a client received it.
    pub(crate) delivery: Latency,
    /// From the time a post was due until its author received it, which says that it is durable.
    pub(crate) durability: Latency,
    /// The message of the first refusal.
    pub(crate) first_refusal: Option<String>,
    /// The server's epoch, which a client needs to resume.
    pub(crate) epoch: Option<Epoch>,
    /// The page of history that was received last.
    pub(crate) history_page: Option<Vec<Entry>>,
    /// What members do, where that is measured by its kind.
    pub(crate) operations: Option<OperationRecorder>,
}

impl Recorder {
    pub(crate) fn new() -> anyhow::Result<Self> {
        Ok(Self {
            faults: Faults::default(),
            delivery: Latency::new()?,
            durability: Latency::new()?,
            first_refusal: None,
            epoch: None,
            history_page: None,
            operations: None,
        })
    }
}

/// What must not happen, counted in every run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Faults {
    /// Entries that a client received twice.
    pub(crate) duplicates: u64,
    /// Entries that were not the next one.
    pub(crate) gaps: u64,
    /// Entries that a client never received.
    pub(crate) lost: u64,
    /// Posts that were refused.
    pub(crate) refused: u64,
    /// Connections that the server closed.
    pub(crate) closed: u64,
    /// Requests that were never answered.
    pub(crate) unanswered: u64,
}

impl Faults {
    pub(crate) fn is_none(self) -> bool {
        self == Self::default()
    }
}
