//! The list of frames in the document: its place, what is lit in it, and messages laid out.

use std::cell::Cell;
use std::rc::Rc;

use leptos::wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, EventTarget};

use crate::browser::listen::listen;

/// How far from its end a list counts as being there, in pixels.
const AT_END_PX: i32 = 24;

/// Whether the user has a list at its end, where it then stays.
#[derive(Clone)]
pub(crate) struct Place(Rc<Cell<bool>>);

impl Place {
    /// The place of a list that was just made.
    pub(crate) fn at_end() -> Self {
        Self(Rc::new(Cell::new(true)))
    }

    /// Keeps the place while the user scrolls, and lights what belongs together: the items with
    /// the same `data-key` as the one under the pointer or with the focus.
    pub(crate) fn follow(&self, list: &Element) {
        let (is_at_end, of) = (self.0.clone(), list.clone());
        let names = ["scroll", "pointerover", "pointerleave", "focusin"];
        listen(list, &names, move |event| match &*event.type_() {
            "scroll" => {
                let below = of.scroll_height() - of.scroll_top() - of.client_height();
                is_at_end.set(below < AT_END_PX);
            }
            _ => light(&of, event.target()),
        });
    }

    /// Call this when the list has changed.
    pub(crate) fn keep(&self, list: &Element) {
        if self.0.get() {
            list.set_scroll_top(list.scroll_height());
        }
    }
}

fn light(list: &Element, at: Option<EventTarget>) {
    let at: Option<Element> = at.map(JsCast::unchecked_into);
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
