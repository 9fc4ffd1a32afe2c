//! Folds a room's entries into messages: what a reader sees of its log.
//!
//! The maps are sorted vectors. A log grows at its end, where they are as fast as trees, and std's
//! trees would add 17 KB (brotli) to the page, since each key type is compiled separately.

mod version;

use std::sync::Arc;

use litemap::LiteMap;

use crate::{
    Body, Emoji, Entry, MemberId, MessageId, Name, Seq, Text, limits::TIMELINE_ORPHANS_MAX,
};

pub use self::version::Version;
use self::version::keep_newest;

/// A post with its edits, its deletion and its reactions applied.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Message {
    /// The place of its post in the log. Messages are shown in this order.
    pub seq: Seq,
    /// The id of its post.
    pub id: MessageId,
    /// When it was posted, in Unix milliseconds.
    pub at_ms: u64,
    /// Its author.
    pub member: MemberId,
    /// The name of its author at that time.
    pub name: Name,
    /// The message it replies to, which may be missing or deleted.
    pub reply_to: Option<MessageId>,
    /// Its current text; `None` if it is deleted.
    pub text: Option<Text>,
    /// Whether it was edited.
    pub edited: bool,
    /// Its texts so far, oldest first, the current one included: the post's, and the newest
    /// [`TIMELINE_VERSIONS_MAX`](crate::limits::TIMELINE_VERSIONS_MAX) of its edits. Empty until it
    /// is edited, and once it is deleted.
    pub versions: Vec<Version>,
    /// Its reactions, sorted by emoji.
    pub reactions: Vec<Reaction>,
}

/// The members who reacted to a message with one emoji.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reaction {
    /// The emoji.
    pub emoji: Emoji,
    /// The members, sorted by id; never empty.
    pub members: Vec<MemberId>,
}

impl Message {
    /// The members who reacted with this emoji, in any spelling.
    #[must_use]
    pub fn reacted(&self, emoji: &Emoji) -> &[MemberId] {
        let emoji = emoji.unstyled();
        let mut reactions = self.reactions.iter();
        let reaction = reactions.find(|reaction| reaction.emoji.unstyled() == emoji);
        reaction.map_or(&[], |reaction| &reaction.members)
    }
}

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
            Body::RoomName { .. } | Body::Topic { .. } | Body::Pin { .. } | Body::Unknown => {
                Folded::Unchanged
            }
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

/// The known changes of one message, loaded or not. For each kind of change the newest entry
/// decides, so the order of arrival does not matter.
#[derive(Debug, Clone, Default)]
struct Changes {
    newest: Seq,
    /// By author, because only the edits of the message's author apply, and the message may not be
    /// loaded yet.
    edits: LiteMap<MemberId, Vec<Version>>,
    deleted_by: LiteMap<MemberId, ()>,
    /// Whether each reaction is given or taken back, by the emoji without variation selectors: a
    /// log may have the same emoji with and without.
    reactions: LiteMap<(Emoji, MemberId), Latest<Vote>>,
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
    fn record(&mut self, entry: &Entry) {
        let seq = entry.seq;
        self.newest = self.newest.max(seq);
        match &entry.body {
            // The words of a deleted message are not kept.
            Body::Edit { .. } if self.deleted_by.contains_key(&entry.member) => {}
            Body::Edit { text, .. } => {
                let version = Version {
                    seq,
                    at_ms: entry.at_ms,
                    text: text.clone(),
                };
                keep_newest(self.edits.entry(entry.member).or_default(), version);
            }
            // An entry is blank only because its author has deleted the message.
            Body::Deletion { .. } | Body::Blanked { .. } => {
                self.deleted_by.insert(entry.member, ());
                self.edits.remove(&entry.member);
            }
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
            | Body::Pin { .. }
            | Body::Unknown => {}
        }
    }

    fn applied_to(&self, message: &Message) -> Message {
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
        if self.deleted_by.contains_key(&message.member) {
            message.text = None;
            message.edited = false;
            message.versions.clear();
            message.reactions.clear();
        }
        message
    }
}
