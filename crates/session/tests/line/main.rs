//! One session driven by hand: what it says and tells when the line, the server or the program does something odd.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that meets the unexpected fails"
)]

use parlor_session::{
    Event, NotJoined, OutboxPost, Output, Session, SessionConfig, Status, StopReason,
};
use parlor_shared::{
    Body, ClientInfo, ClientMessage, Entry, Epoch, ErrorCode, JoinOutcome, Limits, MemberId,
    MessageId, Name, PROTOCOL_VERSION, Refusal, RoomId, Seq, ServerMessage, Text, Token, codec,
    limits::{OUTBOX_POSTS_MAX, OUTBOX_WINDOW},
};

mod hello;
mod posts;
mod rooms;
mod watch;

/// A session and everything it wanted since last looked at.
struct Hand {
    session: Session,
    now_ms: u64,
    said: Vec<ClientMessage>,
    told: Vec<Event>,
    /// `connect` and `close`, in order, with the number of frames said before.
    line: Vec<(&'static str, usize)>,
}

fn room(name: &str) -> RoomId {
    RoomId::parse(name).unwrap()
}

fn lobby() -> RoomId {
    room("lobby")
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn id(n: u64) -> MessageId {
    MessageId::new(n + 1, [0; 10])
}

fn text(n: u64) -> Body {
    Body::post(Text::parse(format!("post {n}")).unwrap())
}

fn me() -> MemberId {
    MemberId::from_bytes([1; 16])
}

fn other() -> MemberId {
    MemberId::from_bytes([2; 16])
}

fn entry(prev: u64, seq: u64, n: u64, member: MemberId) -> Entry {
    let (prev, seq) = (Seq(prev), Seq(seq));
    Entry {
        seq,
        prev,
        id: id(n),
        at_ms: 0,
        member,
        name: name("n"),
        body: text(n),
    }
}

fn welcome(member: MemberId, heartbeat_ms: u64) -> ServerMessage {
    ServerMessage::Welcome {
        protocol: PROTOCOL_VERSION,
        server: "by hand".to_owned(),
        member,
        token: Token::parse("given").unwrap(),
        name: name("n"),
        epoch: Epoch::from_bytes([7; 16]),
        limits: Limits::default(),
        heartbeat_ms,
    }
}

fn joined(room: &RoomId, after: u64, outcome: JoinOutcome) -> ServerMessage {
    let (room, after) = (room.clone(), Seq(after));
    ServerMessage::Joined {
        room,
        after,
        head: after,
        first: Seq(1),
        outcome,
    }
}

fn present(room: &RoomId) -> ServerMessage {
    ServerMessage::Present {
        room: room.clone(),
        count: 1,
        members: vec![],
    }
}

fn comes(entry: Entry) -> ServerMessage {
    ServerMessage::Entry {
        room: lobby(),
        entry,
    }
}

impl Hand {
    fn new(token: Option<&str>, outbox: Vec<OutboxPost>) -> Self {
        let token = token.map(|token| Token::parse(token).unwrap());
        let config = SessionConfig {
            name: name("n"),
            token,
            client: ClientInfo::default(),
            outbox,
        };
        let session = Session::new(config);
        let mut hand = Self {
            session,
            now_ms: 0,
            said: vec![],
            told: vec![],
            line: vec![],
        };
        hand.session.join(&lobby());
        hand
    }

    /// Welcomed, and at the head of the lobby's empty log.
    fn live() -> Self {
        let mut hand = Self::new(None, vec![]);
        hand.session.start(0);
        hand.welcomed();
        hand.hears(joined(&lobby(), 0, JoinOutcome::Reset));
        hand.hears(present(&lobby()));
        hand.forget();
        hand
    }

    fn welcomed(&mut self) {
        self.session.handle_open();
        self.hears(welcome(me(), 25_000));
    }

    fn hears(&mut self, message: ServerMessage) {
        self.session
            .handle_frame(self.now_ms, &codec::encode_server(&message), 7);
        self.look();
    }

    fn refused(&mut self, code: ErrorCode, room: Option<RoomId>, id: Option<MessageId>) {
        let refusal = Refusal {
            room,
            id,
            ..Refusal::new(code, "no")
        };
        self.hears(ServerMessage::Error(refusal));
    }

    fn posts(&mut self, n: u64) {
        self.session.post(&lobby(), id(n), text(n)).unwrap();
        self.look();
    }

    /// Time passes; what is due is done.
    fn passes(&mut self, ms: u64) {
        let until_ms = self.now_ms + ms;
        while let Some(due) = self.session.poll_timeout().filter(|due| *due <= until_ms) {
            self.now_ms = self.now_ms.max(due);
            self.session.handle_timeout(self.now_ms, 0);
            self.look();
        }
        self.now_ms = until_ms;
    }

    fn cut(&mut self) {
        self.session.handle_closed(self.now_ms, Some(1006), 0);
        self.look();
    }

    fn look(&mut self) {
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Connect => self.line.push(("connect", self.said.len())),
                Output::Send(frame) => self.said.push(codec::decode_client(&frame).unwrap()),
                Output::Close => self.line.push(("close", self.said.len())),
                Output::Event(event) => self.told.push(event),
            }
        }
    }

    fn forget(&mut self) {
        self.look();
        self.said.clear();
        self.told.clear();
        self.line.clear();
    }

    fn said(&mut self) -> Vec<ClientMessage> {
        self.look();
        std::mem::take(&mut self.said)
    }

    /// The posts said since last looked at.
    fn posted(&mut self) -> Vec<MessageId> {
        let mut posts = Vec::new();
        for message in self.said() {
            if let ClientMessage::Post { id, .. } = message {
                posts.push(id);
            }
        }
        posts
    }

    fn joins(&mut self) -> usize {
        let said = self.said();
        said.iter()
            .filter(|said| matches!(said, ClientMessage::Join { .. }))
            .count()
    }

    fn settled(&self) -> Vec<MessageId> {
        let mut settled = Vec::new();
        for event in &self.told {
            if let Event::Acked { entry, .. } = event {
                settled.push(entry.id);
            }
        }
        settled
    }

    fn was_refused(&self) -> bool {
        self.told
            .iter()
            .any(|event| matches!(event, Event::Refused(_)))
    }
}

fn ids(range: std::ops::Range<u64>) -> Vec<MessageId> {
    range.map(id).collect()
}
