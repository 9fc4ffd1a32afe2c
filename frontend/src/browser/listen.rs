//! Listeners of the inspector's list and edge, which hear several events each: one closure for all
//! of them, where Leptos would compile one for each event.

use leptos::{
    ev::Event,
    wasm_bindgen::{JsCast, closure::Closure},
};
use web_sys::Element;

/// Listens to the events with these names, for as long as the element exists.
pub(crate) fn listen(element: &Element, names: &[&str], handler: impl Fn(&Event) + 'static) {
    let handler = Closure::<dyn Fn(Event)>::new(move |event: Event| handler(&event));
    // The browser frees it together with the element.
    let handler = handler.into_js_value();
    for name in names {
        let added = element.add_event_listener_with_callback(name, handler.unchecked_ref());
        // It fails for no listener.
        added.ok();
    }
}
