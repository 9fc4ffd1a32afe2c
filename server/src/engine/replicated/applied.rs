//! What has become of groups where they were applied.

use parlor_shared::Body;

use super::group::{GroupError, Incarnation, StreamPlace};
use crate::engine::{
    AppendError, AppendResult, Appended, BatchError, Committed, embedded::ChangeResult,
};

/// A group that was applied.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Applied {
    /// The node that had published it.
    pub(crate) node: Incarnation,
    /// Its number among those of that node.
    pub(crate) number: u64,
    /// How far the log has followed the stream with it.
    pub(crate) place: StreamPlace,
    /// What it has done.
    pub(crate) done: Done,
}

/// What a group has done.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Done {
    /// Its appends, in their order.
    Append(Vec<AppendResult>),
    /// Its batch.
    Batch(Result<Vec<Appended>, BatchError>),
    /// How many entries it has deleted.
    Expired(u64),
    /// What became of its change of admin.db.
    Admin(ChangeResult),
    /// What it says.
    Kept,
    /// How many entries, or states of rooms, it has copied.
    Copied(u64),
    /// Nothing: it stands in the stream twice.
    Repeated,
}

impl Done {
    /// Whether the group has deleted anything; these are its entries.
    pub(crate) fn has_deleted(&self, committed: &[Committed]) -> bool {
        let is_deletion =
            |committed: &Committed| matches!(committed.entry.body, Body::Deletion { .. });
        matches!(self, Self::Expired(1..)) || committed.iter().any(is_deletion)
    }

    /// Whether any of the group's words may have been deleted before: it stands in the stream
    /// twice, or has a message that does and is blank now.
    pub(crate) fn may_be_deleted(&self) -> bool {
        let is_blank = |appended: &Appended| matches!(appended.entry.body, Body::Blanked { .. });
        match self {
            Self::Append(results) => results.iter().flatten().any(is_blank),
            Self::Batch(Ok(appended)) => appended.iter().any(is_blank),
            Self::Batch(Err(_))
            | Self::Expired(_)
            | Self::Copied(_)
            | Self::Admin(_)
            | Self::Kept => false,
            Self::Repeated => true,
        }
    }
}

/// Why groups were not applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ApplyError {
    /// Groups are missing.
    #[error(
        "the stream goes on at {sequence}, and this node has applied it up to {has}: what is between them \
         is missing"
    )]
    Gap {
        /// What was applied.
        has: u64,
        /// What came.
        sequence: u64,
    },
    /// The stream belongs to another log.
    #[error("what the stream has at {sequence} belongs to another epoch than this node's log")]
    OtherEpoch {
        /// What came.
        sequence: u64,
    },
    /// Two nodes have applied different groups at one place.
    #[error(
        "the node that published what the stream has at {sequence} has applied something else up to {at} than \
         this one"
    )]
    Differs {
        /// What came.
        sequence: u64,
        /// The place that was compared.
        at: u64,
    },
    /// The stream has lost its end, and gives the same places to others.
    #[error(
        "the node that published what the stream has at {sequence} had applied it up to {at} already: the \
         stream has lost its end, and gives its places out twice"
    )]
    GivenTwice {
        /// What came.
        sequence: u64,
        /// What its publisher had applied.
        at: u64,
    },
    /// It can't be applied.
    #[error(transparent)]
    Group(#[from] GroupError),
    /// This node's own file can't be written now.
    #[error(transparent)]
    Log(#[from] AppendError),
}
