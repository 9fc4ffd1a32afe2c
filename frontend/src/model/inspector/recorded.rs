//! What the inspector is told.

use parlor_session::Status;
use parlor_shared::MessageId;

use crate::model::{connection::ConnectionEnd, inspector::frames::Direction};

/// Something that the inspector records.
#[derive(Debug, Clone, Copy)]
pub enum Recorded<'a> {
    /// A frame that was sent or received.
    Frame {
        /// Which way.
        direction: Direction,
        /// Its text.
        text: &'a str,
        /// Whether there are posts that are not acked.
        has_unsent: bool,
        /// When.
        now_ms: u64,
    },
    /// A step of the connection itself.
    Step {
        /// Which.
        kind: &'a str,
        /// What there is to say of it.
        text: &'a str,
        /// When.
        now_ms: u64,
    },
    /// The connection ended.
    End(ConnectionEnd),
    /// How long a ping took, in milliseconds.
    RoundTrip(u64),
    /// A change of the session's status.
    Status {
        /// The new one.
        status: Status,
        /// When.
        now_ms: u64,
    },
    /// A message was deleted: all frames with words that name it get this text.
    Deleted {
        /// The message.
        target: MessageId,
        /// The text.
        replacement: &'a str,
    },
}
