//! Tickets: what ends a login. The page shows one in hello, once and soon, and is given a token
//! that lasts in its place. So what stands in an address for a moment is worth nothing afterwards.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use parlor_shared::{
    AccessToken, ErrorCode,
    limits::{LOGIN_PASS_S, TICKET_S, TICKETS_MAX},
};

use super::{AccessControl, jwt::Claims};
use crate::{dispatch::error::RequestError, login::Account};

/// Tickets that were shown, each until it would have expired.
#[derive(Debug, Default)]
pub(super) struct UsedTickets(Mutex<HashMap<String, u64>>);

impl UsedTickets {
    /// Takes a ticket, which can't be taken again.
    ///
    /// # Errors
    /// A refusal where it was taken before, or too many are remembered.
    fn take(&self, id: &str, ends_s: u64, now_s: u64) -> Result<(), RequestError> {
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if used.contains_key(id) {
            let why = "This sign-in was used already. Sign in again.";
            return Err(RequestError::new(ErrorCode::AccessExpired, why));
        }
        if used.len() >= TICKETS_MAX {
            used.retain(|_, ends_s| *ends_s > now_s);
        }
        if used.len() >= TICKETS_MAX {
            let why = "Too many people sign in right now. Try again in a moment.";
            return Err(RequestError::new(ErrorCode::Busy, why));
        }
        used.insert(id.to_owned(), ends_s);
        Ok(())
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_taken_once_and_a_bounded_number_is_remembered() {
        let used = UsedTickets::default();
        let take = |n: usize, now_s| {
            let taken = used.take(&n.to_string(), 10 + now_s, now_s);
            taken.map_err(|error| error.refusal.code)
        };
        assert_eq!(take(0, 0), Ok(()));
        assert_eq!(take(0, 0), Err(ErrorCode::AccessExpired));
        for n in 1..TICKETS_MAX {
            assert_eq!(take(n, 0), Ok(()));
        }
        assert_eq!(take(TICKETS_MAX, 9), Err(ErrorCode::Busy));
        assert_eq!(take(TICKETS_MAX, 10), Ok(()), "the others have expired");
    }
}
