//! What a client may do in each room that it is in.

use parlor_shared::{Right, RoomId};

/// Rights of a client in the rooms that it is in, where they are not [`Right::Post`]: that is what
/// nearly everyone has nearly everywhere.
#[derive(Debug, Default)]
pub(crate) struct RoomRights(Vec<(RoomId, Right)>);

impl RoomRights {
    /// What the client may do in a room that it is in.
    pub(super) fn get(&self, room: &RoomId) -> Right {
        let known = self.0.iter().find(|(known, _)| known == room);
        known.map_or(Right::Post, |(_, right)| *right)
    }

    /// Keeps a right, and returns the one before.
    pub(super) fn set(&mut self, room: &RoomId, right: Right) -> Right {
        let before = self.get(room);
        self.0.retain(|(known, _)| known != room);
        if right != Right::Post {
            self.0.push((room.clone(), right));
        }
        before
    }

    /// Forgets a room that the client has left.
    pub(super) fn remove(&mut self, room: &RoomId) {
        self.set(room, Right::Post);
    }
}
