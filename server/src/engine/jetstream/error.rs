//! Why a stream can't be used.

use std::path::PathBuf;

use async_nats::{
    ConnectError, SubscribeError,
    jetstream::context::{CreateStreamError, GetStreamError},
};
use parlor_shared::limits::STREAM_PAYLOAD_BYTES_MIN;

use crate::engine::{embedded::OpenError, replicated::ordered_log::TailError};

/// Why a stream can't be used. Each says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JetStreamError {
    /// No server answers.
    #[error(
        "NATS can't be reached at {servers} ({cause}); start it, or correct the addresses of {option}"
    )]
    Unreachable {
        /// The addresses.
        servers: String,
        /// The option that has named them.
        option: &'static str,
        /// What went wrong.
        cause: ConnectError,
    },
    /// The connection is not encrypted as this node wants it.
    #[error(
        "NATS at {servers} does not speak TLS as this machine trusts it ({cause}); name the authority of its \
         certificate in SSL_CERT_FILE, or correct the addresses of {option}"
    )]
    Untrusted {
        /// The addresses.
        servers: String,
        /// The option that has named them.
        option: &'static str,
        /// What went wrong.
        cause: ConnectError,
    },
    /// The servers do not let this node in.
    #[error(
        "NATS does not let this node in ({cause}); correct the user and password, or the credentials, of \
         {option}"
    )]
    Unauthorized {
        /// The option that names the user.
        option: &'static str,
        /// What the server says.
        cause: ConnectError,
    },
    /// The file with credentials can't be used.
    #[error("the credentials in {} can't be used: {cause}", .path.display())]
    Credentials {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        cause: std::io::Error,
    },
    /// The servers take no message that is as large as some of this node's.
    #[error(
        "NATS takes messages of up to {bytes_max} bytes, and one of Parlor's may have {}; set `max_payload: \
         1MB`, which is its default, in the configuration of each server",
        STREAM_PAYLOAD_BYTES_MIN
    )]
    PayloadTooSmall {
        /// The largest that they take.
        bytes_max: usize,
    },
    /// The connection broke while the servers were asked.
    #[error("NATS does not answer ({0}); try again")]
    Lost(String),
    /// The servers refuse.
    #[error("NATS does not give the stream ({0}); is JetStream on, and may this user use it?")]
    Get(String),
    /// The servers refuse to make it.
    #[error(
        "NATS does not make the stream ({0}); it needs as many servers with JetStream as it has replicas"
    )]
    Create(String),
    /// This node's own log can't be opened, or is not of the stream.
    #[error(transparent)]
    Log(#[from] OpenError),
    /// The stream's servers do not keep what they promise, or it is not known that they do.
    #[error(
        "a message that the stream has acknowledged could be lost: {0}. Or say `--accept replicated`, and a \
         message is only safe while not all of the servers fail at once"
    )]
    NotDurable(String),
    /// It is not known yet whether they keep it.
    #[error(
        "whether a message that the stream has acknowledged could be lost is not known: {0}. Or say `--accept \
         replicated`, and a message is only safe while not all of the servers fail at once"
    )]
    PromiseUnknown(String),
    /// This node's clock is wrong, or that of the servers.
    #[error("{0}")]
    Clock(String),
    /// The stream is not what this node has applied.
    #[error(
        "the stream is not the log that this node has ({0}); `parlor repair` says what is missing and puts it \
         right"
    )]
    Damaged(String),
    /// The stream is gone, and this node has followed it.
    #[error(
        "the stream {0} is gone, and this node's log is of it; put the servers' store folders back, or go on \
         from what this node has with `parlor repair --new-epoch`"
    )]
    Gone(String),
    /// The servers do not let this node listen to the others.
    #[error("NATS does not let this node listen to the others ({0}); may this user subscribe?")]
    Subscribe(#[from] SubscribeError),
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
    /// Whether the stream is not, or not all of, what this node has applied.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        matches!(
            self,
            Self::Gone(_)
                | Self::Damaged(_)
                | Self::Log(OpenError::StreamDiffers { .. } | OpenError::Forgotten { .. })
        )
    }

    /// Whether the same may succeed a moment later: servers that have just started do not know of
    /// each other yet.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::Get(_)
            | Self::Lost(_)
            | Self::Create(_)
            | Self::PromiseUnknown(_)
            // Servers that start may not know of it yet.
            | Self::Gone(_)
            | Self::Subscribe(_) => true,
            Self::Unauthorized { .. }
            | Self::Untrusted { .. }
            | Self::Credentials { .. }
            | Self::PayloadTooSmall { .. }
            | Self::NotDurable(_)
            | Self::Clock(_)
            | Self::Damaged(_)
            | Self::Log(_)
            | Self::Random(_)
            | Self::Foreign { .. } => false,
        }
    }
}

impl From<TailError> for JetStreamError {
    fn from(error: TailError) -> Self {
        match error {
            TailError::Lost(why) => Self::Lost(why),
            TailError::Damaged(why) | TailError::Forgotten(why) => Self::Damaged(why),
        }
    }
}

impl From<GetStreamError> for JetStreamError {
    fn from(error: GetStreamError) -> Self {
        Self::Get(error.to_string())
    }
}

impl From<CreateStreamError> for JetStreamError {
    fn from(error: CreateStreamError) -> Self {
        Self::Create(error.to_string())
    }
}
