//! What the page knows.

pub mod activity;
pub mod cached_entries;
pub mod connection;
pub mod inspector;
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

/// What the page knows.
#[derive(Debug)]
pub struct Model {
    /// The line, and all that depends on it.
    pub session: Session,
    /// One's name.
    pub name: Name,
    /// Who one is: as last time, until the server says.
    pub member: Option<MemberId>,
    /// The rooms one is in, at most [`PAGE_ROOMS_MAX`] of one's own choosing and those one's unsent posts go to.
    pub rooms: LiteMap<RoomId, Room>,
    /// The room looked at; one of `rooms`.
    pub current_room: RoomId,
    /// The connection there is, or was last.
    pub connection: Connection,
    /// What goes over the wire, while somebody looks.
    pub inspector: Option<Inspector>,
    /// The search in it, where there is one.
    pub search: Option<Search>,
    /// Where one chooses an emoji, while one does.
    pub picker: Option<Picker>,
    /// What the person has set.
    pub settings: Settings,
    /// Whether the window can be seen.
    pub visible: bool,
    /// What the server said last, or why something was not done.
    pub notice: Option<String>,
    /// When each member was last heard of in any room: what they said, changed or were writing. In Unix milliseconds.
    pub last_active: LiteMap<MemberId, u64>,
    /// The clock at the last event.
    pub now_ms: u64,
    /// The same in Unix milliseconds.
    pub unix_ms: u64,
}

/// What a visit begins with.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The room in the address.
    pub current_room: RoomId,
    /// The rooms one was in, with what is remembered of each.
    pub rooms: Vec<KnownRoom>,
    /// The remembered or a new name.
    pub name: Name,
    /// What was set.
    pub settings: Settings,
    /// Who one was last time.
    pub member: Option<MemberId>,
    /// What proves it.
    pub token: Option<Token>,
}

/// What is remembered of a room.
#[derive(Debug, Clone)]
pub struct KnownRoom {
    /// Its id.
    pub room: RoomId,
    /// The newest message seen.
    pub seen: Option<Seq>,
    /// What was written and not sent.
    pub draft: Draft,
    /// The newest entries ([`Recent`]).
    pub cached_entries: String,
}

impl Model {
    /// A page that has just been opened.
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
        };
        for known in visit.rooms.into_iter().take(PAGE_ROOMS_MAX) {
            let room = model.join(&known.room);
            room.seen = known.seen;
            room.draft = known.draft;
            let (recent, entries) = CachedEntries::parse(&known.cached_entries);
            entries.iter().for_each(|entry| room.apply_entry(entry));
            room.cached_entries = recent;
        }
        model.join(&visit.current_room);
        model
    }

    /// The room, which one is in from now on.
    pub fn join(&mut self, room: &RoomId) -> &mut Room {
        self.session.join(room);
        self.rooms.entry(room.clone()).or_default()
    }

    /// The room looked at.
    #[must_use]
    pub fn room(&self) -> &Room {
        static NOWHERE: std::sync::LazyLock<Room> = std::sync::LazyLock::new(Room::default);
        self.rooms.get(&self.current_room).unwrap_or(&NOWHERE)
    }

    /// The room looked at.
    pub fn room_mut(&mut self) -> &mut Room {
        self.rooms.entry(self.current_room.clone()).or_default()
    }

    /// How many messages of others there are that nobody has seen here, as each room counts them.
    #[must_use]
    pub fn unread(&self) -> usize {
        self.rooms.keys().map(|room| self.unread_in(room)).sum()
    }

    /// How many of them there are in this room. What one looks at one reads.
    #[must_use]
    pub fn unread_in(&self, room: &RoomId) -> usize {
        let looked_at = self.visible && *room == self.current_room;
        let room = self.rooms.get(room).filter(|_| !looked_at);
        room.map_or(0, |room| room.unread(self.member))
    }

    /// Seconds until the next try, where one is waited for.
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

/// A friendly name from random bytes.
#[must_use]
pub fn friendly_name(random: [u8; 10]) -> String {
    let pick = |list: [&'static str; 16], n: u8| list[usize::from(n % 16)];
    format!(
        "{} {}",
        pick(texts::VISITOR_ADJECTIVES, random[0]),
        pick(texts::VISITOR_NOUNS, random[1])
    )
}
