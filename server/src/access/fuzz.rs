//! What must hold of any text that is shown as an access token (feature `fuzz`, in no release).

use parlor_shared::AccessToken;

use super::{
    jwt::{AUDIENCE, AccessSigner, Claims, TokenRules, unverified},
    trusted_keys::{Readers, TrustedKeys},
};

/// When the tokens are shown, in Unix milliseconds.
const NOW_MS: u64 = 1_000;

/// Nothing counts but what the server has signed, and no change of that.
pub(crate) fn token(text: &str, at: usize, change: u8) {
    let signer = AccessSigner::new([7; 32]);
    let rules = TokenRules {
        audience: AUDIENCE.to_owned(),
        issuer: None,
    };
    // The text as the keys, too: it may be a set that nobody meant.
    let keys = TrustedKeys::parse(text, Readers::Everyone).unwrap_or_default();
    let counts = |text: &str| {
        let token = AccessToken::try_from(text.to_owned());
        token.is_ok_and(|token| signer.verify(&token, &keys, &rules, NOW_MS).is_ok())
    };
    assert!(!counts(text), "nobody has signed it");
    // It is read without its key only to be taken back.
    drop(unverified(text));
    let claims = Claims {
        sub: Some(text.to_owned()),
        ..Claims::default()
    };
    // Longer than a token may be.
    let Some(own) = signer.sign(&claims) else {
        return;
    };
    assert!(counts(own.as_str()), "the server has signed it");
    let mut bytes = own.as_str().as_bytes().to_vec();
    let at = at % bytes.len();
    bytes[at] ^= change;
    if let (1.., Ok(changed)) = (change, String::from_utf8(bytes)) {
        assert!(!counts(&changed), "it was changed at {at}");
    }
}
