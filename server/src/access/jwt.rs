//! Access tokens: JWTs (RFC 7519) that the server has signed itself, or somebody whose keys it was
//! given.
//!
//! A key has one algorithm, which is never the token's choice (RFC 8725, section 3.1). A token must
//! be made for this server (`aud`), and those of others must expire.

use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode,
};
use parlor_shared::{AccessToken, ErrorCode, MemberId, Name, Rights, limits::ACCESS_SKEW_S};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::trusted_keys::{Key, TrustedKeys};
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
    /// When it was made, in Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) iat: Option<u64>,
    /// Its id, by which it is taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) jti: Option<String>,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) iss: Option<String>,
    /// Whom it is for.
    #[serde(default, skip_serializing_if = "Audience::is_none")]
    pub(crate) aud: Audience,
    /// What the member may do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rights: Option<Rights>,
    /// Of a ticket, which ends a login: for how many seconds the token lasts that it is exchanged
    /// for, once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lasts: Option<u64>,
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

    /// Whether several are named.
    pub(crate) fn is_many(&self) -> bool {
        matches!(self, Self::Many(many) if many.len() > 1)
    }

    /// Whether it is for this one.
    pub(crate) fn has(&self, audience: &str) -> bool {
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

/// Why a token is refused.
#[derive(Debug)]
pub(super) enum TokenRefused {
    /// None of the keys has signed it, and it names a key that is not among them, or none.
    KeyUnknown,
    /// It is no good, as the client is told.
    Invalid(RequestError),
}

impl From<TokenRefused> for RequestError {
    fn from(refused: TokenRefused) -> Self {
        match refused {
            TokenRefused::KeyUnknown => {
                let why =
                    "Your access token is not of a key that this server trusts. Get another one.";
                Self::new(ErrorCode::AccessInvalid, why)
            }
            TokenRefused::Invalid(error) => error,
        }
    }
}

/// What the tokens of others must say.
#[derive(Debug, Clone)]
pub(crate) struct TokenRules {
    /// Whom they are for.
    pub(crate) audience: String,
    /// The `iss` that they must have; `None` if any will do.
    pub(crate) issuer: Option<String>,
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
    /// [`TokenRefused`].
    pub(super) fn verify(
        &self,
        token: &AccessToken,
        trusted: &TrustedKeys,
        rules: &TokenRules,
        now_ms: u64,
    ) -> Result<Verified, TokenRefused> {
        let header = decode_header(token.as_str()).map_err(|_| not_whole())?;
        let is_own = header.kid.as_deref() == Some(OWN_KEY);
        let claims = if is_own {
            claims_by::<Claims>(token.as_str(), &self.own_key())
        } else {
            let mut candidates = trusted.candidates(header.kid.as_deref());
            candidates.find_map(|key| claims_by(token.as_str(), key))
        };
        let mut claims = claims.ok_or_else(|| match header.kid.as_deref() {
            Some(named) if is_own || trusted.has(named) => not_whole(),
            Some(_) | None => TokenRefused::KeyUnknown,
        })?;
        if !is_own {
            // What only the server itself can promise.
            (claims.password, claims.lasts) = (None, None);
        }
        let checked = check(&claims, is_own, rules);
        let checked = checked.and_then(|()| check_times(&claims, now_ms / 1_000, is_own));
        checked.map_err(TokenRefused::Invalid)?;
        let member = claims.sub.as_deref();
        let member = member.map(|sub| member_of(claims.iss.as_deref(), sub));
        Ok(Verified { claims, member })
    }
}

/// The refusal of a token that was taken back.
pub(crate) fn revoked() -> RequestError {
    let why = "Your access was taken back. Ask whoever gave it to you.";
    RequestError::new(ErrorCode::AccessRevoked, why)
}

/// The refusal of a token whose time is over.
pub(crate) fn expired() -> RequestError {
    let why = "Your access has expired. Get a new token, or a new invitation.";
    RequestError::new(ErrorCode::AccessExpired, why)
}

fn not_whole() -> TokenRefused {
    let why = "Your access token is not whole, or not signed by whom it names. Get another one.";
    TokenRefused::Invalid(RequestError::new(ErrorCode::AccessInvalid, why))
}

/// What a token says. Its signature is not checked. `None` for what is no token.
pub(crate) fn unverified(token: &str) -> Option<Claims> {
    let decoded = jsonwebtoken::dangerous::insecure_decode::<Claims>(token);
    decoded.ok().map(|decoded| decoded.claims)
}

/// What a token says, if one of these keys has signed it.
pub(crate) fn claims_of<T: DeserializeOwned>(token: &str, keys: &TrustedKeys) -> Option<T> {
    let header = decode_header(token).ok()?;
    let mut candidates = keys.candidates(header.kid.as_deref());
    candidates.find_map(|key| claims_by(token, key))
}

/// Whether a token names one of these keys.
pub(crate) fn has_key_of(token: &str, keys: &TrustedKeys) -> bool {
    let header = decode_header(token);
    header.is_ok_and(|header| header.kid.is_some_and(|named| keys.has(&named)))
}

/// What a token says, if this key has signed it with its own algorithm, whatever the token names.
fn claims_by<T: DeserializeOwned>(token: &str, key: &Key) -> Option<T> {
    let mut validation = Validation::new(key.algorithm);
    validation.required_spec_claims.clear();
    // Times and audience are checked by the caller, each with a sentence of its own.
    validation.validate_exp = false;
    validation.validate_aud = false;
    let decoded = decode::<T>(token, &key.decoding, &validation);
    decoded.ok().map(|decoded| decoded.claims)
}

impl std::fmt::Debug for AccessSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccessSigner(…)")
    }
}

/// Checks that a token was made for this server, by whom it has to be made.
fn check(claims: &Claims, is_own: bool, rules: &TokenRules) -> Result<(), RequestError> {
    let refused = |why| Err(RequestError::new(ErrorCode::AccessInvalid, why));
    let audience = if is_own { AUDIENCE } else { &rules.audience };
    if !claims.aud.has(audience) {
        return refused("Your access token is for another server. Get one for this server.");
    }
    let is_foreign = |issuer: &String| claims.iss.as_ref() != Some(issuer);
    if !is_own && rules.issuer.as_ref().is_some_and(is_foreign) {
        return refused("Your access token is not of the issuer that this server trusts.");
    }
    Ok(())
}

fn check_times(claims: &Claims, now_s: u64, is_own: bool) -> Result<(), RequestError> {
    let refused = |code, why| Err(RequestError::new(code, why));
    match claims.exp {
        Some(exp) if exp <= now_s => {
            return Err(expired());
        }
        None if !is_own => {
            let why = "Your access token never expires, which this server does not accept.";
            return refused(ErrorCode::AccessInvalid, why);
        }
        Some(_) | None => {}
    }
    let begins_s = claims.nbf.max(claims.iat);
    if begins_s.is_some_and(|begins_s| begins_s > now_s + ACCESS_SKEW_S) {
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
    member_of_account(issuer.unwrap_or_default(), sub)
}

/// The member that an account of this issuer stands for.
pub(crate) fn member_of_account(issuer: &str, sub: &str) -> MemberId {
    let mut digest = Sha256::new();
    digest.update(issuer);
    digest.update([0]);
    digest.update(sub);
    let digest: [u8; 32] = digest.finalize().into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    MemberId::new(bytes)
}

#[cfg(test)]
mod tests {
    use super::{super::trusted_keys::Readers, *};

    const SHARED: &str = r#"{"keys":[{"kty":"oct","kid":"a","alg":"HS256",
        "k":"c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"}]}"#;

    #[test]
    fn a_token_does_not_choose_its_algorithm_nor_pass_for_the_servers_own() {
        let signer = AccessSigner::new([1; 32]);
        let trusted = TrustedKeys::parse(SHARED, Readers::Operator).unwrap();
        let rules = TokenRules {
            audience: AUDIENCE.to_owned(),
            issuer: None,
        };
        let verify = |token: &AccessToken| signer.verify(token, &trusted, &rules, 1_000);
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
