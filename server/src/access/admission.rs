//! What a client shows to come in, and what it is let in with.

use std::sync::Arc;

use parlor_shared::{Access, AccessToken, MemberId, Name, Rights};

use super::{
    jwt::{Claims, TokenRules},
    token_keys::TokenKeys,
};
use crate::{address::Network, config::AccessMode};

/// What the operator has chosen.
#[derive(Debug)]
pub(crate) struct AccessRules {
    /// Who may come in.
    pub(crate) mode: AccessMode,
    /// The keys of others.
    pub(crate) keys: Option<TokenKeys>,
    /// What the tokens of these keys must say.
    pub(crate) tokens: TokenRules,
    /// Whether people can log in.
    pub(crate) has_logins: bool,
}

#[cfg(any(test, feature = "sim"))]
impl AccessRules {
    /// Those of a server that lets everyone in.
    pub(super) fn open() -> Self {
        Self {
            mode: AccessMode::Open,
            keys: None,
            tokens: TokenRules {
                audience: super::AUDIENCE.to_owned(),
                issuer: None,
            },
            has_logins: false,
        }
    }
}

/// What a client shows in hello, and from where.
#[derive(Debug)]
pub(crate) struct Shown {
    /// Who it is by its token, if it has one.
    pub(crate) member: Option<MemberId>,
    /// The name that it gives, if it gives one: an invitation asks for it.
    pub(crate) name: Option<Name>,
    /// What lets it in.
    pub(crate) access: Option<Access>,
    /// Where it connects from, if one address has limits.
    pub(crate) network: Option<Network>,
    /// The time, in Unix milliseconds.
    pub(crate) now_ms: u64,
    /// The time by which rates are measured.
    pub(crate) rate_ms: u64,
}

/// A client that may come in.
#[derive(Debug)]
pub(crate) struct Admission {
    /// Who it is.
    pub(crate) member: MemberId,
    /// Whether nothing has said who it is, so that it is a new member.
    pub(crate) is_new: bool,
    /// The name that its other device has, where that lets it in.
    pub(crate) name: Option<Name>,
    /// What its token says, if it has shown one.
    pub(crate) held: Option<HeldToken>,
    /// What it is given in the place of the password.
    pub(crate) pass: Option<AccessToken>,
}

/// What an access token says of the connection that has shown it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HeldToken {
    /// What its bearer may do.
    pub(crate) rights: Arc<Rights>,
    /// When the connection ends, in Unix milliseconds.
    pub(crate) expires_at_ms: Option<u64>,
    /// The name that its bearer has.
    pub(crate) name: Option<Name>,
    /// Which password it was given for, if it stands for one. Then it says nothing else.
    pub(crate) password: Option<String>,
    /// Its id, by which it is taken back.
    pub(crate) id: Option<String>,
}

impl HeldToken {
    /// What stands for the password with this generation.
    pub(super) fn of_password(generation: String) -> Self {
        Self {
            password: Some(generation),
            ..Self::default()
        }
    }
}

impl From<Claims> for HeldToken {
    fn from(claims: Claims) -> Self {
        Self {
            rights: Arc::new(claims.rights.unwrap_or_default()),
            expires_at_ms: claims.exp.map(|exp| exp.saturating_mul(1_000)),
            name: claims.name,
            password: claims.password,
            id: claims.jti,
        }
    }
}
