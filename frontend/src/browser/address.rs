//! The page's address: `/r/` and the room's name, with `?at=` and the id of a message that it leads
//! to; any other path is the lobby's. All of them are below the path at which the server is hosted.

use leptos::{
    prelude::{document, window},
    wasm_bindgen::{JsCast, JsValue},
};
use parlor_frontend::view_model::access::of_fragment;
use parlor_shared::{Access, MessageId, RoomId, RoomInvalid};
use web_sys::{Element, HtmlAnchorElement};

use crate::browser::cover;

/// The path at which the server is hosted, such as `/chat`; mostly none. The server writes it into
/// the page.
pub(crate) fn base() -> String {
    let element = document().document_element();
    let base = element.and_then(|element| element.get_attribute("data-base"));
    base.unwrap_or_default()
}

/// A file of the page, by its path below that of the server.
pub(crate) fn file(path: &str) -> String {
    base() + path
}

/// The name of the room in a path.
fn room_in(path: &str) -> Option<&str> {
    path.strip_prefix(base().as_str())?.strip_prefix("/r/")
}

/// The room in the address. Fails where the name in it is not a room's.
pub(crate) fn room() -> Result<RoomId, RoomInvalid> {
    let path = window().location().pathname();
    let path = path.unwrap_or_default();
    RoomId::parse(room_in(&path).unwrap_or("lobby"))
}

/// What the address shows to the server, if it does.
fn access() -> Option<Access> {
    of_fragment(&window().location().hash().ok()?)
}

/// Whether the address shows something to the server.
pub(crate) fn has_access() -> bool {
    access().is_some()
}

/// Takes what the address shows to the server out of it, so that it stays in no history.
pub(crate) fn take_access() -> Option<Access> {
    let access = access()?;
    let location = window().location();
    let address = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    if let Ok(history) = window().history() {
        // It fails only for an address of another site.
        history
            .replace_state_with_url(&JsValue::NULL, "", Some(&address))
            .ok();
    }
    Some(access)
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
    let room = RoomId::parse(room_in(&room)?).ok()?;
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

/// The path of a room, or of a message in it.
pub(crate) fn path(room: &RoomId, message: Option<MessageId>) -> String {
    let mut path = base() + "/r/" + room.as_str();
    if let Some(message) = message {
        path += "?at=";
        path += &message.to_string();
    }
    path
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
