//! Folds entries into messages: what a person sees of a room's log.

use std::sync::Arc;

use crate::{
    Body, Emoji, Entry, MemberId, MessageId, Name, Seq, Sorted, Text, limits::TIMELINE_ORPHANS_MAX,
};

/// A post with its edits, deletion and reactions applied.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Message {
    /// Its post's place in the log: the order messages are shown in.
    pub seq: Seq,
    /// Its post's id.
    pub id: MessageId,
    /// When it was posted, in Unix milliseconds.
    pub at_ms: u64,
    /// Its author.
    pub member: MemberId,
    /// The name its author had then.
    pub name: Name,
    /// The message it answers, which may be gone.
    pub reply_to: Option<MessageId>,
    /// What it says now; `None` when it is deleted.
    pub text: Option<Text>,
    /// Whether it said something else once.
    pub edited: bool,
    /// Who reacted with what, in order.
    pub reactions: Vec<(Emoji, Vec<MemberId>)>,
}

impl Message {
    /// Who reacted with this.
    #[must_use]
    pub fn reacted(&self, emoji: &Emoji) -> &[MemberId] {
        let mut reactions = self.reactions.iter();
        let by = reactions.find(|(with, _)| with == emoji);
        by.map_or(&[], |(_, by)| by)
    }
}

/// What folding an entry did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folded {
    /// A message is new, at this place.
    Added(Seq),
    /// The message at this place changed.
    Changed(Seq),
    /// Nothing one sees: known already, or about a message that is not here (yet).
    Nothing,
}

/// A room's messages. Entries may be folded in any paging and any number of times: the same set of entries gives the
/// same timeline.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    messages: Sorted<Seq, Arc<Message>>,
    places: Sorted<MessageId, Seq>,
    changes: Sorted<MessageId, Changes>,
}

/// The changes known of one message, present or not. For each thing the newest entry decides, so order of arrival
/// does not matter.
#[derive(Debug, Clone, Default)]
struct Changes {
    newest: Seq,
    /// By author, for an edit counts only when it is the message's author's.
    edits: Sorted<MemberId, (Seq, Text)>,
    deleted_by: Sorted<MemberId, ()>,
    reactions: Sorted<(Emoji, MemberId), (Seq, bool)>,
}

impl Timeline {
    /// An empty timeline.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes an entry in.
    pub fn fold(&mut self, entry: &Entry) -> Folded {
        match &entry.body {
            Body::Post { text, reply_to } => self.add(entry, text, *reply_to),
            Body::Edit { target, .. }
            | Body::Deletion { target }
            | Body::Reaction { target, .. } => {
                self.changes
                    .or_insert_with(*target, Changes::default)
                    .record(entry);
                self.forget_oldest_orphans();
                self.refresh(*target)
            }
            Body::Unknown => Folded::Nothing,
        }
    }

    /// The messages, oldest first.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = &Arc<Message>> {
        self.messages.values()
    }

    /// The messages from this place on, oldest first.
    pub fn since(&self, from: Seq) -> impl DoubleEndedIterator<Item = &Arc<Message>> {
        self.messages.since(&from)
    }

    /// The messages before this place, oldest first.
    pub fn before(&self, end: Seq) -> impl DoubleEndedIterator<Item = &Arc<Message>> {
        self.messages.before(&end)
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

    /// How many messages there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Whether there is no message.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Forgets the oldest messages beyond `keep`. Their changes are kept, for when they are read again.
    pub fn trim(&mut self, keep: usize) {
        let over = self.messages.len().saturating_sub(keep);
        let gone = self.messages.values().take(over).last();
        if let Some(gone) = gone.map(|message| message.seq) {
            self.messages.remove_first(over);
            self.places.retain(|_, seq| *seq > gone);
        }
    }

    fn add(&mut self, entry: &Entry, text: &Text, reply_to: Option<MessageId>) -> Folded {
        if self.messages.contains_key(&entry.seq) {
            return Folded::Nothing;
        }
        let message = Message {
            seq: entry.seq,
            id: entry.id,
            at_ms: entry.at_ms,
            member: entry.member,
            name: entry.name.clone(),
            reply_to,
            text: Some(text.clone()),
            edited: false,
            reactions: Vec::new(),
        };
        self.places.insert(entry.id, entry.seq);
        self.messages.insert(entry.seq, Arc::new(message));
        self.refresh(entry.id);
        Folded::Added(entry.seq)
    }

    /// Applies what is known of a message to it, where it is here.
    fn refresh(&mut self, id: MessageId) -> Folded {
        let (Some(seq), Some(changes)) = (self.places.get(&id), self.changes.get(&id)) else {
            return Folded::Nothing;
        };
        let Some(message) = self.messages.get_mut(seq) else {
            return Folded::Nothing;
        };
        let changed = changes.applied_to(message);
        if changed == **message {
            return Folded::Nothing;
        }
        *message = Arc::new(changed);
        Folded::Changed(*seq)
    }

    fn forget_oldest_orphans(&mut self) {
        if self.changes.len() <= TIMELINE_ORPHANS_MAX + self.messages.len() {
            return;
        }
        let oldest = self
            .changes
            .iter()
            .filter(|(id, _)| !self.places.contains_key(id))
            .min_by_key(|(_, changes)| changes.newest)
            .map(|(id, _)| *id);
        if let Some(id) = oldest {
            self.changes.remove(&id);
        }
    }
}

impl Changes {
    fn record(&mut self, entry: &Entry) {
        self.newest = self.newest.max(entry.seq);
        match &entry.body {
            Body::Edit { text, .. } => {
                let latest = self
                    .edits
                    .or_insert_with(entry.member, || (entry.seq, text.clone()));
                if latest.0 < entry.seq {
                    *latest = (entry.seq, text.clone());
                }
            }
            Body::Deletion { .. } => {
                self.deleted_by.insert(entry.member, ());
            }
            Body::Reaction { emoji, on, .. } => {
                let key = (emoji.clone(), entry.member);
                let latest = self.reactions.or_insert_with(key, || (entry.seq, *on));
                if latest.0 < entry.seq {
                    *latest = (entry.seq, *on);
                }
            }
            Body::Post { .. } | Body::Unknown => {}
        }
    }

    fn applied_to(&self, message: &Message) -> Message {
        let mut message = message.clone();
        if let Some((_, text)) = self.edits.get(&message.member) {
            message.text = Some(text.clone());
            message.edited = true;
        }
        message.reactions.clear();
        for ((emoji, member), (_, on)) in self.reactions.iter() {
            match message.reactions.last_mut() {
                _ if !on => {}
                Some((last, by)) if last == emoji => by.push(*member),
                Some(_) | None => message.reactions.push((emoji.clone(), vec![*member])),
            }
        }
        if self.deleted_by.contains_key(&message.member) {
            message.text = None;
            message.reactions.clear();
        }
        message
    }
}
