//! Where a server is.

use tokio_tungstenite::tungstenite::http::Uri;

/// Not where a server could be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressInvalid {
    /// Not an address at all.
    #[error("'{0}' is not an address such as ws://127.0.0.1:8080/ws")]
    Malformed(String),
    /// An encrypted line.
    #[error("'{0}' asks for TLS, which this client does not speak")]
    NoTls(String),
}

/// The address of a server's WebSocket. What a browser's address line shows, `http://host:8080/`, will do.
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
        let whole = format!("ws://{authority}{path}");
        whole.parse().map(Self).map_err(|_| malformed())
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
    fn an_address_is_what_the_server_prints_or_its_websocket() {
        let whole = Ok("ws://127.0.0.1:8080/ws".to_owned());
        assert_eq!(parsed("ws://127.0.0.1:8080/ws"), whole);
        assert_eq!(parsed("http://127.0.0.1:8080/"), whole);
        assert_eq!(parsed("http://127.0.0.1:8080"), whole);
        assert_eq!(
            parsed("ws://example.org/talk/ws"),
            Ok("ws://example.org/talk/ws".to_owned())
        );
        for text in ["", "lobby", "127.0.0.1:8080", "ftp://example.org/"] {
            assert_eq!(parsed(text), Err(AddressInvalid::Malformed(text.into())));
        }
    }

    #[test]
    fn an_encrypted_address_says_what_is_missing() {
        let text = "https://example.org/";
        assert_eq!(parsed(text), Err(AddressInvalid::NoTls(text.into())));
    }
}
