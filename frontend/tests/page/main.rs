//! The page's behaviour, without a browser: what happened, and what is known and done then.
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that meets the unexpected fails"
)]

mod activity;
mod cached_entries;
mod changes;
mod list;
mod markup;
mod picker;
mod posts;
mod replies;
mod rooms;
mod search;
mod settings;
mod texts;

use parlor_frontend::{
    event::{Effect, Env, Event, InspectorEvent},
    model::{
        KnownRoom, Model, Visit,
        quote::{self, Quote},
        room::Draft,
        settings::Settings,
    },
    update::update,
};
use parlor_session::{OutboxPost, Status};
use parlor_shared::{
    Body, ClientMessage, Emoji, Entry, Epoch, ErrorCode, JoinOutcome, Limits, MemberId, MessageId,
    Name, Refusal, RoomId, Seq, ServerMessage, Text, Token, codec,
    limits::{PAGE_ROOMS_MAX, TIMELINE_MESSAGES_MAX, TIMELINE_TRIM_STEP, WINDOW_ROWS_MAX},
};

fn lobby() -> RoomId {
    RoomId::parse("lobby").unwrap()
}

fn room(name: &str) -> RoomId {
    RoomId::parse(name).unwrap()
}

fn me() -> MemberId {
    MemberId::from_bytes([1; 16])
}

fn name() -> Name {
    Name::parse("Ann").unwrap()
}

fn draft(text: &str) -> Draft {
    Draft {
        text: text.to_owned(),
        reply_to: None,
    }
}

/// A page and the clock it lives by.
struct Page {
    model: Model,
    env: Env,
    events: u32,
}

impl Page {
    fn open() -> Self {
        let visit = Visit {
            current_room: lobby(),
            rooms: Vec::new(),
            name: name(),
            member: None,
            token: None,
            settings: Settings::default(),
        };
        Self {
            model: Model::new(visit),
            env: Env::default(),
            events: 0,
        }
    }

    fn online() -> Self {
        let mut page = Self::open();
        page.go_online();
        page
    }

    fn go_online(&mut self) {
        self.does(Event::ConnectRequested);
        self.does(Event::SocketOpened);
        self.welcomed();
        self.joins("lobby");
    }

    fn welcomed(&mut self) {
        self.hears(&ServerMessage::Welcome {
            protocol: 1,
            server: String::new(),
            member: me(),
            token: Token::parse("t").unwrap(),
            name: name(),
            epoch: Epoch::from_bytes([7; 16]),
            limits: Limits::default(),
            heartbeat_ms: 25_000,
        });
    }

    /// The server says that the page is in the lobby, where much was said before.
    fn joins_after(&mut self, after: u64) {
        self.hears(&ServerMessage::Joined {
            room: lobby(),
            after: Seq(after),
            head: Seq(after),
            first: Seq(1),
            outcome: JoinOutcome::Reset,
        });
        self.hears(&ServerMessage::Present {
            room: lobby(),
            count: 1,
            members: vec![],
        });
    }

    /// The server says that the page is in the lobby, and that what was said there is still to come.
    fn joins_behind(&mut self) {
        self.hears(&ServerMessage::Joined {
            room: lobby(),
            after: Seq::ZERO,
            head: Seq(1),
            first: Seq(1),
            outcome: JoinOutcome::Reset,
        });
    }

    /// The server says that the page is in this empty room.
    fn joins(&mut self, name: &str) {
        self.hears(&ServerMessage::Joined {
            room: room(name),
            after: Seq::ZERO,
            head: Seq::ZERO,
            first: Seq::ZERO,
            outcome: JoinOutcome::Reset,
        });
        self.hears(&ServerMessage::Present {
            room: room(name),
            count: 1,
            members: vec![],
        });
    }

    fn does(&mut self, event: Event) -> Vec<Effect> {
        self.events += 1;
        self.env.random[..4].copy_from_slice(&self.events.to_be_bytes());
        update(&mut self.model, event, self.env)
    }

    /// Writes and sends.
    fn says(&mut self, text: &str) -> Vec<Effect> {
        let mut effects = self.does(Event::Typed(text.to_owned()));
        effects.extend(self.does(Event::Submitted));
        effects
    }

    fn hears(&mut self, message: &ServerMessage) -> Vec<Effect> {
        self.does(Event::FrameReceived(codec::encode_server(message)))
    }

    fn entry(&mut self, seq: u64, id: MessageId, text: &str) -> Vec<Effect> {
        self.entry_by(me(), "lobby", (seq, id, text))
    }

    fn entry_by(
        &mut self,
        member: MemberId,
        room_name: &str,
        (seq, id, text): (u64, MessageId, &str),
    ) -> Vec<Effect> {
        let body = Body::post(Text::parse(text).unwrap());
        self.entry_of(member, room_name, (seq, id, body))
    }

    fn entry_of(
        &mut self,
        member: MemberId,
        room_name: &str,
        (seq, id, body): (u64, MessageId, Body),
    ) -> Vec<Effect> {
        let (seq, prev, name) = (Seq(seq), Seq(seq - 1), name());
        let entry = Entry {
            seq,
            prev,
            id,
            at_ms: 0,
            member,
            name,
            body,
        };
        self.hears(&ServerMessage::Entry {
            room: room(room_name),
            entry,
        })
    }

    fn shown(&self) -> Vec<String> {
        let messages = self
            .model
            .room()
            .window
            .messages(&self.model.room().timeline);
        let texts = messages.filter_map(|m| m.text.as_ref());
        texts.map(ToString::to_string).collect()
    }

    /// So many messages of others come, numbered on.
    fn flood(&mut self, count: u64) {
        self.flood_in("lobby", count);
    }

    fn flood_in(&mut self, name: &str, count: u64) {
        let head = self.model.rooms.get(&room(name)).unwrap().newest().0;
        for seq in head + 1..=head + count {
            let other = MemberId::from_bytes([2; 16]);
            let post = (seq, MessageId::new(seq, [9; 10]), &*seq.to_string());
            self.entry_by(other, name, post);
        }
    }

    fn first_and_last_shown(&self) -> (u64, u64) {
        let number = |text: Option<&String>| text.and_then(|text| text.parse().ok()).unwrap_or(0);
        let shown = self.shown();
        (number(shown.first()), number(shown.last()))
    }
}

/// What the page says to the server.
fn said(effects: &[Effect]) -> impl Iterator<Item = ClientMessage> {
    effects.iter().filter_map(|effect| match effect {
        Effect::Send(frame) => codec::decode_client(frame).ok(),
        _ => None,
    })
}

/// What the page appends.
fn bodies(effects: &[Effect]) -> Vec<Body> {
    let bodies = said(effects).filter_map(|message| match message {
        ClientMessage::Post { body, .. } => Some(body),
        _ => None,
    });
    bodies.collect()
}

fn posts(effects: &[Effect]) -> Vec<MessageId> {
    let ids = said(effects).filter_map(|message| match message {
        ClientMessage::Post { id, .. } => Some(id),
        _ => None,
    });
    ids.collect()
}
