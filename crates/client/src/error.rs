//! What can go wrong for a program, one type for each kind of call.

use std::fmt;

use parlor_session::{OutboxFull, StopReason};
use parlor_shared::{ErrorCode, Refusal, RoomId, RoomInvalid, TextInvalid};

use crate::limits::{QUESTIONS_WAITING_MAX, SAVED_ROOMS_MAX};

/// The client was closed, or the runtime it ran on is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The client is closed.")]
pub struct Closed;

/// Why the client does not try to connect any more. [`Client::probe`](crate::Client::probe) makes
/// it try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped(pub StopReason);

impl std::error::Error for Stopped {}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            StopReason::Asked => f.write_str("The client is closed."),
            StopReason::Closed(code) => {
                write!(
                    f,
                    "The server closed the connection for good, with code {code}."
                )
            }
            StopReason::Refused(code) => {
                write!(f, "The server lets the client in no more: {}.", word(code))
            }
        }
    }
}

/// The code's word on the wire.
fn word(code: ErrorCode) -> String {
    let word = serde_json::to_value(code).ok();
    let word = word.as_ref().and_then(serde_json::Value::as_str);
    word.unwrap_or("unknown").to_owned()
}

/// Why nothing was appended, or is not known to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PostError {
    /// The text, the name or the emoji is invalid. Nothing was appended.
    #[error(transparent)]
    Text(#[from] TextInvalid),
    /// Too many posts are waiting to be sent. Nothing was appended; try again later.
    #[error(transparent)]
    OutboxFull(#[from] OutboxFull),
    /// The room is not joined, or was left or refused before the post was acked. A post that had
    /// been sent may be on the log all the same.
    #[error("The room is not joined. Join it before you post to it.")]
    NotJoined,
    /// The server refused it for good. Nothing was appended.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The system returned no random bytes for the post's id. Nothing was appended.
    #[error("The system returned no random bytes: {0}.")]
    Random(String),
    /// The post is in the outbox, but not in the state file.
    #[error(transparent)]
    NotSaved(#[from] SaveError),
    /// The client has stopped. The post stays in the outbox.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// The client was closed. What it had not sent is in the answer to
    /// [`Client::close`](crate::Client::close), and in the state file.
    #[error(transparent)]
    Closed(#[from] Closed),
}

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// The server refused it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The room is not joined, or was left or refused before the answer.
    #[error("The room is not joined. Join it before you ask about it.")]
    NotJoined,
    /// The connection was lost before the answer to a [`Moderation`](crate::Moderation), which is
    /// not asked twice: it may have been done.
    #[error("The connection was lost before the answer. It may have been done.")]
    Lost,
    /// Too many questions are waiting.
    #[error("{QUESTIONS_WAITING_MAX} questions are waiting for their answers. Ask fewer at once.")]
    TooMany,
    /// The client has stopped.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// See [`Closed`].
    #[error(transparent)]
    Closed(#[from] Closed),
}

/// Why a room was not joined. A refusal by the server comes through the room's stream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError {
    /// The text is no room id.
    #[error(transparent)]
    Room(#[from] RoomInvalid),
    /// The client is in the room, and its [`JoinedRoom`](crate::JoinedRoom) still exists.
    #[error("The room {0} is joined already. Leave it first, or share its handle.")]
    Joined(RoomId),
    /// The client has no state file to resume from.
    #[error("There is no place to resume from: the client has no state file.")]
    NoStateFile,
    /// See [`Closed`].
    #[error(transparent)]
    Closed(#[from] Closed),
}

/// Why something is not in the state file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// The client has no state file.
    #[error("The client has no state file: name one when you build it.")]
    NoStateFile,
    /// The file has places of as many rooms as it may.
    #[error("The state file has places of {SAVED_ROOMS_MAX} rooms already. Forget one of them.")]
    TooManyRooms,
    /// The file can't be written. The client tries again by itself.
    #[error("The state file can't be written: {0}.")]
    Write(String),
    /// See [`Closed`].
    #[error(transparent)]
    Closed(#[from] Closed),
}
