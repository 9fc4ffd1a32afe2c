//! Keys of others that stand at an address: fetched at the start and at intervals, and again when a
//! token names a key that is not among them, since issuers change their keys.
//!
//! While the address is down or slow, the keys that were fetched last count. Nobody who is in
//! notices.

use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use parlor_shared::limits::{
    KEYS_ASKS_BURST, KEYS_ASKS_PER_MINUTE, KEYS_INTERVAL_MS, KEYS_RETRY_MS,
};

use super::trusted_keys::{KeysInvalid, Readers, TrustedKeys};
use crate::{
    fetch::{FetchAddress, FetchError, Fetcher},
    rate::per_minute::PerMinute,
    repeated_line::log_repeated,
};

/// Why the keys can't be fetched.
#[derive(Debug, thiserror::Error)]
pub enum KeysNotFetched {
    /// See [`FetchError`].
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// They can't be used.
    #[error(transparent)]
    Invalid(#[from] KeysInvalid),
    /// They are no text.
    #[error("they are not UTF-8")]
    NotText,
}

impl KeysNotFetched {
    /// Whether the configuration is wrong, so that waiting does not help.
    pub(super) fn is_of_configuration(&self) -> bool {
        matches!(
            self,
            Self::Fetch(FetchError::NotPublic { .. } | FetchError::NotEncrypted { .. })
        )
    }
}

/// The address, and the keys that were fetched from it last.
#[derive(Debug)]
pub(crate) struct KeysAddress {
    address: FetchAddress,
    fetcher: Arc<Fetcher>,
    kept: RwLock<Option<Arc<TrustedKeys>>>,
    /// How often they were fetched, or could not be.
    fetches: AtomicU64,
    /// Held while they are fetched: once at a time.
    fetching: tokio::sync::Mutex<()>,
    /// What the tokens of unknown keys may have fetched.
    asks: PerMinute,
}

impl KeysAddress {
    pub(crate) fn new(address: FetchAddress, fetcher: Arc<Fetcher>) -> Self {
        Self {
            address,
            fetcher,
            kept: RwLock::default(),
            fetches: AtomicU64::new(0),
            fetching: tokio::sync::Mutex::default(),
            asks: PerMinute::new(KEYS_ASKS_PER_MINUTE, KEYS_ASKS_BURST),
        }
    }

    /// Where they stand.
    pub(crate) fn address(&self) -> &FetchAddress {
        &self.address
    }

    /// The keys that were fetched last; `None` before the first time.
    pub(crate) fn keys(&self) -> Option<Arc<TrustedKeys>> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.clone()
    }

    /// Fetches the keys.
    ///
    /// # Errors
    /// [`KeysNotFetched`]: then those of before stay.
    pub(crate) async fn fetch(&self) -> Result<(), KeysNotFetched> {
        let _one = self.fetching.lock().await;
        self.fetch_now().await
    }

    /// Fetches the keys for a token whose key is not among them, unless that was done a moment ago
    /// or too often.
    pub(crate) async fn fetch_for_unknown(&self, now_ms: u64) {
        let before = self.fetches.load(Ordering::Acquire);
        let _one = self.fetching.lock().await;
        let was_fetched = self.fetches.load(Ordering::Acquire) != before;
        if was_fetched || !self.asks.take(now_ms) {
            return;
        }
        if let Err(error) = self.fetch_now().await {
            self.log(&error);
        }
    }

    /// Fetches the keys at intervals, for as long as the server runs. They were fetched a moment
    /// ago.
    pub(crate) async fn follow(&self) {
        loop {
            let wait_ms = if self.keys().is_some() {
                KEYS_INTERVAL_MS
            } else {
                KEYS_RETRY_MS
            };
            tokio::time::sleep(Duration::from_millis(wait_ms)).await;
            while let Err(error) = self.fetch().await {
                self.log(&error);
                tokio::time::sleep(Duration::from_millis(KEYS_RETRY_MS)).await;
            }
        }
    }

    pub(super) fn log(&self, error: &KeysNotFetched) {
        let address = &self.address;
        log_repeated!(warn, %address, %error, "the keys can't be fetched; the last ones count");
    }

    async fn fetch_now(&self) -> Result<(), KeysNotFetched> {
        let fetched = self.read().await;
        if let Ok(keys) = &fetched {
            let keys = Some(keys.clone());
            *self.kept.write().unwrap_or_else(PoisonError::into_inner) = keys;
        }
        self.fetches.fetch_add(1, Ordering::Release);
        fetched.map(drop)
    }

    async fn read(&self) -> Result<Arc<TrustedKeys>, KeysNotFetched> {
        let body = self.fetcher.get(&self.address).await?;
        let json = std::str::from_utf8(&body).map_err(|_| KeysNotFetched::NotText)?;
        Ok(Arc::new(TrustedKeys::parse(json, Readers::Everyone)?))
    }
}
