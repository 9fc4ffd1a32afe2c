//! Logins at an OpenID Connect provider, as the operator has set them up.

use std::str::FromStr;

use super::{access::AccessMode, access_command::RoomRight, error::ConfigError, values::parse};
use crate::fetch::FetchAddress;

/// A provider at which people log in, and what their accounts are good for here.
#[derive(Debug, Clone)]
pub struct LoginConfig {
    /// The provider, as it calls itself.
    pub issuer: FetchAddress,
    /// Whom the provider knows this server as.
    pub client_id: String,
    /// What proves it, where the provider has given any.
    pub client_secret: Option<ClientSecret>,
    /// The address that the provider sends people back to.
    pub redirect_url: String,
    /// What the provider is asked for, apart by spaces.
    pub scopes: String,
    /// The claim that has a person's name, in place of the usual ones.
    pub name_claim: Option<String>,
    /// What the accounts may do.
    pub rules: Vec<LoginRule>,
}

/// The secret of this server at the provider. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientSecret(String);

impl ClientSecret {
    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientSecret(…)")
    }
}

/// What an account may do, if one of its claims has this value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginRule {
    /// Whom it is for.
    pub condition: Option<LoginCondition>,
    /// What the account may do then.
    pub gives: RoomRight,
}

/// A claim that an account has to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginCondition {
    /// Its name.
    pub claim: String,
    /// What it says, or one of what it says.
    pub value: String,
}

/// Not such a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a rule is ROOM=RIGHT for every account, or CLAIM=VALUE:ROOM=RIGHT for those with that claim, \
     such as groups=staff:team-*=post"
)]
pub struct LoginRuleInvalid;

impl FromStr for LoginRule {
    type Err = LoginRuleInvalid;

    fn from_str(text: &str) -> Result<Self, LoginRuleInvalid> {
        let (condition, gives) = match text.rsplit_once(':') {
            Some((condition, gives)) => {
                let (claim, value) = condition.split_once('=').ok_or(LoginRuleInvalid)?;
                let condition = LoginCondition {
                    claim: claim.to_owned(),
                    value: value.to_owned(),
                };
                (Some(condition), gives)
            }
            None => (None, text),
        };
        Ok(Self {
            condition,
            gives: gives.parse().map_err(|_| LoginRuleInvalid)?,
        })
    }
}

/// The options of a login, as they were given.
#[derive(Debug)]
pub(super) struct LoginOptions {
    pub(super) issuer: Option<String>,
    pub(super) client_id: Option<String>,
    pub(super) client_secret: Option<String>,
    pub(super) scopes: Option<String>,
    pub(super) name: Option<String>,
    pub(super) rights: Option<Vec<String>>,
}

impl LoginOptions {
    /// The set-up, if an issuer is given.
    ///
    /// # Errors
    /// [`ConfigError`] where an option is wrong or lacks another one.
    pub(super) fn into_config(
        self,
        access: AccessMode,
        url: Option<&str>,
    ) -> Result<Option<LoginConfig>, ConfigError> {
        let needs = |given, lacks| ConfigError::Lacks { given, lacks };
        let Some(issuer) = self.issuer else {
            return match self.client_id {
                Some(_) => Err(needs("oidc-client-id", "oidc-issuer")),
                None => Ok(None),
            };
        };
        let lacks = |lacks| needs("oidc-issuer", lacks);
        match access {
            AccessMode::Token => {}
            AccessMode::Open | AccessMode::Password => return Err(lacks("access token")),
        }
        let url = url.ok_or_else(|| lacks("url"))?.trim_end_matches('/');
        let rights = self.rights.unwrap_or_else(|| vec!["*=post".to_owned()]);
        let rules = rights.into_iter().map(|rule| parse("oidc-rights", rule));
        Ok(Some(LoginConfig {
            issuer: parse("oidc-issuer", issuer)?,
            client_id: self.client_id.ok_or_else(|| lacks("oidc-client-id"))?,
            client_secret: self.client_secret.map(ClientSecret),
            redirect_url: format!("{url}/login/callback"),
            scopes: self.scopes.unwrap_or_else(|| "openid profile".to_owned()),
            name_claim: self.name,
            rules: rules.collect::<Result<_, _>>()?,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_for_every_account_or_for_those_with_a_claim() {
        let rule = |text: &str| {
            let rule = text.parse::<LoginRule>();
            rule.map(|rule| {
                rule.condition
                    .map(|of| format!("{} {}", of.claim, of.value))
            })
        };
        assert_eq!(rule("*=post"), Ok(None));
        let staff = rule("groups=staff:team-*=moderate");
        assert_eq!(staff, Ok(Some("groups staff".to_owned())));
        let address = rule("role=https://example.org/a=b:*=own");
        assert_eq!(address, Ok(Some("role https://example.org/a=b".to_owned())));
        for text in ["", "post", "groups:*=post", "*=rule", "a=b:"] {
            assert_eq!(rule(text), Err(LoginRuleInvalid), "{text}");
        }
    }
}
