//! The page's behaviour, tested without a browser: events go in, and effects and what the page
//! shows come out.
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that meets the unexpected fails"
)]

mod access;
mod activity;
mod any_markup;
mod by_hand;
mod cached_entries;
mod changes;
mod completion;
mod face;
mod forget;
mod german;
mod ignored;
mod inspector;
mod later;
mod lesson;
mod links;
mod list;
mod look_alikes;
mod markup;
mod mentions;
mod menus;
mod moderation;
mod owner;
mod picker;
mod places;
mod posts;
mod replies;
mod room_state;
mod rooms;
mod rows;
mod search;
mod settings;
mod slice;
mod switcher;
mod texts;
mod unread;
mod welcome;

use parlor_frontend::{
    event::{Effect, Env, Event},
    model::{
        KnownRoom, Model, Visit, frequent_emoji::FrequentEmoji, ignored::Ignored, quote::Quote,
        room::Draft, settings::Settings,
    },
    texts as text,
    update::{update, update_later},
    view_model::{
        composer, people, rooms as room_list,
        rows::{Delivery, Row, row, row_ids},
        status::notice_text,
    },
};
use parlor_shared::{
    AckPromise, Body, ClientMessage, Emoji, Entry, Epoch, ErrorCode, JoinOutcome, Limits, Member,
    MemberId, MessageId, Name, Place, Position, Refusal, Request, RoomId, Seq, ServerMessage, Text,
    Token, codec,
    limits::{
        DRAFT_CHARS_MAX, LEAVE_UNDO_MS, PAGE_ROOMS_MAX, SLICE_MESSAGES_MAX, TIMELINE_MESSAGES_MAX,
        TIMELINE_TRIM_STEP, WINDOW_ROWS_MAX,
    },
};

fn lobby() -> RoomId {
    room("lobby")
}

fn room(name: &str) -> RoomId {
    RoomId::parse(name).unwrap()
}

/// The member who looks at the page.
fn me() -> MemberId {
    MemberId::from_bytes([1; 16])
}

/// Another member.
fn bob() -> MemberId {
    MemberId::from_bytes([2; 16])
}

fn ann_name() -> Name {
    Name::parse("Ann").unwrap()
}

fn id(n: u64) -> MessageId {
    MessageId::new(n, [9; 10])
}

fn draft(text: &str) -> Draft {
    Draft {
        text: text.to_owned(),
        reply_to: None,
    }
}

fn post(text: &str) -> Body {
    Body::post(Text::parse(text).unwrap())
}

fn reply(text: &str, to: MessageId) -> Body {
    Body::Post {
        text: Text::parse(text).unwrap(),
        reply_to: Some(to),
    }
}

/// A position in the epoch of the tests' server.
fn at(seq: u64) -> Position {
    Position {
        epoch: Epoch::from_bytes([7; 16]),
        seq: Seq(seq),
    }
}

/// An entry of the log, whose id is `id(seq)`. Bob's entries have his name; everybody else is Ann.
fn entry(seq: u64, member: MemberId, body: Body) -> Entry {
    let name = if member == bob() { "Bob" } else { "Ann" };
    Entry {
        seq: Seq(seq),
        prev: Seq(seq - 1),
        id: id(seq),
        at_ms: 0,
        member,
        name: Name::parse(name).unwrap(),
        body,
    }
}

/// The tests' calendar: UTC.
fn is_same_day(one_ms: u64, other_ms: u64) -> bool {
    const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
    one_ms / DAY_MS == other_ms / DAY_MS
}

/// A page, with the clock that its events are given.
struct Page {
    model: Model,
    env: Env,
    events: u32,
    /// How far the server's clock is ahead of the page's.
    server_ahead_ms: i64,
}

impl Page {
    /// A page that has just been opened in the lobby, with nothing saved.
    fn open() -> Self {
        Self::open_with(vec![])
    }

    /// A page that has just been opened in the lobby, with these rooms saved.
    fn open_with(rooms: Vec<KnownRoom>) -> Self {
        let visit = Visit {
            access: None,
            invited: None,
            current_room: lobby(),
            rooms,
            name: ann_name(),
            member: None,
            token: None,
            settings: Settings::default(),
            frequent_emoji: FrequentEmoji::default(),
            ignored: Ignored::default(),
        };
        Self {
            model: Model::new(visit),
            env: Env::default(),
            events: 0,
            server_ahead_ms: 0,
        }
    }

    /// A page that is online in an empty lobby.
    fn online() -> Self {
        let mut page = Self::open();
        page.go_online();
        page
    }

    fn go_online(&mut self) {
        self.connect();
        self.join_empty("lobby");
    }

    /// Connects and is welcomed.
    fn connect(&mut self) -> Vec<Effect> {
        self.dispatch(Event::ConnectRequested);
        self.dispatch(Event::SocketOpened);
        self.receive(&ServerMessage::Welcome {
            protocol: 1,
            server: String::new(),
            member: me(),
            token: Token::parse("t").unwrap(),
            name: ann_name(),
            epoch: Epoch::from_bytes([7; 16]),
            limits: Limits::default(),
            heartbeat_ms: 25_000,
            at_ms: self.env.unix_ms.saturating_add_signed(self.server_ahead_ms),
            promise: AckPromise::Durable,
        })
    }

    /// The server lets the page join a room, from `after` on and with entries up to `head`.
    fn join(&mut self, name: &str, after: u64, head: u64) {
        self.receive(&ServerMessage::Joined {
            room: room(name),
            after: Seq(after),
            head: Seq(head),
            first: Seq(head.min(1)),
            outcome: JoinOutcome::Reset,
        });
    }

    /// The server says who is present, which is what it says once everything missed has arrived.
    fn catch_up(&mut self, name: &str) {
        self.receive(&ServerMessage::Present {
            room: room(name),
            count: 1,
            members: vec![],
        });
    }

    /// Joins an empty room.
    fn join_empty(&mut self, name: &str) {
        self.join(name, 0, 0);
        self.catch_up(name);
    }

    /// Joins the lobby, in which this many entries were posted earlier.
    fn join_after(&mut self, entries: u64) {
        self.join("lobby", entries, entries);
        self.catch_up("lobby");
    }

    fn dispatch(&mut self, event: Event) -> Vec<Effect> {
        self.events += 1;
        self.env.random[..4].copy_from_slice(&self.events.to_be_bytes());
        let effects = update(&mut self.model, event, self.env);
        let effects = effects.into_iter().flat_map(|effect| match effect {
            Effect::UpdateLater(event) => update_later(&mut self.model, *event, self.env),
            effect => vec![effect],
        });
        effects.collect()
    }

    fn receive(&mut self, message: &ServerMessage) -> Vec<Effect> {
        self.dispatch(Event::FrameReceived(codec::encode_server(message)))
    }

    /// An entry of the lobby arrives.
    fn receive_entry(&mut self, entry: Entry) -> Vec<Effect> {
        self.receive_entry_in("lobby", entry)
    }

    fn receive_entry_in(&mut self, name: &str, entry: Entry) -> Vec<Effect> {
        let room = room(name);
        self.receive(&ServerMessage::Entry { room, entry })
    }

    /// The server refuses a post.
    fn receive_refusal(&mut self, id: MessageId, code: ErrorCode, reason: &str) -> Vec<Effect> {
        let refusal = Refusal::new(code, reason).in_room(&lobby()).of_post(id);
        self.receive(&ServerMessage::Error(refusal))
    }

    /// Types a text and sends it.
    fn submit(&mut self, text: &str) -> Vec<Effect> {
        let mut effects = self.dispatch(Event::Typed(text.to_owned()));
        effects.extend(self.dispatch(Event::Submitted));
        effects
    }

    /// This many posts by Bob arrive. Each has its number as its text.
    fn flood(&mut self, count: u64) {
        self.flood_in("lobby", count);
    }

    fn flood_in(&mut self, name: &str, count: u64) {
        let head = self.model.rooms.get(&room(name)).unwrap().newest().0;
        for seq in head + 1..=head + count {
            self.receive_entry_in(name, entry(seq, bob(), post(&seq.to_string())));
        }
    }

    /// The user looks at all rows for a moment.
    fn look(&mut self) -> Vec<Effect> {
        let ids = row_ids(&self.model);
        let ends = ids.first().zip(ids.last());
        let mut effects = match ends {
            Some((first, last)) => self.see(*first, *last),
            None => vec![],
        };
        effects.extend(self.dispatch(Event::Ticked));
        effects
    }

    /// These rows are on screen, from the first to the last.
    fn see(&mut self, first: MessageId, last: MessageId) -> Vec<Effect> {
        self.dispatch(Event::RowsInView { first, last })
    }

    // ---- what the page shows ----

    fn rows(&self) -> Vec<Row> {
        let ids = row_ids(&self.model).into_iter();
        ids.map(|id| row(&self.model, id, is_same_day).unwrap())
            .collect()
    }

    fn row(&self, id: MessageId) -> Row {
        row(&self.model, id, is_same_day).unwrap()
    }

    /// The texts of the rows.
    fn texts(&self) -> Vec<String> {
        self.rows().into_iter().filter_map(|row| row.text).collect()
    }

    /// The numbers of the first and last row of a flood.
    fn shown_range(&self) -> (u64, u64) {
        let texts = self.texts();
        let number = |text: Option<&String>| text.map_or(0, |text| text.parse().unwrap());
        (number(texts.first()), number(texts.last()))
    }

    /// The text of the row below the "New" line.
    fn first_unread(&self) -> Option<String> {
        let mut rows = self.rows().into_iter();
        rows.find(|row| row.is_first_unread)?.text
    }

    /// The line below the messages.
    fn notice(&self) -> String {
        notice_text(&self.model)
    }

    /// The text in the composer.
    fn composed(&self) -> &str {
        composer::text(&self.model)
    }

    /// The names of the listed rooms, each with its unread messages.
    fn listed_rooms(&self) -> Vec<(String, usize)> {
        let rooms = room_list::rooms(&self.model).into_iter();
        rooms
            .map(|room| (room.id.to_string(), room.unread))
            .collect()
    }

    fn is_in(&self, name: &str) -> bool {
        self.listed_rooms().iter().any(|(room, _)| room == name)
    }
}

/// The messages that the page sends.
fn sent(effects: &[Effect]) -> impl Iterator<Item = ClientMessage> {
    effects.iter().filter_map(|effect| match effect {
        Effect::Send(frame) => codec::decode_client(frame).ok(),
        _ => None,
    })
}

/// The bodies of the posts that the page sends.
fn bodies(effects: &[Effect]) -> Vec<Body> {
    let bodies = sent(effects).filter_map(|message| match message {
        ClientMessage::Post { body, .. } => Some(body),
        _ => None,
    });
    bodies.collect()
}

/// The ids of the posts that the page sends.
fn post_ids(effects: &[Effect]) -> Vec<MessageId> {
    let ids = sent(effects).filter_map(|message| match message {
        ClientMessage::Post { id, .. } => Some(id),
        _ => None,
    });
    ids.collect()
}

/// The id of the one post that the page sends.
fn post_id(effects: &[Effect]) -> MessageId {
    let [id] = post_ids(effects)[..] else {
        panic!("not one post: {effects:?}")
    };
    id
}
