//! The session: whatever the server, the driver and the program do, what it promises holds.
//!
//! The server here sends anything, in any order, and breaks every rule of the protocol.

use std::collections::BTreeMap;

use parlor_session::{Event, Output, Session, SessionConfig};
use parlor_shared::{
    Body, ClientInfo, ClientMessage, Epoch, JoinOutcome, Limits, MessageId, Name, Position, RoomId,
    Seq, ServerMessage, Text, codec,
};

use crate::source::Source;

/// The most steps of one input: more find nothing new, and only take time.
const STEPS_MAX: usize = 300;
/// How often a session may ask to be called at one moment, before it counts as a busy loop.
const CALLS_AT_ONCE_MAX: usize = 8;

const ROOMS: [&str; 3] = ["lobby", "attic", "team"];
const CLOSE_CODES: [Option<u16>; 6] = [
    None,
    Some(1000),
    Some(1001),
    Some(1008),
    Some(4000),
    Some(4009),
];
const ERROR_CODES: [&str; 10] = [
    "rate_limited",
    "not_joined",
    "log_unavailable",
    "out_of_order",
    "text_too_long",
    "muted",
    "slow_mode",
    "target_unknown",
    "busy",
    "new_in_a_later_version",
];
const REQUESTS: [&str; 6] = ["hello", "join", "post", "history", "search", "leave"];

pub(crate) fn run(bytes: &[u8]) {
    let Some(mut world) = World::new(bytes) else {
        panic!("the names are valid")
    };
    for _ in 0..STEPS_MAX {
        if world.source.is_empty() {
            break;
        }
        world.step();
        world.drain();
    }
}

/// The state of the driver's connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    Closed,
    Opening,
    Open,
}

/// A session, and what its driver and its program know.
struct World<'a> {
    source: Source<'a>,
    session: Session,
    now_ms: u64,
    link: Link,
    rooms: [RoomId; 3],
    text: Text,
    /// How many posts the program has made; they have the ids below.
    posted: u8,
    /// The posts that are neither acked nor refused nor discarded, in order.
    waiting: Vec<MessageId>,
    /// The place of the newest entry that the program was given of each room that it has joined.
    at: BTreeMap<RoomId, Seq>,
}

impl<'a> World<'a> {
    fn new(bytes: &'a [u8]) -> Option<Self> {
        let [lobby, attic, team] = ROOMS.map(|room| RoomId::parse(room).ok());
        let session = Session::new(SessionConfig {
            name: Name::parse("n").ok()?,
            token: None,
            access: None,
            client: ClientInfo::default(),
            outbox: Vec::new(),
        });
        Some(Self {
            source: Source::new(bytes),
            session,
            now_ms: 0,
            link: Link::Closed,
            rooms: [lobby?, attic?, team?],
            text: Text::parse("t").ok()?,
            posted: 0,
            waiting: Vec::new(),
            at: BTreeMap::new(),
        })
    }

    fn step(&mut self) {
        let choice = self.source.below(16);
        let random = u64::from(self.source.byte());
        self.now_ms += random * 50;
        match choice {
            0 => self.session.start(self.now_ms),
            1 => self.open(),
            2 => {
                let code = CLOSE_CODES[self.source.below(CLOSE_CODES.len())];
                if self.link != Link::Closed {
                    self.link = Link::Closed;
                    self.session.handle_closed(self.now_ms, code, random);
                }
            }
            3 => self.wait(random),
            4 => self.session.handle_timeout(self.now_ms, random),
            5 => self.join(random),
            6 => {
                let room = self.room();
                self.session.leave(&room);
                self.at.remove(&room);
            }
            7 => self.post(),
            8 => {
                let id = self.post_id();
                let discarded = self.session.discard(id);
                assert_eq!(discarded.is_some(), self.waiting.contains(&id));
                self.waiting.retain(|waiting| *waiting != id);
            }
            9 => self.session.probe(self.now_ms),
            10 => {
                self.session.stop();
                self.at.clear();
            }
            _frame => {
                let frame = self.frame();
                // A frame may arrive after its connection has closed, but not before the first
                // connection is open.
                if self.link != Link::Opening {
                    self.session.handle_frame(self.now_ms, &frame, random);
                }
            }
        }
    }

    /// Joins a room, now and then after a place that the program has kept.
    fn join(&mut self, random: u64) {
        let room = self.room();
        if random % 4 != 3 || self.session.has_room(&room) {
            return self.session.join(&room);
        }
        let position = Position {
            epoch: Epoch::from_bytes([0; 16]),
            seq: Seq(random / 4),
        };
        self.at.insert(room.clone(), position.seq);
        self.session.join_after(&room, position);
    }

    fn open(&mut self) {
        if self.link == Link::Opening {
            self.link = Link::Open;
            self.session.handle_open();
        }
    }

    /// Waits until the session wants to be called, and calls it.
    fn wait(&mut self, random: u64) {
        for _ in 0..CALLS_AT_ONCE_MAX {
            let Some(due_ms) = self.session.poll_timeout() else {
                return;
            };
            self.now_ms = self.now_ms.max(due_ms);
            self.session.handle_timeout(self.now_ms, random);
            self.drain();
            let again = self.session.poll_timeout();
            if again.is_none_or(|again_ms| again_ms > self.now_ms) {
                return;
            }
        }
        panic!("the session is never done at {} ms", self.now_ms);
    }

    fn post(&mut self) {
        let room = self.room();
        let id = id(self.posted);
        // The numbers of the ids are a byte; a program never gives one twice.
        if self.posted < u8::MAX {
            self.posted += 1;
            let body = Body::post(self.text.clone());
            if self.session.post(&room, id, body).is_ok() {
                self.waiting.push(id);
            }
        }
    }

    fn room(&mut self) -> RoomId {
        self.rooms[self.source.below(self.rooms.len())].clone()
    }

    /// The id of a post of the program, or of nobody's.
    fn post_id(&mut self) -> MessageId {
        id(self.source.byte())
    }

    /// What the server says.
    fn frame(&mut self) -> String {
        let room = self.room();
        let at = self.at.get(&room).map_or(0, |at| at.0);
        // Around the place where the session is.
        let near = |step: u8| at.saturating_add(u64::from(step % 8)).saturating_sub(2);
        match self.source.below(12) {
            0 | 1 => welcome(self.source.below(2)),
            2 | 3 => {
                let (after, outcome) = (near(self.source.byte()), self.source.below(2));
                let outcome = ["resumed", "reset"][outcome];
                let head = near(self.source.byte());
                format!(
                    r#"{{"type":"joined","room":"{room}","after":{after},"head":{head},"first":0,"outcome":"{outcome}"}}"#
                )
            }
            4..=6 => {
                let (seq, prev) = (near(self.source.byte()), near(self.source.byte()));
                let entry = entry(seq, prev, self.post_id());
                format!(r#"{{"type":"entry","room":"{room}","entry":{entry}}}"#)
            }
            7 => {
                let entry = entry(near(self.source.byte()), 0, self.post_id());
                format!(r#"{{"type":"duplicate","room":"{room}","entry":{entry}}}"#)
            }
            8 => format!(r#"{{"type":"present","room":"{room}","count":1,"members":[]}}"#),
            9 => self.refusal(&room),
            10 => format!(r#"{{"type":"pong","t":{}}}"#, self.source.byte()),
            _anything => String::from_utf8_lossy(self.source.bytes()).into_owned(),
        }
    }

    fn refusal(&mut self, room: &RoomId) -> String {
        let code = ERROR_CODES[self.source.below(ERROR_CODES.len())];
        let request = REQUESTS[self.source.below(REQUESTS.len())];
        let (retry, id) = (self.source.flag(), self.post_id());
        let wait = u64::from(self.source.byte()) * 100;
        format!(
            r#"{{"type":"error","code":"{code}","retry":{retry},"message":"m","room":"{room}","id":"{id}","request":"{request}","retry_after_ms":{wait}}}"#
        )
    }

    /// Does what the session asks for, and checks it.
    fn drain(&mut self) {
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Connect => {
                    assert_eq!(self.link, Link::Closed, "connected twice");
                    self.link = Link::Opening;
                }
                Output::Close => self.link = Link::Closed,
                Output::Send(frame) => self.check_sent(&frame),
                Output::Event(event) => self.check_event(event),
            }
        }
        let outbox: Vec<_> = self.session.outbox().map(|post| post.id).collect();
        assert_eq!(outbox, self.waiting, "the outbox");
    }

    fn check_sent(&self, frame: &str) {
        assert_eq!(self.link, Link::Open, "sent without a connection: {frame}");
        let sent = codec::decode_client(frame);
        assert!(
            !matches!(sent, Err(_) | Ok(ClientMessage::Unknown)),
            "the server can't read {frame}"
        );
        if let Ok(ClientMessage::Post { id, .. }) = sent {
            assert!(self.waiting.contains(&id), "sent again: {frame}");
        }
    }

    fn check_event(&mut self, event: Event) {
        match event {
            Event::Message(ServerMessage::Joined {
                room,
                after,
                outcome,
                ..
            }) => {
                let before = self.at.insert(room, after);
                let continues = before.is_none_or(|before| before == after);
                assert!(continues || outcome == JoinOutcome::Reset, "{after:?}");
            }
            Event::Message(ServerMessage::Entry { room, entry }) => {
                let before = self.at.insert(room, entry.seq);
                assert_eq!(before, Some(entry.prev), "entry {} has a gap", entry.seq);
                assert!(entry.seq > entry.prev, "entry {} is no step", entry.seq);
            }
            Event::Acked { entry, .. } => self.gone(entry.id),
            Event::PostRefused { post, .. } => self.gone(post.id),
            Event::Message(_)
            | Event::Status(_)
            | Event::Refused(_)
            | Event::Slowed { .. }
            | Event::RoundTrip { .. } => {}
        }
    }

    /// The post has left the outbox, once.
    fn gone(&mut self, id: MessageId) {
        let at = self.waiting.iter().position(|waiting| *waiting == id);
        assert!(at.is_some(), "{id} was not waiting");
        self.waiting.retain(|waiting| *waiting != id);
    }
}

fn id(number: u8) -> MessageId {
    MessageId::new(u64::from(number) + 1, [0; 10])
}

fn entry(seq: u64, prev: u64, id: MessageId) -> String {
    let member = "00000000-0000-0000-0000-000000000001";
    format!(
        r#"{{"seq":{seq},"prev":{prev},"id":"{id}","at_ms":0,"member":"{member}","name":"n","body":{{"kind":"post","text":"t"}}}}"#
    )
}

/// A welcome in one of two epochs.
fn welcome(epoch: usize) -> String {
    let limits = codec::to_json(&Limits::default());
    let member = "00000000-0000-0000-0000-000000000001";
    format!(
        r#"{{"type":"welcome","protocol":1,"server":"0","member":"{member}","token":"t","name":"n","epoch":"00000000-0000-0000-0000-00000000000{epoch}","limits":{limits},"heartbeat_ms":25000,"at_ms":0}}"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame that the session could not read would try nothing of it.
    #[test]
    fn the_servers_frames_are_messages() {
        let mut frames = vec![welcome(0), welcome(1)];
        for choice in 2..11 {
            let bytes = [0, choice, 3, 4, 5, 6, 7, 8];
            let Some(mut world) = World::new(&bytes) else {
                panic!("the names are valid")
            };
            frames.push(world.frame());
        }
        for frame in frames {
            let message = codec::decode_server(&frame);
            assert!(
                !matches!(message, Err(_) | Ok(ServerMessage::Unknown)),
                "{frame}: {message:?}"
            );
        }
    }

    /// Without it the other steps would try a session that is never online.
    #[test]
    fn an_input_leads_a_session_online_and_into_a_room() {
        let bytes = [
            [0, 0, 0].as_slice(),
            &[5, 0, 0],
            &[1, 0],
            &[11, 0, 0, 0, 0],
            &[11, 0, 0, 2, 2, 1, 2],
            &[11, 0, 0, 8],
            &[7, 0, 0],
        ];
        let Some(mut world) = World::new(&[]) else {
            panic!("the names are valid")
        };
        for step in bytes {
            world.source = Source::new(step);
            world.step();
            world.drain();
        }
        assert!(world.at.contains_key(&world.rooms[0]), "joined");
        assert_eq!(world.waiting.len(), 1, "posted");
    }
}
