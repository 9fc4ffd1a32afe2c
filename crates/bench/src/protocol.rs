//! The messages that the load's clients send to Parlor and to its peers, and read from them.

use parlor_shared::{
    Body, ClientInfo, ClientMessage, Entry, MemberId, MessageId, Name, PROTOCOL_VERSION, Position,
    RoomId, Seq, ServerMessage, Text, Token, codec, limits::HISTORY_ENTRIES_MAX,
};

use crate::{frames, handshake, socket_io};

/// The text of every message, about as long as what a person writes.
const TEXT: &str = "the room's reason to exist is one message reaching everyone at once";

/// The protocol that a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// Parlor's own.
    Parlor,
    /// The peers': every text frame is relayed to the whole room. The clients therefore send the
    /// frame that Parlor would make of a post, so that both deliver the same bytes.
    Relay,
    /// The same in socket.io's packets.
    SocketIo,
}

impl Protocol {
    /// The request that opens the WebSocket. With `replay`, a peer sends first what the room has.
    pub(crate) fn upgrade_request(self, room: &str, replay: bool) -> String {
        let path = match self {
            Self::Parlor => "/ws".to_owned(),
            Self::Relay if replay => format!("/ws/{room}?replay"),
            Self::Relay => format!("/ws/{room}"),
            Self::SocketIo => socket_io::path(room),
        };
        handshake::request("localhost", &path)
    }

    /// Appends a hello and a join.
    pub(crate) fn put_join(
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
            access: None,
            client: ClientInfo::default(),
        };
        frames::put_text(out, &codec::encode_client(&hello));
        frames::put_text(
            out,
            &codec::encode_client(&ClientMessage::Join { room, after }),
        );
    }

    /// Appends the room's entry of that number.
    pub(crate) fn put_entry(self, room: &str, number: usize, body: Body, out: &mut Vec<u8>) {
        let (Ok(room), Ok(name)) = (RoomId::parse(room), Name::parse("bench")) else {
            return;
        };
        let id = entry_id_of(number);
        let relayed = |name, body| {
            codec::encode_server(&ServerMessage::Entry {
                room: room.clone(),
                entry: Entry {
                    seq: Seq(number as u64 + 1),
                    prev: Seq(number as u64),
                    id,
                    at_ms: 1_790_000_000_000,
                    member: MemberId::from_bytes([7; 16]),
                    name,
                    body,
                },
            })
        };
        let message = match self {
            Self::Parlor => codec::encode_client(&ClientMessage::Post {
                room: room.clone(),
                id,
                follows: None,
                body,
            }),
            Self::Relay => relayed(name, body),
            Self::SocketIo => socket_io::event(&relayed(name, body)),
        };
        frames::put_text(out, &message);
    }

    /// Whether an entry's frame is a entry of [`Protocol::put_entry`].
    ///
    /// Reads the id only, whose random part is zero there.
    pub(crate) fn is_own_entry(text: &[u8]) -> bool {
        entry_id(text).is_some_and(|id| id.ends_with(b"-7000-8000-000000000000"))
    }

    /// Appends a request for the page of history before `before`.
    pub(crate) fn put_history(self, room: &str, before: u64, out: &mut Vec<u8>) {
        if let Ok(room) = RoomId::parse(room) {
            let history = ClientMessage::History {
                room,
                before: Seq(before),
                limit: HISTORY_ENTRIES_MAX,
            };
            frames::put_text(out, &codec::encode_client(&history));
        }
    }

    /// The seq of the entry in a text frame; `None` if the frame holds no entry of this room.
    ///
    /// Reads only the frame's beginning: decoding every entry would measure the clients rather than
    /// the server.
    pub(crate) fn entry_seq(self, room: &str, text: &[u8]) -> Option<u64> {
        let rest = text.strip_prefix(br#"{"type":"entry","room":""#)?;
        let rest = rest.strip_prefix(room.as_bytes())?;
        let digits = rest.strip_prefix(br#"","entry":{"seq":"#)?;
        let number = digits.iter().take_while(|byte| byte.is_ascii_digit());
        Some(number.fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
    }
}

/// The text of the room's entry of that number.
pub(crate) fn text(number: usize) -> anyhow::Result<Text> {
    Ok(Text::parse(format!("{number:09} {TEXT}"))?)
}

/// The id of the room's entry of that number: unique within a room, and the same in every run.
pub(crate) fn entry_id_of(number: usize) -> MessageId {
    MessageId::new(number as u64, [0; 10])
}

/// The id of the entry in a frame.
pub(crate) fn entry_id(text: &[u8]) -> Option<&[u8]> {
    const KEY: &[u8] = br#""id":""#;
    const ID_BYTES: usize = 36;
    // The id comes after the room, `seq` and `prev`.
    let head = &text[..text.len().min(256)];
    let at = head.windows(KEY.len()).position(|window| window == KEY)?;
    text.get(at + KEY.len()..at + KEY.len() + ID_BYTES)
}
