//! What the page knows.

pub mod about;
pub mod access;
pub mod activity;
pub mod cached_entries;
pub mod completion;
pub mod connection;
pub mod emoji_table;
pub mod face;
pub mod frequent_emoji;
pub mod fuzzy;
pub mod ignored;
pub mod inspector;
pub mod left_room;
pub mod lesson;
pub mod look_alikes;
pub mod mentions;
pub mod menu;
pub mod person;
pub mod picker;
pub mod quote;
pub mod reading;
pub mod room;
pub mod room_card;
pub mod search;
pub mod settings;
pub mod slice;
pub mod switcher;
pub mod unread;
pub mod waiting;
pub mod window;

use litemap::LiteMap;
use parlor_session::{Session, SessionConfig, Status};
use parlor_shared::{
    Access, AccessToken, ClientInfo, MemberId, Name, Position, RoomId, Token,
    limits::PAGE_ROOMS_MAX,
};

use crate::{
    model::{
        about::{About, Notify},
        cached_entries::CachedEntries,
        completion::Completions,
        connection::Connection,
        emoji_table::EmojiTable,
        frequent_emoji::FrequentEmoji,
        ignored::{Ignored, Reader},
        inspector::{Inspector, recent::Recent},
        left_room::LeftRoom,
        menu::Menu,
        person::{Erasing, PersonCard},
        picker::Picker,
        room::{Draft, Room, UNREAD_MAX},
        room_card::RoomCard,
        search::Search,
        settings::Settings,
        switcher::Switcher,
    },
    texts,
};

/// A difference between the page's clock and the server's that is left alone.
const CLOCK_TOLERANCE_MS: u64 = 60_000;

/// What the page knows.
#[derive(Debug)]
pub struct Model {
    /// The client's protocol state: connection, joined rooms and outbox.
    pub session: Session,
    /// The user's name.
    pub name: Name,
    /// The name before the last change of it, in case the server refuses the new one.
    pub name_before: Option<Name>,
    /// The user's member id: the saved one until the server's welcome; `None` on a first visit.
    pub member: Option<MemberId>,
    /// The rooms that the page is in: at most [`PAGE_ROOMS_MAX`] that the user opened, and those
    /// with unsent posts.
    pub rooms: LiteMap<RoomId, Room>,
    /// The room on screen; one of `rooms`.
    pub current_room: RoomId,
    /// The current connection, or the last one.
    pub connection: Connection,
    /// The inspector, while it is open.
    pub inspector: Option<Inspector>,
    /// The last frames, for when the inspector is opened.
    pub recent: Recent,
    /// The search of the current room, while it is open.
    pub search: Option<Search>,
    /// The switcher, while it is open.
    pub switcher: Option<Switcher>,
    /// The card of the current room, while it is open.
    pub room_card: Option<RoomCard>,
    /// The room that was left just now, while that can be taken back.
    pub left_room: Option<LeftRoom>,
    /// The emoji picker, while it is open.
    pub picker: Option<Picker>,
    /// The menu of a message or of the page, while it is open.
    pub menu: Option<Menu>,
    /// Whether the panel lies over the room on a narrow screen.
    pub panel_open: bool,
    /// The table of emoji.
    pub emoji: EmojiTable,
    /// The emoji that the user uses.
    pub frequent_emoji: FrequentEmoji,
    /// The people whom the user ignores.
    pub ignored: Ignored,
    /// The card of a person, while it is open.
    pub person: Option<PersonCard>,
    /// The deletion of all of the user's own messages, while it goes on.
    pub erasing: Option<Erasing>,
    /// What the composer offers while the user types.
    pub completions: Completions,
    /// The user's settings.
    pub settings: Settings,
    /// Whether the window is visible.
    pub visible: bool,
    /// Whether the window has the focus.
    pub focused: bool,
    /// The server's last announcement or refusal, or why an action was not possible.
    pub notice: Option<String>,
    /// Why the server did not let the user in, in words; empty where it did.
    pub access_reason: String,
    /// The code of the invitation that the user has opened, until they come in with it.
    pub invited: Option<Access>,
    /// Whether the user enters the code of another device.
    pub enters_code: bool,
    /// Until when the page says that something was copied, on the page's clock.
    pub copied_until_ms: u64,
    /// When each member was last active in any of the rooms, in Unix milliseconds.
    pub last_active: LiteMap<MemberId, u64>,
    /// The monotonic clock at the last event.
    pub now_ms: u64,
    /// The time of the last event on the server's clock, as far as the page knows it, in Unix
    /// milliseconds.
    pub unix_ms: u64,
    /// How far the server's clock is ahead of the browser's, in milliseconds.
    pub server_ahead_ms: i64,
    /// Whether the user was told that the browser saves nothing.
    pub notified_not_saved: bool,
}

/// What is known when the page opens.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The room in the address.
    pub current_room: RoomId,
    /// The saved rooms.
    pub rooms: Vec<KnownRoom>,
    /// The saved name, or a generated one.
    pub name: Name,
    /// The saved settings.
    pub settings: Settings,
    /// The saved emoji that the user uses.
    pub frequent_emoji: FrequentEmoji,
    /// The people whom the user ignores.
    pub ignored: Ignored,
    /// The saved member id.
    pub member: Option<MemberId>,
    /// The token that proves it.
    pub token: Option<Token>,
    /// What was saved that lets the user in.
    pub access: Option<AccessToken>,
    /// The code of the invitation, or of the other device, in the address.
    pub invited: Option<Access>,
}

/// What was saved of a room.
#[derive(Debug, Clone)]
pub struct KnownRoom {
    /// The room.
    pub room: RoomId,
    /// How far the user had read it.
    pub seen: Option<Position>,
    /// The unsent draft.
    pub draft: Draft,
    /// The newest entries, as [`CachedEntries::parse`] reads them.
    pub cached_entries: String,
    /// Its name, topic and notifications, as [`About::parse`] reads them.
    pub about: String,
}

impl Model {
    /// A page that has just been opened. It is not connected yet.
    #[must_use]
    pub fn new(visit: Visit) -> Self {
        let client = ClientInfo {
            name: "parlor-page".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let session = Session::new(SessionConfig {
            name: visit.name.clone(),
            token: visit.token,
            access: visit.access.map(Access::Token),
            client,
            outbox: Vec::new(),
        });
        let mut model = Self {
            session,
            name: visit.name,
            name_before: None,
            member: visit.member,
            rooms: LiteMap::new(),
            current_room: visit.current_room.clone(),
            connection: Connection::default(),
            inspector: None,
            recent: Recent::default(),
            search: None,
            switcher: None,
            room_card: None,
            left_room: None,
            picker: None,
            menu: None,
            panel_open: false,
            emoji: EmojiTable::Absent,
            frequent_emoji: visit.frequent_emoji,
            ignored: visit.ignored,
            person: None,
            erasing: None,
            completions: Completions::default(),
            settings: visit.settings,
            visible: true,
            focused: true,
            notice: None,
            access_reason: String::new(),
            invited: visit.invited,
            enters_code: false,
            copied_until_ms: 0,
            last_active: LiteMap::new(),
            now_ms: 0,
            unix_ms: 0,
            server_ahead_ms: 0,
            notified_not_saved: false,
        };
        for known in visit.rooms.into_iter().take(PAGE_ROOMS_MAX) {
            let room = model.join(&known.room);
            room.progress.seen = known.seen;
            room.draft = known.draft;
            room.draft.cut();
            let (cached, entries) = CachedEntries::parse(&known.cached_entries);
            entries.iter().for_each(|entry| room.apply_entry(entry));
            room.cached_entries = cached;
            // Newer than what the cached entries say.
            let About { state, notify, .. } = About::parse(&known.about);
            room.about.notify = notify;
            room.about.state.name = state.name;
            room.about.state.topic = state.topic;
        }
        model.join(&visit.current_room);
        model
    }

    /// Joins a room, unless the page is in it already, and returns it.
    pub fn join(&mut self, room: &RoomId) -> &mut Room {
        self.session.join(room);
        let known = self.rooms.entry(room.clone()).or_default();
        if let Some(me) = self.member {
            known.record_name(me, &self.name);
        }
        known
    }

    /// Tells the rooms the user's own name: others may mention it before it is on their list.
    pub fn record_own_name(&mut self) {
        if let Some(me) = self.member {
            for (_, room) in self.rooms.iter_mut() {
                room.record_name(me, &self.name);
            }
        }
    }

    /// Who reads, and whom they ignore.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader {
            member: self.member,
            ignored: self.ignored.clone(),
        }
    }

    /// How many unread messages mention the user in this room. A room that is on screen has none.
    #[must_use]
    pub fn unread_mentions_in(&self, room: &RoomId) -> usize {
        let is_on_screen = self.visible && *room == self.current_room;
        let room = self.rooms.get(room).filter(|_| !is_on_screen);
        room.map_or(0, |room| room.unread_mentions(&self.reader()))
    }

    /// Sets the clock to what the server's showed a moment ago. Less than a minute is no
    /// difference: no age is shown more exactly.
    pub fn set_clock(&mut self, at_ms: u64) {
        if self.unix_ms.abs_diff(at_ms) >= CLOCK_TOLERANCE_MS {
            self.server_ahead_ms += at_ms.cast_signed().wrapping_sub(self.unix_ms.cast_signed());
            self.unix_ms = at_ms;
        }
    }

    /// The time of the last event on the browser's own clock, in Unix milliseconds.
    #[must_use]
    pub fn client_ms(&self) -> u64 {
        self.unix_ms.saturating_add_signed(-self.server_ahead_ms)
    }

    /// The current room.
    #[must_use]
    pub fn room(&self) -> &Room {
        static EMPTY: std::sync::LazyLock<Room> = std::sync::LazyLock::new(Room::default);
        self.rooms.get(&self.current_room).unwrap_or(&EMPTY)
    }

    /// The current room.
    pub fn room_mut(&mut self) -> &mut Room {
        self.rooms.entry(self.current_room.clone()).or_default()
    }

    /// Whether something lies over the room on a small screen, which the browser's Back closes.
    #[must_use]
    pub fn is_covered(&self) -> bool {
        self.menu.is_some()
            || self.switcher.is_some()
            || self.room_card.is_some()
            || self.person.is_some()
            || self.panel_open
            || self.search.is_some()
            || self.inspector.is_some()
    }

    /// How many unread messages there are in all rooms that the user is notified of, counted as
    /// [`Room::unread`] does.
    #[must_use]
    pub fn unread(&self) -> usize {
        let is_heard = |(_, room): &(&RoomId, &Room)| room.about.notify == Notify::All;
        let heard = self.rooms.iter().filter(is_heard);
        heard.map(|(id, _)| self.unread_in(id)).sum()
    }

    /// How many unread messages there are in this room. What somebody is reading just now is none.
    #[must_use]
    pub fn unread_in(&self, room: &RoomId) -> usize {
        let is_current = *room == self.current_room;
        let Some(room) = self.rooms.get(room) else {
            return 0;
        };
        match self.read_until().filter(|_| is_current) {
            Some(position) => room.count_new(&self.reader(), position.seq, UNREAD_MAX),
            None => room.unread(&self.reader()),
        }
    }

    /// How far the user has read the current room by what is on screen, where that is further than
    /// before: in a window that is visible and has the focus.
    #[must_use]
    pub fn read_until(&self) -> Option<Position> {
        let is_looked_at = self.visible && self.focused;
        let seq = self
            .room()
            .read_until(&self.reader())
            .filter(|_| is_looked_at)?;
        let epoch = self.session.position(&self.current_room)?.epoch;
        Some(Position { epoch, seq })
    }

    /// Seconds until the next attempt to connect, while the page waits for it.
    #[must_use]
    pub fn countdown_s(&self) -> Option<u64> {
        match self.session.status() {
            Status::Waiting { until_ms, .. } => {
                Some(until_ms.saturating_sub(self.now_ms).div_ceil(1_000))
            }
            Status::Stopped(_) | Status::Connecting { .. } | Status::Online => None,
        }
    }
}

/// A name for a new visitor, from random bytes.
#[must_use]
pub fn visitor_name([adjective, noun]: [u8; 2]) -> String {
    let pick = |words: &'static str, byte: u8| {
        let mut words = words.split(' ');
        words.nth(usize::from(byte % 16)).unwrap_or_default()
    };
    format!(
        "{} {}",
        pick(texts::visitor_adjectives(), adjective),
        pick(texts::visitor_nouns(), noun)
    )
}
