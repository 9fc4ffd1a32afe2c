//! The newest messages of each room, as targets of edits, deletions and reactions.

use std::collections::{BTreeMap, VecDeque};

use parlor_client::{MessageId, RoomId};

use crate::rng::Rng;

/// How many messages of a room are kept.
const MESSAGES_MAX: usize = 32;

/// The newest messages of each room.
#[derive(Debug, Default)]
pub(crate) struct RecentMessages(BTreeMap<RoomId, VecDeque<MessageId>>);

impl RecentMessages {
    /// Adds a message, in place of the oldest one if there are too many.
    pub(crate) fn push(&mut self, room: RoomId, id: MessageId) {
        let ids = self.0.entry(room).or_default();
        if ids.len() >= MESSAGES_MAX {
            ids.pop_front();
        }
        ids.push_back(id);
    }

    pub(crate) fn remove(&mut self, room: &RoomId, id: MessageId) {
        if let Some(ids) = self.0.get_mut(room) {
            ids.retain(|other| *other != id);
        }
    }

    /// A random message of this room.
    pub(crate) fn choose(&self, room: &RoomId, rng: &mut Rng) -> Option<MessageId> {
        rng.choice(self.0.get(room)?).copied()
    }
}
