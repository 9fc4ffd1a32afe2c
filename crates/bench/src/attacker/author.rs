//! Who an attacker's connection is for the server, and the ids of what it posts.

use parlor_shared::{
    ClientInfo, ClientMessage, Epoch, MessageId, Name, PROTOCOL_VERSION, RoomId, Token, codec,
};

use crate::frames;

/// The time in every id, in Unix milliseconds. With a number added to it, the id is that post's.
const ID_MS: u64 = 1_790_000_000_000;

/// One member with one connection.
#[derive(Debug)]
pub(super) struct Author {
    /// The run, so that no two runs use the same id.
    run: u8,
    /// Which of the attackers it is.
    pub(super) number: u16,
    pub(super) token: Option<Token>,
    /// The server's epoch, from welcome.
    pub(super) epoch: Option<Epoch>,
    /// The rooms that it joins first.
    pub(super) rooms: Vec<RoomId>,
    /// Messages sent so far.
    pub(super) sent: u32,
    /// Requests and posts that were answered so far.
    pub(super) answered: u64,
    /// Whether the last search found anything.
    pub(super) has_found: bool,
}

impl Author {
    pub(super) fn new(run: u8, number: u16, token: Option<Token>, rooms: &[String]) -> Self {
        let rooms = rooms.iter().filter_map(|room| RoomId::parse(room).ok());
        Self {
            run,
            number,
            token,
            epoch: None,
            rooms: rooms.collect(),
            sent: 0,
            answered: 0,
            has_found: false,
        }
    }

    /// The id of this author's post of that number.
    pub(super) fn id(&self, number: u32) -> MessageId {
        let [high, low] = self.number.to_be_bytes();
        let random = [0, 0, 0, 0, 0xA7, self.run, high, low, 0, 1];
        MessageId::new(ID_MS + u64::from(number), random)
    }

    /// A room of this author's alone.
    pub(super) fn own_room(&self, number: u32) -> Option<RoomId> {
        RoomId::parse(&format!("own-{}-{}-{number}", self.run, self.number)).ok()
    }

    /// Whether a frame holds an entry of this author's.
    pub(super) fn is_own_id(&self, id: &[u8]) -> bool {
        let end = format!("a7{:02x}{:04x}0001", self.run, self.number);
        id.ends_with(end.as_bytes())
    }

    /// Appends a hello.
    pub(super) fn put_hello(&self, out: &mut Vec<u8>) {
        let Ok(name) = Name::parse("attacker") else {
            return;
        };
        let hello = ClientMessage::Hello {
            protocol: PROTOCOL_VERSION,
            name,
            token: self.token.clone(),
            access: None,
            client: ClientInfo::default(),
        };
        frames::put_text(out, &codec::encode_client(&hello));
    }
}
