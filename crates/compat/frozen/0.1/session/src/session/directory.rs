//! Questions about the server's rooms.

use parlor_shared::{ClientMessage, Moderation, Request};

use super::Session;
use crate::error::NotOnline;

impl Session {
    /// Asks for a page of the server's rooms: those that have these words, where an earlier page's
    /// `next` says to go on. The answer is a `rooms` message.
    ///
    /// # Errors
    /// [`NotOnline`] if the session is not online; ask again when it is.
    pub fn rooms(&mut self, text: &str, after: Option<String>) -> Result<(), NotOnline> {
        if !self.connection.is_online() {
            return Err(NotOnline);
        }
        let text = text.to_owned();
        let message = ClientMessage::Rooms { text, after };
        self.requests.keep(Request::Rooms, None, &message);
        self.send(&message);
        Ok(())
    }

    /// Asks for something that stands on no room's log: a report, a ban, the erasing of the user's
    /// own messages. The answer is a `moderated` message, or
    /// [`Event::Refused`](crate::Event::Refused).
    ///
    /// # Errors
    /// [`NotOnline`] if the session is not online; ask again when it is.
    pub fn moderate(&mut self, request: Moderation) -> Result<(), NotOnline> {
        if !self.connection.is_online() {
            return Err(NotOnline);
        }
        let room = request.room().cloned();
        let message = ClientMessage::Moderate(request);
        self.requests
            .keep(Request::Moderate, room.as_ref(), &message);
        self.send(&message);
        Ok(())
    }
}
