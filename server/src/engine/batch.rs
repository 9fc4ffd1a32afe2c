//! Several entries of one room that are appended together: all of them, or none.

use parlor_shared::Seq;
use serde::{Deserialize, Serialize};

use super::appending::{AppendError, NewEntry};

/// Entries of one room that are appended in one commit: all of them, or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// They, in their order and all of one room: at most
    /// [`BATCH_ENTRIES_MAX`](parlor_shared::limits::BATCH_ENTRIES_MAX).
    pub entries: Vec<NewEntry>,
    /// What the room's head must be for any of them to be appended; `None` where it may be
    /// anything.
    pub head: Option<Seq>,
}

/// Why a batch wrote nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// One of its entries can't be appended.
    #[error("{error}")]
    Entry {
        /// Which one, from 0 on.
        index: usize,
        /// Why.
        error: AppendError,
    },
    /// The room's head is not what the batch says.
    #[error("The room's newest entry is {head} by now. Read what was added, and decide again.")]
    HeadMoved {
        /// The room's head.
        head: Seq,
    },
    /// The log can't be written now.
    #[error(transparent)]
    Log(#[from] AppendError),
}
