//! What every form of a room has.

use parlor_shared::timeline::Message;

/// Writes the messages in one form.
pub(super) trait Document {
    /// What stands before the messages.
    fn head(&self, room: &str) -> String;
    /// A message, and the one that it replies to where that is known.
    fn message(&self, message: &Message, answered: Option<&Message>) -> String;
    /// What stands after them.
    fn end(&self) -> String;
}
