//! The texts of the dialogs in `index.html`.

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
    use_shortcuts = "Use the keys / and ? as shortcuts";
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
    /// What the arrows do in the list.
    do_move = "Move between messages";
    /// What the question mark does.
    do_help = "Show keyboard shortcuts";
    /// The keys that open the switcher.
    key_find = "Ctrl+K";
    /// What they do.
    do_find = "Find a room, a person or a command";
}

/// A text without placeholders.
type Plain = fn() -> &'static str;

/// The texts of the dialogs, by the `data-text` of the element in `index.html` that shows them.
pub const DIALOG_TEXTS: [(&str, Plain); 26] = [
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
    ("do-move", do_move),
    ("do-search", search_room),
    ("do-help", do_help),
    ("key-find", key_find),
    ("do-find", do_find),
    ("close", close),
    ("learn", lesson),
];
