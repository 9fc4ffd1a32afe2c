//! Listeners that Leptos has not, or would compile once for each event.

use leptos::{
    ev::{Event, KeyboardEvent},
    prelude::window,
    wasm_bindgen::{JsCast, closure::Closure},
};
use web_sys::EventTarget;

/// Listens to the events with these names with one closure, for as long as the target exists.
pub(crate) fn listen(target: &EventTarget, names: &[&str], handler: impl Fn(&Event) + 'static) {
    let handler = Closure::<dyn Fn(Event)>::new(move |event: Event| handler(&event));
    // The browser frees it together with the target.
    let handler = handler.into_js_value();
    for name in names {
        let added = target.add_event_listener_with_callback(name, handler.unchecked_ref());
        // It fails for no listener.
        added.ok();
    }
}

/// Listens to keys before any element does, for as long as the page is open.
pub(crate) fn listen_to_keys_first(handler: impl Fn(&KeyboardEvent) + 'static) {
    let handler = Closure::<dyn Fn(KeyboardEvent)>::new(move |press| handler(&press));
    let handler = handler.into_js_value();
    let handler = handler.unchecked_ref();
    let added = window().add_event_listener_with_callback_and_bool("keydown", handler, true);
    // It fails for no listener.
    added.ok();
}
