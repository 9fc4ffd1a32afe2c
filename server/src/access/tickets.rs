//! Tickets: what ends a login. The page shows one in hello, once and soon, and is given a token
//! that lasts in its place. So what stands in an address for a moment is worth nothing afterwards.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use parlor_shared::{
    AccessToken, ErrorCode,
    limits::{LOGIN_PASS_S, TICKET_S},
};

use super::{AccessControl, jwt::Claims};
use crate::{dispatch::error::RequestError, login::Account};

impl AccessControl {
    /// A ticket for somebody who has logged in; `None` if there are no random bytes, or too many
    /// rights for a token.
    pub(crate) fn sign_ticket(&self, account: Account, now_ms: u64) -> Option<AccessToken> {
        self.signer.sign(&Claims {
            sub: Some(account.member.to_string()),
            name: account.name,
            rights: Some(account.rights),
            exp: Some(now_ms / 1_000 + TICKET_S),
            jti: Some(random_id()?),
            lasts: Some(LOGIN_PASS_S),
            ..Claims::default()
        })
    }

    /// Takes a ticket, if these are the claims of one, and makes them those of the token in its
    /// place, which is returned.
    pub(super) fn take_ticket(
        &self,
        claims: &mut Claims,
        now_ms: u64,
    ) -> Result<Option<AccessToken>, RequestError> {
        let Some(lasts_s) = claims.lasts.take() else {
            return Ok(None);
        };
        let now_s = now_ms / 1_000;
        let id = claims.jti.as_deref().unwrap_or_default();
        self.tickets
            .take(id, claims.exp.unwrap_or_default(), now_s)?;
        let busy = || RequestError::new(ErrorCode::Busy, "You can't sign in now. Try again later.");
        claims.jti = Some(random_id().ok_or_else(busy)?);
        claims.exp = Some(now_s + lasts_s);
        Ok(Some(self.signer.sign(claims).ok_or_else(busy)?))
    }
}

/// A random id of a token.
pub(crate) fn random_id() -> Option<String> {
    let mut random = [0; 12];
    getrandom::fill(&mut random).ok()?;
    Some(URL_SAFE_NO_PAD.encode(random))
}
