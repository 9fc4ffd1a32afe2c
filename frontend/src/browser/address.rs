//! The page's address: `/r/` and the room's name; any other path is the lobby's.

use leptos::wasm_bindgen::JsValue;
use parlor_shared::{RoomId, RoomInvalid};

/// The room in the address. Fails where the name in it is not a room's.
pub(crate) fn room() -> Result<RoomId, RoomInvalid> {
    let path = leptos::prelude::window().location().pathname();
    let path = path.unwrap_or_default();
    RoomId::parse(path.strip_prefix("/r/").unwrap_or("lobby"))
}

/// Shows this room's address, as a new entry in the browser's history.
pub(crate) fn show(room: &RoomId) {
    let history = web_sys::window().and_then(|window| window.history().ok());
    if let Some(history) = history {
        let address = format!("/r/{room}");
        let pushed = history.push_state_with_url(&JsValue::NULL, "", Some(&address));
        // It fails only for an address of another site.
        pushed.ok();
    }
}
