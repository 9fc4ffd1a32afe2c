//! Why a connection ends: WebSocket close codes (RFC 6455, section 7.4), each saying *reconnect* or *stop*.

/// What a client does after a close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterClose {
    /// Connect again, after the backoff.
    Reconnect,
    /// Stay away until a person or program asks again: the same connection would end the same way.
    Stop,
}

/// The codes the server closes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseCode {
    /// The client said goodbye and the server answers.
    Normal,
    /// The bytes were not WebSocket.
    Protocol,
    /// A text frame that is not UTF-8.
    NotUtf8,
    /// A frame larger than [`FRAME_BYTES_MAX`](crate::limits::FRAME_BYTES_MAX).
    FrameTooBig,
    /// The server failed in a way it did not foresee.
    Internal,
    /// The server is stopping; another is or will be there.
    ShuttingDown,
    /// No hello in time.
    HelloTimeout,
    /// No sign of life in time.
    HeartbeatLost,
    /// The server has as many connections as it may have.
    TooManyConnections,
    /// A protocol version the server does not speak.
    ProtocolVersion,
}

impl CloseCode {
    /// Every code, for documentation and tests.
    pub const ALL: [Self; 10] = [
        Self::Normal,
        Self::Protocol,
        Self::NotUtf8,
        Self::FrameTooBig,
        Self::Internal,
        Self::ShuttingDown,
        Self::HelloTimeout,
        Self::HeartbeatLost,
        Self::TooManyConnections,
        Self::ProtocolVersion,
    ];

    /// The number on the wire. Ours: 4000 to 4499 mean reconnect, 4500 to 4999 mean stop.
    #[must_use]
    pub fn number(self) -> u16 {
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
            Self::ProtocolVersion => 4500,
        }
    }

    /// What is said with it, for people.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Normal => "bye",
            Self::Protocol => "not the WebSocket protocol",
            Self::NotUtf8 => "text frames hold UTF-8",
            Self::FrameTooBig => "frames have at most 65536 bytes",
            Self::Internal => "the server failed",
            Self::ShuttingDown => "the server is stopping; connect again soon",
            Self::HelloTimeout => "say hello within 10 seconds",
            Self::HeartbeatLost => "no sign of life",
            Self::TooManyConnections => "the server is full; try again later",
            Self::ProtocolVersion => "this server does not speak that protocol version",
        }
    }
}

/// What a client does after a close with this number; `None` where the line just ended.
#[must_use]
pub fn after_close(number: Option<u16>) -> AfterClose {
    match number {
        // A broken line or a server going away is nobody's fault; so is an unexpected code below 4000.
        None | Some(0..=999 | 1001 | 1005 | 1006 | 1010..=1999 | 2000..=4499) => {
            AfterClose::Reconnect
        }
        // What we sent will not get better by sending it again; 1000 is a goodbye.
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
                | CloseCode::TooManyConnections => Reconnect,
                CloseCode::Normal
                | CloseCode::Protocol
                | CloseCode::NotUtf8
                | CloseCode::FrameTooBig
                | CloseCode::ProtocolVersion => Stop,
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
            "the browser's word for a lost line"
        );
    }
}
