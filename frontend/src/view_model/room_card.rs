//! What the header and the card say about the current room.

use parlor_shared::{Body, Entry, MessageId, Name, Pin, RoomKind, Topic};

use crate::{
    model::{Model, room::Room},
    texts,
};

/// What the current room is called: its name for people, else its id.
#[must_use]
pub fn room_title(model: &Model) -> String {
    let name = model.room().about.state.name.as_ref();
    name.map_or_else(|| model.current_room.to_string(), Name::to_string)
}

/// Whether the current room is called by its id.
#[must_use]
pub fn is_called_by_id(model: &Model) -> bool {
    model.room().about.state.name.is_none()
}

/// The current room's topic; empty where it has none.
#[must_use]
pub fn topic(model: &Model) -> String {
    let topic = model.room().about.state.topic.as_ref();
    topic.map_or_else(String::new, Topic::to_string)
}

/// What an entry has changed of the room, in words; `None` for any other entry.
#[must_use]
pub fn change_text(room: &Room, entry: &Entry) -> Option<String> {
    let who = room.look_alikes.shown_name(entry.member, &entry.name);
    Some(match &entry.body {
        Body::RoomName { name: Some(name) } => texts::named_room(&who, name.as_str()),
        Body::RoomName { name: None } => texts::unnamed_room(&who),
        Body::Topic { topic: Some(topic) } => texts::changed_topic(&who, topic.as_str()),
        Body::Topic { topic: None } => texts::removed_topic(&who),
        Body::RoomKind {
            kind: RoomKind::Open,
        } => texts::made_open(&who),
        Body::RoomKind {
            kind: RoomKind::ReadOnly,
        } => texts::made_read_only(&who),
        Body::RoomKind {
            kind: RoomKind::Private,
        } => texts::made_private(&who),
        Body::Pin { on: true, .. } => texts::pinned_message(&who),
        Body::Pin { on: false, .. } => texts::unpinned_message(&who),
        Body::Mute {
            name,
            until_ms: Some(until_ms),
            ..
        } => {
            let seconds = until_ms.saturating_sub(entry.at_ms).div_ceil(1_000);
            texts::muted_member(&who, name.as_str(), &texts::duration(seconds))
        }
        Body::Mute {
            name,
            until_ms: None,
            ..
        } => texts::unmuted_member(&who, name.as_str()),
        Body::SlowMode { seconds: 0 } => texts::ended_slow_mode(&who),
        Body::SlowMode { seconds } => {
            texts::set_slow_mode(&who, &texts::duration(u64::from(*seconds)))
        }
        Body::Post { .. }
        | Body::Edit { .. }
        | Body::Deletion { .. }
        | Body::Reaction { .. }
        | Body::Blanked { .. }
        | Body::Unknown => return None,
    })
}

/// A pinned message, as the card shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinItem {
    /// The message.
    pub id: MessageId,
    /// Its author's name.
    pub name: String,
    /// When it was posted, in Unix milliseconds.
    pub at_ms: u64,
    /// Its text.
    pub text: String,
}

/// The pinned messages of the current room, the newest pin first.
#[must_use]
pub fn pins(model: &Model) -> Vec<PinItem> {
    let room = model.room();
    let pins = room.about.state.pins.iter().rev();
    let item = |pin: &Pin| PinItem {
        id: pin.id,
        name: room.look_alikes.shown_name(pin.member, &pin.name),
        at_ms: pin.at_ms,
        text: match model.ignored.has(pin.member) {
            true => texts::ignored_message().to_owned(),
            false => pin.text.to_string(),
        },
    };
    pins.map(item).collect()
}
