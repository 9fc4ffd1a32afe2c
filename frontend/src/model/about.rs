//! What the page keeps of a room beside its messages: its name, topic and pins, the lines that say
//! who changed them, and what the user is notified of.

use parlor_shared::{
    Body, Entry, MessageId, Name, Pin, Right, RoomState, Seq, Topic, limits::ROOM_CHANGES_MAX,
    pinned_text, timeline::Timeline,
};

/// What is kept of a room beside its messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// Its name, topic and pins.
    pub state: RoomState,
    /// The loaded entries that changed them, in the log's order: at most [`ROOM_CHANGES_MAX`].
    pub changes: Vec<Entry>,
    /// The name for people that the user gave a room that is perhaps new. It is posted if the room
    /// turns out to be new.
    pub wanted_name: Option<Name>,
    /// What the user is notified of.
    pub notify: Notify,
    /// What the user may do in the room.
    pub right: Right,
    /// Why the server does not let the user into the room; empty where it does.
    pub barred: String,
}

/// What of a room the user is notified of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Notify {
    /// Every message.
    #[default]
    All,
    /// Nothing.
    None,
}

impl Notify {
    /// The word that is saved for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::All => "",
            Self::None => "none",
        }
    }

    /// Reads a saved word. An unknown one is from another version.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        match word {
            "none" => Self::None,
            _ => Self::All,
        }
    }
}

impl About {
    /// What was saved: each on a line, the notifications, the name and the topic.
    #[must_use]
    pub fn parse(saved: &str) -> Self {
        let mut lines = saved.lines();
        let mut line = || lines.next().unwrap_or_default();
        let notify = Notify::parse(line());
        let (name, topic) = (Name::parse(line()).ok(), Topic::parse(line()).ok());
        Self {
            notify,
            state: RoomState {
                name,
                topic,
                ..RoomState::default()
            },
            ..Self::default()
        }
    }

    /// What [`About::parse`] reads; empty where there is nothing to save.
    #[must_use]
    pub fn to_saved(&self) -> String {
        let name = self.state.name.as_ref().map_or("", Name::as_str);
        let topic = self.state.topic.as_ref().map_or("", Topic::as_str);
        let saved = [self.notify.word(), name, topic].join("\n");
        saved.trim_end().to_owned()
    }

    /// The server has let the page into the room, whose newest entry is this.
    pub fn joined(&mut self, head: Seq) {
        self.right = Right::default();
        self.barred.clear();
        if head > Seq::ZERO {
            // Somebody else has made it, and named it or not.
            self.wanted_name = None;
        }
    }

    /// Forgets what is known of the log.
    pub fn reset(&mut self) {
        self.state = RoomState::default();
        self.changes.clear();
    }

    /// Takes in the next entry of the log, after the timeline has.
    pub fn apply(&mut self, entry: &Entry, timeline: &Timeline) {
        self.state.apply(entry, |id| pin(id, timeline));
        self.add_change(entry);
    }

    /// Keeps an entry that changed the room, from anywhere in the log.
    pub fn add_change(&mut self, entry: &Entry) {
        if !entry.body.is_of_room() {
            return;
        }
        let place = self.changes.partition_point(|known| known.seq < entry.seq);
        let is_known = self
            .changes
            .get(place)
            .is_some_and(|at| at.seq == entry.seq);
        if !is_known {
            self.changes.insert(place, entry.clone());
        }
        if self.changes.len() > ROOM_CHANGES_MAX {
            self.changes.remove(0);
        }
    }

    /// The entries between two places that changed the room.
    pub fn changes_between(&self, after: Seq, before: Option<Seq>) -> &[Entry] {
        let from = self.changes.partition_point(|known| known.seq <= after);
        let until = before.map_or(self.changes.len(), |before| {
            self.changes.partition_point(|known| known.seq < before)
        });
        self.changes.get(from..until).unwrap_or_default()
    }

    /// Whether this message is pinned.
    #[must_use]
    pub fn is_pinned(&self, id: MessageId) -> bool {
        self.state.pins.iter().any(|pin| pin.id == id)
    }

    /// Whether an entry changes what is saved.
    #[must_use]
    pub fn is_saved(body: &Body) -> bool {
        matches!(body, Body::RoomName { .. } | Body::Topic { .. })
    }
}

fn pin(id: MessageId, timeline: &Timeline) -> Option<Pin> {
    let message = timeline.find(id)?;
    Some(Pin {
        id,
        seq: message.seq,
        at_ms: message.at_ms,
        member: message.member,
        name: message.name.clone(),
        text: pinned_text(message.text.as_ref()?),
    })
}
