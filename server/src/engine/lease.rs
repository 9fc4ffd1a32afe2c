//! The right to do what one node at a time does.

use std::fmt;

use async_trait::async_trait;

/// Who has a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// This node, for [`LEASE_HELD_MS`](parlor_shared::limits::LEASE_HELD_MS) from the moment at
    /// which it asked.
    This,
    /// Another one, or nobody yet.
    Another,
}

/// It is not known who has the lease.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct LeaseError(pub String);

/// A lease that nodes share. A node that has it renews it; one that does not renew it for
/// [`LEASE_MS`](parlor_shared::limits::LEASE_MS) has lost it to the first one that asks. No two
/// nodes have it at once, however their clocks are set: each measures by its own how long nothing
/// was renewed.
#[async_trait]
pub trait Lease: fmt::Debug + Send + Sync {
    /// Takes the lease if nobody has it, or renews it.
    ///
    /// # Errors
    /// [`LeaseError`]; what this node had it still has until its time is over.
    async fn renew(&self) -> Result<Holder, LeaseError>;

    /// Gives it up at once, if this node has it. What goes wrong only has the next node wait.
    async fn release(&self);
}
