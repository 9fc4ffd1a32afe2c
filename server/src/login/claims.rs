//! What a provider says of an account, and what that is worth here.

use std::collections::BTreeMap;

use parlor_shared::{MemberId, Name, Rights, limits::NAME_BYTES_MAX};
use serde::Deserialize;

use crate::{
    access::{Audience, member_of_account},
    config::{LoginCondition, LoginConfig, LoginRule},
};

/// Where providers have a person's name, the best first.
const NAME_CLAIMS: [&str; 4] = ["name", "preferred_username", "nickname", "given_name"];

/// Somebody who has logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    /// The member that the account stands for: always the same.
    pub(crate) member: MemberId,
    /// The name that it has at the provider, if that can be one here.
    pub(crate) name: Option<Name>,
    /// What it may do.
    pub(crate) rights: Rights,
}

/// What a provider says in its ID token.
#[derive(Debug, Deserialize)]
pub(super) struct IdClaims {
    pub(super) iss: String,
    pub(super) sub: String,
    pub(super) aud: Audience,
    pub(super) exp: u64,
    #[serde(default)]
    pub(super) iat: u64,
    pub(super) nonce: Option<String>,
    /// Whom the token was given to, where it is for several.
    pub(super) azp: Option<String>,
    #[serde(flatten)]
    pub(super) others: Claims,
}

/// What it says when it is asked for more.
#[derive(Debug, Deserialize)]
pub(super) struct MoreClaims {
    pub(super) sub: String,
    #[serde(flatten)]
    pub(super) others: Claims,
}

/// Claims by their names.
pub(super) type Claims = BTreeMap<String, Claim>;

/// What a claim says.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub(super) enum Claim {
    Text(String),
    Flag(bool),
    Number(f64),
    List(Vec<Self>),
    Object(BTreeMap<String, Self>),
    Nothing(()),
}

impl Claim {
    /// Whether it says this, or one of several says it.
    fn says(&self, value: &str) -> bool {
        match self {
            Self::Text(text) => text == value,
            Self::Flag(flag) => value == if *flag { "true" } else { "false" },
            Self::Number(number) => number.to_string() == value,
            Self::List(list) => list.iter().any(|claim| claim.says(value)),
            Self::Object(_) | Self::Nothing(()) => false,
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Flag(_)
            | Self::Number(_)
            | Self::List(_)
            | Self::Object(_)
            | Self::Nothing(()) => None,
        }
    }
}

/// The claim of this name, or within others: `realm_access.roles`.
fn find<'a>(claims: &'a Claims, name: &str) -> Option<&'a Claim> {
    if let Some(claim) = claims.get(name) {
        return Some(claim);
    }
    // Some providers name theirs by an address, which has dots of its own.
    name.match_indices('.').find_map(|(at, _)| {
        let (outer, inner) = (&name[..at], &name[at + 1..]);
        match claims.get(outer)? {
            Claim::Object(inside) => find(inside, inner),
            Claim::Text(_)
            | Claim::Flag(_)
            | Claim::Number(_)
            | Claim::List(_)
            | Claim::Nothing(()) => None,
        }
    })
}

/// Whether what decides about an account is there, so that the provider need not be asked for more.
pub(super) fn is_enough(config: &LoginConfig, claims: &Claims) -> bool {
    let has = |claim: &str| find(claims, claim).is_some();
    let mut wanted = config
        .rules
        .iter()
        .filter_map(|rule| rule.condition.as_ref());
    name_claims(config).any(has) && wanted.all(|of| has(&of.claim))
}

fn name_claims(config: &LoginConfig) -> impl Iterator<Item = &str> {
    let usual = match config.name_claim {
        Some(_) => &[][..],
        None => &NAME_CLAIMS[..],
    };
    config
        .name_claim
        .as_deref()
        .into_iter()
        .chain(usual.iter().copied())
}

/// The account with these claims; `None` if it has no right anywhere.
pub(super) fn account(
    config: &LoginConfig,
    issuer: &str,
    sub: &str,
    claims: &Claims,
) -> Option<Account> {
    let mut rights = Rights::default();
    for rule in config.rules.iter().filter(|rule| holds(rule, claims)) {
        let gives = &rule.gives;
        if rights.add(gives.rooms.clone(), gives.right).is_err() {
            tracing::warn!("an account has more rights in rooms than count");
        }
    }
    let texts = name_claims(config).filter_map(|claim| find(claims, claim)?.text());
    (!rights.is_empty()).then(|| Account {
        member: member_of_account(issuer, sub),
        name: texts.filter_map(name).next(),
        rights,
    })
}

fn holds(rule: &LoginRule, claims: &Claims) -> bool {
    let Some(LoginCondition { claim, value }) = &rule.condition else {
        return true;
    };
    // At many providers anybody can name any address, until it is verified.
    let counts =
        claim != "email" || find(claims, "email_verified").is_some_and(|is| is.says("true"));
    counts && find(claims, claim).is_some_and(|claim| claim.says(value))
}

/// A name of the provider's as one of ours: in one line, and not too long.
fn name(text: &str) -> Option<Name> {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .collect();
    let line = words.join(" ");
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = line.floor_char_boundary(NAME_BYTES_MAX);
    Name::parse(line[..end].trim_end()).ok()
}

#[cfg(test)]
mod tests {
    use parlor_shared::{Right, RoomId, RoomKind, codec};

    use super::*;

    fn config(rules: &[&str]) -> LoginConfig {
        LoginConfig {
            issuer: "https://login.example.org".parse().unwrap(),
            client_id: "parlor".to_owned(),
            client_secret: None,
            redirect_url: String::new(),
            scopes: String::new(),
            name_claim: None,
            rules: rules.iter().map(|rule| rule.parse().unwrap()).collect(),
        }
    }

    fn account(rules: &[&str], claims: &str) -> Option<Account> {
        let claims: Claims = codec::from_json(claims).unwrap();
        super::account(&config(rules), "https://login.example.org", "7", &claims)
    }

    fn right(rules: &[&str], claims: &str) -> Option<Right> {
        let team = RoomId::parse("team-tea").unwrap();
        account(rules, claims)?
            .rights
            .in_room(&team, RoomKind::Open)
    }

    #[test]
    fn rules_give_rights_to_accounts_with_their_claims() {
        let rules = ["groups=staff:team-*=post", "realm.roles=admin:*=own"];
        assert_eq!(right(&rules, "{}"), None);
        assert_eq!(right(&rules, r#"{"groups":"staff"}"#), Some(Right::Post));
        let many = r#"{"groups":["x","staff"],"realm":{"roles":["admin"]}}"#;
        assert_eq!(right(&rules, many), Some(Right::Own));
        for none in [
            r#"{"groups":["staffer"]}"#,
            r#"{"groups":{"staff":true}}"#,
            r#"{"groups":null,"realm.role":"admin","realm":"roles"}"#,
        ] {
            assert_eq!(right(&rules, none), None, "{none}");
        }
        let by_address = ["https://a.example/r=1:*=read"];
        let claim = r#"{"https://a.example/r":1}"#;
        assert_eq!(right(&by_address, claim), Some(Right::Read));
    }

    #[test]
    fn an_address_of_mail_counts_only_once_it_is_verified() {
        let rules = ["email=ann@example.org:*=own"];
        let mail = r#""email":"ann@example.org""#;
        assert_eq!(right(&rules, &format!("{{{mail}}}")), None);
        let unverified = format!(r#"{{{mail},"email_verified":false}}"#);
        assert_eq!(right(&rules, &unverified), None);
        let verified = format!(r#"{{{mail},"email_verified":true}}"#);
        assert_eq!(right(&rules, &verified), Some(Right::Own));
    }

    #[test]
    fn a_name_is_the_first_that_can_be_one() {
        let name = |claims: &str| account(&["*=post"], claims).unwrap().name;
        let named = |text: &str| Some(Name::parse(text).unwrap());
        assert_eq!(name(r#"{"name":" Ann \n Lee "}"#), named("Ann Lee"));
        let second = r#"{"name":"\u202e","preferred_username":"ann"}"#;
        assert_eq!(name(second), named("ann"));
        assert_eq!(name(r#"{"name":7}"#), None);
        let long = name(&format!(r#"{{"name":"{}"}}"#, "ä".repeat(NAME_BYTES_MAX)));
        assert_eq!(long.unwrap().as_str().len(), NAME_BYTES_MAX);
    }
}
