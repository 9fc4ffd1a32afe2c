//! The list of frames in the document: its place, what is lit in it, and messages laid out.

use leptos::wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, EventTarget};

/// How far from its end a list counts as being there, in pixels.
const AT_END_PX: i32 = 24;

/// Whether the list is scrolled to its end.
pub(crate) fn is_at_end(list: &Element) -> bool {
    list.scroll_height() - list.scroll_top() - list.client_height() < AT_END_PX
}

/// Scrolls the list to its end.
pub(crate) fn scroll_to_end(list: &Element) {
    list.set_scroll_top(list.scroll_height());
}

/// Lights the items with the same `data-key` as the one that `at` is in, and no others.
pub(crate) fn light(list: &Element, at: Option<EventTarget>) {
    let at = at.and_then(|at| at.dyn_into::<Element>().ok());
    let item = at.and_then(|at| at.closest("[data-key]").ok().flatten());
    let key = item.and_then(|item| item.get_attribute("data-key"));
    let items = list.children();
    for item in (0..items.length()).filter_map(|index| items.item(index)) {
        let is_lit = key.is_some() && item.get_attribute("data-key") == key;
        // It fails for no valid name.
        item.toggle_attribute_with_force("data-lit", is_lit).ok();
    }
}

/// The messages of a frame, one a line, laid out over several lines. What is no JSON, or was cut
/// off, stays as it is.
pub(crate) fn laid_out(text: &str) -> String {
    let lay_out = |line| {
        let laid_out = js_sys::JSON::parse(line).and_then(|message| {
            js_sys::JSON::stringify_with_replacer_and_space(&message, &JsValue::NULL, &2.into())
        });
        laid_out.map_or_else(|_| line.to_owned(), String::from)
    };
    let laid_out: Vec<String> = text.lines().map(lay_out).collect();
    laid_out.join("\n")
}
