//! Access tokens that clients show, and those that they get in the place of the password.

use std::sync::PoisonError;

use parlor_shared::{AccessToken, ErrorCode, MemberId, limits::PASSWORD_PASS_S};

use super::{
    AccessControl,
    admission::HeldToken,
    jwt::{Claims, TokenRefused, Verified, revoked},
    token_keys::TokenKeys,
};
use crate::{config::AccessMode, dispatch::error::RequestError};

impl AccessControl {
    /// What a token says that a client gives on its connection.
    ///
    /// # Errors
    /// A refusal where it is not valid, or another member's.
    pub(crate) async fn renew(
        &self,
        token: &AccessToken,
        member: MemberId,
        now_ms: u64,
        rate_ms: u64,
    ) -> Result<HeldToken, RequestError> {
        let mut verified = self.verify(token, now_ms, rate_ms).await?;
        // It is the same connection that a ticket would be exchanged for.
        verified.claims.lasts = None;
        if verified.member.is_some_and(|named| named != member) {
            let why = "That access token is another member's. Come in with it anew.";
            return Err(RequestError::new(ErrorCode::AccessInvalid, why));
        }
        Ok(verified.claims.into())
    }

    /// What a token says. Where its key is not known, the keys are fetched again, within bounds:
    /// their issuer may have changed them.
    pub(super) async fn verify(
        &self,
        token: &AccessToken,
        now_ms: u64,
        rate_ms: u64,
    ) -> Result<Verified, RequestError> {
        let keys = match (self.verify_now(token, now_ms), &self.keys) {
            (Ok(verified), _) => return Ok(verified),
            (Err(TokenRefused::KeyUnknown), Some(TokenKeys::Address(keys))) => keys,
            (Err(refused), _) => return Err(refused.into()),
        };
        keys.fetch_for_unknown(rate_ms).await;
        if keys.keys().is_none() {
            let why = "The server can't check access tokens at the moment. Try again later.";
            return Err(RequestError::new(ErrorCode::Busy, why));
        }
        Ok(self.verify_now(token, now_ms)?)
    }

    fn verify_now(&self, token: &AccessToken, now_ms: u64) -> Result<Verified, TokenRefused> {
        let keys = self.keys.as_ref().and_then(TokenKeys::keys);
        let keys = keys.unwrap_or_default();
        let verified = self.signer.verify(token, &keys, &self.tokens, now_ms)?;
        match verified.claims.jti.as_deref() {
            Some(id) if self.is_revoked(id) => Err(TokenRefused::Invalid(revoked())),
            Some(_) | None => Ok(verified),
        }
    }

    /// Whether the token with this id was taken back.
    pub(crate) fn is_revoked(&self, id: &str) -> bool {
        let revoked = self.revoked.read().unwrap_or_else(PoisonError::into_inner);
        revoked.contains(id)
    }

    /// What somebody is told who has shown nothing that lets them in.
    pub(super) fn what_is_missing(&self) -> RequestError {
        let (code, why) = match self.mode {
            AccessMode::Open | AccessMode::Token if self.has_logins => (
                ErrorCode::LoginRequired,
                "Sign in with your account, or open the link of your invitation.",
            ),
            AccessMode::Open | AccessMode::Token => (
                ErrorCode::AccessRequired,
                "Only those who are invited come in here. Open the link of your invitation.",
            ),
            AccessMode::Password => (
                ErrorCode::PasswordRequired,
                "This server has a password. Enter it to come in.",
            ),
        };
        RequestError::new(code, why)
    }

    /// Fetches the keys of others at intervals, where they stand at an address.
    pub(crate) async fn follow_keys(&self) {
        match &self.keys {
            Some(TokenKeys::Address(keys)) => keys.follow().await,
            Some(TokenKeys::File(_)) | None => {}
        }
    }

    /// Checks a token that was given in the place of a password: that must not have changed.
    /// Returns another one where half of its time is over.
    pub(super) fn check_pass(
        &self,
        verified: &Verified,
        generation: &str,
        now_ms: u64,
    ) -> Result<Option<AccessToken>, RequestError> {
        self.check_generation(generation)?;
        let ends_s = verified.claims.exp.unwrap_or_default();
        let is_young = ends_s.saturating_sub(now_ms / 1_000) > PASSWORD_PASS_S / 2;
        Ok((!is_young)
            .then(|| self.sign_pass(generation.to_owned(), now_ms))
            .flatten())
    }

    /// Checks that the password is still the one with this generation.
    pub(super) fn check_generation(&self, generation: &str) -> Result<(), RequestError> {
        let now = self.password().map(|hash| hash.generation());
        if now.as_deref() == Some(generation) {
            return Ok(());
        }
        let why = "The password of this server has changed. Enter the new one.";
        Err(RequestError::new(ErrorCode::AccessExpired, why))
    }

    /// A token in the place of the password with this generation.
    pub(super) fn sign_pass(&self, generation: String, now_ms: u64) -> Option<AccessToken> {
        self.signer.sign(&Claims {
            exp: Some(now_ms / 1_000 + PASSWORD_PASS_S),
            password: Some(generation),
            ..Claims::default()
        })
    }
}
