//! Why `admin.db` can't be used, or changed.

/// Something is wrong with `admin.db`, or with the stream that its changes go through. Its text is
/// for the operator, not for clients.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdminError {
    /// The file can't be read or written.
    #[error("admin.db can't be used: {0}")]
    File(#[from] rusqlite::Error),
    /// The nodes' stream did not take the change in time.
    #[error(
        "the stream takes no changes now, so nothing was changed yet; what was asked for may still be done \
         once NATS is there again. Look before you ask again"
    )]
    Stream,
    /// The log follows a stream, and nobody passes the change on.
    #[error(
        "this log follows a stream, so that a change needs its node, which does not run or reaches no NATS; \
         nothing was changed so far. Start the node, or run this on a machine where one runs"
    )]
    NoNode,
    /// The node has said something that this version does not understand.
    #[error("the change has ended in a way that this version does not know: {0}")]
    Answer(String),
}
