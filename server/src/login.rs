//! Logins at an OpenID Connect provider: the authorization code flow with PKCE.
//!
//! The browser follows two links, and everything else happens between the server and the provider:
//! the page's policy lets it speak to nobody else. The server keeps nothing of a login that
//! has not ended (`attempt.rs`).

mod attempt;
mod claims;
mod error;
mod exchange;
mod provider;

use std::sync::{Arc, PoisonError, RwLock};

use parlor_shared::{
    RoomId,
    limits::{KEYS_ASKS_BURST, KEYS_ASKS_PER_MINUTE, KEYS_INTERVAL_MS, LOGINS_MAX},
};
use tokio::sync::Semaphore;

pub use self::provider::ProviderError;
pub(crate) use self::{
    attempt::{Attempt, Env},
    claims::Account,
    error::LoginError,
};
use self::{
    attempt::{AttemptKey, challenge},
    provider::Provider,
};
use crate::{
    config::LoginConfig, fetch::Fetcher, rate::per_minute::PerMinute, repeated_line::log_repeated,
};

/// Logs people in with the accounts that they have elsewhere.
pub(crate) struct Login {
    config: LoginConfig,
    fetcher: Arc<Fetcher>,
    key: AttemptKey,
    found: RwLock<Option<Found>>,
    /// Held while the provider is asked what it says of itself.
    asking: tokio::sync::Mutex<()>,
    asks: PerMinute,
    ending: Semaphore,
}

/// What the provider has said of itself, and when.
#[derive(Debug, Clone)]
struct Found {
    provider: Arc<Provider>,
    at_ms: u64,
}

/// What the provider sends a browser back with.
#[derive(Debug, Default)]
pub(crate) struct Returned {
    pub(crate) state: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) error: Option<String>,
    /// The provider, which says so where it can (RFC 9207).
    pub(crate) issuer: Option<String>,
}

impl Login {
    /// Logins with this set-up; `secret` is the log's.
    pub(crate) fn new(config: LoginConfig, fetcher: Arc<Fetcher>, secret: [u8; 32]) -> Self {
        Self {
            config,
            fetcher,
            key: AttemptKey::new(secret),
            found: RwLock::default(),
            asking: tokio::sync::Mutex::default(),
            asks: PerMinute::new(KEYS_ASKS_PER_MINUTE, KEYS_ASKS_BURST),
            ending: Semaphore::new(LOGINS_MAX),
        }
    }

    /// Asks the provider for the first time. One that does not answer keeps no server from its
    /// start.
    ///
    /// # Errors
    /// [`ProviderError`] where the provider may not be asked, or is another one.
    pub(crate) async fn prepare(&self, now_ms: u64) -> Result<(), ProviderError> {
        match self.ask(now_ms).await {
            Err(error) if error.is_of_configuration() => Err(error),
            Err(error) => {
                self.log(&error);
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    }

    /// Whether browsers come to the server with TLS alone.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.config.redirect_url.starts_with("https:")
    }

    /// Begins a login that leads into this room. Returns what the browser keeps, and where it goes.
    ///
    /// # Errors
    /// [`LoginError`].
    pub(crate) async fn begin(
        &self,
        room: Option<RoomId>,
        now: Env,
    ) -> Result<(Attempt, String), LoginError> {
        let provider = self.provider(now).await?;
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(|_| LoginError::Busy)?;
        let attempt = Attempt::new(random, room, now.unix_ms);
        let mut url = provider.authorization.url().clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.config.client_id)
            .append_pair("redirect_uri", &self.config.redirect_url)
            .append_pair("scope", &self.config.scopes)
            .append_pair("state", &self.key.state(&attempt))
            .append_pair("nonce", &self.key.nonce(&attempt))
            .append_pair("code_challenge", &challenge(&self.key.verifier(&attempt)))
            .append_pair("code_challenge_method", "S256");
        Ok((attempt, url.into()))
    }

    /// Ends a login. Returns who it is, and the room that they want to come into.
    ///
    /// # Errors
    /// [`LoginError`].
    pub(crate) async fn finish(
        &self,
        cookie: Option<&str>,
        returned: Returned,
        now: Env,
    ) -> Result<(Account, Option<RoomId>), LoginError> {
        let attempt = Attempt::parse(cookie.ok_or(LoginError::NotBegun)?, now.unix_ms)?;
        let state = returned.state.ok_or(LoginError::NotBegun)?;
        if !self.key.has_state(&attempt, &state) {
            return Err(LoginError::NotBegun);
        }
        let code = match (returned.code, returned.error) {
            (Some(code), None) => code,
            (_, Some(error)) => {
                log_repeated!(info, error, "the provider has not logged somebody in");
                return Err(LoginError::Denied);
            }
            (None, None) => return Err(LoginError::Refused),
        };
        let _one = self.ending.try_acquire().map_err(|_| LoginError::Busy)?;
        let provider = self.provider(now).await?;
        if returned
            .issuer
            .is_some_and(|named| named != provider.issuer)
        {
            return Err(LoginError::Refused);
        }
        let claims = self.exchange(&provider, &attempt, &code, now).await?;
        let account = claims::account(&self.config, &claims.iss, &claims.sub, &claims.others);
        Ok((account.ok_or(LoginError::NotAllowed)?, attempt.room))
    }

    /// The provider, as it says of itself now and then. While it can't be asked, what it said last
    /// counts.
    async fn provider(&self, now: Env) -> Result<Arc<Provider>, LoginError> {
        if let Some(found) = self.fresh(now.unix_ms) {
            return Ok(found);
        }
        let _one = self.asking.lock().await;
        if let Some(found) = self.fresh(now.unix_ms) {
            return Ok(found);
        }
        if self.asks.take(now.rate_ms) {
            match self.ask(now.unix_ms).await {
                Ok(provider) => return Ok(provider),
                Err(error) => self.log(&error),
            }
        }
        self.found()
            .map(|found| found.provider)
            .ok_or(LoginError::Unavailable)
    }

    fn found(&self) -> Option<Found> {
        let found = self.found.read().unwrap_or_else(PoisonError::into_inner);
        found.clone()
    }

    fn fresh(&self, now_ms: u64) -> Option<Arc<Provider>> {
        let found = self.found()?;
        (now_ms.saturating_sub(found.at_ms) < KEYS_INTERVAL_MS).then_some(found.provider)
    }

    async fn ask(&self, now_ms: u64) -> Result<Arc<Provider>, ProviderError> {
        let provider = Provider::discover(&self.config.issuer, &self.fetcher).await?;
        let provider = Arc::new(provider);
        let found = Found {
            provider: provider.clone(),
            at_ms: now_ms,
        };
        *self.found.write().unwrap_or_else(PoisonError::into_inner) = Some(found);
        Ok(provider)
    }

    fn log(&self, error: &ProviderError) {
        let issuer = &self.config.issuer;
        log_repeated!(warn, %issuer, %error, "the provider of logins can't be asked");
    }
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login")
            .field("issuer", &self.config.issuer)
            .finish_non_exhaustive()
    }
}
