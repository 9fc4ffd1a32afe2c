//! Writing into a field as though the user had typed it, so that they can undo it.

use leptos::{prelude::document, wasm_bindgen::JsCast};
use parlor_frontend::model::completion::Replacement;
use web_sys::{Event, EventInit, HtmlDocument, HtmlTextAreaElement};

use crate::browser::focus;

/// Replaces a part of the draft in the composer's field.
pub(crate) fn replace_in_draft(replacement: &Replacement) {
    let Some(field) = document().get_element_by_id("composer") else {
        return;
    };
    let field: HtmlTextAreaElement = field.unchecked_into();
    let place = |units: usize| u32::try_from(units).unwrap_or(u32::MAX);
    let (start, end) = (place(replacement.start), place(replacement.end));
    // Only fields of other types refuse it.
    field.set_selection_range(start, end).ok();
    insert(&field, &replacement.text);
}

/// Puts a text in place of the field's selection, and the caret behind it.
pub(crate) fn insert(field: &HtmlTextAreaElement, text: &str) {
    focus::move_to(field);
    // The only way that the browser can undo. It is deprecated, and no browser plans to drop it.
    let document: HtmlDocument = document().unchecked_into();
    let inserted = document.exec_command_with_show_ui_and_value("insertText", false, text);
    if inserted == Ok(true) {
        return;
    }
    let start = field.selection_start().ok().flatten().unwrap_or(0);
    let end = start + text.encode_utf16().count() as u32;
    // Only fields of other types refuse these two.
    field.set_range_text(text).ok();
    field.set_selection_range(end, end).ok();
    let bubbles = EventInit::new();
    bubbles.set_bubbles(true);
    if let Ok(input) = Event::new_with_event_init_dict("input", &bubbles) {
        // A listener's answer to an event that is not cancelable says nothing.
        field.dispatch_event(&input).ok();
    }
}
