//! The texts of the dialogs in `dialogs.html`.

use crate::texts::{
    composer::send, language::texts, lesson::lesson, page::close, search::search_room,
};

texts! {
    /// The settings dialog, and the button that opens it.
    settings = "Settings";
    /// The dialog of keyboard shortcuts, and the button that opens it.
    shortcuts = "Keyboard shortcuts";
    /// The button that opens it, with its key.
    shortcuts_key = "Keyboard shortcuts (?)";
    /// The field for the user's name.
    your_name = "Your name";
    /// The choice of a theme.
    theme = "Theme";
    /// The system's theme.
    theme_system = "System";
    /// The light theme.
    theme_light = "Light";
    /// The dark theme.
    theme_dark = "Dark";
    /// Whether single keys are shortcuts.
    use_shortcuts = "Use single keys as shortcuts";
    /// Above the two settings below.
    in_background = "Notify me when this tab is in the background:";
    /// Whether notifications are shown.
    show_notification = "Show a notification";
    /// Whether a sound is played.
    play_sound = "Play a sound";
    /// Closes the settings.
    done = "Done";
    /// The key.
    key_enter = "Enter";
    /// The key.
    key_shift = "Shift";
    /// The key.
    key_esc = "Esc";
    /// What Shift and Enter do.
    do_line = "New line";
    /// What the up arrow does in the field.
    do_edit = "Edit your last message (when the field is empty)";
    /// What Esc does.
    do_cancel = "Cancel editing, close what's open";
    /// What Esc does where there is nothing to cancel or to close.
    do_read = "Otherwise mark the room as read";
    /// What the arrows do in the list.
    do_move = "Move between messages";
    /// What R does in the list.
    do_reply = "Reply to the chosen message";
    /// What E does there.
    do_change = "Edit it";
    /// What + does there.
    do_react = "React to it";
    /// What Delete does there.
    do_delete = "Delete it";
    /// What Enter does there.
    do_act = "Go to its buttons";
    /// What End does there.
    do_latest = "Go to the newest message";
    /// What Alt and an arrow do.
    do_room = "Go to the room above or below";
    /// What they do with Shift.
    do_unread = "The same, among rooms with unread messages";
    /// The key.
    key_reply = "R";
    /// The key.
    key_edit = "E";
    /// The key.
    key_alt = "Alt";
    /// The key.
    key_del = "Del";
    /// The key.
    key_end = "End";
    /// What the question mark does.
    do_help = "Show keyboard shortcuts";
    /// The keys that open the switcher.
    key_find = "Ctrl+K";
    /// What they do.
    do_find = "Find a room, a person or a command";
}

/// A text without placeholders.
type Plain = fn() -> &'static str;

/// The texts of the dialogs, by the `data-text` of the element in `dialogs.html` that shows them.
pub const DIALOG_TEXTS: [(&str, Plain); 40] = [
    ("settings", settings),
    ("name", your_name),
    ("theme", theme),
    ("system", theme_system),
    ("light", theme_light),
    ("dark", theme_dark),
    ("keys", use_shortcuts),
    ("background", in_background),
    ("notify", show_notification),
    ("sound", play_sound),
    ("done", done),
    ("shortcuts", shortcuts),
    ("key-enter", key_enter),
    ("key-shift", key_shift),
    ("key-esc", key_esc),
    ("do-send", send),
    ("do-line", do_line),
    ("do-edit", do_edit),
    ("do-cancel", do_cancel),
    ("do-read", do_read),
    ("do-move", do_move),
    ("do-reply", do_reply),
    ("do-change", do_change),
    ("do-react", do_react),
    ("do-delete", do_delete),
    ("do-act", do_act),
    ("do-latest", do_latest),
    ("do-room", do_room),
    ("do-unread", do_unread),
    ("key-reply", key_reply),
    ("key-edit", key_edit),
    ("key-alt", key_alt),
    ("key-del", key_del),
    ("key-end", key_end),
    ("do-search", search_room),
    ("do-help", do_help),
    ("key-find", key_find),
    ("do-find", do_find),
    ("close", close),
    ("learn", lesson),
];
