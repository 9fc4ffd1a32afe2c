//! What is known of a room beside its messages: its name, its topic, its kind, its pins, who may
//! post when, and its line in the directory.

use serde::{Deserialize, Serialize};

use crate::{
    Body, Entry, MemberId, MessageId, Name, RoomId, RoomKind, Seq, Text, Topic,
    limits::PIN_TEXT_CHARS_MAX,
};

/// A room's name, topic, kind, pinned messages, slow mode and mutes. Entries of the log change
/// them; the server keeps the result beside the log, so that it outlives them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomState {
    /// Every entry up to this one is taken in.
    pub seq: Seq,
    /// The room's name for people; its id is shown where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// What the room is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<Topic>,
    /// Who may come in and post by default.
    #[serde(default, skip_serializing_if = "is_open")]
    pub kind: RoomKind,
    /// The pinned messages, the newest pin last: at most
    /// [`PINS_MAX`](crate::limits::PINS_MAX).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pins: Vec<Pin>,
    /// How many seconds a member waits between two posts; 0 for no slow mode.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub slow_mode_s: u32,
    /// The members who may not post for now: at most
    /// [`MUTES_MAX`](crate::limits::MUTES_MAX). Some of them may have ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mutes: Vec<Mute>,
}

/// A member who may not post, edit or react in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mute {
    /// The member.
    pub member: MemberId,
    /// The member's name when they were muted.
    pub name: Name,
    /// When it ends, in Unix milliseconds.
    pub until_ms: u64,
}

/// A pinned message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// The id of its post.
    pub id: MessageId,
    /// The place of its post in the log, which may have expired.
    pub seq: Seq,
    /// When it was posted, in Unix milliseconds.
    pub at_ms: u64,
    /// Its author.
    pub member: MemberId,
    /// The author's name at that time.
    pub name: Name,
    /// Its current text, up to [`PIN_TEXT_CHARS_MAX`](crate::limits::PIN_TEXT_CHARS_MAX)
    /// characters of it.
    pub text: Text,
}

/// A room in the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomInfo {
    /// The room.
    pub room: RoomId,
    /// Its name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// Its topic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<Topic>,
    /// How many members are present.
    pub count: u32,
    /// When the last message was posted, to the minute, in Unix milliseconds.
    pub at_ms: u64,
}

impl RoomState {
    /// Whether nothing is set for the room.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.name.is_none()
            && self.topic.is_none()
            && self.kind == RoomKind::Open
            && self.pins.is_empty()
            && self.slow_mode_s == 0
            && self.mutes.is_empty()
    }

    /// When this member's mute ends, in Unix milliseconds; `None` if the member is not muted at
    /// `now_ms`.
    #[must_use]
    pub fn muted_until_ms(&self, member: MemberId, now_ms: u64) -> Option<u64> {
        let mut mutes = self.mutes.iter();
        let mute = mutes.find(|mute| mute.member == member)?;
        (mute.until_ms > now_ms).then_some(mute.until_ms)
    }

    /// Takes in the next entry of the log, unless it is taken in already. `find` gives a message
    /// that is pinned; without it the pin is missing until the next `state`.
    pub fn apply(&mut self, entry: &Entry, find: impl FnOnce(MessageId) -> Option<Pin>) {
        if entry.seq <= self.seq {
            return;
        }
        self.seq = entry.seq;
        match &entry.body {
            Body::RoomName { name } => self.name.clone_from(name),
            Body::Topic { topic } => self.topic.clone_from(topic),
            Body::RoomKind { kind } => self.kind = *kind,
            Body::Pin { target, on } => {
                self.pins.retain(|pin| pin.id != *target);
                self.pins.extend(on.then(|| find(*target)).flatten());
            }
            Body::Deletion { target } => self.pins.retain(|pin| pin.id != *target),
            Body::Edit { target, text } => {
                let mut pins = self.pins.iter_mut();
                if let Some(pin) = pins.find(|pin| pin.id == *target) {
                    pin.text = pinned_text(text);
                }
            }
            Body::Mute {
                member,
                name,
                until_ms,
            } => {
                // Those that have ended make way, as they do in the server.
                let at_ms = entry.at_ms;
                self.mutes
                    .retain(|mute| mute.member != *member && mute.until_ms > at_ms);
                self.mutes.extend(until_ms.map(|until_ms| Mute {
                    member: *member,
                    name: name.clone(),
                    until_ms,
                }));
            }
            Body::SlowMode { seconds } => self.slow_mode_s = *seconds,
            Body::Post { .. } | Body::Reaction { .. } | Body::Blanked { .. } | Body::Unknown => {}
        }
    }
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Whether to leave the kind out.
fn is_open(kind: &RoomKind) -> bool {
    *kind == RoomKind::Open
}

/// What is kept of the text of a pinned message: its first
/// [`PIN_TEXT_CHARS_MAX`](crate::limits::PIN_TEXT_CHARS_MAX) characters.
#[must_use]
pub fn pinned_text(text: &Text) -> Text {
    let text_start = text.as_str().trim_start();
    let cut: String = text_start.chars().take(PIN_TEXT_CHARS_MAX).collect();
    // What is left may have nothing that can be seen.
    Text::parse(cut).unwrap_or_else(|_| text.clone())
}
