//! Parses a server's address.

use tokio_tungstenite::tungstenite::http::Uri;

/// Why a text is not the address of a server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressInvalid {
    /// The text is no URL, or has another scheme.
    #[error("'{0}' is not a server's address, for example ws://127.0.0.1:8080/ws.")]
    Malformed(String),
    /// The scheme is `wss` or `https`.
    #[error("'{0}' needs TLS, which this client does not support.")]
    NoTls(String),
}

/// The address of a server's WebSocket. The page's own address, `http://host:8080/`, is accepted
/// too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address(Uri);

impl Address {
    pub(crate) fn parse(text: &str) -> Result<Self, AddressInvalid> {
        let malformed = || AddressInvalid::Malformed(text.to_owned());
        let uri: Uri = text.parse().map_err(|_| malformed())?;
        match uri.scheme_str() {
            Some("ws" | "http") => {}
            Some("wss" | "https") => return Err(AddressInvalid::NoTls(text.to_owned())),
            Some(_) | None => return Err(malformed()),
        }
        let authority = uri.authority().ok_or_else(malformed)?;
        let path = match uri.path() {
            "" | "/" => "/ws",
            path => path,
        };
        let socket = format!("ws://{authority}{path}");
        socket.parse().map(Self).map_err(|_| malformed())
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
        assert_eq!(
            parsed("ws://example.org/talk/ws"),
            Ok("ws://example.org/talk/ws".to_owned())
        );
        for text in ["", "lobby", "127.0.0.1:8080", "ftp://example.org/"] {
            assert_eq!(parsed(text), Err(AddressInvalid::Malformed(text.into())));
        }
    }

    #[test]
    fn an_https_address_is_refused_with_the_reason() {
        let text = "https://example.org/";
        assert_eq!(parsed(text), Err(AddressInvalid::NoTls(text.into())));
    }
}
