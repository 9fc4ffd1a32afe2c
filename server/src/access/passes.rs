//! Access tokens that clients show, and those that they get in the place of the password.

use parlor_shared::{AccessToken, ErrorCode, MemberId, limits::PASSWORD_PASS_S};

use super::{AccessControl, admission::HeldToken, jwt::Claims, jwt::Verified, keys_file::KeysFile};
use crate::dispatch::error::RequestError;

impl AccessControl {
    /// What a token says that a client gives on its connection.
    ///
    /// # Errors
    /// A refusal where it is not valid, or another member's.
    pub(crate) fn renew(
        &self,
        token: &AccessToken,
        member: MemberId,
        now_ms: u64,
    ) -> Result<HeldToken, RequestError> {
        let verified = self.verify(token, now_ms)?;
        if verified.member.is_some_and(|named| named != member) {
            let why = "That access token is another member's. Come in with it anew.";
            return Err(RequestError::new(ErrorCode::AccessInvalid, why));
        }
        Ok(verified.claims.into())
    }

    pub(super) fn verify(
        &self,
        token: &AccessToken,
        now_ms: u64,
    ) -> Result<Verified, RequestError> {
        let keys = self.keys.as_ref().map(KeysFile::keys).unwrap_or_default();
        self.signer.verify(token, &keys, &self.audience, now_ms)
    }

    /// Checks a token that was given in the place of a password: that must not have changed.
    /// Returns another one where half of its time is over.
    pub(super) fn check_pass(
        &self,
        verified: &Verified,
        now_ms: u64,
    ) -> Result<Option<AccessToken>, RequestError> {
        let generation = self.password().map(|hash| hash.generation());
        let generation = generation.filter(|now| verified.claims.password.as_ref() == Some(now));
        let Some(generation) = generation else {
            let why = "The password of this server has changed. Enter the new one.";
            return Err(RequestError::new(ErrorCode::AccessExpired, why));
        };
        let ends_s = verified.claims.exp.unwrap_or_default();
        let is_young = ends_s.saturating_sub(now_ms / 1_000) > PASSWORD_PASS_S / 2;
        Ok((!is_young)
            .then(|| self.sign_pass(generation, now_ms))
            .flatten())
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
