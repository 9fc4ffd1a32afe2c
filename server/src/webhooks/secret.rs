//! The secret of a webhook, and what it signs: the scheme of [Standard Webhooks].
//!
//! HMAC, SHA-256 and base64 are libraries; the scheme is one line over them. The crate of the same
//! name would bring another HMAC and an older base64, and has no release since 2024; the tests
//! check what is signed here with the scheme's own library for JavaScript.
//!
//! [Standard Webhooks]: https://www.standardwebhooks.com

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// How the text of a secret begins.
const PREFIX: &str = "whsec_";

/// The fewest bytes of a secret, and the most.
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// What a webhook's sender and receiver both know. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct WebhookSecret(Vec<u8>);

/// Not a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a webhook's secret is whsec_ and 24 to 64 bytes in base64")]
pub(crate) struct SecretInvalid;

impl WebhookSecret {
    /// A secret of these random bytes.
    pub(crate) fn new(random: [u8; 32]) -> Self {
        Self(random.to_vec())
    }

    /// The secret as text.
    pub(crate) fn reveal(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    /// The signature of a delivery with this id, sent at this time in Unix seconds: the value of
    /// `webhook-signature`.
    #[allow(clippy::expect_used, reason = "HMAC takes a key of any length")]
    pub(crate) fn sign(&self, id: &str, at_s: u64, body: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("any length will do");
        mac.update(format!("{id}.{at_s}.").as_bytes());
        mac.update(body.as_bytes());
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl FromStr for WebhookSecret {
    type Err = SecretInvalid;

    fn from_str(text: &str) -> Result<Self, SecretInvalid> {
        let encoded = text.strip_prefix(PREFIX).ok_or(SecretInvalid)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| SecretInvalid)?;
        let is_valid = BYTES.contains(&bytes.len());
        is_valid.then_some(Self(bytes)).ok_or(SecretInvalid)
    }
}

impl TryFrom<String> for WebhookSecret {
    type Error = SecretInvalid;

    fn try_from(text: String) -> Result<Self, SecretInvalid> {
        text.parse()
    }
}

impl From<WebhookSecret> for String {
    fn from(secret: WebhookSecret) -> Self {
        secret.reveal()
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example that the scheme's libraries are tested with.
    #[test]
    fn the_signature_is_that_of_the_scheme() {
        let secret: WebhookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap();
        let signed = secret.sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            "{\"test\": 2432232314}",
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_is_the_same_as_text_and_is_not_shown_by_the_way() {
        let secret = WebhookSecret::new([7; 32]);
        let text = secret.reveal();
        assert_eq!(text.parse(), Ok(secret.clone()));
        assert!(!format!("{secret:?}").contains(&text[PREFIX.len()..]));
        for wrong in [
            "",
            "whsec_",
            "whsec_AAAA",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        ] {
            assert_eq!(
                wrong.parse::<WebhookSecret>(),
                Err(SecretInvalid),
                "{wrong}"
            );
        }
    }
}
