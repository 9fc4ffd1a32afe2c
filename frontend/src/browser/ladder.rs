//! The inspector in the document: what it listens to, the place of its list, what is lit in it, and
//! messages laid out.

use leptos::{
    prelude::document,
    wasm_bindgen::{JsCast, JsValue},
};
use web_sys::{Element, EventTarget, ScrollIntoViewOptions, ScrollLogicalPosition};

use crate::browser::{focus, listen::listen, splitter, store::Store};

/// How far from its end a list counts as being there, in pixels.
const AT_END_PX: i32 = 24;

/// The attribute of a list that the user has scrolled away from its end.
const AWAY: &str = "data-away";

/// The first element of the inspector that matches the selector.
fn find(selector: &str) -> Option<Element> {
    document().query_selector(selector).ok().flatten()
}

/// Call this once the inspector is in the document.
pub(crate) fn set_up(store: Store) {
    if let Some(edge) = find(".splitter") {
        splitter::set_up(&edge, store);
    }
    if let Some(list) = find(".frames") {
        let of = list.clone();
        let names = ["scroll", "pointerover", "pointerleave", "focusin"];
        listen(&list, &names, move |event| match &*event.type_() {
            "scroll" => {
                let below = of.scroll_height() - of.scroll_top() - of.client_height();
                set(&of, AWAY, below >= AT_END_PX);
            }
            _ => light(&of, event.target()),
        });
    }
    // On a phone the inspector lies over what had the focus.
    focus::move_to_id("inspector-title");
}

/// Call this when the list has changed: it stays at its end while the user has it there.
pub(crate) fn keep_at_end() {
    if let Some(list) = find(".frames").filter(|list| !list.has_attribute(AWAY)) {
        list.set_scroll_top(list.scroll_height());
    }
}

/// Scrolls the step whose turn it is into view.
pub(crate) fn show_step() {
    if let Some(step) = find("[aria-current=step]") {
        let options = ScrollIntoViewOptions::new();
        options.set_block(ScrollLogicalPosition::Nearest);
        step.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

/// Lights what belongs together: the items with the same `data-key` as the one that `at` is in.
fn light(list: &Element, at: Option<EventTarget>) {
    let at: Option<Element> = at.map(JsCast::unchecked_into);
    let item = at.and_then(|at| at.closest("[data-key]").ok().flatten());
    let key = item.and_then(|item| item.get_attribute("data-key"));
    let items = list.children();
    for item in (0..items.length()).filter_map(|index| items.item(index)) {
        let is_lit = key.is_some() && item.get_attribute("data-key") == key;
        set(&item, "data-lit", is_lit);
    }
}

fn set(element: &Element, attribute: &str, is_there: bool) {
    // It fails for no valid name.
    element
        .toggle_attribute_with_force(attribute, is_there)
        .ok();
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
