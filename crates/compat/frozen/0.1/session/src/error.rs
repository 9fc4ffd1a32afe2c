//! The session's errors.

/// The room is not joined at the moment, so nothing can be asked about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The room is not joined.")]
pub struct NotJoined;

/// The session is not online.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("You're offline. Try again when you're connected.")]
pub struct NotOnline;

/// [`OUTBOX_POSTS_MAX`](parlor_shared::limits::OUTBOX_POSTS_MAX) posts are waiting to be sent
/// already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Too many unsent messages. Wait until you're back online.")]
pub struct OutboxFull;

/// The server sent something that is no message or contradicts what it sent before, and joining
/// again would not help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ProtocolViolation;
