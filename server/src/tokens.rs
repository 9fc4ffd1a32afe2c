//! Member tokens: the server signs a member's id with the log's key, so it stores nothing about
//! members.
//!
//! HMAC, SHA-256 and base64 are libraries; only the layout `p1.` + base64(id, MAC) is our own. A
//! JWT would add a header, claims and a choice of algorithms that this server does not need, and
//! the tokens would be twice as long.
//!
//! A token with a name, `p2.` + base64(id, MAC, name), is for programs that speak HTTP: nothing
//! else tells their requests' author. It proves the same, and says what the member is called.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use parlor_shared::{Member, MemberId, MessageId, Name, Token};
use sha2::Sha256;

/// Creates members, and signs and verifies their tokens.
pub(crate) struct TokenSigner {
    secret: [u8; 32],
}

/// The prefix that names the token's format. Another format would have another prefix.
const PREFIX: &str = "p1.";
/// The prefix of a token with a name.
const NAMED_PREFIX: &str = "p2.";

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
    pub(crate) fn sign(&self, member: MemberId) -> Token {
        encoded(PREFIX, [member.as_bytes(), &self.mac(member, None), &[]])
    }

    /// The token that proves the same, and has the member's name.
    pub(crate) fn sign_named(&self, member: &Member) -> Token {
        let name = member.name.as_str().as_bytes();
        let mac = self.mac(member.member, Some(&member.name));
        encoded(NAMED_PREFIX, [member.member.as_bytes(), &mac, name])
    }

    /// The member that the token was signed for; `None` if this log's key did not sign it.
    pub(crate) fn verify(&self, token: &Token) -> Option<MemberId> {
        match self.verify_named(token) {
            Some(member) => Some(member.member),
            None => {
                let proof = decoded(PREFIX, token)?;
                let (member, mac) = proof.split_first_chunk::<16>()?;
                let member = MemberId::from_bytes(*member);
                self.has_signed(member, None, mac).then_some(member)
            }
        }
    }

    /// The member and the name that the token was signed for; `None` if it has no name, or this
    /// log's key did not sign it.
    pub(crate) fn verify_named(&self, token: &Token) -> Option<Member> {
        let proof = decoded(NAMED_PREFIX, token)?;
        let (member, rest) = proof.split_first_chunk::<16>()?;
        let (mac, name) = rest.split_first_chunk::<32>()?;
        let member = MemberId::from_bytes(*member);
        let name = Name::try_from(String::from_utf8(name.to_vec()).ok()?).ok()?;
        let is_ours = self.has_signed(member, Some(&name), mac);
        is_ours.then_some(Member { member, name })
    }

    fn mac(&self, member: MemberId, name: Option<&Name>) -> [u8; 32] {
        self.hmac(member, name).finalize().into_bytes().into()
    }

    /// Whether this log's key has made this MAC. It takes the same time whichever byte is wrong.
    fn has_signed(&self, member: MemberId, name: Option<&Name>, mac: &[u8]) -> bool {
        self.hmac(member, name).verify_slice(mac).is_ok()
    }

    #[allow(clippy::expect_used, reason = "HMAC takes a key of any length")]
    fn hmac(&self, member: MemberId, name: Option<&Name>) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("any length will do");
        mac.update(member.as_bytes());
        // An id alone has 16 bytes, so the one is never taken for the other.
        if let Some(name) = name {
            mac.update(b" is called ");
            mac.update(name.as_str().as_bytes());
        }
        mac
    }
}

/// A token of these parts: at most 112 bytes, which are 150 in base64.
#[allow(clippy::expect_used, reason = "base64 is printable, and short enough")]
fn encoded(prefix: &str, parts: [&[u8]; 3]) -> Token {
    let text = format!("{prefix}{}", URL_SAFE_NO_PAD.encode(parts.concat()));
    Token::parse(text).expect("base64 is printable")
}

fn decoded(prefix: &str, token: &Token) -> Option<Vec<u8>> {
    let text = token.as_str().strip_prefix(prefix)?;
    URL_SAFE_NO_PAD.decode(text).ok()
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
    #[test]
    fn a_token_with_a_name_proves_the_member_and_the_name() {
        let ours = TokenSigner::new([1; 32]);
        let member = |name: &str| Member {
            member: MemberId::from_bytes([7; 16]),
            name: Name::parse(name).unwrap(),
        };
        let longest = member(&"n".repeat(parlor_shared::limits::NAME_BYTES_MAX));
        let token = ours.sign_named(&longest);
        assert_eq!(ours.verify_named(&token), Some(longest.clone()));
        assert_eq!(ours.verify(&token), Some(longest.member));
        assert_eq!(TokenSigner::new([2; 32]).verify(&token), None);
        let plain = ours.sign(longest.member);
        assert_eq!(ours.verify_named(&plain), None);
        // Neither prefix makes the other's token valid.
        let renamed = |from, to| Token::parse(token.as_str().replacen(from, to, 1)).unwrap();
        assert_eq!(ours.verify(&renamed("p2.", "p1.")), None);
        let ann = ours.sign_named(&member("ann"));
        let bob = ours.sign_named(&member("bob"));
        let forged = format!(
            "{}{}",
            &ann.as_str()[..ann.as_str().len() - 4],
            &bob.as_str()[bob.as_str().len() - 4..]
        );
        assert_eq!(ours.verify(&Token::parse(forged).unwrap()), None);
    }
}
