//! The program's calls that say how far the user has seen a room.

use parlor_shared::{Position, RoomId};

use super::Session;

impl Session {
    /// Says that the user has seen a room up to this position, which may be before the last one. Of
    /// several the last one is sent, at most once a second, when the room is live, and again until
    /// the server acks it with a `seen` message. A room that the session has left has none.
    pub fn mark_seen(&mut self, room: &RoomId, position: Position, now_ms: u64) {
        if self.rooms.get(room).is_some() {
            self.seen.set(room, position);
            self.send_seen(now_ms);
        }
    }

    /// Sends at once what [`Session::mark_seen`] would send within a second: the program may end.
    pub fn flush_seen(&mut self, now_ms: u64) {
        self.seen.flush();
        self.send_seen(now_ms);
    }

    /// Sends the positions that are due.
    pub(super) fn send_seen(&mut self, now_ms: u64) {
        while let Some(seen) = self.seen.next(now_ms, |room| self.rooms.is_live(room)) {
            self.send(&seen);
        }
    }
}
