//! What the browser says of the screen and of what points at it.

use leptos::prelude::window;

/// Whether fingers are what mainly points at the page: then Enter begins a new line, and only what
/// the user does brings up the keyboard.
pub(crate) fn is_touch() -> bool {
    matches("(pointer:coarse)")
}

/// Whether the panel, when it is open, lies over the room. The style sheet has the same width.
pub(crate) fn is_narrow() -> bool {
    matches("(max-width:45rem)")
}

/// Whether what is opened covers the room or is a sheet, as on a phone.
pub(crate) fn is_small() -> bool {
    is_narrow() || is_touch()
}

fn matches(query: &str) -> bool {
    let list = window().match_media(query);
    list.is_ok_and(|list| list.is_some_and(|list| list.matches()))
}
