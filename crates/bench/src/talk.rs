//! What clients say and hear, to Parlor and to its peers.

use parlor_shared::{
    Body, ClientInfo, ClientMessage, Entry, MemberId, MessageId, Name, PROTOCOL_VERSION, Position,
    RoomId, Seq, ServerMessage, Text, Token, codec, limits::HISTORY_ENTRIES_MAX,
};

use crate::{frames, handshake};

/// What a person writes, about: the length of every message.
const TEXT: &str = "the room's reason to exist is one message reaching everyone at once";

/// How a server is talked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Talk {
    /// Parlor's protocol.
    Parlor,
    /// Whatever is said comes back to everyone: so what is said is what Parlor would make of it, byte for byte.
    Plain,
}

impl Talk {
    /// The request for a WebSocket; `replay` where what the room has is wanted first.
    pub(crate) fn ask(self, room: &str, replay: bool) -> String {
        let path = match self {
            Self::Parlor => "/ws".to_owned(),
            Self::Plain if replay => format!("/ws/{room}?replay"),
            Self::Plain => format!("/ws/{room}"),
        };
        handshake::ask("localhost", &path)
    }

    /// Says hello and joins.
    pub(crate) fn join(
        self,
        room: &str,
        token: Option<Token>,
        after: Option<Position>,
        out: &mut Vec<u8>,
    ) {
        let (Ok(room), Ok(name)) = (RoomId::parse(room), Name::parse("bench")) else {
            return;
        };
        let hello = ClientMessage::Hello {
            protocol: PROTOCOL_VERSION,
            name,
            token,
            client: ClientInfo::default(),
        };
        frames::put_text(out, &codec::encode_client(&hello));
        frames::put_text(
            out,
            &codec::encode_client(&ClientMessage::Join { room, after }),
        );
    }

    /// Posts the room's message of that number.
    pub(crate) fn post(self, room: &str, number: usize, out: &mut Vec<u8>) {
        let text = Text::parse(format!("{number:09} {TEXT}"));
        let (Ok(room), Ok(name), Ok(text)) = (RoomId::parse(room), Name::parse("bench"), text)
        else {
            return;
        };
        // The same in each run; one in each room.
        let id = MessageId::new(number as u64, [0; 10]);
        let body = Body::post(text);
        let said = match self {
            Self::Parlor => codec::encode_client(&ClientMessage::Post { room, id, body }),
            Self::Plain => codec::encode_server(&ServerMessage::Entry {
                room,
                entry: Entry {
                    seq: Seq(number as u64 + 1),
                    prev: Seq(number as u64),
                    id,
                    at_ms: 1_790_000_000_000,
                    member: MemberId::from_bytes([7; 16]),
                    name,
                    body,
                },
            }),
        };
        frames::put_text(out, &said);
    }

    /// Asks for a page of what came before this place.
    pub(crate) fn history(self, room: &str, before: u64, out: &mut Vec<u8>) {
        if let Ok(room) = RoomId::parse(room) {
            let history = ClientMessage::History {
                room,
                before: Seq(before),
                limit: HISTORY_ENTRIES_MAX,
            };
            frames::put_text(out, &codec::encode_client(&history));
        }
    }

    /// The place of the entry in a frame; `None` where it holds none. Faster than decoding, which would measure the
    /// clients.
    pub(crate) fn seq(self, room: &str, text: &[u8]) -> Option<u64> {
        let rest = text.strip_prefix(br#"{"type":"entry","room":""#)?;
        let rest = rest.strip_prefix(room.as_bytes())?;
        let digits = rest.strip_prefix(br#"","entry":{"seq":"#)?;
        let number = digits.iter().take_while(|byte| byte.is_ascii_digit());
        Some(number.fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
    }
}
