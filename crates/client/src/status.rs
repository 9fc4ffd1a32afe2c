//! The state of a client's connection, as a program reads it.

use std::{
    fmt,
    time::{Duration, Instant},
};

use parlor_session::Status;
use parlor_shared::{AckPromise, Epoch, Limits, MemberId, Name, Token};

use crate::error::Stopped;

/// The state of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionStatus {
    /// A connection is opening, or the client is fetching an access token for it.
    Connecting {
        /// How many attempts failed since the connection was last good.
        attempt: u32,
    },
    /// Welcomed by the server.
    Online,
    /// Waiting to reconnect.
    Waiting {
        /// When the client reconnects.
        until: Instant,
        /// How many attempts failed since the connection was last good.
        attempt: u32,
    },
    /// Not connected, and not trying to be.
    Stopped(Stopped),
}

impl fmt::Display for ConnectionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connecting { .. } => f.write_str("connecting"),
            Self::Online => f.write_str("online"),
            Self::Waiting { until, .. } => {
                let wait = until.saturating_duration_since(Instant::now());
                write!(f, "reconnecting in {:.1} s", wait.as_secs_f64())
            }
            Self::Stopped(why) => write!(f, "stopped: {why}"),
        }
    }
}

/// What the server said of the client when it let it in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Welcome {
    /// The member that the client is.
    pub member: MemberId,
    /// Proves it the next time: see
    /// [`ClientBuilder::token`](crate::ClientBuilder::token). Secret.
    pub token: Token,
    /// The member's name.
    pub name: Name,
    /// The epoch of the server's log.
    pub epoch: Epoch,
    /// The limits in force.
    pub limits: Limits,
    /// What holds of a post that is acked.
    pub promise: AckPromise,
}

/// What the driver publishes of the connection.
#[derive(Debug, Clone)]
pub(crate) struct Connected {
    pub(crate) status: ConnectionStatus,
    /// Of the newest welcome.
    pub(crate) welcome: Option<Welcome>,
}

/// How a program sees the session's state. `started` is the zero of the driver's clock.
pub(crate) fn shown(status: Status, started: Instant) -> ConnectionStatus {
    match status {
        Status::Connecting { attempt } => ConnectionStatus::Connecting { attempt },
        Status::Online => ConnectionStatus::Online,
        Status::Waiting { until_ms, attempt } => {
            let until = started + Duration::from_millis(until_ms);
            ConnectionStatus::Waiting { until, attempt }
        }
        Status::Stopped(why) => ConnectionStatus::Stopped(Stopped(why)),
    }
}
