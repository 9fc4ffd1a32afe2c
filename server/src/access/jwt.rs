//! Access tokens: JWTs (RFC 7519) that the server has signed itself, or somebody whose keys it was
//! given.
//!
//! A key has one algorithm, which is never the token's choice (RFC 8725, section 3.1). A token must
//! be made for this server (`aud`), and those of others must expire.

use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet},
};
use parlor_shared::{
    AccessToken, ErrorCode, MemberId, Name, Rights, codec,
    limits::{ACCESS_KEYS_MAX, ACCESS_SKEW_S},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::dispatch::error::RequestError;

/// The id of the server's own key, in the header of its tokens.
const OWN_KEY: &str = "parlor";

/// Whom a token is for, unless the operator says otherwise.
pub(crate) const AUDIENCE: &str = "parlor";

/// What a token says.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Claims {
    /// The member: a member id, or any name that its issuer has for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sub: Option<String>,
    /// The member's name, which then can't be changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<Name>,
    /// When it ends, in Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) exp: Option<u64>,
    /// When it begins, in Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) nbf: Option<u64>,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) iss: Option<String>,
    /// Whom it is for.
    #[serde(default, skip_serializing_if = "Audience::is_none")]
    pub(crate) aud: Audience,
    /// What the member may do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rights: Option<Rights>,
    /// In place of a password: which one it was given for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) password: Option<String>,
}

/// Whom a token is for: one text, or several.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Audience {
    /// Nobody is named.
    #[default]
    None,
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Audience {
    fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    fn has(&self, audience: &str) -> bool {
        match self {
            Self::None => false,
            Self::One(one) => one == audience,
            Self::Many(many) => many.iter().any(|one| one == audience),
        }
    }
}

/// What a valid token is good for.
#[derive(Debug)]
pub(super) struct Verified {
    pub(super) claims: Claims,
    /// The member that it names.
    pub(super) member: Option<MemberId>,
}

/// A key, and the one algorithm that it is for.
struct Key {
    id: Option<String>,
    algorithm: Algorithm,
    decoding: DecodingKey,
}

/// The keys that the server was given.
#[derive(Default)]
pub(crate) struct TrustedKeys(Vec<Key>);

/// Why keys can't be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysInvalid {
    /// Not a set of keys.
    #[error("it is not a JSON Web Key Set: {0}")]
    Malformed(#[from] codec::DecodeError),
    /// No key that the server can use.
    #[error("it has no key for RS256, ES256, EdDSA or HS256")]
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
    pub(crate) fn parse(json: &str) -> Result<Self, KeysInvalid> {
        let set: JwkSet = codec::from_json(json)?;
        if set.keys.len() > ACCESS_KEYS_MAX {
            return Err(KeysInvalid::TooMany);
        }
        let keys: Vec<Key> = set.keys.iter().filter_map(key).collect();
        if keys.is_empty() {
            return Err(KeysInvalid::Empty);
        }
        Ok(Self(keys))
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
        .is_none_or(|of| matches!(of, jsonwebtoken::jwk::PublicKeyUse::Signature));
    if is_other || !is_for_signatures {
        return None;
    }
    Some(Key {
        id: jwk.common.key_id.clone(),
        algorithm,
        decoding: DecodingKey::from_jwk(jwk).ok()?,
    })
}

/// Signs tokens with the server's own key.
pub(crate) struct AccessSigner {
    key: [u8; 32],
}

impl AccessSigner {
    /// A signer with a key made from the log's.
    #[must_use]
    pub(crate) fn new(secret: [u8; 32]) -> Self {
        let mut digest = Sha256::new();
        // Nothing else is signed with this key.
        digest.update(b"parlor access tokens");
        digest.update(secret);
        Self {
            key: digest.finalize().into(),
        }
    }

    /// The token with these claims, for this server; `None` if it would be longer than a token may
    /// be.
    #[must_use]
    pub(crate) fn sign(&self, claims: &Claims) -> Option<AccessToken> {
        let mut claims = claims.clone();
        claims.aud = Audience::One(AUDIENCE.to_owned());
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(OWN_KEY.to_owned());
        let token = encode(&header, &claims, &EncodingKey::from_secret(&self.key)).ok()?;
        AccessToken::try_from(token).ok()
    }

    fn own_key(&self) -> Key {
        Key {
            id: Some(OWN_KEY.to_owned()),
            algorithm: Algorithm::HS256,
            decoding: DecodingKey::from_secret(&self.key),
        }
    }

    /// What a token says, if one of the keys has signed it for this server, and it is valid now.
    ///
    /// # Errors
    /// A refusal that says what is wrong with it.
    pub(super) fn verify(
        &self,
        token: &AccessToken,
        trusted: &TrustedKeys,
        audience: &str,
        now_ms: u64,
    ) -> Result<Verified, RequestError> {
        let foreign = || {
            let why = "Your access token is not of a key that this server trusts. Get another one.";
            RequestError::new(ErrorCode::AccessInvalid, why)
        };
        let header = decode_header(token.as_str()).map_err(|_| foreign())?;
        let own = self.own_key();
        let is_own = header.kid.as_deref() == Some(OWN_KEY);
        let candidates: Vec<&Key> = if is_own {
            vec![&own]
        } else {
            let is_named = |key: &&Key| header.kid.is_none() || key.id == header.kid;
            trusted.0.iter().filter(is_named).collect()
        };
        let decoded = candidates.into_iter().find_map(|key| {
            // The key's algorithm, whatever the token says.
            let mut validation = Validation::new(key.algorithm);
            validation.required_spec_claims.clear();
            // Times and audience are checked below, each with a sentence of its own.
            validation.validate_exp = false;
            validation.validate_aud = false;
            decode::<Claims>(token.as_str(), &key.decoding, &validation).ok()
        });
        let claims = decoded.ok_or_else(foreign)?.claims;
        let expected = if is_own { AUDIENCE } else { audience };
        if !claims.aud.has(expected) {
            let why = "Your access token is for another server. Get one for this server.";
            return Err(RequestError::new(ErrorCode::AccessInvalid, why));
        }
        check_times(&claims, now_ms / 1_000, is_own)?;
        let member = claims.sub.as_deref();
        let member = member.map(|sub| member_of(claims.iss.as_deref(), sub));
        Ok(Verified { claims, member })
    }
}

impl std::fmt::Debug for AccessSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccessSigner(…)")
    }
}

fn check_times(claims: &Claims, now_s: u64, is_own: bool) -> Result<(), RequestError> {
    let refused = |code, why| Err(RequestError::new(code, why));
    match claims.exp {
        Some(exp) if exp <= now_s => {
            let why = "Your access has expired. Get a new token, or a new invitation.";
            return refused(ErrorCode::AccessExpired, why);
        }
        None if !is_own => {
            let why = "Your access token never expires, which this server does not accept.";
            return refused(ErrorCode::AccessInvalid, why);
        }
        Some(_) | None => {}
    }
    if claims.nbf.is_some_and(|nbf| nbf > now_s + ACCESS_SKEW_S) {
        let why = "Your access token is not valid yet. Try again later.";
        return refused(ErrorCode::AccessNotYet, why);
    }
    Ok(())
}

/// The member that an issuer calls so: a member id as it is, and one made from any other name.
fn member_of(issuer: Option<&str>, sub: &str) -> MemberId {
    if let Ok(member) = sub.parse() {
        return member;
    }
    let mut digest = Sha256::new();
    digest.update(issuer.unwrap_or_default());
    digest.update([0]);
    digest.update(sub);
    let digest: [u8; 32] = digest.finalize().into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    MemberId::new(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(keys: &[&str]) -> String {
        format!(r#"{{"keys":[{}]}}"#, keys.join(","))
    }

    const SHARED: &str =
        r#"{"kty":"oct","kid":"a","alg":"HS256","k":"c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"}"#;

    #[test]
    fn only_keys_for_signatures_are_taken_and_not_too_many() {
        let taken = |keys: &[&str]| TrustedKeys::parse(&set(keys)).map(|keys| keys.0.len());
        let for_secrets = SHARED.replace(r#""kid""#, r#""use":"enc","kid""#);
        let other = SHARED.replace("HS256", "HS512");
        assert_eq!(taken(&[SHARED, &for_secrets, &other]).unwrap(), 1);
        assert!(matches!(taken(&[&other]), Err(KeysInvalid::Empty)));
        assert_eq!(taken(&[SHARED; ACCESS_KEYS_MAX]).unwrap(), ACCESS_KEYS_MAX);
        let more = [SHARED; ACCESS_KEYS_MAX + 1];
        assert!(matches!(taken(&more), Err(KeysInvalid::TooMany)));
        assert!(matches!(
            TrustedKeys::parse("nonsense"),
            Err(KeysInvalid::Malformed(_))
        ));
    }

    #[test]
    fn a_token_does_not_choose_its_algorithm_nor_pass_for_the_servers_own() {
        let signer = AccessSigner::new([1; 32]);
        let trusted = TrustedKeys::parse(&set(&[SHARED])).unwrap();
        let verify = |token: &AccessToken| signer.verify(token, &trusted, "parlor", 1_000);
        let own = signer.sign(&Claims::default()).unwrap();
        assert!(verify(&own).is_ok());
        let (_, rest) = own.as_str().split_once('.').unwrap();
        for header in [
            "eyJhbGciOiJub25lIiwia2lkIjoicGFybG9yIn0",
            "eyJhbGciOiJIUzUxMiIsImtpZCI6InBhcmxvciJ9",
        ] {
            let forged = AccessToken::try_from(format!("{header}.{rest}")).unwrap();
            assert!(verify(&forged).is_err(), "{header}");
        }
        // A foreign key that calls itself the server's.
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(OWN_KEY.to_owned());
        let key = EncodingKey::from_secret(b"secret-secret-secret-secret");
        let claims = Claims {
            aud: Audience::One(AUDIENCE.to_owned()),
            exp: Some(10_000),
            ..Claims::default()
        };
        let forged = encode(&header, &claims, &key).unwrap();
        assert!(verify(&AccessToken::try_from(forged).unwrap()).is_err());
        header.kid = Some("a".to_owned());
        let theirs = encode(&header, &claims, &key).unwrap();
        assert!(verify(&AccessToken::try_from(theirs).unwrap()).is_ok());
    }

    #[test]
    fn a_member_is_who_the_token_names_and_the_same_for_the_same_name() {
        let id = "01920000-0000-7000-8000-000000000000";
        assert_eq!(member_of(Some("them"), id).to_string(), id);
        let ada = member_of(Some("them"), "ada");
        assert_eq!(ada, member_of(Some("them"), "ada"));
        assert_ne!(ada, member_of(Some("others"), "ada"));
    }
}
