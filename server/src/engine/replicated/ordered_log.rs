//! The log that the nodes share, as an engine needs it: what is published gets one place, and every
//! node reads it there. JetStream implements it, and so does the simulation.

use async_trait::async_trait;
use bytes::Bytes;

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
}

/// A log that nodes share.
#[async_trait]
pub(crate) trait OrderedLog: Send + Sync + 'static {
    /// Most bytes of a message.
    fn payload_bytes_max(&self) -> usize;

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
}
