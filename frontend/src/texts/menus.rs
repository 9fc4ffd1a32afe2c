//! The menus of a message and of the page, and what touch needs said.

use crate::texts::language::texts;

texts! {
    /// Opens the menu of a message.
    more_actions = "More actions";
    /// Copies the text of a message.
    copy_text = "Copy text";
    /// Copies the address of a message.
    copy_link = "Copy link";
    /// The menu of the page, and the button that opens it on a narrow screen.
    menu = "Menu";
    /// Below the messages, while the user has disconnected.
    disconnected_hint = "You're disconnected. Messages will be sent when you reconnect.";
    /// Above the field, during an edit, where Enter begins a new line.
    editing_by_touch = "Editing your message";
}
