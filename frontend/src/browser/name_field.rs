//! The field for the user's name in the settings: it says what is wrong while the user writes. The
//! name is taken when the dialog is closed with Enter, Done or a press beside it, which a name that
//! is wrong does not; Escape leaves the name as it was.

use leptos::{prelude::document, wasm_bindgen::JsCast};
use parlor_frontend::{
    event::Event,
    view_model::name::{name_error, trimmed},
};
use web_sys::{DomRect, HtmlDialogElement, HtmlElement, HtmlInputElement, MouseEvent};

use crate::browser::{env::normalized, focus, listen::listen, store::Store};

/// Listens to the field and its form for as long as the page is open.
pub(crate) fn set_up(store: Store) {
    let Some(field) = field() else {
        return;
    };
    listen(&field, &["input"], |_| {
        check();
    });
    if let Some(form) = field.form() {
        listen(&form, &["submit"], move |submitted| match check() {
            Some(name) => {
                if store.with_untracked(|model| model.name.as_str() != name) {
                    store.dispatch(Event::Renamed(name));
                }
            }
            None => submitted.prevent_default(),
        });
    }
}

/// Has a press beside a dialog close it, as its button does.
pub(crate) fn close_on_press_beside(dialog: &HtmlDialogElement) {
    // Not on `click`: one that begins in a field, to select its text, may end beside the dialog.
    let pressed = dialog.clone();
    listen(dialog, &["mousedown"], move |press| {
        if is_beside(&pressed.get_bounding_client_rect(), press.unchecked_ref()) {
            let button = pressed.query_selector("button.primary").ok().flatten();
            if let Some(button) = button.and_then(|at| at.dyn_into::<HtmlElement>().ok()) {
                press.prevent_default();
                button.click();
            }
        }
    });
}

fn is_beside(dialog: &DomRect, press: &MouseEvent) -> bool {
    let (x, y) = (f64::from(press.client_x()), f64::from(press.client_y()));
    x < dialog.left() || x > dialog.right() || y < dialog.top() || y > dialog.bottom()
}

/// Says what is wrong with the name. Returns the name if nothing is; otherwise the field gets the
/// focus.
fn check() -> Option<String> {
    let field = field()?;
    let name = normalized(&trimmed(&field.value()));
    let error = name_error(&name);
    if let Some(note) = document().get_element_by_id("name-error") {
        note.set_text_content(error.as_deref());
    }
    let invalid = if error.is_some() { "true" } else { "false" };
    // It fails for no attribute of this name.
    field.set_attribute("aria-invalid", invalid).ok();
    if error.is_none() {
        return Some(name);
    }
    focus::move_to(&field);
    None
}

/// Call this when the dialog is opened: what was wrong the last time was given up.
pub(crate) fn reset() {
    check();
}

fn field() -> Option<HtmlInputElement> {
    Some(document().get_element_by_id("name")?.unchecked_into())
}
