//! What the page knows.

pub mod activity;
pub mod cached_entries;
pub mod connection;
pub mod inspector;
pub mod look_alikes;
pub mod picker;
pub mod quote;
pub mod room;
pub mod search;
pub mod settings;
pub mod window;

use litemap::LiteMap;
use parlor_session::{Session, SessionConfig, Status};
use parlor_shared::{ClientInfo, MemberId, Name, RoomId, Seq, Token, limits::PAGE_ROOMS_MAX};

use crate::{
    model::{
        cached_entries::CachedEntries,
        connection::Connection,
        inspector::Inspector,
        picker::Picker,
        room::{Draft, Room},
        search::Search,
        settings::Settings,
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
    /// The search of the current room, while it is open.
    pub search: Option<Search>,
    /// The emoji picker, while it is open.
    pub picker: Option<Picker>,
    /// The user's settings.
    pub settings: Settings,
    /// Whether the window is visible.
    pub visible: bool,
    /// The server's last announcement or refusal, or why an action was not possible.
    pub notice: Option<String>,
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
    /// The saved member id.
    pub member: Option<MemberId>,
    /// The token that proves it.
    pub token: Option<Token>,
}

/// What was saved of a room.
#[derive(Debug, Clone)]
pub struct KnownRoom {
    /// The room.
    pub room: RoomId,
    /// The newest position that the user has seen.
    pub seen: Option<Seq>,
    /// The unsent draft.
    pub draft: Draft,
    /// The newest entries, as [`CachedEntries::parse`] reads them.
    pub cached_entries: String,
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
            search: None,
            picker: None,
            settings: visit.settings,
            visible: true,
            notice: None,
            last_active: LiteMap::new(),
            now_ms: 0,
            unix_ms: 0,
            server_ahead_ms: 0,
            notified_not_saved: false,
        };
        for known in visit.rooms.into_iter().take(PAGE_ROOMS_MAX) {
            let room = model.join(&known.room);
            room.seen = known.seen;
            room.draft = known.draft;
            room.draft.cut();
            let (cached, entries) = CachedEntries::parse(&known.cached_entries);
            entries.iter().for_each(|entry| room.apply_entry(entry));
            room.cached_entries = cached;
        }
        model.join(&visit.current_room);
        model
    }

    /// Joins a room, unless the page is in it already, and returns it.
    pub fn join(&mut self, room: &RoomId) -> &mut Room {
        self.session.join(room);
        self.rooms.entry(room.clone()).or_default()
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

    /// How many unread messages there are in all rooms, counted as [`Room::unread`] does.
    #[must_use]
    pub fn unread(&self) -> usize {
        self.rooms.keys().map(|room| self.unread_in(room)).sum()
    }

    /// How many unread messages there are in this room. A room that is on screen has none.
    #[must_use]
    pub fn unread_in(&self, room: &RoomId) -> usize {
        let is_on_screen = self.visible && *room == self.current_room;
        let room = self.rooms.get(room).filter(|_| !is_on_screen);
        room.map_or(0, |room| room.unread(self.member))
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
    let pick = |words: [&'static str; 16], byte: u8| words[usize::from(byte % 16)];
    format!(
        "{} {}",
        pick(texts::VISITOR_ADJECTIVES, adjective),
        pick(texts::VISITOR_NOUNS, noun)
    )
}
