//! Questions about the server's rooms.

use parlor_shared::{ClientMessage, Request};

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
}
