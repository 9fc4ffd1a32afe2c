//! Why a command did not do what it was asked for, and the exit code that says so to scripts.

use std::{io, time::Duration};

use parlor_client::{
    AskError, Closed, ConfigError, JoinError, PostError, SaveError, Stopped, TimelineError,
};

/// Why a command did not do what it was asked for, or not all of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// Something that was given can't be used.
    #[error("{0}")]
    Usage(String),
    /// An option of the client is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The server lets nobody in with what was given.
    #[error("{0} See --token-file, --password-file and --invitation.")]
    NotLetIn(Stopped),
    /// There was no connection for too long.
    #[error("no connection to {server} for {} s: {why}", limit.as_secs())]
    NoConnection {
        /// The server.
        server: String,
        /// How long a connection is waited for.
        limit: Duration,
        /// What was wrong with the last one.
        why: String,
    },
    /// The server refused something.
    #[error("{0}")]
    Refused(String),
    /// Some of the lines of standard input were not posted. Each was said already.
    #[error("{refused} of {lines} lines were not posted")]
    NotAllPosted {
        /// How many were not.
        refused: u64,
        /// Of how many.
        lines: u64,
    },
    /// The terminal, a pipe or a file refuses.
    #[error("{0}")]
    System(io::Error),
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}

impl Failure {
    /// The exit code: those of `sysexits.h` where one fits, so that a script can tell what helps.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Refused(_) | Self::NotAllPosted { .. } | Self::System(_) => 1,
            Self::Usage(_) | Self::Config(_) => 2,
            // EX_UNAVAILABLE: try again later.
            Self::NoConnection { .. } => 69,
            // EX_NOPERM: another token is needed.
            Self::NotLetIn(_) => 77,
            // As shells have it for a program that SIGINT ended.
            Self::Interrupted => 130,
        }
    }

    /// Whether nobody is left to read what is printed, as behind `| head`. That is no failure.
    #[must_use]
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::System(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

impl From<AskError> for Failure {
    fn from(error: AskError) -> Self {
        if let AskError::Stopped(why) = error {
            return Self::NotLetIn(why);
        }
        Self::Refused(error.to_string())
    }
}

impl From<PostError> for Failure {
    fn from(error: PostError) -> Self {
        if let PostError::Stopped(why) = error {
            return Self::NotLetIn(why);
        }
        Self::Refused(error.to_string())
    }
}

impl From<TimelineError> for Failure {
    fn from(error: TimelineError) -> Self {
        if let TimelineError::Stopped(why) = error {
            return Self::NotLetIn(why);
        }
        Self::Refused(error.to_string())
    }
}

impl From<JoinError> for Failure {
    fn from(error: JoinError) -> Self {
        if let JoinError::Room(invalid) = error {
            return Self::Usage(invalid.to_string());
        }
        Self::Refused(error.to_string())
    }
}

impl From<Closed> for Failure {
    fn from(closed: Closed) -> Self {
        Self::Refused(closed.to_string())
    }
}

impl From<SaveError> for Failure {
    fn from(error: SaveError) -> Self {
        Self::System(io::Error::other(error.to_string()))
    }
}
