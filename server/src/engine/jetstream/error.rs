//! Why a stream can't be used.

use async_nats::{
    ConnectError,
    jetstream::context::{CreateStreamError, GetStreamError},
};

/// Why a stream can't be used. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JetStreamError {
    /// No server answers, or none lets this node in.
    #[error(
        "NATS can't be reached ({0}); check the addresses after --log, and the user and password in them"
    )]
    Connect(#[from] ConnectError),
    /// The servers refuse.
    #[error("NATS does not give the stream ({0}); is JetStream on, and may this user use it?")]
    Get(#[from] GetStreamError),
    /// The servers refuse to make it.
    #[error(
        "NATS does not make the stream ({0}); it needs as many servers with JetStream as it has replicas"
    )]
    Create(#[from] CreateStreamError),
    /// The stream is somebody else's, or was changed.
    #[error("the stream {name} is not one of Parlor's: {why}; choose another name with --stream")]
    Foreign {
        /// Its name.
        name: String,
        /// What is wrong.
        why: String,
    },
}
