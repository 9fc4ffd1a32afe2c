//! Where the keyboard's focus goes when what had it disappears: never to the body, from where the
//! next Tab begins at the top of the page.

use leptos::{
    prelude::{document, set_timeout, window},
    wasm_bindgen::JsCast,
};
use web_sys::HtmlElement;

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
    let id = match window().navigator().max_touch_points() > 0 {
        true => "messages",
        false => "composer",
    };
    move_to_id(id);
}
