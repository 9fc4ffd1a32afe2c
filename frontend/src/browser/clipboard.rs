//! The clipboard.
//!
//! `navigator.clipboard` exists only on pages with TLS and on this machine, and a browser may
//! refuse it. Then the text is selected and copied as an editor would; where that is refused as
//! well, the browser's own dialog shows it, selected, for the user to copy.

use leptos::{
    prelude::{document, window},
    wasm_bindgen::{JsCast, JsValue, closure::Closure},
};
use parlor_frontend::texts;
use web_sys::{Clipboard, HtmlTextAreaElement};

use crate::browser::focus;

/// Copies a text. Calls `on_copied` once it is in the clipboard.
pub(crate) fn copy(text: String, on_copied: impl FnOnce() + 'static) {
    let Some(clipboard) = clipboard() else {
        return copy_selected(&text, on_copied);
    };
    let written = clipboard.write_text(&text);
    // One of the two is called, with the same `on_copied`.
    let copied = std::rc::Rc::new(std::cell::Cell::new(Some(on_copied)));
    let refused = copied.clone();
    let on_written = Closure::once_into_js(move |_: JsValue| {
        if let Some(on_copied) = copied.take() {
            on_copied();
        }
    });
    let on_refused = Closure::once_into_js(move |_: JsValue| {
        if let Some(on_copied) = refused.take() {
            copy_selected(&text, on_copied);
        }
    });
    let then = js_sys::Reflect::get(&written, &"then".into());
    if let Ok(then) = then.and_then(|then| then.dyn_into::<js_sys::Function>()) {
        // A promise's `then` does not fail.
        then.call2(&written, &on_written, &on_refused).ok();
    }
}

/// `None` on a page without TLS.
fn clipboard() -> Option<Clipboard> {
    let clipboard = js_sys::Reflect::get(&window().navigator(), &"clipboard".into());
    let clipboard = clipboard.ok().filter(JsValue::is_object);
    clipboard.map(JsCast::unchecked_into)
}

fn copy_selected(text: &str, on_copied: impl FnOnce()) {
    if copy_from_field(text) == Some(true) {
        on_copied();
    } else {
        // A browser that shows no dialogs has no way left.
        let shown = window().prompt_with_message_and_default(texts::copy_by_hand(), text);
        shown.ok();
    }
}

/// Copies from a field that is in the document just for that. Returns whether the browser did it.
fn copy_from_field(text: &str) -> Option<bool> {
    let focused = focus::focused();
    // An open dialog keeps the focus within itself.
    let place = document().query_selector("dialog[open]").ok().flatten();
    let place = place.or_else(|| document().body().map(JsCast::unchecked_into))?;
    let field = document().create_element("textarea").ok()?;
    let field: HtmlTextAreaElement = field.unchecked_into();
    field.set_value(text);
    field.set_class_name("unseen");
    place.append_child(&field).ok()?;
    field.select();
    let is_copied = document()
        .unchecked_into::<web_sys::HtmlDocument>()
        .exec_command("copy");
    field.remove();
    focused.iter().for_each(focus::move_to);
    is_copied.ok()
}
