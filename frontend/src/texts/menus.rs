//! The menus of a message and of the page.

/// Opens the menu of a message.
pub const MORE_ACTIONS: &str = "More actions";
/// Copies the text of a message.
pub const COPY_TEXT: &str = "Copy text";
/// Copies the address of a message.
pub const COPY_LINK: &str = "Copy link";
/// The menu of the page, and the button that opens it on a narrow screen.
pub const MENU: &str = "Menu";
/// Below the messages, while the user has disconnected.
pub const DISCONNECTED_HINT: &str =
    "You're disconnected. Messages will be sent when you reconnect.";
/// Above the field, during an edit, where Enter begins a new line.
pub const EDITING_BY_TOUCH: &str = "Editing your message";
