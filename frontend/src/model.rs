//! What the page knows.

use std::collections::BTreeMap;

use parlor_session::{OutboxPost, Session, SessionConfig, Status};
use parlor_shared::{
    ClientInfo, MemberId, MessageId, Name, RoomId, Seq, Token, limits::TIMELINE_MESSAGES_MAX,
    timeline::Timeline,
};

use crate::window::Window;

/// What the page knows.
#[derive(Debug)]
pub struct Model {
    /// The room this page is open at.
    pub room: RoomId,
    /// The line.
    pub session: Session,
    /// One's name.
    pub name: Name,
    /// Who one is, once welcomed.
    pub member: Option<MemberId>,
    /// The room's messages.
    pub timeline: Timeline,
    /// Everything after this place has been read.
    pub start: Seq,
    /// The oldest entry the server keeps.
    pub first: Seq,
    /// Whether earlier messages have been asked for and not come yet.
    pub reading_back: bool,
    /// The messages in the document.
    pub window: Window,
    /// Where the person is in the list.
    pub place: Place,
    /// What is written and not sent yet.
    pub draft: String,
    /// One's posts that are not on the log yet, or were refused, with the reason.
    pub pending: Vec<(OutboxPost, Option<String>)>,
    /// Who is here.
    pub present: BTreeMap<MemberId, Name>,
    /// How many are here.
    pub count: u32,
    /// Who is writing, until when.
    pub typing: BTreeMap<MemberId, u64>,
    /// What the server said last, or why something was not done.
    pub notice: Option<String>,
    /// The clock at the last event.
    pub now_ms: u64,
}

/// Where the person is in the list of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// At the end: what comes is seen.
    End,
    /// Further up, since this was the newest message.
    Above(Seq),
}

/// What a visit begins with.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The room in the address.
    pub room: RoomId,
    /// The remembered or a new name.
    pub name: Name,
    /// Who one was last time.
    pub token: Option<Token>,
    /// Posts the last visit left unsent.
    pub outbox: Vec<OutboxPost>,
    /// What was written and not sent yet.
    pub draft: String,
}

impl Model {
    /// A page that has just been opened.
    #[must_use]
    pub fn new(visit: Visit) -> Self {
        let client = ClientInfo {
            name: "parlor-page".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let mut session = Session::new(SessionConfig {
            name: visit.name.clone(),
            token: visit.token,
            client,
            outbox: visit.outbox.clone(),
        });
        session.join(&visit.room);
        let here = |post: &OutboxPost| post.room == visit.room;
        Self {
            session,
            name: visit.name,
            member: None,
            timeline: Timeline::new(),
            start: Seq::ZERO,
            first: Seq::ZERO,
            reading_back: false,
            window: Window::default(),
            place: Place::End,
            draft: visit.draft,
            pending: visit
                .outbox
                .into_iter()
                .filter(here)
                .map(|post| (post, None))
                .collect(),
            present: BTreeMap::new(),
            count: 0,
            typing: BTreeMap::new(),
            notice: None,
            now_ms: 0,
            room: visit.room,
        }
    }

    /// Whether there is more before what is shown.
    #[must_use]
    pub fn has_older(&self) -> bool {
        self.window.has_older(&self.timeline) || self.can_read_back()
    }

    /// Whether the server has more before what has been read, and there is room for it.
    #[must_use]
    pub fn can_read_back(&self) -> bool {
        let has_more = self.first > Seq::ZERO && self.start >= self.first;
        has_more && self.timeline.len() < TIMELINE_MESSAGES_MAX
    }

    /// How many messages have come since the person left the end of the list.
    #[must_use]
    pub fn unseen(&self) -> usize {
        match self.place {
            Place::End => 0,
            Place::Above(newest) => self.timeline.since(Seq(newest.0 + 1)).count(),
        }
    }

    /// The newest message's place.
    #[must_use]
    pub fn newest(&self) -> Seq {
        let newest = self.timeline.messages().next_back();
        newest.map_or(Seq::ZERO, |message| message.seq)
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

    /// The name one is shown by.
    #[must_use]
    pub fn name_of(&self, member: MemberId) -> Option<&Name> {
        self.present.get(&member)
    }

    /// A post of one's own that is not on the log.
    pub fn pending_mut(&mut self, id: MessageId) -> Option<&mut (OutboxPost, Option<String>)> {
        self.pending.iter_mut().find(|(post, _)| post.id == id)
    }
}

/// A friendly name from three random bytes.
#[must_use]
pub fn friendly_name(random: [u8; 10]) -> String {
    const FIRST: [&str; 16] = [
        "Quiet", "Bright", "Gentle", "Swift", "Amber", "Clever", "Mellow", "Silver", "Brave",
        "Sunny", "Curious", "Lucky", "Merry", "Noble", "Velvet", "Wise",
    ];
    const SECOND: [&str; 16] = [
        "Heron", "Otter", "Finch", "Maple", "Fox", "Wren", "Badger", "Willow", "Lynx", "Robin",
        "Cedar", "Hare", "Falcon", "Juniper", "Owl", "Birch",
    ];
    let pick = |list: [&'static str; 16], n: u8| list[usize::from(n % 16)];
    format!("{} {}", pick(FIRST, random[0]), pick(SECOND, random[1]))
}
