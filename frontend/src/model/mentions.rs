//! Whom the messages of a room mention.

use std::sync::Arc;

use litemap::LiteMap;
use parlor_shared::{
    MemberId, Seq,
    timeline::{Message, Timeline},
};

use crate::mention::{Names, members_mentioned};

/// Whom the loaded messages of a room mention. It is found out once a message, when its words
/// arrive, so that unread mentions can be counted for every frame that the page paints.
#[derive(Debug, Default)]
pub struct Mentions {
    /// The names by which members can be mentioned.
    pub names: Names,
    /// The members that each message mentions, by its place; only messages that mention any.
    members: LiteMap<Seq, Vec<MemberId>>,
}

impl Mentions {
    /// Records whom the message at this place mentions now.
    pub fn record(&mut self, timeline: &Timeline, seq: Seq) {
        let text = timeline.get(seq).and_then(|message| message.text.as_ref());
        let members = text.map(|text| members_mentioned(text.as_str(), &self.names));
        match members {
            Some(members) if !members.is_empty() => drop(self.members.insert(seq, members)),
            Some(_) | None => drop(self.members.remove(&seq)),
        }
    }

    /// Whether a message mentions this member.
    #[must_use]
    pub fn has(&self, message: &Message, member: MemberId) -> bool {
        let members = self.members.get(&message.seq);
        message.text.is_some() && members.is_some_and(|members| members.contains(&member))
    }

    /// The messages of others after this place that mention this member, newest first.
    pub fn of<'a>(
        &'a self,
        member: MemberId,
        timeline: &'a Timeline,
        after: Seq,
    ) -> impl Iterator<Item = &'a Arc<Message>> {
        let places = self.members.iter().rev().map(|(seq, _)| *seq);
        let messages = places.take_while(move |seq| *seq > after);
        let messages = messages.filter_map(|seq| timeline.get(seq));
        messages.filter(move |message| message.member != member && self.has(message, member))
    }

    /// Forgets the messages up to this place.
    pub fn forget_until(&mut self, seq: Seq) {
        self.members.retain(|place, _| *place > seq);
    }

    /// Forgets all messages, and keeps the names.
    pub fn clear(&mut self) {
        self.members.clear();
    }
}
