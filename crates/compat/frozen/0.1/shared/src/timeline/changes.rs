//! What is known of the changes of one message.

use litemap::LiteMap;

use super::{
    message::{Message, Reaction},
    version::{Version, keep_newest},
};
use crate::{Body, Emoji, Entry, MemberId, Name, Seq};

/// The known changes of one message, loaded or not. For each kind of change the newest entry
/// decides, so the order of arrival does not matter.
#[derive(Debug, Clone, Default)]
pub(super) struct Changes {
    /// The newest of them.
    pub(super) newest: Seq,
    /// By author, because only the edits of the message's author apply, and the message may not be
    /// loaded yet.
    edits: LiteMap<MemberId, Vec<Version>>,
    /// Whether it is deleted: only its author and moderators can do that.
    is_deleted: bool,
    /// Its oldest deletion, if that is loaded.
    deletion: Option<Deletion>,
    /// Whether each reaction is given or taken back, by the emoji without variation selectors: a
    /// log may have the same emoji with and without.
    reactions: LiteMap<(Emoji, MemberId), Latest<Vote>>,
}

/// Who deleted a message.
#[derive(Debug, Clone)]
struct Deletion {
    seq: Seq,
    member: MemberId,
    name: Name,
}

/// A reaction that is given or taken back.
#[derive(Debug, Clone)]
struct Vote {
    emoji: Emoji,
    on: bool,
}

/// The value that the newest entry set.
#[derive(Debug, Clone)]
struct Latest<T> {
    seq: Seq,
    value: T,
}

impl<T> Latest<T> {
    fn update(&mut self, seq: Seq, value: T) {
        if self.seq < seq {
            *self = Self { seq, value };
        }
    }
}

impl Changes {
    /// Takes in an entry that changes the message.
    pub(super) fn record(&mut self, entry: &Entry) {
        let seq = entry.seq;
        self.newest = self.newest.max(seq);
        match &entry.body {
            // The words of a deleted message are not kept.
            Body::Edit { .. } if self.is_deleted => {}
            Body::Edit { text, .. } => {
                let version = Version {
                    seq,
                    at_ms: entry.at_ms,
                    text: text.clone(),
                };
                keep_newest(self.edits.entry(entry.member).or_default(), version);
            }
            Body::Deletion { .. } => {
                self.delete();
                if self.deletion.as_ref().is_none_or(|known| seq < known.seq) {
                    let (member, name) = (entry.member, entry.name.clone());
                    self.deletion = Some(Deletion { seq, member, name });
                }
            }
            // An entry is blank only because its message is deleted.
            Body::Blanked { .. } => self.delete(),
            Body::Reaction { emoji, on, .. } => {
                let value = Vote {
                    emoji: emoji.clone(),
                    on: *on,
                };
                let key = (emoji.unstyled(), entry.member);
                let first = || Latest {
                    seq,
                    value: value.clone(),
                };
                let latest = self.reactions.entry(key).or_insert_with(first);
                latest.update(seq, value);
            }
            Body::Post { .. }
            | Body::RoomName { .. }
            | Body::Topic { .. }
            | Body::RoomKind { .. }
            | Body::Pin { .. }
            | Body::Mute { .. }
            | Body::SlowMode { .. }
            | Body::Unknown => {}
        }
    }

    fn delete(&mut self) {
        self.is_deleted = true;
        self.edits = LiteMap::new();
    }

    /// The message with these changes.
    pub(super) fn applied_to(&self, message: &Message) -> Message {
        let mut message = message.clone();
        if let Some(edits) = self.edits.get(&message.member)
            && let Some(newest) = edits.last()
        {
            let posted = message.text.as_ref().map(|text| Version {
                seq: message.seq,
                at_ms: message.at_ms,
                text: text.clone(),
            });
            // The post's text is the first version once there are any.
            let posted = message.versions.drain(..).next().or(posted);
            message.versions.extend(posted);
            message.versions.extend(edits.iter().cloned());
            message.text = Some(newest.text.clone());
            message.edited = true;
        }
        message.reactions.clear();
        let mut unstyled_last = None;
        for ((unstyled, member), latest) in self.reactions.iter() {
            let Vote { emoji, on } = &latest.value;
            match message.reactions.last_mut() {
                _ if !on => {}
                Some(last) if unstyled_last == Some(unstyled) => {
                    last.members.push(*member);
                    // With its selectors it is drawn as an emoji in every font.
                    if emoji.as_str().len() > last.emoji.as_str().len() {
                        last.emoji = emoji.clone();
                    }
                }
                Some(_) | None => {
                    unstyled_last = Some(unstyled);
                    message.reactions.push(Reaction {
                        emoji: emoji.clone(),
                        members: vec![*member],
                    });
                }
            }
        }
        if self.is_deleted {
            let deletion = self.deletion.as_ref();
            let by_other = deletion.filter(|deletion| deletion.member != message.member);
            message.deleted_by = by_other.map(|deletion| deletion.name.clone());
            message.text = None;
            message.edited = false;
            message.versions.clear();
            message.reactions.clear();
        }
        message
    }
}
