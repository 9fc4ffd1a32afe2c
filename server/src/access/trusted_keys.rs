//! The keys of others whose tokens count, each with the one algorithm that it is for.

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse},
};
use parlor_shared::{codec, limits::ACCESS_KEYS_MAX};

/// A key, and the one algorithm that it is for.
pub(super) struct Key {
    pub(super) id: Option<String>,
    pub(super) algorithm: Algorithm,
    pub(super) decoding: DecodingKey,
}

/// The keys that the server was given.
#[derive(Default)]
pub(crate) struct TrustedKeys(Vec<Key>);

/// Who else has read the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    /// The operator: a key may be one that both sides keep secret.
    Operator,
    /// Everyone: a secret among the keys is none, and is left out.
    Everyone,
}

/// Why keys can't be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysInvalid {
    /// Not a set of keys.
    #[error("it is not a JSON Web Key Set: {0}")]
    Malformed(#[from] codec::DecodeError),
    /// No key that the server can use.
    #[error("it has no key for RS256, ES256 or EdDSA, nor, in a file, for HS256")]
    Empty,
    /// More than [`ACCESS_KEYS_MAX`].
    #[error("it has more than {ACCESS_KEYS_MAX} keys")]
    TooMany,
}

impl TrustedKeys {
    /// Reads a JSON Web Key Set (RFC 7517). Keys for other algorithms, or not for signatures, are
    /// left out.
    ///
    /// # Errors
    /// [`KeysInvalid`].
    pub(crate) fn parse(json: &str, readers: Readers) -> Result<Self, KeysInvalid> {
        let set: JwkSet = codec::from_json(json)?;
        if set.keys.len() > ACCESS_KEYS_MAX {
            return Err(KeysInvalid::TooMany);
        }
        let mut keys: Vec<Key> = set.keys.iter().filter_map(key).collect();
        if readers == Readers::Everyone {
            keys.retain(|key| key.algorithm != Algorithm::HS256);
        }
        if keys.is_empty() {
            return Err(KeysInvalid::Empty);
        }
        Ok(Self(keys))
    }

    /// The keys that may have signed what names this key, or no key.
    pub(super) fn candidates(&self, id: Option<&str>) -> impl Iterator<Item = &Key> {
        let is_named = move |key: &&Key| id.is_none() || key.id.as_deref() == id;
        self.0.iter().filter(is_named)
    }

    /// Whether there is a key of this name.
    pub(super) fn has(&self, id: &str) -> bool {
        self.0.iter().any(|key| key.id.as_deref() == Some(id))
    }
}

impl std::fmt::Debug for TrustedKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TrustedKeys({})", self.0.len())
    }
}

/// A key of a set; `None` for one that is not for signatures that the server knows.
fn key(jwk: &Jwk) -> Option<Key> {
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(ec) if ec.curve == EllipticCurve::P256 => {
            Algorithm::ES256
        }
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            Algorithm::EdDSA
        }
        AlgorithmParameters::OctetKey(_) => Algorithm::HS256,
        AlgorithmParameters::EllipticCurve(_) | AlgorithmParameters::OctetKeyPair(_) => {
            return None;
        }
    };
    let named = jwk.common.key_algorithm.map(|named| named.to_string());
    let is_other = named.is_some_and(|named| named != format!("{algorithm:?}"));
    let is_for_signatures = jwk
        .common
        .public_key_use
        .as_ref()
        .is_none_or(|of| matches!(of, PublicKeyUse::Signature));
    if is_other || !is_for_signatures {
        return None;
    }
    Some(Key {
        id: jwk.common.key_id.clone(),
        algorithm,
        decoding: DecodingKey::from_jwk(jwk).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARED: &str =
        r#"{"kty":"oct","kid":"a","alg":"HS256","k":"c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"}"#;
    const PUBLIC: &str = r#"{"kty":"OKP","crv":"Ed25519","kid":"b",
        "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

    fn taken(keys: &[&str], readers: Readers) -> Result<usize, KeysInvalid> {
        let set = format!(r#"{{"keys":[{}]}}"#, keys.join(","));
        TrustedKeys::parse(&set, readers).map(|keys| keys.0.len())
    }

    #[test]
    fn only_keys_for_signatures_are_taken_and_not_too_many() {
        let taken = |keys: &[&str]| taken(keys, Readers::Operator);
        let for_secrets = SHARED.replace(r#""kid""#, r#""use":"enc","kid""#);
        let other = SHARED.replace("HS256", "HS512");
        assert_eq!(taken(&[SHARED, &for_secrets, &other]).unwrap(), 1);
        assert!(matches!(taken(&[&other]), Err(KeysInvalid::Empty)));
        assert_eq!(taken(&[SHARED; ACCESS_KEYS_MAX]).unwrap(), ACCESS_KEYS_MAX);
        let more = [SHARED; ACCESS_KEYS_MAX + 1];
        assert!(matches!(taken(&more), Err(KeysInvalid::TooMany)));
        let nonsense = TrustedKeys::parse("nonsense", Readers::Operator);
        assert!(matches!(nonsense, Err(KeysInvalid::Malformed(_))));
    }

    #[test]
    fn a_secret_that_everyone_can_read_is_no_key() {
        assert_eq!(taken(&[SHARED, PUBLIC], Readers::Operator).unwrap(), 2);
        assert_eq!(taken(&[SHARED, PUBLIC], Readers::Everyone).unwrap(), 1);
        let secret_alone = taken(&[SHARED], Readers::Everyone);
        assert!(matches!(secret_alone, Err(KeysInvalid::Empty)));
    }
}
