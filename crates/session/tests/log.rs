//! Whatever the line does, each post is on the log once and every entry is told once, in order.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that meets the unexpected fails"
)]

use std::collections::VecDeque;

use parlor_session::{Event, Output, Session, SessionConfig, Status};
use parlor_shared::{
    Body, ClientInfo, ClientMessage, Entry, Epoch, ErrorCode, JoinOutcome, Limits, MemberId,
    MessageId, Name, PROTOCOL_VERSION, Refusal, RoomId, Seq, ServerMessage, Text, Token, codec,
};
use proptest::prelude::*;

/// A server with one room and one client: a log in memory, and what is on its way to the client.
#[derive(Default)]
struct Server {
    log: Vec<Entry>,
    connected: bool,
    joined: bool,
    /// How many entries the client's cursor has passed.
    cursor: usize,
    to_client: VecDeque<ServerMessage>,
}

fn lobby() -> RoomId {
    RoomId::parse("lobby").unwrap()
}

fn me() -> MemberId {
    MemberId::from_bytes([1; 16])
}

fn id(n: u64) -> MessageId {
    MessageId::new(n + 1, [0; 10])
}

fn post(n: u64) -> Body {
    Body::Post {
        text: Text::parse(format!("{n}")).unwrap(),
    }
}

impl Server {
    fn append(&mut self, id: MessageId, member: MemberId, body: Body) {
        let prev = self.log.last().map_or(Seq::ZERO, |last| last.seq);
        // Places have gaps, as in a log of many rooms.
        let (seq, at_ms) = (Seq(prev.0 + 3), 0);
        let name = Name::parse("n").unwrap();
        self.log.push(Entry {
            seq,
            prev,
            id,
            at_ms,
            member,
            name,
            body,
        });
    }

    fn hear(&mut self, frame: &str, refuse: bool) {
        match codec::decode_client(frame).unwrap() {
            ClientMessage::Hello { .. } => self.to_client.push_back(ServerMessage::Welcome {
                protocol: PROTOCOL_VERSION,
                server: "model".to_owned(),
                member: me(),
                token: Token::parse("token").unwrap(),
                name: Name::parse("n").unwrap(),
                epoch: Epoch::from_bytes([7; 16]),
                limits: Limits::default(),
                heartbeat_ms: 25_000,
            }),
            ClientMessage::Join { room, after } => {
                let after = after.map_or(Seq::ZERO, |after| after.seq);
                self.cursor = self.log.partition_point(|entry| entry.seq <= after);
                self.joined = true;
                let head = self.log.last().map_or(Seq::ZERO, |last| last.seq);
                let outcome = JoinOutcome::Resumed;
                self.to_client.push_back(ServerMessage::Joined {
                    room: room.clone(),
                    after,
                    head,
                    first: Seq(3),
                    outcome,
                });
                self.tail();
                self.to_client.push_back(ServerMessage::Present {
                    room,
                    count: 1,
                    members: vec![],
                });
            }
            ClientMessage::Post { room, id, body } => {
                assert!(self.joined, "a post before its room is joined");
                if refuse {
                    let refusal = Refusal::new(ErrorCode::RateLimited, "slower");
                    let refusal = refusal.in_room(&room).of_post(id);
                    self.to_client.push_back(ServerMessage::Error(refusal));
                } else if let Some(entry) = self.log.iter().find(|entry| entry.id == id) {
                    let entry = entry.clone();
                    self.to_client
                        .push_back(ServerMessage::Duplicate { room, entry });
                } else {
                    self.append(id, me(), body);
                    self.tail();
                }
            }
            ClientMessage::Ping { t } => self.to_client.push_back(ServerMessage::Pong { t }),
            ClientMessage::Leave { .. } => self.joined = false,
            ClientMessage::History { .. }
            | ClientMessage::Search { .. }
            | ClientMessage::Typing { .. }
            | ClientMessage::Rename { .. }
            | ClientMessage::Unknown => panic!("not asked for here: {frame}"),
        }
    }

    fn tail(&mut self) {
        if self.joined {
            let new = self.log[self.cursor..].iter().cloned();
            let room = lobby();
            self.to_client.extend(new.map(|entry| ServerMessage::Entry {
                room: room.clone(),
                entry,
            }));
            self.cursor = self.log.len();
        }
    }

    fn cut(&mut self) {
        self.connected = false;
        self.joined = false;
        self.to_client.clear();
    }
}

/// The client, its line, and what its program was told.
struct World {
    session: Session,
    server: Server,
    to_server: VecDeque<String>,
    now_ms: u64,
    told: Vec<Entry>,
    settled: Vec<MessageId>,
    posts: u64,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Post,
    OtherPosts,
    ServerHears,
    ServerRefuses,
    ClientHears,
    /// What is on its way is lost both ways; the client is told, or finds out by itself.
    Cut {
        client_told: bool,
    },
    /// The server skips an entry, as it never should.
    ServerLosesFrame,
    /// The server says something twice, as it never should.
    ServerRepeatsEntry,
    Time {
        ms: u64,
    },
    StopAndStart,
}

impl World {
    fn new() -> Self {
        let mut session = Session::new(SessionConfig {
            name: Name::parse("n").unwrap(),
            token: None,
            client: ClientInfo::default(),
            outbox: Vec::new(),
        });
        session.join(&lobby());
        session.start(0);
        let mut world = Self {
            session,
            server: Server::default(),
            to_server: VecDeque::new(),
            now_ms: 0,
            told: Vec::new(),
            settled: Vec::new(),
            posts: 0,
        };
        world.drain();
        world
    }

    fn drain(&mut self) {
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Connect => {
                    self.server.cut();
                    self.to_server.clear();
                    self.server.connected = true;
                    self.session.handle_open();
                }
                Output::Send(frame) => self.to_server.push_back(frame),
                Output::Close => self.server.cut(),
                Output::Event(Event::Entry { entry, .. }) => self.told.push(entry),
                Output::Event(Event::Settled { entry, .. }) => self.settled.push(entry.id),
                Output::Event(_) => {}
            }
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Post => {
                self.session
                    .post(&lobby(), id(self.posts), post(self.posts))
                    .unwrap();
                self.posts += 1;
            }
            Step::OtherPosts => {
                let other = MemberId::from_bytes([2; 16]);
                let n = self.server.log.len() as u64;
                self.server
                    .append(MessageId::new(n, [9; 10]), other, post(n));
                self.server.tail();
            }
            Step::ServerHears | Step::ServerRefuses => {
                if self.server.connected
                    && let Some(frame) = self.to_server.pop_front()
                {
                    self.server
                        .hear(&frame, matches!(step, Step::ServerRefuses));
                }
            }
            Step::ClientHears => {
                if let Some(message) = self.server.to_client.pop_front() {
                    let frame = codec::encode_server(&message);
                    self.session.handle_frame(self.now_ms, &frame, 7);
                }
            }
            Step::Cut { client_told } => {
                self.server.cut();
                self.to_server.clear();
                if client_told {
                    self.session.handle_closed(self.now_ms, Some(1006), 7);
                }
            }
            Step::ServerLosesFrame => {
                if let Some(ServerMessage::Entry { .. }) = self.server.to_client.front() {
                    self.server.to_client.pop_front();
                }
            }
            Step::ServerRepeatsEntry => {
                if let Some(ServerMessage::Entry { room, entry }) = self.server.to_client.front() {
                    let (room, entry) = (room.clone(), entry.clone());
                    self.server
                        .to_client
                        .push_back(ServerMessage::Entry { room, entry });
                }
            }
            Step::Time { ms } => {
                self.now_ms += ms;
                if self
                    .session
                    .poll_timeout()
                    .is_some_and(|due| due <= self.now_ms)
                {
                    self.session.handle_timeout(self.now_ms, 7);
                }
            }
            Step::StopAndStart => {
                self.session.stop();
                self.drain();
                self.session.start(self.now_ms);
            }
        }
        self.drain();
    }

    /// From here on all goes well, for long enough.
    fn settle(&mut self) {
        // One more entry: after it nothing that was lost before can stay unnoticed.
        self.step(Step::OtherPosts);
        for _ in 0..60 {
            while !self.to_server.is_empty() || !self.server.to_client.is_empty() {
                self.step(Step::ServerHears);
                self.step(Step::ClientHears);
                if !self.server.connected {
                    break;
                }
            }
            self.step(Step::Time { ms: 5_000 });
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => Just(Step::Post),
        4 => Just(Step::OtherPosts),
        12 => Just(Step::ServerHears),
        1 => Just(Step::ServerRefuses),
        12 => Just(Step::ClientHears),
        1 => any::<bool>().prop_map(|client_told| Step::Cut { client_told }),
        1 => Just(Step::ServerLosesFrame),
        1 => Just(Step::ServerRepeatsEntry),
        2 => (1..40_000_u64).prop_map(|ms| Step::Time { ms }),
        1 => Just(Step::StopAndStart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn every_post_is_on_the_log_once_and_every_entry_is_told_once(
        steps in prop::collection::vec(step(), 0..150),
    ) {
        let mut world = World::new();
        for step in steps {
            world.step(step);
            let known = world.told.iter().zip(&world.server.log).all(|(told, entry)| told == entry);
            prop_assert!(known, "told out of order: {:?}", world.told);
        }
        world.settle();
        prop_assert_eq!(world.session.status(), Status::Online);
        prop_assert_eq!(&world.told, &world.server.log);
        let mine: Vec<_> = world.server.log.iter().filter(|e| e.member == me()).collect();
        prop_assert_eq!(mine.len() as u64, world.posts, "each post once");
        let mut settled = world.settled.clone();
        settled.sort_unstable();
        prop_assert_eq!(settled, (0..world.posts).map(id).collect::<Vec<_>>());
        prop_assert_eq!(world.session.outbox().count(), 0);
    }
}
