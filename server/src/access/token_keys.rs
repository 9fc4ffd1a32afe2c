//! The keys of others whose access tokens count, wherever they stand.

use std::{path::PathBuf, str::FromStr, sync::Arc};

use super::{
    error::AccessError, keys_address::KeysAddress, keys_file::KeysFile, trusted_keys::TrustedKeys,
};
use crate::fetch::{FetchAddress, FetchAddressInvalid, FetchError, FetchSource, Fetcher};

/// Where the keys stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeysPlace {
    /// In a file.
    File(PathBuf),
    /// At an address, from which they are fetched.
    Address(FetchAddress),
}

impl FromStr for KeysPlace {
    type Err = FetchAddressInvalid;

    fn from_str(text: &str) -> Result<Self, FetchAddressInvalid> {
        let is_address = text.starts_with("https:") || text.starts_with("http:");
        Ok(if is_address {
            Self::Address(text.parse()?)
        } else {
            Self::File(text.into())
        })
    }
}

/// The keys that were read last.
#[derive(Debug)]
pub(crate) enum TokenKeys {
    File(KeysFile),
    Address(KeysAddress),
}

impl TokenKeys {
    /// Keys that are not read yet. `listed` says where the server may fetch from besides public
    /// networks.
    ///
    /// # Errors
    /// [`FetchError`] where nothing can be fetched here.
    pub(crate) fn new(place: KeysPlace, listed: Vec<FetchSource>) -> Result<Self, FetchError> {
        Ok(match place {
            KeysPlace::File(path) => Self::File(KeysFile::new(path)),
            KeysPlace::Address(address) => {
                Self::Address(KeysAddress::new(address, Arc::new(Fetcher::new(listed)?)))
            }
        })
    }

    /// Reads them for the first time. An address that does not answer keeps no server from its
    /// start.
    ///
    /// # Errors
    /// [`AccessError`] where the file can't be used, or the address may not be asked.
    pub(super) async fn load(&self) -> Result<(), AccessError> {
        match self {
            Self::File(file) => file.load(),
            Self::Address(keys) => match keys.fetch().await {
                Err(source) if source.is_of_configuration() => Err(AccessError::KeysNotFetched {
                    address: keys.address().to_string(),
                    source,
                }),
                Err(error) => {
                    keys.log(&error);
                    Ok(())
                }
                Ok(()) => Ok(()),
            },
        }
    }

    /// The keys; `None` where they were never read.
    pub(super) fn keys(&self) -> Option<Arc<TrustedKeys>> {
        match self {
            Self::File(file) => Some(file.keys()),
            Self::Address(keys) => keys.keys(),
        }
    }
}
