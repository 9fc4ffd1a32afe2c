//! The page's address: `/r/` and the room's name, with `?at=` and the id of a message that it leads
//! to; any other path is the lobby's.

use leptos::{
    prelude::window,
    wasm_bindgen::{JsCast, JsValue},
};
use parlor_shared::{MessageId, RoomId, RoomInvalid};
use web_sys::{Element, HtmlAnchorElement};

use crate::browser::cover;

/// The room in the address. Fails where the name in it is not a room's.
pub(crate) fn room() -> Result<RoomId, RoomInvalid> {
    let path = window().location().pathname();
    let path = path.unwrap_or_default();
    RoomId::parse(path.strip_prefix("/r/").unwrap_or("lobby"))
}

/// What the address names a message by, if it leads to one.
pub(crate) fn message() -> Option<String> {
    named_in(&window().location().search().ok()?)
}

/// The room that a link on this page leads to, with what it names a message by. `None` for any
/// other address.
pub(crate) fn of_link(link: &Element) -> Option<(RoomId, Option<String>)> {
    let link: &HtmlAnchorElement = link.unchecked_ref();
    let room = link.pathname();
    let room = RoomId::parse(room.strip_prefix("/r/")?).ok()?;
    let is_own = window().location().origin() == Ok(link.origin());
    is_own.then(|| (room, named_in(&link.search())))
}

fn named_in(search: &str) -> Option<String> {
    let mut fields = search.strip_prefix('?')?.split('&');
    fields
        .find_map(|field| field.strip_prefix("at="))
        .map(str::to_owned)
}

/// The whole address of a room, or of a message in it, as it is copied.
pub(crate) fn link(room: &RoomId, message: Option<MessageId>) -> String {
    let origin = window().location().origin();
    origin.unwrap_or_default() + &path(room, message)
}

fn path(room: &RoomId, message: Option<MessageId>) -> String {
    match message {
        Some(message) => format!("/r/{room}?at={message}"),
        None => format!("/r/{room}"),
    }
}

/// Shows the room's address in place of a message's, so that the page opens at the end of the room
/// when it is loaded again.
pub(crate) fn leave_message() {
    let (Some(_), Ok(room), Ok(history)) = (message(), room(), window().history()) else {
        return;
    };
    let state = history.state().unwrap_or_default();
    // It fails only for an address of another site.
    history
        .replace_state_with_url(&state, "", Some(&path(&room, None)))
        .ok();
}

/// Shows the address of a room, or of a message in it, as a new entry in the browser's history, or
/// in place of the entry of what it was chosen in.
pub(crate) fn show(room: &RoomId, message: Option<MessageId>) {
    let history = web_sys::window().and_then(|window| window.history().ok());
    if let Some(history) = history {
        let address = path(room, message);
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
