//! Where the keyboard's focus goes when what had it disappears: never to the body, from where the
//! next Tab begins at the top of the page.

use leptos::{
    prelude::{document, set_timeout, window},
    wasm_bindgen::JsCast,
};
use web_sys::HtmlElement;

use crate::browser::media;

/// The element that has the focus; `None` where it is the body.
pub(crate) fn focused() -> Option<HtmlElement> {
    let element = document().active_element()?;
    (element.tag_name() != "BODY").then(|| element.unchecked_into())
}

/// Whether the element that has the focus is within one that matches the selector.
pub(crate) fn is_within(selector: &str) -> bool {
    focused().is_some_and(|at| at.closest(selector).is_ok_and(|found| found.is_some()))
}

/// Moves the focus to the element.
pub(crate) fn move_to(element: &HtmlElement) {
    // A browser that refuses the focus leaves an element that can still be clicked.
    element.focus().ok();
}

/// Moves the focus to the element with this id.
pub(crate) fn move_to_id(id: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        move_to(element.unchecked_ref());
    }
}

/// Moves the focus among the elements within this one that match the selector, by this many, as
/// arrow keys do in a menu or toolbar: round its ends, and from outside of them to the first.
pub(crate) fn step(within: &HtmlElement, selector: &str, by: i32) {
    let Ok(found) = within.query_selector_all(selector) else {
        return;
    };
    let all: Vec<HtmlElement> = (0..found.length())
        .filter_map(|index| Some(found.get(index)?.unchecked_into()))
        .collect();
    let focused = focused();
    let at = all
        .iter()
        .position(|element| Some(element) == focused.as_ref());
    let count = i32::try_from(all.len()).unwrap_or(i32::MAX);
    let next = at.map_or(0, |at| (at as i32 + by).rem_euclid(count.max(1)));
    if let Some(next) = all.get(next as usize) {
        move_to(next);
    }
}

/// The same in a toolbar: Tab then leads to the element that has the focus, and to no other of
/// them.
pub(crate) fn rove(within: &HtmlElement, selector: &str, by: i32) {
    step(within, selector, by);
    let focused = focused();
    let Ok(found) = within.query_selector_all(selector) else {
        return;
    };
    for element in (0..found.length()).filter_map(|index| found.get(index)) {
        let element: HtmlElement = element.unchecked_into();
        let is_focused = Some(&element) == focused.as_ref();
        element.set_tab_index(if is_focused { 0 } else { -1 });
    }
}

/// Whether lines run from right to left there, so that they end on the left.
pub(crate) fn is_mirrored(element: &HtmlElement) -> bool {
    let style = window().get_computed_style(element).ok().flatten();
    let direction = style.and_then(|style| style.get_property_value("direction").ok());
    direction.is_some_and(|direction| direction == "rtl")
}

/// Call this before the views change, with what has the focus. Where they remove or disable it, the
/// focus goes to the composer, or to the list where that would bring up a keyboard on the screen.
pub(crate) fn keep(focused: Option<HtmlElement>) {
    let Some(had_focus) = focused else {
        return;
    };
    // The views change in microtasks, which all run before this.
    let check = move || {
        let is_gone = !had_focus.is_connected() || had_focus.matches(":disabled").unwrap_or(false);
        // A browser takes the focus from a disabled element only when it paints.
        if is_gone && self::focused().is_none_or(|focused| focused == had_focus) {
            focus_room();
        }
    };
    set_timeout(check, std::time::Duration::ZERO);
}

/// Call this when a dialog is closed: where nothing had the focus before, it goes to the room.
pub(crate) fn leave_dialog() {
    // Until the browser paints, the dialog that it hides may have the focus.
    if focused().is_none() || is_within("dialog") {
        focus_room();
    }
}

/// Call this when a touch has led from a field to a message: the keyboard on the screen, which
/// would cover it, goes. Where there is none, the field keeps the focus.
pub(crate) fn leave_field() {
    if window().navigator().max_touch_points() > 0 {
        move_to_id("messages");
    }
}

fn focus_room() {
    let id = match media::is_touch() {
        true => "messages",
        false => "composer",
    };
    move_to_id(id);
}
