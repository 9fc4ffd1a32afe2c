//! Why a server can't decide who may come in.

use std::path::PathBuf;

use super::{keys_address::KeysNotFetched, trusted_keys::KeysInvalid};
use crate::{engine::embedded::AdminError, fetch::FetchError};

/// Why a server with this configuration does not start.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// What operators have decided can't be read.
    #[error(transparent)]
    Admin(#[from] AdminError),
    /// No password is set, and one is to let people in.
    #[error("no password is set; set one with `parlor password`, and start again")]
    NoPassword,
    /// The keys of others can't be read.
    #[error("the keys in {} can't be read: {source}; see --token-keys", .path.display())]
    KeysUnreadable {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The keys of others can't be used.
    #[error("the keys in {} can't be used: {source}; see --token-keys", .path.display())]
    KeysInvalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with them.
        source: KeysInvalid,
    },
    /// The keys of others may not be fetched from where they stand.
    #[error("the keys at {address} can't be fetched: {source}; see --token-keys")]
    KeysNotFetched {
        /// Where they stand.
        address: String,
        /// Why not.
        source: KeysNotFetched,
    },
    /// Nothing can be fetched on this machine.
    #[error(transparent)]
    Fetch(#[from] FetchError),
}
