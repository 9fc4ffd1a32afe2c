//! Questions about a room's log.

use parlor_shared::{ClientMessage, Place, Request, RoomId, Seq};

use super::Session;
use crate::error::NotJoined;

impl Session {
    /// Asks for up to `limit` entries before `before`. The answer is a `history` message.
    ///
    /// # Errors
    /// [`NotJoined`] if the room is not live; ask again after the next `present`.
    pub fn history(&mut self, room: &RoomId, before: Seq, limit: u16) -> Result<(), NotJoined> {
        let room = self.live_room(room)?;
        let message = ClientMessage::History {
            room: room.clone(),
            before,
            limit,
        };
        self.ask(Request::History, &room, &message);
        Ok(())
    }

    /// Asks for up to `limit` entries at a place of the room's log. The answer is a `slice`
    /// message, or a refusal where the room has no such message.
    ///
    /// # Errors
    /// [`NotJoined`] if the room is not live; ask again after the next `present`.
    pub fn slice(&mut self, room: &RoomId, at: Place, limit: u16) -> Result<(), NotJoined> {
        let room = self.live_room(room)?;
        let message = ClientMessage::Slice {
            room: room.clone(),
            at,
            limit,
        };
        self.ask(Request::Slice, &room, &message);
        Ok(())
    }

    /// Asks for messages with these words. The answer is a `found` message.
    ///
    /// # Errors
    /// [`NotJoined`] if the room is not live; ask again after the next `present`.
    pub fn search(&mut self, room: &RoomId, text: &str) -> Result<(), NotJoined> {
        let (room, text) = (self.live_room(room)?, text.to_owned());
        let message = ClientMessage::Search {
            room: room.clone(),
            text,
        };
        self.ask(Request::Search, &room, &message);
        Ok(())
    }

    /// Whether the program has joined a room, and neither left it nor been refused for good since.
    #[must_use]
    pub fn has_room(&self, room: &RoomId) -> bool {
        self.rooms.get(room).is_some()
    }

    /// The room's id, if questions about it can be sent.
    fn live_room(&self, room: &RoomId) -> Result<RoomId, NotJoined> {
        let is_live = self.rooms.is_live(room);
        is_live.then(|| room.clone()).ok_or(NotJoined)
    }

    /// Sends a question and keeps it until it is answered.
    fn ask(&mut self, request: Request, room: &RoomId, message: &ClientMessage) {
        self.requests.keep(request, Some(room), message);
        self.send(message);
    }
}
