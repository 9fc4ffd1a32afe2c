//! Why something can't be fetched.

use std::io;

use parlor_shared::limits::{FETCH_BYTES_MAX, FETCH_REDIRECTS_MAX};
use tokio_rustls::rustls;

/// Why something can't be fetched. Each says what, and where that can help, what to do.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// It leads to no public network.
    #[error(
        "{host} is not in a public network; if the server is to fetch from there, name it with \
         --fetch-from"
    )]
    NotPublic {
        /// The host.
        host: String,
    },
    /// Others on the network could read or change it.
    #[error("{host} is asked without TLS; use https, or name the host with --fetch-from")]
    NotEncrypted {
        /// The host.
        host: String,
    },
    /// There is no such host.
    #[error("there is no address of {host}: {source}")]
    Unresolved {
        /// The host.
        host: String,
        /// The system's error.
        source: io::Error,
    },
    /// Nothing takes connections there.
    #[error("{host} does not take connections: {source}")]
    Unreachable {
        /// The host.
        host: String,
        /// The system's error.
        source: io::Error,
    },
    /// It is not who it is said to be, or speaks no TLS.
    #[error("{host} can't be asked over TLS: {source}")]
    Tls {
        /// The host.
        host: String,
        /// What is wrong.
        source: io::Error,
    },
    /// This machine trusts nobody.
    #[error("TLS can't be used: {0}")]
    NoTls(#[from] rustls::Error),
    /// The answer is not HTTP, or ends too early.
    #[error("the answer can't be read: {0}")]
    Broken(#[from] hyper::Error),
    /// The answer is none that was asked for.
    #[error("the answer is {0}")]
    Status(u16),
    /// Its last redirect leads to no address of the web.
    #[error("the answer leads to no address")]
    RedirectInvalid,
    /// It leads from one address to the next.
    #[error("the answer leads on more than {FETCH_REDIRECTS_MAX} times")]
    TooManyRedirects,
    /// It is too large.
    #[error("the answer has more than {FETCH_BYTES_MAX} bytes")]
    TooLarge,
    /// It takes too long.
    #[error("there was no answer in {seconds} seconds")]
    TooSlow {
        /// How long it may take.
        seconds: u64,
    },
}
