//! What a client may do in each room that it is in.

use parlor_shared::{Right, RoomId};

/// Rights of a client in the rooms that it is in, where they are not [`Right::Post`]: that is what
/// nearly everyone has nearly everywhere.
#[derive(Debug, Default)]
pub(crate) struct RoomRights(Vec<RoomRight>);

#[derive(Debug)]
struct RoomRight {
    room: RoomId,
    right: Right,
    /// How many open reports the client was told that the room has; `None` before.
    reports_known: Option<u32>,
}

impl RoomRights {
    /// What the client may do in a room that it is in.
    pub(super) fn get(&self, room: &RoomId) -> Right {
        let known = self.0.iter().find(|known| known.room == *room);
        known.map_or(Right::Post, |known| known.right)
    }

    /// Keeps a right, and returns the one before.
    pub(super) fn set(&mut self, room: &RoomId, right: Right) -> Right {
        let before = self.get(room);
        if before != right {
            self.0.retain(|known| known.room != *room);
            if right != Right::Post {
                self.0.push(RoomRight {
                    room: room.clone(),
                    right,
                    reports_known: None,
                });
            }
        }
        before
    }

    /// Forgets a room that the client has left.
    pub(super) fn remove(&mut self, room: &RoomId) {
        self.set(room, Right::Post);
    }

    /// The client joins the room again: it is told anew how many open reports there are.
    pub(super) fn reset_reports_known(&mut self, room: &RoomId) {
        if let Some(known) = self.0.iter_mut().find(|known| known.room == *room) {
            known.reports_known = None;
        }
    }

    /// Whether the client moderates any of its rooms.
    pub(super) fn has_moderated(&self) -> bool {
        self.0.iter().any(|known| known.right >= Right::Moderate)
    }

    /// The rooms that the client moderates and whose number of open reports is not what it was told
    /// last, with that number. It counts as told from then on.
    pub(super) fn take_report_news(
        &mut self,
        count: impl Fn(&RoomId) -> u32,
    ) -> Vec<(RoomId, u32)> {
        let moderated = self.0.iter_mut();
        let moderated = moderated.filter(|known| known.right >= Right::Moderate);
        let news = moderated.filter_map(|known| {
            let count = count(&known.room);
            let is_news = known.reports_known.replace(count) != Some(count);
            is_news.then(|| (known.room.clone(), count))
        });
        news.collect()
    }
}
