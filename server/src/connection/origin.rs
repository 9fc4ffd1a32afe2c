//! Which pages may open a connection: the browser's `Origin` header (RFC 6455, section 10.2).

use std::{fmt, str::FromStr};

use crate::listen::ListenAddress;

/// The origins of the page that `trunk serve` serves: Trunk.toml names the port.
const DEV_ORIGINS: [&str; 2] = ["http://127.0.0.1:8081", "http://localhost:8081"];

/// The origins that may connect, in addition to the server's own.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origins {
    others: Vec<Origin>,
}

/// An origin (RFC 6454): scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

/// Not an origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "an origin is http:// or https://, a host and perhaps a port, without a path: https://chat.example.org"
)]
pub struct OriginInvalid;

impl FromStr for Origin {
    type Err = OriginInvalid;

    fn from_str(text: &str) -> Result<Self, OriginInvalid> {
        let text = text.strip_suffix('/').unwrap_or(text).to_ascii_lowercase();
        let host = authority(&text).ok_or(OriginInvalid)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]_".contains(c);
        if host.is_empty() || !host.chars().all(plain) {
            Err(OriginInvalid)
        } else {
            Ok(Self(text))
        }
    }
}

impl Origin {
    /// The host, and the port if it is not the scheme's.
    pub(crate) fn authority(&self) -> &str {
        authority(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Origins {
    pub(crate) fn new(others: Vec<Origin>) -> Self {
        Self { others }
    }

    /// Allows the development server's page too if `listen` has only loopback addresses: only a
    /// browser on this machine can then load that page or reach the server.
    pub(crate) fn with_dev_server(mut self, listen: &[ListenAddress]) -> Self {
        if listen.iter().all(ListenAddress::is_loopback) {
            let dev = DEV_ORIGINS.map(|origin| Origin(origin.to_owned()));
            self.others.extend(dev);
        }
        self
    }

    /// Whether a request with these `Origin` and `Host` headers may connect. A request without an
    /// origin comes from a program, not from another page in a user's browser.
    pub(crate) fn allow(&self, origin: Option<&str>, host: &str) -> bool {
        let Some(origin) = origin else { return true };
        let origin = origin.to_ascii_lowercase();
        let same_host = authority(&origin).is_some_and(|authority| {
            let default_port = if origin.starts_with("https:") {
                ":443"
            } else {
                ":80"
            };
            let bare = |host: &str| host.strip_suffix(default_port).unwrap_or(host).to_owned();
            bare(authority) == bare(&host.to_ascii_lowercase())
        });
        same_host || self.others.iter().any(|other| other.0 == origin)
    }
}

/// The host and port of an origin; `None` for `null` and for other schemes.
fn authority(origin: &str) -> Option<&str> {
    origin
        .strip_prefix("http://")
        .or_else(|| origin.strip_prefix("https://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_own_host_and_the_listed_origins_may_connect() {
        let others = vec!["https://Chat.example.org/".parse().unwrap()];
        let origins = Origins::new(others);
        let allowed = |origin: &str, host: &str| origins.allow(Some(origin), host);
        assert!(allowed("http://localhost:8080", "localhost:8080"));
        assert!(allowed("https://parlor.example", "parlor.example"));
        assert!(allowed("https://Parlor.example", "parlor.example:443"));
        assert!(allowed("http://[::1]:8080", "[::1]:8080"));
        assert!(allowed("https://chat.example.org", "127.0.0.1:8080"));
        assert!(
            origins.allow(None, "localhost:8080"),
            "programs send no origin"
        );

        assert!(!allowed("http://localhost:8081", "localhost:8080"));
        assert!(!allowed("https://evil.example", "parlor.example"));
        assert!(!allowed(
            "https://parlor.example.evil.example",
            "parlor.example"
        ));
        assert!(!allowed("null", "parlor.example"));
        assert!(
            !allowed("http://chat.example.org", "127.0.0.1:8080"),
            "another scheme"
        );
    }

    #[test]
    fn on_loopback_exactly_the_development_servers_page_may_connect_too() {
        let listening = |addresses: &[&str]| {
            let addresses: Vec<_> = addresses.iter().map(|a| a.parse().unwrap()).collect();
            Origins::new(Vec::new()).with_dev_server(&addresses)
        };
        let local = listening(&["127.0.0.1:8080", "[::1]:8080"]);
        let allowed = |origin: &str| local.allow(Some(origin), "127.0.0.1");
        assert!(allowed("http://127.0.0.1:8081"));
        assert!(allowed("http://localhost:8081"));
        assert!(!allowed("http://localhost:8082"));
        assert!(!allowed("https://localhost:8081"));
        assert!(!allowed("http://evil.example:8081"));

        let open = listening(&["127.0.0.1:8080", "0.0.0.0:80"]);
        assert!(!open.allow(Some("http://localhost:8081"), "127.0.0.1"));

        let trunk = include_str!("../../../Trunk.toml");
        assert!(
            trunk.contains("\nport = 8081\n"),
            "Trunk.toml names another port"
        );
    }

    #[test]
    fn only_an_origin_can_be_listed() {
        for bad in [
            "",
            "chat.example.org",
            "https://",
            "https://a.example/path",
            "null",
            "*",
        ] {
            assert_eq!(bad.parse::<Origin>(), Err(OriginInvalid), "{bad}");
        }
    }
}
