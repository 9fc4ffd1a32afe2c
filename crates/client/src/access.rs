//! Fetches access tokens from the program: when the server asks for one, and before the one in use
//! ends.

use std::{
    fmt,
    future::{Future, pending},
    sync::Arc,
    time::Duration,
};

use futures_util::future::BoxFuture;
use parlor_session::StopReason;
use parlor_shared::{AccessToken, close::CloseCode};
use tokio::time::Instant;

use crate::limits::{ACCESS_RENEW_MS, ACCESS_RETRY_MS_MAX, ACCESS_RETRY_MS_MIN, ACCESS_TRIES_MAX};

/// Why a program has no access token.
pub type AccessFailed = Box<dyn std::error::Error + Send + Sync>;

/// Where access tokens come from.
#[derive(Clone)]
pub(crate) struct AccessSource(
    Arc<dyn Fn() -> BoxFuture<'static, Result<AccessToken, AccessFailed>> + Send + Sync>,
);

impl AccessSource {
    pub(crate) fn new<F>(fetch: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<AccessToken, AccessFailed>> + Send + 'static,
    {
        Self(Arc::new(move || Box::pin(fetch())))
    }
}

impl fmt::Debug for AccessSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessSource")
    }
}

/// What a fetched token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To stay connected.
    Renew,
    /// To connect.
    Connect,
}

/// A token, and what it is for.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) purpose: Purpose,
    pub(crate) token: AccessToken,
}

/// When the next token is fetched, and what for.
#[derive(Debug, Clone, Copy)]
struct NextFetch {
    at: Instant,
    purpose: Purpose,
}

/// Fetches tokens, if the program gives them.
pub(crate) struct AccessTokens {
    source: Option<AccessSource>,
    next: Option<NextFetch>,
    running: Option<BoxFuture<'static, Result<AccessToken, AccessFailed>>>,
    /// How many tokens have not let the client in, since one did.
    refused: u32,
    /// How many could not be fetched, since one was.
    failures: u32,
    /// No sooner is another one fetched.
    not_before: Instant,
}

impl AccessTokens {
    pub(crate) fn new(source: Option<AccessSource>) -> Self {
        Self {
            source,
            next: None,
            running: None,
            refused: 0,
            failures: 0,
            not_before: Instant::now(),
        }
    }

    /// The client was let in.
    pub(crate) fn on_welcome(&mut self) {
        self.refused = 0;
    }

    /// The access of the connection ends in `ms` milliseconds.
    pub(crate) fn on_admitted(&mut self, ms: u64) {
        let early_ms = ACCESS_RENEW_MS.min(ms / 5);
        let at = Instant::now() + Duration::from_millis(ms - early_ms);
        self.schedule(Purpose::Renew, at);
    }

    /// The client has stopped. Returns whether it goes on with another token.
    pub(crate) fn on_stopped(&mut self, reason: StopReason) -> bool {
        let can_help = match reason {
            StopReason::Asked => false,
            StopReason::Refused(code) => code.is_about_access(),
            StopReason::Closed(code) => [CloseCode::AccessExpired, CloseCode::AccessRevoked]
                .iter()
                .any(|close| close.number() == code),
        };
        if self.source.is_none() || !can_help || self.refused >= ACCESS_TRIES_MAX {
            self.next = None;
            self.running = None;
            self.refused = 0;
            return false;
        }
        self.refused += 1;
        self.schedule(Purpose::Connect, self.not_before);
        true
    }

    fn schedule(&mut self, purpose: Purpose, at: Instant) {
        if self.source.is_some() {
            self.next = Some(NextFetch { at, purpose });
            self.running = None;
        }
    }

    /// The next token. Cancel safe.
    pub(crate) async fn next(&mut self) -> Fetched {
        loop {
            let (Some(next), Some(source)) = (self.next, &self.source) else {
                return pending().await;
            };
            let Some(running) = &mut self.running else {
                tokio::time::sleep_until(next.at).await;
                let doublings = (self.failures + self.refused.saturating_sub(1)).min(10);
                let pause_ms = (ACCESS_RETRY_MS_MIN << doublings).min(ACCESS_RETRY_MS_MAX);
                self.not_before = Instant::now() + Duration::from_millis(pause_ms);
                self.running = Some((source.0)());
                continue;
            };
            let fetched = running.await;
            self.running = None;
            match fetched {
                Ok(token) => {
                    self.next = None;
                    self.failures = 0;
                    let purpose = next.purpose;
                    return Fetched { purpose, token };
                }
                Err(error) => {
                    tracing::warn!(%error, "the program has no access token");
                    self.failures = self.failures.saturating_add(1);
                    let at = self.not_before;
                    self.next = Some(NextFetch { at, ..next });
                }
            }
        }
    }
}
