//! Tests of one session: what it sends and reports when the network, the server or the program
//! misbehaves.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails when it meets something unexpected"
)]

use parlor_session::{
    Event, NotJoined, NotOnline, OutboxPost, Output, SessionConfig, Status, StopReason,
};
use parlor_shared::{
    AckPromise, Body, ClientInfo, ClientMessage, Entry, Epoch, ErrorCode, JoinOutcome, Limits,
    MemberId, MessageId, Name, PROTOCOL_VERSION, Place, Position, Refusal, Request, RoomId, Seq,
    ServerMessage, Text, Token, codec,
    limits::{OUTBOX_POSTS_MAX, OUTBOX_WINDOW},
};

mod access;
mod connection;
mod hello;
mod order;
mod posts;
mod recorded;
mod requests;
mod rooms;
mod seen;
mod traces;
mod walks;

use recorded::RecordedSession;

/// A session with the driver's part played by the test, and what the session asked for since
/// [`Self::clear`].
struct SessionHarness {
    session: RecordedSession,
    now_ms: u64,
    sent: Vec<ClientMessage>,
    events: Vec<Event>,
    /// The connections that the session opened and closed, in order.
    connections: Vec<ConnectionStep>,
}

#[derive(Debug, PartialEq, Eq)]
enum ConnectionStep {
    Connect,
    /// The number of frames sent since [`SessionHarness::clear`].
    Close {
        frames_before: usize,
    },
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
        server: "test".to_owned(),
        member,
        token: Token::parse("given").unwrap(),
        name: name("n"),
        epoch: Epoch::from_bytes([7; 16]),
        limits: Limits::default(),
        heartbeat_ms,
        at_ms: 0,
        promise: AckPromise::Durable,
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

fn entry_message(entry: Entry) -> ServerMessage {
    ServerMessage::Entry {
        room: lobby(),
        entry,
    }
}

impl SessionHarness {
    fn new(token: Option<&str>, outbox: Vec<OutboxPost>) -> Self {
        let token = token.map(|token| Token::parse(token).unwrap());
        let config = SessionConfig {
            name: name("n"),
            token,
            access: None,
            client: ClientInfo::default(),
            outbox,
        };
        let session = RecordedSession::new(config);
        let mut harness = Self {
            session,
            now_ms: 0,
            sent: vec![],
            events: vec![],
            connections: vec![],
        };
        harness.session.join(&lobby());
        harness
    }

    /// A session that is online and live in the empty lobby.
    fn live() -> Self {
        let mut harness = Self::new(None, vec![]);
        harness.session.start(0);
        harness.be_welcomed();
        harness.receive(joined(&lobby(), 0, JoinOutcome::Reset));
        harness.receive(present(&lobby()));
        harness.clear();
        harness
    }

    fn be_welcomed(&mut self) {
        self.session.handle_open();
        self.receive(welcome(me(), 25_000));
    }

    fn be_welcomed_in(&mut self, current: Epoch) {
        self.session.handle_open();
        let mut welcome = welcome(me(), 25_000);
        if let ServerMessage::Welcome { epoch, .. } = &mut welcome {
            *epoch = current;
        }
        self.receive(welcome);
    }

    fn receive(&mut self, message: ServerMessage) {
        self.session
            .handle_frame(self.now_ms, &codec::encode_server(&message), 7);
        self.drain_outputs();
    }

    fn receive_refusal(&mut self, code: ErrorCode, room: Option<RoomId>, id: Option<MessageId>) {
        let refusal = Refusal {
            room,
            id,
            ..Refusal::new(code, "no")
        };
        self.receive(ServerMessage::Error(refusal));
    }

    fn post(&mut self, n: u64) {
        self.session.post(&lobby(), id(n), text(n)).unwrap();
        self.drain_outputs();
    }

    /// Lets time pass, and calls `handle_timeout` whenever it is due.
    fn advance(&mut self, ms: u64) {
        let until_ms = self.now_ms + ms;
        while let Some(due) = self.session.poll_timeout().filter(|due| *due <= until_ms) {
            self.now_ms = self.now_ms.max(due);
            self.session.handle_timeout(self.now_ms, 0);
            self.drain_outputs();
        }
        self.now_ms = until_ms;
    }

    fn disconnect(&mut self) {
        self.session.handle_closed(self.now_ms, Some(1006), 0);
        self.drain_outputs();
    }

    fn drain_outputs(&mut self) {
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Connect => self.connections.push(ConnectionStep::Connect),
                Output::Send(frame) => self.sent.push(codec::decode_client(&frame).unwrap()),
                Output::Close => {
                    let frames_before = self.sent.len();
                    self.connections
                        .push(ConnectionStep::Close { frames_before });
                }
                Output::Event(event) => self.events.push(event),
            }
        }
    }

    fn clear(&mut self) {
        self.drain_outputs();
        self.sent.clear();
        self.events.clear();
        self.connections.clear();
    }

    fn take_sent(&mut self) -> Vec<ClientMessage> {
        self.drain_outputs();
        std::mem::take(&mut self.sent)
    }

    /// The posts sent since the last call.
    fn take_sent_posts(&mut self) -> Vec<MessageId> {
        let mut posts = Vec::new();
        for message in self.take_sent() {
            if let ClientMessage::Post { id, .. } = message {
                posts.push(id);
            }
        }
        posts
    }

    fn take_sent_joins(&mut self) -> usize {
        let sent = self.take_sent();
        sent.iter()
            .filter(|sent| matches!(sent, ClientMessage::Join { .. }))
            .count()
    }

    fn acked(&self) -> Vec<MessageId> {
        let mut acked = Vec::new();
        for event in &self.events {
            if let Event::Acked { entry, .. } = event {
                acked.push(entry.id);
            }
        }
        acked
    }

    fn was_refused(&self) -> bool {
        self.events
            .iter()
            .any(|event| matches!(event, Event::Refused(_)))
    }
}

fn ids(range: std::ops::Range<u64>) -> Vec<MessageId> {
    range.map(id).collect()
}
