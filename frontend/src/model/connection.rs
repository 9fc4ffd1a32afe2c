//! The current connection, or the last one: how long its handshake took, and how the one before it
//! ended.

/// The current connection, or the last one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Connection {
    /// When the handshake began, on the page's clock.
    pub began_ms: u64,
    /// How long the server took to answer the handshake; `None` until it has.
    pub opened_after_ms: Option<u64>,
    /// How long it took from the beginning of the handshake to the server's welcome; `None` until
    /// then.
    pub welcomed_after_ms: Option<u64>,
    /// The server's version.
    pub server: String,
    /// How often the server pings; 0 until its welcome.
    pub heartbeat_ms: u64,
    /// How this connection ended or, while it is open, the one before it.
    pub last_end: Option<ConnectionEnd>,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConnectionEnd {
    /// The page closed it.
    ByPage,
    /// The server closed it with this code (RFC 6455, section 7.4).
    WithCode(u16),
    /// It broke without a close frame.
    Broken,
}

impl Connection {
    /// Records that the next handshake begins.
    pub fn begin(&mut self, now_ms: u64) {
        let last_end = self.last_end;
        *self = Self {
            began_ms: now_ms,
            last_end,
            ..Self::default()
        };
    }

    /// Records that the server has answered the handshake, and returns how long that took.
    pub fn opened(&mut self, now_ms: u64) -> u64 {
        let took_ms = now_ms.saturating_sub(self.began_ms);
        self.opened_after_ms = Some(took_ms);
        took_ms
    }

    /// Records the server's welcome.
    pub fn welcomed(&mut self, server: String, heartbeat_ms: u64, now_ms: u64) {
        self.welcomed_after_ms = Some(now_ms.saturating_sub(self.began_ms));
        self.server = server;
        self.heartbeat_ms = heartbeat_ms;
    }
}
