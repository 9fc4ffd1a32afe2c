//! The log that the nodes share, as an engine needs it: what is published gets one place, and every
//! node reads it there. JetStream implements it, and so does the simulation.

use std::{ops::RangeInclusive, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;

use super::group::{Incarnation, StreamPlace};
use crate::engine::{Broadcast, Lease, Promise};

/// What the log has at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// Its place: the first has 1, and each the next number.
    pub(crate) sequence: u64,
    /// What was published.
    pub(crate) payload: Bytes,
}

/// What was published may be on the log or not; only reading it tells.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct PublishError(pub(crate) String);

/// Why reading has ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TailError {
    /// The log can't be reached now.
    #[error("{0}")]
    Lost(String),
    /// What the log has is not what a node has applied, or not all of what came behind it.
    #[error("{0}")]
    Damaged(String),
    /// The log has forgotten what comes behind that, because it is old.
    #[error("{0}")]
    Forgotten(String),
}

/// What a look at the log has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Look {
    /// The newest sequence.
    pub(crate) last: u64,
    /// What is promised of what is on it.
    pub(crate) promise: Promise,
    /// Which of those who keep it are away, while the promise holds; a sentence.
    pub(crate) away: Option<String>,
    /// What time it is for those who keep it, in Unix milliseconds, where they say so.
    pub(crate) now_ms: Option<u64>,
}

/// What the log has at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Stored {
    /// The first place that it still has. One that never had a message begins at 0 or 1.
    pub(crate) first: u64,
    /// The last place that it has given; 0 if it never had a message.
    pub(crate) last: u64,
    /// Places between these two that it has lost.
    pub(crate) holes: Vec<RangeInclusive<u64>>,
    /// What it has at the place that was asked for.
    pub(crate) message: Option<Bytes>,
}

/// How far another node has applied the log, as it has said itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Holder {
    /// The node's machine and folder.
    pub(crate) name: String,
    /// The newest place that it has applied.
    pub(crate) sequence: u64,
}

/// A log that nodes share.
#[async_trait]
pub(crate) trait OrderedLog: Send + Sync + 'static {
    /// Its name, for people.
    fn name(&self) -> String {
        "parlor".to_owned()
    }

    /// Looks whether the log still is what a node has applied up to this place, and what it
    /// promises. `None` where there is nothing to look at. It is called every few seconds.
    ///
    /// # Errors
    /// [`TailError`].
    async fn look(&self, _applied: StreamPlace) -> Result<Option<Look>, TailError> {
        Ok(None)
    }

    /// Most bytes of a message.
    fn payload_bytes_max(&self) -> usize;

    /// The lease to do what one node does, for this one; `None` where there is only one.
    fn lease(&self, _node: Incarnation) -> Option<Arc<dyn Lease>> {
        None
    }

    /// Puts a message behind all others. Resolves once it is durable.
    ///
    /// # Errors
    /// [`PublishError`].
    async fn publish(&self, payload: Bytes) -> Result<(), PublishError>;

    /// Reads everything behind a place, in order and without a gap, and waits for more.
    ///
    /// # Errors
    /// [`TailError`].
    async fn tail(&self, after: u64) -> Result<Box<dyn Tail>, TailError>;

    /// What reaches the other nodes beside the log, if anything does.
    fn broadcast(&self) -> Option<Arc<dyn Broadcast>> {
        None
    }

    /// What the log has now, and what it has at `at`.
    ///
    /// # Errors
    /// [`TailError::Damaged`] if it is no longer the log that was opened.
    async fn stored(&self, at: u64) -> Result<Stored, TailError>;

    /// Looks through the next part of what a node has applied, up to `applied`: [`Self::stored`]
    /// does not show everything that was lost.
    ///
    /// # Errors
    /// [`TailError::Damaged`] if some of it is missing; [`TailError::Lost`] if it can't be asked
    /// for now, and is to be looked at later.
    async fn scrub(&self, _applied: u64) -> Result<(), TailError> {
        Ok(())
    }

    /// Tells the other nodes how far this one has applied the log. Nothing depends on it but what
    /// they say when the log is damaged.
    async fn announce(&self, _place: StreamPlace) {}

    /// The other nodes that have announced a place, each with its newest.
    fn holders(&self) -> Vec<Holder> {
        Vec::new()
    }
}

/// What comes behind a place.
#[async_trait]
pub(crate) trait Tail: Send {
    /// The next message, and those behind it that are there already. May be dropped: nothing is
    /// lost by that.
    ///
    /// # Errors
    /// [`TailError`].
    async fn next(&mut self) -> Result<Vec<Message>, TailError>;

    /// The newest sequence that the log is known to have; 0 where it is not known.
    fn last(&self) -> u64 {
        0
    }
}
