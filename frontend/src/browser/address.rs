//! The page's address: `/r/` and the room's name; any other path is the lobby's.

use leptos::wasm_bindgen::JsValue;
use parlor_shared::{MessageId, RoomId, RoomInvalid};

use crate::browser::cover;

/// The room in the address. Fails where the name in it is not a room's.
pub(crate) fn room() -> Result<RoomId, RoomInvalid> {
    let path = leptos::prelude::window().location().pathname();
    let path = path.unwrap_or_default();
    RoomId::parse(path.strip_prefix("/r/").unwrap_or("lobby"))
}

/// The whole address of a room, or of a message in it, as it is copied.
pub(crate) fn link(room: &RoomId, message: Option<MessageId>) -> String {
    let origin = leptos::prelude::window().location().origin();
    origin.unwrap_or_default() + &path(room, message)
}

fn path(room: &RoomId, message: Option<MessageId>) -> String {
    match message {
        Some(message) => format!("/r/{room}?at={message}"),
        None => format!("/r/{room}"),
    }
}

/// Shows this room's address, as a new entry in the browser's history, or in place of the entry of
/// what the room was chosen in.
pub(crate) fn show(room: &RoomId) {
    let history = web_sys::window().and_then(|window| window.history().ok());
    if let Some(history) = history {
        let address = path(room, None);
        let shown = match cover::is_current() {
            true => {
                cover::replaced();
                history.replace_state_with_url(&JsValue::NULL, "", Some(&address))
            }
            false => history.push_state_with_url(&JsValue::NULL, "", Some(&address)),
        };
        // It fails only for an address of another site.
        shown.ok();
    }
}
