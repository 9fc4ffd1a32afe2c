//! One login from its beginning to its end. The server keeps nothing of it: the browser has a
//! cookie, and what the provider is told is made from that cookie and the server's key.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use parlor_shared::{RoomId, limits::LOGIN_MS_MAX};
use sha2::{Digest, Sha256};

use super::error::LoginError;

/// A login that a browser has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attempt {
    /// What the browser keeps: random text, the time, and the room.
    cookie: String,
    /// The room that the person wants to come into.
    pub(super) room: Option<RoomId>,
}

/// The times at which a login begins, or ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Env {
    /// In Unix milliseconds.
    pub(crate) unix_ms: u64,
    /// The time by which rates are measured.
    pub(crate) rate_ms: u64,
}

/// Makes what a login needs from its cookie.
pub(super) struct AttemptKey([u8; 32]);

impl AttemptKey {
    pub(super) fn new(secret: [u8; 32]) -> Self {
        let mut digest = Sha256::new();
        // Nothing else is made with this key.
        digest.update(b"parlor logins");
        digest.update(secret);
        Self(digest.finalize().into())
    }

    /// What links the provider's answer to the browser that has asked.
    pub(super) fn state(&self, attempt: &Attempt) -> String {
        self.text(attempt, "state")
    }

    /// What links the provider's token to this login.
    pub(super) fn nonce(&self, attempt: &Attempt) -> String {
        self.text(attempt, "nonce")
    }

    /// What proves at the end that the same server began (RFC 7636).
    pub(super) fn verifier(&self, attempt: &Attempt) -> String {
        self.text(attempt, "verifier")
    }

    /// Whether a state is that of this login. Takes the same time for any other.
    pub(super) fn has_state(&self, attempt: &Attempt, state: &str) -> bool {
        let Ok(state) = URL_SAFE_NO_PAD.decode(state) else {
            return false;
        };
        let mac = self.mac(attempt, "state");
        mac.is_some_and(|mac| mac.verify_slice(&state).is_ok())
    }

    fn text(&self, attempt: &Attempt, purpose: &str) -> String {
        let mac = self.mac(attempt, purpose);
        let bytes = mac.map(|mac| mac.finalize().into_bytes());
        bytes.map_or_else(String::new, |bytes| URL_SAFE_NO_PAD.encode(bytes))
    }

    fn mac(&self, attempt: &Attempt, purpose: &str) -> Option<Hmac<Sha256>> {
        // A key of any length is one.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(attempt.cookie.as_bytes());
        Some(mac)
    }
}

impl Attempt {
    /// One that begins now, with these random bytes.
    pub(super) fn new(random: [u8; 32], room: Option<RoomId>, now_ms: u64) -> Self {
        let random = URL_SAFE_NO_PAD.encode(random);
        let name = room.as_ref().map_or("", RoomId::as_str);
        Self {
            cookie: format!("{random}.{now_ms}.{name}"),
            room,
        }
    }

    /// One that a browser shows.
    ///
    /// # Errors
    /// [`LoginError`] where it is none, or too old.
    pub(super) fn parse(cookie: &str, now_ms: u64) -> Result<Self, LoginError> {
        // The random text comes first.
        let mut parts = cookie.splitn(3, '.').skip(1);
        let began_ms: Option<u64> = parts.next().and_then(|text| text.parse().ok());
        let began_ms = began_ms.ok_or(LoginError::NotBegun)?;
        if now_ms.saturating_sub(began_ms) > LOGIN_MS_MAX {
            return Err(LoginError::TooLate);
        }
        let name = parts.next().unwrap_or_default();
        // Where no room was named, the page chooses.
        let room = RoomId::parse(name).ok();
        let cookie = cookie.to_owned();
        Ok(Self { cookie, room })
    }

    /// What the browser keeps until the end.
    pub(crate) fn cookie(&self) -> &str {
        &self.cookie
    }
}

/// What the provider is told of the verifier.
pub(super) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_provider_is_told_comes_from_the_cookie_and_the_key_alone() {
        let key = AttemptKey::new([1; 32]);
        let room = Some(RoomId::parse("team").unwrap());
        let begun = Attempt::new([7; 32], room.clone(), 1_000);
        let shown = Attempt::parse(begun.cookie(), 2_000).unwrap();
        assert_eq!(shown, begun);
        assert_eq!(shown.room, room);
        let state = key.state(&begun);
        assert!(key.has_state(&shown, &state));
        let others = [
            Attempt::new([8; 32], room.clone(), 1_000),
            Attempt::new([7; 32], None, 1_000),
            Attempt::new([7; 32], room, 1_001),
        ];
        for other in &others {
            assert!(!key.has_state(other, &state));
        }
        assert!(!AttemptKey::new([2; 32]).has_state(&begun, &state));
        assert!(!key.has_state(&begun, &key.nonce(&begun)) && !key.has_state(&begun, ""));
        assert_ne!(key.nonce(&begun), key.verifier(&begun));
    }

    #[test]
    fn a_login_ends_in_its_time() {
        let begun = Attempt::new([7; 32], None, 1_000);
        let at = |now_ms| Attempt::parse(begun.cookie(), now_ms);
        assert!(at(1_000 + LOGIN_MS_MAX).is_ok());
        assert_eq!(at(1_001 + LOGIN_MS_MAX), Err(LoginError::TooLate));
        assert_eq!(Attempt::parse("garbage", 1), Err(LoginError::NotBegun));
    }

    #[test]
    fn the_challenge_is_that_of_the_standard() {
        // RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(
            challenge(verifier),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }
}
