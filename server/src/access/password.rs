//! The password of `--access password`: hashed with Argon2id (RFC 9106), and checked so that trying
//! passwords costs the server little.
//!
//! A check takes some 20 MB and tens of milliseconds on purpose. So only a few run at once, on
//! threads that nothing else waits for, and tries are bounded for an address and for all together.

use std::sync::Arc;

use argon2::{
    Argon2, PasswordHash, PasswordHasher, PasswordVerifier,
    password_hash::{Error as HashError, SaltString},
};
use parlor_shared::{AccessSecret, ErrorCode, limits::PASSWORD_CHECKS_MAX};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::{
    address::Network, dispatch::error::RequestError, rate::tries::Tries,
    repeated_line::log_repeated,
};

/// A password's hash in the PHC format, which names the algorithm, its costs and the salt.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct HashedPassword(String);

impl HashedPassword {
    /// Hashes a password, with these random bytes as salt.
    ///
    /// # Errors
    /// [`HashFailed`] where the library refuses.
    pub(crate) fn new(password: &AccessSecret, salt: [u8; 16]) -> Result<Self, HashFailed> {
        let salt = SaltString::encode_b64(&salt)?;
        let hashed = Argon2::default().hash_password(password.as_str().as_bytes(), &salt)?;
        Ok(Self(hashed.to_string()))
    }

    /// The hash as it is kept.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// A hash that was kept.
    pub(crate) fn from_kept(text: String) -> Self {
        Self(text)
    }

    /// What stands for this password in what it is exchanged for: another password makes that
    /// worthless. It tells nothing about the password.
    pub(crate) fn generation(&self) -> String {
        let digest = Sha256::digest(self.0.as_bytes());
        digest[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    fn matches(&self, password: &AccessSecret) -> bool {
        let parsed = PasswordHash::new(&self.0);
        let verify = |hash: &PasswordHash<'_>| {
            Argon2::default().verify_password(password.as_str().as_bytes(), hash)
        };
        parsed.as_ref().is_ok_and(|hash| verify(hash).is_ok())
    }
}

impl std::fmt::Debug for HashedPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HashedPassword(…)")
    }
}

/// A password can't be hashed.
#[derive(Debug, thiserror::Error)]
#[error("the password can't be hashed: {0}")]
pub struct HashFailed(HashError);

impl From<HashError> for HashFailed {
    fn from(error: HashError) -> Self {
        Self(error)
    }
}

/// Checks passwords, a few at once and at a bounded rate.
#[derive(Debug)]
pub(super) struct PasswordChecks {
    running: Arc<Semaphore>,
    tries: Tries,
}

impl PasswordChecks {
    pub(super) fn new() -> Self {
        Self {
            running: Arc::new(Semaphore::new(PASSWORD_CHECKS_MAX)),
            tries: Tries::new(),
        }
    }

    /// Takes a try of this address.
    ///
    /// # Errors
    /// A refusal for now, which says when to try again.
    pub(super) fn take_try(
        &self,
        network: Option<Network>,
        now_ms: u64,
    ) -> Result<(), RequestError> {
        Ok(self.tries.take(network, now_ms)?)
    }

    /// Checks a password. It waits while others are checked.
    ///
    /// # Errors
    /// A refusal where it is wrong, or too many were tried.
    pub(super) async fn check(
        &self,
        hash: HashedPassword,
        password: AccessSecret,
        network: Option<Network>,
        now_ms: u64,
    ) -> Result<(), RequestError> {
        self.take_try(network, now_ms)?;
        let permit = self.running.clone().acquire_owned().await;
        let check = move || {
            let _permit = permit;
            hash.matches(&password)
        };
        match tokio::task::spawn_blocking(check).await {
            Ok(true) => Ok(()),
            Ok(false) => {
                let network = network.map(tracing::field::display);
                log_repeated!(info, address = network, "a wrong password was tried");
                let why = "That is not the password of this server. Try again.";
                Err(RequestError::new(ErrorCode::PasswordWrong, why))
            }
            // The thread panicked, or the runtime ends.
            Err(_) => Err(RequestError::new(ErrorCode::Busy, "Try again later.")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_accepts_its_password_alone_and_tells_nothing_of_it() {
        let secret = |text: &str| AccessSecret::try_from(text.to_owned()).unwrap();
        let hash = HashedPassword::new(&secret("open sesame"), [7; 16]).unwrap();
        assert!(hash.as_str().starts_with("$argon2id$"));
        assert!(hash.matches(&secret("open sesame")));
        assert!(!hash.matches(&secret("open Sesame")));
        assert!(!format!("{hash:?}").contains("argon2id"));
        let other = HashedPassword::new(&secret("open sesame"), [8; 16]).unwrap();
        assert_ne!(hash.generation(), other.generation());
        assert!(!HashedPassword::from_kept("garbage".to_owned()).matches(&secret("garbage")));
    }
}
