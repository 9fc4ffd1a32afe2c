//! Who a member is: tokens that only this log's key can make, so that nothing about members need be kept.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use parlor_shared::{MemberId, Token};
use sha2::Sha256;

/// Makes members and proves who is one.
pub(crate) struct TokenSigner {
    secret: [u8; 32],
}

/// Names the form of the token; another form would begin otherwise.
const PREFIX: &str = "p1.";

impl TokenSigner {
    /// With the key that is kept with the log.
    pub(crate) fn new(secret: [u8; 32]) -> Self {
        Self { secret }
    }

    /// A member nobody was before.
    ///
    /// # Errors
    /// Where the system has no random bytes to give.
    pub(crate) fn new_member(&self) -> Result<MemberId, getrandom::Error> {
        let mut random = [0; 16];
        getrandom::fill(&mut random)?;
        Ok(MemberId::new(random))
    }

    /// What proves that its bearer is this member: the id and its HMAC-SHA256 (RFC 2104).
    #[allow(clippy::expect_used, reason = "48 bytes in base64 are always a token")]
    pub(crate) fn sign(&self, member: MemberId) -> Token {
        let mut proof = member.as_bytes().to_vec();
        proof.extend(self.mac(member).finalize().into_bytes());
        let text = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(proof));
        Token::parse(text).expect("base64 is printable")
    }

    /// The member this token was issued to.
    pub(crate) fn verify(&self, token: &Token) -> Option<MemberId> {
        let proof = URL_SAFE_NO_PAD
            .decode(token.as_str().strip_prefix(PREFIX)?)
            .ok()?;
        let (member, mac) = proof.split_first_chunk::<16>()?;
        let member = MemberId::from_bytes(*member);
        // In constant time: how long it takes says nothing about the right answer.
        self.mac(member).verify_slice(mac).ok()?;
        Some(member)
    }

    #[allow(clippy::expect_used, reason = "HMAC takes a key of any length")]
    fn mac(&self, member: MemberId) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("any length will do");
        mac.update(member.as_bytes());
        mac
    }
}

impl std::fmt::Debug for TokenSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenSigner(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_proves_its_member_to_its_log_alone() {
        let ours = TokenSigner::new([1; 32]);
        let member = ours.new_member().unwrap();
        let token = ours.sign(member);
        assert_eq!(ours.verify(&token), Some(member));
        assert_eq!(
            TokenSigner::new([2; 32]).verify(&token),
            None,
            "another log's"
        );

        let mut forged = token.as_str().to_owned();
        let last = if forged.pop() == Some('A') { 'E' } else { 'A' };
        forged.push(last);
        assert_eq!(ours.verify(&Token::parse(forged).unwrap()), None);
        for bad in ["p1.", "p1.AAAA", "x", "p1.***"] {
            assert_eq!(ours.verify(&Token::parse(bad).unwrap()), None, "{bad}");
        }
    }
}
