//! Where the stream is that the nodes share, who this node is there, and what the stream must
//! promise.

use std::{fmt, path::PathBuf, str::FromStr, time::Duration};

use async_nats::ServerAddr;
use clap::ValueEnum;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use url::Url;

/// Where the stream is that the nodes share, and what it must promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamConfig {
    /// The servers, of which any is enough to begin with. The first that names a user does so for
    /// all of them.
    pub servers: Vec<NatsAddress>,
    /// A file with the credentials of this node's user (`.creds`), in the place of a user in the
    /// addresses.
    pub credentials: Option<PathBuf>,
    /// A user of the system account, who may ask the servers what they are set to.
    pub system: Option<SystemUser>,
    /// The stream's name.
    pub stream: String,
    /// In how many servers it is kept, where this node makes it.
    pub replicas: usize,
    /// The least that it must promise.
    pub accept: Promised,
    /// How long a start waits for servers that are not there yet.
    pub wait: Duration,
}

impl StreamConfig {
    /// The stream and its servers, for people.
    #[must_use]
    pub fn place(&self) -> String {
        let servers: Vec<String> = self.servers.iter().map(NatsAddress::to_string).collect();
        format!("{} at {}", self.stream, servers.join(", "))
    }
}

/// A user of the system account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SystemUser {
    /// With the server to ask.
    At(NatsAddress),
    /// By a file with credentials, at the servers of the stream.
    Credentials(PathBuf),
}

/// What is promised of a message that was acknowledged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Promised {
    /// It is on the disks of most of the stream's servers.
    #[default]
    Durable,
    /// It is in most of the stream's servers, and lost if those lose their power at once.
    Replicated,
}

/// The address of a NATS server, with the user that this node is there, if it names one. A user
/// without a password is a token. Neither is ever shown.
#[derive(Clone, PartialEq, Eq)]
pub struct NatsAddress {
    server: ServerAddr,
    user: Option<NatsUser>,
}

/// Who this node is to a server.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum NatsUser {
    Password { name: String, password: String },
    Token(String),
}

/// A text that is no address of a NATS server. It does not repeat the text, which may have a
/// password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "an address of NATS is nats://HOST:PORT or tls://HOST:PORT, with USER:PASSWORD@ before the host if \
     need be"
)]
pub struct NatsAddressInvalid;

impl NatsAddress {
    /// The server.
    pub(super) fn server(&self) -> &ServerAddr {
        &self.server
    }

    /// The same server, for another user.
    pub(super) fn without_user(&self) -> Self {
        Self {
            server: self.server.clone(),
            user: None,
        }
    }

    /// Who this node is there, if the address says so.
    pub(super) fn user(&self) -> Option<&NatsUser> {
        self.user.as_ref()
    }
}

impl FromStr for NatsAddress {
    type Err = NatsAddressInvalid;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut url = Url::parse(text).map_err(|_| NatsAddressInvalid)?;
        let is_known = ["nats", "tls"].contains(&url.scheme());
        let is_plain = ["", "/"].contains(&url.path()) && url.query().is_none();
        if !is_known || !is_plain || url.host_str().is_none_or(str::is_empty) {
            return Err(NatsAddressInvalid);
        }
        let decode = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
        let user = match (url.username(), url.password()) {
            ("", None) => None,
            (token, None) => Some(NatsUser::Token(decode(token))),
            (name, Some(password)) => Some(NatsUser::Password {
                name: decode(name),
                password: decode(password),
            }),
        };
        url.set_username("").map_err(|()| NatsAddressInvalid)?;
        url.set_password(None).map_err(|()| NatsAddressInvalid)?;
        let server = ServerAddr::from_url(url).map_err(|_| NatsAddressInvalid)?;
        Ok(Self { server, user })
    }
}

impl fmt::Display for NatsAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.server.host();
        let port = self.server.port();
        match host.contains(':') {
            true => write!(f, "[{host}]:{port}"),
            false => write!(f, "{host}:{port}"),
        }
    }
}

impl fmt::Debug for NatsAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NatsAddress({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_shows_neither_user_nor_password_and_has_both() {
        let address: NatsAddress = "nats://zoe:p%40ss%2C@[::1]:4223".parse().unwrap();
        for shown in [address.to_string(), format!("{address:?}")] {
            assert!(shown.contains("[::1]:4223"), "{shown}");
            assert!(!shown.contains("zoe") && !shown.contains("p@ss"), "{shown}");
        }
        let name = "zoe".to_owned();
        let password = "p@ss,".to_owned();
        let expected = NatsUser::Password { name, password };
        assert!(address.user() == Some(&expected));
        assert!(!format!("{:?}", address.server()).contains("zoe"));
        let token: NatsAddress = "tls://s3cret@nats.example.org".parse().unwrap();
        assert!(token.user() == Some(&NatsUser::Token("s3cret".to_owned())));
        assert_eq!(token.to_string(), "nats.example.org:4222");
        assert!(token.server().tls_required());
    }

    #[test]
    fn what_is_no_address_is_refused_without_repeating_it() {
        for text in [
            "info",
            "http://a:4222",
            "nats://",
            "nats://a/b",
            "ws://a",
            "",
        ] {
            assert_eq!(
                text.parse::<NatsAddress>(),
                Err(NatsAddressInvalid),
                "{text}"
            );
        }
    }
}
