//! What reaches the other nodes of a log at once, and may be lost: presence and typing.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;

/// A message was not sent, or none can be received now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BroadcastError(pub String);

/// Sends messages to all nodes of a log. Messages of one node mostly arrive in their order; any may
/// be lost, and there is no order between nodes. Core NATS implements it, and memory for tests.
#[async_trait]
pub trait Broadcast: fmt::Debug + Send + Sync + 'static {
    /// Most bytes of a message now.
    fn bytes_max(&self) -> usize;

    /// Sends a message to all nodes that receive now, which may include this one.
    ///
    /// # Errors
    /// [`BroadcastError`] if the message was not sent.
    async fn send(&self, message: Bytes) -> Result<(), BroadcastError>;

    /// Receives what is sent from now on.
    ///
    /// # Errors
    /// [`BroadcastError`] if nothing can be received now.
    async fn receive(&self) -> Result<Box<dyn BroadcastReceiver>, BroadcastError>;
}

/// What all nodes have sent since it was made.
#[async_trait]
pub trait BroadcastReceiver: Send {
    /// The next message; `None` once no more can come. May be dropped: nothing is lost by that.
    async fn next(&mut self) -> Option<Bytes>;
}
