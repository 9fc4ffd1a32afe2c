//! Opening and closing the menu, which `view/menu.rs` fills.

use std::time::Duration;

use leptos::{
    prelude::{document, set_timeout},
    wasm_bindgen::JsCast,
};
use parlor_frontend::model::menu::MenuPlace;
use web_sys::{HtmlDialogElement, HtmlElement};

use crate::browser::focus;

/// The id of the menu's element.
pub(crate) const ID: &str = "menu";

/// The attribute of a menu that a finger has opened and not left.
const HELD: &str = "data-held";

/// How far a menu stays from the window's edges.
const MARGIN_PX: i32 = 8;

/// Opens the menu at its place, once the views have filled it.
pub(crate) fn open(place: MenuPlace) {
    set_timeout(move || show(place), Duration::ZERO);
}

/// Closes the menu. The focus goes back to where it was, or to the list of messages where that is
/// gone, as the bar is once the pointer has left its message.
pub(crate) fn close() {
    if let Some(dialog) = dialog() {
        dialog.close();
    }
    let check = || {
        if focus::focused().is_none() {
            focus::move_to_id("messages");
        }
    };
    set_timeout(check, Duration::ZERO);
}

/// The menu is about to be opened by a finger that is still down. When that is lifted, the click
/// must choose nothing: the style sheet lets none through until [`release`].
pub(crate) fn hold() {
    if let Some(dialog) = dialog() {
        // The name is a valid one.
        dialog.set_attribute(HELD, "").ok();
        // Where the browser keeps the end of the touch to itself.
        set_timeout(release, Duration::from_secs(2));
    }
}

/// The finger is lifted: what comes after the click of that can choose.
pub(crate) fn release() {
    let unhold = || {
        if let Some(dialog) = dialog() {
            // It may not be there.
            dialog.remove_attribute(HELD).ok();
        }
    };
    set_timeout(unhold, Duration::from_millis(150));
}

fn dialog() -> Option<HtmlDialogElement> {
    Some(document().get_element_by_id(ID)?.unchecked_into())
}

fn show(place: MenuPlace) {
    let Some(dialog) = dialog() else {
        return;
    };
    let is_open = dialog.open();
    if !is_open {
        let kind = match place {
            MenuPlace::Sheet => "menu sheet",
            MenuPlace::Beside { .. } => "menu",
        };
        dialog.set_class_name(kind);
        // It fails only where the dialog is open already.
        dialog.show_modal().ok();
    }
    move_beside(&dialog, place);
    // A question that was asked in the open menu, or by a key, is answered first.
    let first = if is_open {
        ".menu-item"
    } else {
        ".menu-item.bad"
    };
    if let Ok(Some(first)) = dialog.query_selector(first) {
        focus::move_to(first.unchecked_ref());
    }
}

/// Moves the menu to its place, within the window.
fn move_beside(dialog: &HtmlDialogElement, place: MenuPlace) {
    let style = HtmlElement::style(dialog);
    for side in ["left", "top"] {
        // There may be none to remove.
        style.remove_property(side).ok();
    }
    let (MenuPlace::Beside { left_px, top_px }, Some(root)) =
        (place, document().document_element())
    else {
        return;
    };
    let within = |at: i32, size: i32, space: i32| at.min(space - size - MARGIN_PX).max(MARGIN_PX);
    let left = within(left_px, dialog.offset_width(), root.client_width());
    let top = within(top_px, dialog.offset_height(), root.client_height());
    for (side, px) in [("left", left), ("top", top)] {
        // A length is always valid.
        style.set_property(side, &format!("{px}px")).ok();
    }
}
