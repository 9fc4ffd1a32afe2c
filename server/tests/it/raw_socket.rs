//! A WebSocket without a library: a test sends exactly the bytes that it means to.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::client::PATIENCE;

pub(crate) const TEXT: u8 = 0x81;
pub(crate) const TEXT_START: u8 = 0x01;
pub(crate) const CONTINUATION: u8 = 0x00;
pub(crate) const LAST: u8 = 0x80;
pub(crate) const CLOSE: u8 = 0x88;
pub(crate) const PING: u8 = 0x89;
pub(crate) const PONG: u8 = 0x8A;

/// The headers of a WebSocket handshake, except `Host`.
pub(crate) const HANDSHAKE: &str = "connection: Upgrade\r\nupgrade: websocket\r\n\
    sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// A frame that the server sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ServerFrame {
    pub(crate) first: u8,
    pub(crate) payload: Vec<u8>,
}

impl ServerFrame {
    pub(crate) fn text(&self) -> &str {
        assert_eq!(self.first, TEXT);
        str::from_utf8(&self.payload).unwrap()
    }

    /// The code of a close frame; `None` if it has none.
    pub(crate) fn close_code(&self) -> Option<u16> {
        assert_eq!(self.first, CLOSE, "{self:?}");
        let code = self.payload.first_chunk::<2>()?;
        Some(u16::from_be_bytes(*code))
    }
}

#[derive(Debug)]
pub(crate) struct RawSocket(pub(crate) TcpStream);

impl RawSocket {
    /// Opens a WebSocket.
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let (socket, head) = Self::request(address, "GET /ws", HANDSHAKE).await;
        assert!(head.starts_with("http/1.1 101"), "{head}");
        socket
    }

    /// Sends a request with these header lines, and `Host` unless they have it. Returns the
    /// socket and the answer's head, in lower case.
    pub(crate) async fn request(address: SocketAddr, line: &str, headers: &str) -> (Self, String) {
        let mut socket = Self(TcpStream::connect(address).await.unwrap());
        let host = if headers.to_lowercase().contains("host:") {
            String::new()
        } else {
            format!("host: {address}\r\n")
        };
        let request = format!("{line} HTTP/1.1\r\n{host}{headers}\r\n");
        socket.send(request.as_bytes()).await;
        let head = socket.head().await;
        (socket, head)
    }

    /// The head of an answer, in lower case.
    pub(crate) async fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.byte().await);
        }
        String::from_utf8(head).unwrap().to_lowercase()
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    pub(crate) async fn byte(&mut self) -> u8 {
        let read = tokio::time::timeout(PATIENCE, self.0.read_u8());
        read.await.expect("the server sends something").unwrap()
    }

    /// The next frame.
    pub(crate) async fn frame(&mut self) -> ServerFrame {
        let first = self.byte().await;
        let length = match self.byte().await {
            126 => usize::from(self.0.read_u16().await.unwrap()),
            127 => self.0.read_u64().await.unwrap() as usize,
            short => usize::from(short),
        };
        let mut payload = vec![0; length];
        self.0.read_exact(&mut payload).await.unwrap();
        ServerFrame { first, payload }
    }

    /// Checks that the server closes the connection, and does not reset it.
    pub(crate) async fn check_closed(mut self) {
        let mut rest = Vec::new();
        let read = tokio::time::timeout(PATIENCE, self.0.read_to_end(&mut rest));
        read.await.expect("the server closes").unwrap();
        assert_eq!(rest, b"", "nothing follows a close frame");
    }
}

/// A masked frame.
pub(crate) fn frame(first: u8, payload: impl AsRef<[u8]>) -> Vec<u8> {
    let payload = payload.as_ref();
    let mut bytes = vec![first];
    match payload.len() {
        length @ 0..=125 => bytes.push(0x80 | length as u8),
        length @ 126..=0xFFFF => {
            bytes.push(0x80 | 126);
            bytes.extend((length as u16).to_be_bytes());
        }
        length => {
            bytes.push(0x80 | 127);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    let mask = [0x37, 0xFA, 0x21, 0x3D];
    bytes.extend(mask);
    bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(p, m)| p ^ m));
    bytes
}
