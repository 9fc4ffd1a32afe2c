//! Folds a room's entries into messages: what a reader sees of its log.
//!
//! The maps are sorted vectors. A log grows at its end, where they are as fast as trees, and std's
//! trees would add 17 KB (brotli) to the page, since each key type is compiled separately.

mod changes;
mod message;
mod version;

use std::sync::Arc;

use litemap::LiteMap;

use self::changes::Changes;
pub use self::{
    message::{Message, Reaction},
    version::Version,
};
use crate::{Body, Entry, MessageId, Seq, Text, limits::TIMELINE_ORPHANS_MAX};

/// What folding an entry changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folded {
    /// A message was added at this place.
    Added(Seq),
    /// The message at this place changed.
    Changed(Seq),
    /// Nothing visible: the entry was known, or it is about a message that is not loaded.
    Unchanged,
}

/// A room's messages. Entries may be folded in any order and any number of times: the same set of
/// entries gives the same timeline.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    messages: LiteMap<Seq, Arc<Message>>,
    places: LiteMap<MessageId, Seq>,
    changes: LiteMap<MessageId, Changes>,
}

impl Timeline {
    /// An empty timeline.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Applies an entry.
    pub fn fold(&mut self, entry: &Entry) -> Folded {
        match &entry.body {
            Body::Post { text, reply_to } => self.add(entry, Some(text), *reply_to),
            Body::Edit { target, .. }
            | Body::Deletion { target }
            | Body::Reaction { target, .. }
            | Body::Blanked {
                target: Some(target),
                ..
            } => self.change(entry, *target),
            Body::Blanked {
                target: None,
                reply_to,
            } => {
                let changed = self.change(entry, entry.id);
                if changed == Folded::Unchanged {
                    self.add(entry, None, *reply_to)
                } else {
                    changed
                }
            }
            // They change the room, not its messages.
            Body::RoomName { .. }
            | Body::Topic { .. }
            | Body::RoomKind { .. }
            | Body::Pin { .. }
            | Body::Mute { .. }
            | Body::SlowMode { .. }
            | Body::Unknown => Folded::Unchanged,
        }
    }

    /// Records a change of a message, and applies it if the message is loaded.
    fn change(&mut self, entry: &Entry, target: MessageId) -> Folded {
        let changes = self.changes.entry(target);
        changes.or_default().record(entry);
        self.evict_orphan();
        self.refresh(target)
    }

    /// The messages, oldest first.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = &Arc<Message>> {
        self.messages.values()
    }

    /// The messages at and after this place, oldest first.
    pub fn since(&self, from: Seq) -> impl DoubleEndedIterator<Item = &Arc<Message>> {
        let since = &self.messages.as_slice()[self.index(from)..];
        since.iter().map(|(_, message)| message)
    }

    /// The messages before this place, oldest first.
    pub fn before(&self, end: Seq) -> impl DoubleEndedIterator<Item = &Arc<Message>> {
        let before = &self.messages.as_slice()[..self.index(end)];
        before.iter().map(|(_, message)| message)
    }

    /// The index of the first message at or after this place.
    fn index(&self, seq: Seq) -> usize {
        let (Ok(index) | Err(index)) = self.messages.find_index(&seq);
        index
    }

    /// The message whose post is at this place.
    #[must_use]
    pub fn get(&self, seq: Seq) -> Option<&Arc<Message>> {
        self.messages.get(&seq)
    }

    /// The message whose post has this id.
    #[must_use]
    pub fn find(&self, id: MessageId) -> Option<&Arc<Message>> {
        self.places.get(&id).and_then(|seq| self.messages.get(seq))
    }

    /// The number of messages.
    #[must_use]
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Whether there is no message.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Removes the oldest messages until `keep` are left. Their changes are kept, in case the
    /// messages are read again.
    pub fn trim(&mut self, keep: usize) {
        let excess = self.messages.len().saturating_sub(keep);
        if excess == 0 {
            return;
        }
        if let Some((first_kept, _)) = self.messages.get_indexed(excess) {
            let first_kept = *first_kept;
            self.messages.retain(|seq, _| *seq >= first_kept);
            self.places.retain(|_, seq| *seq >= first_kept);
        } else {
            self.messages.clear();
            self.places.clear();
        }
    }

    /// Removes the messages after one place up to another. Their changes are kept, as
    /// [`trim`](Self::trim) keeps them.
    pub fn remove(&mut self, after: Seq, until: Seq) {
        let stays = |seq: &Seq| *seq <= after || *seq > until;
        self.messages.retain(|seq, _| stays(seq));
        self.places.retain(|_, seq| stays(seq));
    }

    fn add(&mut self, entry: &Entry, text: Option<&Text>, reply_to: Option<MessageId>) -> Folded {
        if self.messages.contains_key(&entry.seq) {
            return Folded::Unchanged;
        }
        let message = Message {
            seq: entry.seq,
            id: entry.id,
            at_ms: entry.at_ms,
            member: entry.member,
            name: entry.name.clone(),
            reply_to,
            text: text.cloned(),
            edited: false,
            versions: Vec::new(),
            reactions: Vec::new(),
            deleted_by: None,
        };
        self.places.insert(entry.id, entry.seq);
        self.messages.insert(entry.seq, Arc::new(message));
        self.refresh(entry.id);
        Folded::Added(entry.seq)
    }

    /// Applies the known changes to a message, if it is loaded.
    fn refresh(&mut self, id: MessageId) -> Folded {
        let (Some(seq), Some(changes)) = (self.places.get(&id), self.changes.get(&id)) else {
            return Folded::Unchanged;
        };
        let Some(message) = self.messages.get_mut(seq) else {
            return Folded::Unchanged;
        };
        let changed = changes.applied_to(message);
        if changed == **message {
            return Folded::Unchanged;
        }
        *message = Arc::new(changed);
        Folded::Changed(*seq)
    }

    /// Removes the oldest changes of a message that is not loaded, if there are too many such
    /// changes.
    fn evict_orphan(&mut self) {
        if self.changes.len() <= TIMELINE_ORPHANS_MAX + self.messages.len() {
            return;
        }
        let oldest = self
            .changes
            .iter()
            .filter(|(id, _)| !self.places.contains_key(*id))
            .min_by_key(|(_, changes)| changes.newest)
            .map(|(id, _)| *id);
        if let Some(id) = oldest {
            self.changes.remove(&id);
        }
    }
}
