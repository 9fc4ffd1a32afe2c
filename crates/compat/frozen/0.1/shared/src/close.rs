//! WebSocket close codes (RFC 6455, section 7.4). Each tells the client to *reconnect* or to
//! *stop*.

/// What a client does after a close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterClose {
    /// Reconnect after the backoff.
    Reconnect,
    /// Stay disconnected until the user or program asks: another connection would end the same way.
    Stop,
}

/// The codes that the server closes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseCode {
    /// A normal end. A server answers a client that closes with the client's own code.
    Normal,
    /// The client's bytes were not WebSocket frames, or not allowed where they came.
    Protocol,
    /// A text was not UTF-8.
    NotUtf8,
    /// A message, in one frame or several, was larger than
    /// [`FRAME_BYTES_MAX`](crate::limits::FRAME_BYTES_MAX).
    FrameTooBig,
    /// The server failed unexpectedly.
    Internal,
    /// The server is stopping, and will be back or replaced.
    ShuttingDown,
    /// No hello came in time.
    HelloTimeout,
    /// No sign of life came in time.
    HeartbeatLost,
    /// The server has as many connections as it is configured for.
    TooManyConnections,
    /// The client's address has as many connections as one address may.
    TooManyFromAddress,
    /// The client speaks a protocol version that the server does not.
    ProtocolVersion,
    /// The access token of the connection has expired.
    AccessExpired,
    /// The member, or the address, is banned from the server.
    Banned,
    /// The access token of the connection was taken back.
    AccessRevoked,
}

impl CloseCode {
    /// Every code, for documentation and tests.
    pub const ALL: [Self; 14] = [
        Self::Normal,
        Self::Protocol,
        Self::NotUtf8,
        Self::FrameTooBig,
        Self::Internal,
        Self::ShuttingDown,
        Self::HelloTimeout,
        Self::HeartbeatLost,
        Self::TooManyConnections,
        Self::TooManyFromAddress,
        Self::ProtocolVersion,
        Self::AccessExpired,
        Self::Banned,
        Self::AccessRevoked,
    ];

    /// The number on the wire. Of Parlor's own, 4000 to 4499 mean reconnect, 4500 to 4999 mean
    /// stop.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::Normal => 1000,
            Self::Protocol => 1002,
            Self::NotUtf8 => 1007,
            Self::FrameTooBig => 1009,
            Self::Internal => 1011,
            Self::ShuttingDown => 4000,
            Self::HelloTimeout => 4001,
            Self::HeartbeatLost => 4002,
            Self::TooManyConnections => 4003,
            Self::TooManyFromAddress => 4004,
            Self::ProtocolVersion => 4500,
            Self::AccessExpired => 4501,
            Self::Banned => 4502,
            Self::AccessRevoked => 4503,
        }
    }

    /// The reason sent with it, for people. At most 123 bytes.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Normal => "Goodbye.",
            Self::Protocol => "Not the WebSocket protocol.",
            Self::NotUtf8 => "Text frames must be UTF-8.",
            Self::FrameTooBig => "Messages have at most 65536 bytes.",
            Self::Internal => "The server failed.",
            Self::ShuttingDown => "The server is stopping. Reconnect soon.",
            Self::HelloTimeout => "Send hello within 10 seconds.",
            Self::HeartbeatLost => "No answer to a ping.",
            Self::TooManyConnections => "The server is full. Try again later.",
            Self::TooManyFromAddress => "Too many connections from your address. Close some.",
            Self::ProtocolVersion => "This server does not speak that protocol version.",
            Self::AccessExpired => "Your access has expired. Come back with a new token.",
            Self::Banned => "You are banned. Come back when the ban has ended.",
            Self::AccessRevoked => "Your access was taken back.",
        }
    }
}

/// What a client does after a close with this number, or without a close frame (`None`).
#[must_use]
pub fn after_close(number: Option<u16>) -> AfterClose {
    match number {
        // A lost connection or a server going away is not the client's fault. Unknown codes below
        // 4000 count as such.
        None | Some(0..=999 | 1001 | 1005 | 1006 | 1010..=1999 | 2000..=4499) => {
            AfterClose::Reconnect
        }
        // The client would send the same thing again and be refused again; 1000 is a normal end.
        Some(1000 | 1002..=1004 | 1007..=1009) => AfterClose::Stop,
        Some(4500..) => AfterClose::Stop,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_says_reconnect_or_stop() {
        use AfterClose::{Reconnect, Stop};
        let says = |code: CloseCode| after_close(Some(code.number()));
        for code in CloseCode::ALL {
            let expected = match code {
                CloseCode::Internal
                | CloseCode::ShuttingDown
                | CloseCode::HelloTimeout
                | CloseCode::HeartbeatLost
                | CloseCode::TooManyConnections
                | CloseCode::TooManyFromAddress => Reconnect,
                CloseCode::Normal
                | CloseCode::Protocol
                | CloseCode::NotUtf8
                | CloseCode::FrameTooBig
                | CloseCode::ProtocolVersion
                | CloseCode::AccessExpired
                | CloseCode::Banned
                | CloseCode::AccessRevoked => Stop,
            };
            assert_eq!(says(code), expected, "{code:?}");
            assert!(
                code.reason().len() <= 123,
                "a close reason has at most 123 bytes"
            );
        }
        assert_eq!(after_close(None), Reconnect);
        assert_eq!(
            after_close(Some(1006)),
            Reconnect,
            "browsers report a lost connection so"
        );
    }
}
