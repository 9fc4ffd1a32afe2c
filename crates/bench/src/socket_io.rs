//! The packets of socket.io (protocol 5, over engine.io 4), as far as a measurement needs them.
//!
//! Over WebSocket each packet is one text frame: a digit for engine.io and, in its messages, one
//! for socket.io. What is relayed is a JSON value in an event, so a frame is 13 bytes longer than
//! with the other peers.

/// The address of the WebSocket of a client in this room.
pub(crate) fn path(room: &str) -> String {
    format!("/socket.io/?EIO=4&transport=websocket&room={room}")
}

/// Asks to be connected to the namespace `/`.
pub(crate) const CONNECT: &str = "40";
/// Answers a ping.
pub(crate) const PONG: &str = "3";

const EVENT: &[u8] = br#"42["message","#;

/// What a server has sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Packet<'a> {
    /// The first packet of a connection. The client now asks for a namespace.
    Open,
    /// The client is connected to its namespace.
    Connected,
    /// Wants to be answered with [`PONG`].
    Ping,
    /// What a client sent to the room.
    Relayed(&'a [u8]),
    Other,
}

/// Reads one text frame.
pub(crate) fn parse(text: &[u8]) -> Packet<'_> {
    let relayed = text.strip_prefix(EVENT);
    if let Some(json) = relayed.and_then(|rest| rest.strip_suffix(b"]")) {
        return Packet::Relayed(json);
    }
    match text {
        b"2" => Packet::Ping,
        [b'0', ..] => Packet::Open,
        [b'4', b'0', ..] => Packet::Connected,
        _ => Packet::Other,
    }
}

/// The packet that has this JSON relayed to the room.
pub(crate) fn event(json: &str) -> String {
    format!(r#"42["message",{json}]"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_told_apart_and_an_event_reads_back_as_written() {
        let json = r#"{"type":"entry","text":"[]"}"#;
        assert_eq!(
            parse(event(json).as_bytes()),
            Packet::Relayed(json.as_bytes())
        );
        for (text, packet) in [
            (r#"0{"sid":"x","upgrades":[]}"#, Packet::Open),
            (r#"40{"sid":"y"}"#, Packet::Connected),
            ("2", Packet::Ping),
            (r#"44{"message":"no such namespace"}"#, Packet::Other),
            (r#"42["other",{}]"#, Packet::Other),
            ("", Packet::Other),
        ] {
            assert_eq!(parse(text.as_bytes()), packet, "{text}");
        }
    }
}
