//! What the server listens on.

use std::net::TcpListener;

/// The sockets that a server takes connections from.
#[derive(Debug, Default)]
pub struct Listeners {
    /// For everyone: the page and the WebSocket.
    pub rooms: Vec<TcpListener>,
    /// For those who operate the server.
    pub admin: Vec<TcpListener>,
}

impl From<Vec<TcpListener>> for Listeners {
    /// Without an admin address.
    fn from(rooms: Vec<TcpListener>) -> Self {
        let admin = Vec::new();
        Self { rooms, admin }
    }
}
