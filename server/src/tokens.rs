//! Member tokens: the server signs a member's id with the log's key, so it stores nothing about
//! members.
//!
//! HMAC, SHA-256 and base64 are libraries; only the layout `p1.` + base64(id, MAC) is our own. A
//! JWT would add a header, claims and a choice of algorithms that this server does not need, and
//! the tokens would be twice as long.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use parlor_shared::{MemberId, MessageId, Token};
use sha2::Sha256;

/// Creates members, and signs and verifies their tokens.
pub(crate) struct TokenSigner {
    secret: [u8; 32],
}

/// The prefix that names the token's format. Another format would have another prefix.
const PREFIX: &str = "p1.";

impl TokenSigner {
    /// A signer with the log's key.
    pub(crate) fn new(secret: [u8; 32]) -> Self {
        Self { secret }
    }

    /// Draws a new member id.
    ///
    /// # Errors
    /// If the system has no random bytes to give.
    pub(crate) fn new_member(&self) -> Result<MemberId, getrandom::Error> {
        let mut random = [0; 16];
        getrandom::fill(&mut random)?;
        Ok(MemberId::new(random))
    }

    /// Draws an id for an entry that the server makes.
    ///
    /// # Errors
    /// If the system has no random bytes to give.
    pub(crate) fn new_message(&self, at_ms: u64) -> Result<MessageId, getrandom::Error> {
        let mut random = [0; 10];
        getrandom::fill(&mut random)?;
        Ok(MessageId::new(at_ms, random))
    }

    /// The token that proves its bearer to be `member`: the id and its HMAC-SHA256 (RFC 2104).
    #[allow(clippy::expect_used, reason = "48 bytes in base64 are always a token")]
    pub(crate) fn sign(&self, member: MemberId) -> Token {
        let mut proof = member.as_bytes().to_vec();
        proof.extend(self.mac(member).finalize().into_bytes());
        let text = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(proof));
        Token::parse(text).expect("base64 is printable")
    }

    /// The member that the token was signed for; `None` if this log's key did not sign it.
    pub(crate) fn verify(&self, token: &Token) -> Option<MemberId> {
        let proof = URL_SAFE_NO_PAD
            .decode(token.as_str().strip_prefix(PREFIX)?)
            .ok()?;
        let (member, mac) = proof.split_first_chunk::<16>()?;
        let member = MemberId::from_bytes(*member);
        // `verify_slice` takes constant time, so its timing tells nothing about the right MAC.
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
    fn only_tokens_signed_with_the_same_key_are_accepted() {
        let ours = TokenSigner::new([1; 32]);
        let member = ours.new_member().unwrap();
        let token = ours.sign(member);
        assert_eq!(ours.verify(&token), Some(member));
        assert_eq!(
            TokenSigner::new([2; 32]).verify(&token),
            None,
            "signed with another log's key"
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
