//! The file with the keys of others whose access tokens count. It is read again when it changes; a
//! file that can't be used then leaves the keys as they are.

use std::{
    fs::{self, File},
    io::Read,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use parlor_shared::limits::ACCESS_KEYS_BYTES_MAX;

use super::{
    error::AccessError,
    trusted_keys::{Readers, TrustedKeys},
};
use crate::repeated_line::log_repeated;

/// The file, and the keys that were read from it last.
#[derive(Debug)]
pub(crate) struct KeysFile {
    path: PathBuf,
    read: Mutex<ReadKeys>,
}

#[derive(Debug, Default)]
struct ReadKeys {
    keys: Arc<TrustedKeys>,
    version: Option<Version>,
}

/// What tells two states of the file apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Version {
    modified: Option<SystemTime>,
    bytes: u64,
}

impl KeysFile {
    /// A file that is not read yet.
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            read: Mutex::default(),
        }
    }

    /// The keys that were read last.
    pub(super) fn keys(&self) -> Arc<TrustedKeys> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.keys.clone()
    }

    /// Reads the keys.
    ///
    /// # Errors
    /// [`AccessError`] where they can't be read or used: then those of before stay.
    pub(super) fn load(&self) -> Result<(), AccessError> {
        let version = self.version();
        let mut json = String::new();
        let read = File::open(&self.path)
            .and_then(|file| file.take(ACCESS_KEYS_BYTES_MAX).read_to_string(&mut json));
        read.map_err(|source| AccessError::KeysUnreadable {
            path: self.path.clone(),
            source,
        })?;
        let keys = TrustedKeys::parse(&json, Readers::Operator).map_err(|source| {
            AccessError::KeysInvalid {
                path: self.path.clone(),
                source,
            }
        })?;
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        *read = ReadKeys {
            keys: Arc::new(keys),
            version,
        };
        Ok(())
    }

    /// Reads the keys again if the file has changed.
    pub(super) fn follow(&self) {
        let known = self
            .read
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .version;
        if self.version() == known {
            return;
        }
        match self.load() {
            Ok(()) => tracing::info!("the keys of access tokens were read again"),
            Err(error) => log_repeated!(warn, %error, "the keys of access tokens stay as they are"),
        }
    }

    fn version(&self) -> Option<Version> {
        let found = fs::metadata(&self.path).ok()?;
        Some(Version {
            modified: found.modified().ok(),
            bytes: found.len(),
        })
    }
}
