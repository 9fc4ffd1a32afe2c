//! What a provider says of itself (OpenID Connect Discovery), and its keys.

use std::sync::Arc;

use parlor_shared::codec;
use serde::Deserialize;

use crate::{
    access::KeysAddress,
    fetch::{FetchAddress, FetchError, Fetcher},
};

/// Where a provider has what it says of itself.
const DISCOVERY: &str = "/.well-known/openid-configuration";

/// Why a provider can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// See [`FetchError`].
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It does not say what it has to say.
    #[error("what it says of itself can't be read: {0}")]
    Malformed(#[from] codec::DecodeError),
    /// That is no text.
    #[error("what it says of itself is not UTF-8")]
    NotText,
    /// One of its addresses is none.
    #[error("its address for {0} is none that can be asked")]
    AddressInvalid(&'static str),
    /// It calls itself something else.
    #[error("it calls itself {0}; give that as --oidc-issuer")]
    OtherIssuer(String),
}

impl ProviderError {
    /// Whether the configuration is wrong, so that waiting does not help.
    pub(super) fn is_of_configuration(&self) -> bool {
        match self {
            Self::Fetch(FetchError::NotPublic { .. } | FetchError::NotEncrypted { .. })
            | Self::OtherIssuer(_) => true,
            Self::Fetch(_) | Self::Malformed(_) | Self::NotText | Self::AddressInvalid(_) => false,
        }
    }
}

/// How a provider wants to be shown the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SecretIn {
    /// In a header, as the standard has it by default.
    Header,
    /// In the form.
    Form,
}

/// A provider, as it says of itself.
#[derive(Debug)]
pub(super) struct Provider {
    pub(super) issuer: String,
    pub(super) authorization: FetchAddress,
    pub(super) token: FetchAddress,
    pub(super) userinfo: Option<FetchAddress>,
    pub(super) keys: KeysAddress,
    pub(super) secret_in: SecretIn,
}

#[derive(Deserialize)]
struct Discovered {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: Option<String>,
    jwks_uri: String,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

impl Provider {
    /// Asks a provider.
    ///
    /// # Errors
    /// [`ProviderError`].
    pub(super) async fn discover(
        issuer: &FetchAddress,
        fetcher: &Arc<Fetcher>,
    ) -> Result<Self, ProviderError> {
        let named = issuer.as_str().trim_end_matches('/');
        let address = format!("{named}{DISCOVERY}");
        let address = parse(&address, "itself")?;
        let body = fetcher.get(&address).await?;
        let json = std::str::from_utf8(&body).map_err(|_| ProviderError::NotText)?;
        let found: Discovered = codec::from_json(json)?;
        if found.issuer.trim_end_matches('/') != named {
            return Err(ProviderError::OtherIssuer(found.issuer));
        }
        let methods = found.token_endpoint_auth_methods_supported;
        let accepts = |method: &str| {
            let methods = methods.as_ref();
            methods.is_some_and(|methods| methods.iter().any(|known| known == method))
        };
        let keys = parse(&found.jwks_uri, "its keys")?;
        Ok(Self {
            authorization: parse(&found.authorization_endpoint, "logins")?,
            token: parse(&found.token_endpoint, "tokens")?,
            userinfo: found
                .userinfo_endpoint
                .map(|address| parse(&address, "accounts"))
                .transpose()?,
            keys: KeysAddress::new(keys, fetcher.clone()),
            secret_in: match accepts("client_secret_post") && !accepts("client_secret_basic") {
                true => SecretIn::Form,
                false => SecretIn::Header,
            },
            issuer: found.issuer,
        })
    }
}

fn parse(address: &str, what: &'static str) -> Result<FetchAddress, ProviderError> {
    let address = address.parse();
    address.map_err(|_| ProviderError::AddressInvalid(what))
}
