//! What can be wrong with the configuration.

use std::path::PathBuf;

use crate::engine::jetstream::NatsAddressInvalid;

/// An error in the configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The configuration file can't be read.
    #[error("the configuration file {} can't be read: {source}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The file is not a valid configuration.
    #[error("the configuration file {} is wrong: {source}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        source: Box<toml::de::Error>,
    },
    /// An origin, a host name or a proxy that can't be parsed.
    #[error("{option} '{text}' is wrong: {source}")]
    Unparsed {
        /// The option's name.
        option: &'static str,
        /// The text given.
        text: String,
        /// What is wrong with it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Where the log is was said in the old way.
    #[error(
        "log '{text}' is no address: --log says where the log is that several nodes share, such as \
         nats://a,b,c; what the server writes about itself is said with --log-filter"
    )]
    LogIsNoAddress {
        /// The text, without what stands before its host.
        text: String,
    },
    /// An address of NATS that can't be parsed.
    #[error("{option} '{text}' is wrong: {source}")]
    NatsAddress {
        /// The option's name.
        option: &'static str,
        /// The text, without what stands before its host.
        text: String,
        /// What is wrong with it.
        source: NatsAddressInvalid,
    },
    /// The name of a stream that NATS does not take.
    #[error("stream '{name}' is wrong: a stream's name has letters, digits, - and _ alone")]
    StreamName {
        /// The name.
        name: String,
    },
    /// An option needs another one.
    #[error("{given} needs {lacks} as well")]
    Lacks {
        /// The option that was given.
        given: &'static str,
        /// The one that is missing.
        lacks: &'static str,
    },
    /// A number is larger than it may be.
    #[error("{option} must be at most {max}")]
    TooMuch {
        /// The option's name.
        option: &'static str,
        /// The largest number.
        max: u32,
    },
    /// No address is given where one is needed.
    #[error("name the server's address, as in: parlor health 127.0.0.1:8080")]
    NoAddress,
    /// Others can reach the server, and it was not said which of them may come in.
    #[error(
        "{because} lets others than this machine's users reach the server; say who may come in: \
         --access open for everyone who reaches it, --access password for those who know the \
         password, or --access token for those who are invited"
    )]
    AccessNotChosen {
        /// The option that does.
        because: String,
    },
    /// A number that must not be zero is zero.
    #[error("{option} must be at least 1")]
    Zero {
        /// The option's name.
        option: &'static str,
    },
}
