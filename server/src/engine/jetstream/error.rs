//! Why a stream can't be used.

use async_nats::{
    ConnectError,
    jetstream::{
        context::{CreateStreamError, GetStreamError},
        stream::InfoError,
    },
};

use crate::engine::embedded::OpenError;

/// Why a stream can't be used. Each says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JetStreamError {
    /// No server answers, or none lets this node in.
    #[error(
        "NATS can't be reached ({0}); check the addresses after --log, and the user and password in them"
    )]
    Connect(#[from] ConnectError),
    /// The servers refuse.
    #[error("NATS does not give the stream ({0}); is JetStream on, and may this user use it?")]
    Get(#[from] GetStreamError),
    /// The servers say nothing of it.
    #[error("NATS does not say what the stream is ({0}); try again")]
    Info(#[from] InfoError),
    /// The servers refuse to make it.
    #[error(
        "NATS does not make the stream ({0}); it needs as many servers with JetStream as it has replicas"
    )]
    Create(#[from] CreateStreamError),
    /// This node's own log can't be opened, or is not of the stream.
    #[error(transparent)]
    Log(#[from] OpenError),
    /// The stream's servers do not keep what they promise, or it is not known that they do.
    #[error(
        "a message that the stream has acknowledged could be lost: {0}. Or say `--accept replicated`, and a \
         message is only safe while not all of the servers fail at once"
    )]
    NotDurable(String),
    /// The system gives no random number.
    #[error("the system gives no random number: {0}")]
    Random(#[from] getrandom::Error),
    /// The stream is somebody else's, or was changed.
    #[error("the stream {name} is not one of Parlor's: {why}; choose another name with --stream")]
    Foreign {
        /// Its name.
        name: String,
        /// What is wrong.
        why: String,
    },
}

impl JetStreamError {
    /// Whether the same may succeed a moment later: servers that have just started do not know of
    /// each other yet.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Connect(_)
            | Self::Get(_)
            | Self::Info(_)
            | Self::Create(_)
            | Self::NotDurable(_) => true,
            Self::Log(_) | Self::Random(_) | Self::Foreign { .. } => false,
        }
    }
}
