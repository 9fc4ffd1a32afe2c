//! Parses a server's address.

use tokio_tungstenite::tungstenite::http::Uri;

const PLAIN: &str = "ws";
const SECURE: &str = "wss";

/// Why a text is not the address of a server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressInvalid {
    /// The text is no URL, or has another scheme.
    #[error("'{0}' is not a server's address, for example ws://127.0.0.1:8080/ws.")]
    Malformed(String),
}

/// The address of a server's WebSocket. The page's own address, `https://host/`, is accepted too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address(Uri);

impl Address {
    pub(crate) fn parse(text: &str) -> Result<Self, AddressInvalid> {
        let malformed = || AddressInvalid::Malformed(text.to_owned());
        let uri: Uri = text.parse().map_err(|_| malformed())?;
        let scheme = match uri.scheme_str() {
            Some("ws" | "http") => PLAIN,
            Some("wss" | "https") => SECURE,
            Some(_) | None => return Err(malformed()),
        };
        let authority = uri.authority().ok_or_else(malformed)?;
        // The address of a page ends with a slash, that of its WebSocket does not.
        let path = match uri.path() {
            "" => "/ws".to_owned(),
            page if page.ends_with('/') => format!("{page}ws"),
            socket => socket.to_owned(),
        };
        let socket = format!("{scheme}://{authority}{path}");
        socket.parse().map(Self).map_err(|_| malformed())
    }

    /// Whether the server speaks TLS there.
    pub(crate) fn is_secure(&self) -> bool {
        self.0.scheme_str() == Some(SECURE)
    }

    pub(crate) fn uri(&self) -> Uri {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<String, AddressInvalid> {
        Address::parse(text).map(|address| address.0.to_string())
    }

    #[test]
    fn the_servers_address_and_its_websocket_are_both_accepted() {
        let socket = Ok("ws://127.0.0.1:8080/ws".to_owned());
        assert_eq!(parsed("ws://127.0.0.1:8080/ws"), socket);
        assert_eq!(parsed("http://127.0.0.1:8080/"), socket);
        assert_eq!(parsed("http://127.0.0.1:8080"), socket);
        let below = Ok("ws://example.org/talk/ws".to_owned());
        assert_eq!(parsed("ws://example.org/talk/ws"), below);
        assert_eq!(parsed("http://example.org/talk/"), below);
        for text in ["", "lobby", "127.0.0.1:8080", "ftp://example.org/"] {
            assert_eq!(parsed(text), Err(AddressInvalid::Malformed(text.into())));
        }
    }

    #[test]
    fn an_https_address_is_one_with_tls() {
        let socket = Ok("wss://example.org/ws".to_owned());
        assert_eq!(parsed("https://example.org/"), socket);
        assert_eq!(parsed("wss://example.org/ws"), socket);
        assert!(Address::parse("https://example.org").unwrap().is_secure());
        assert!(!Address::parse("http://example.org").unwrap().is_secure());
    }
}
