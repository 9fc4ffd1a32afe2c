//! The keys that belong to an input method: no listener of the page gets them.

use leptos::{
    ev::KeyboardEvent,
    prelude::window,
    wasm_bindgen::{JsCast, closure::Closure},
};

/// The key code of every key that an input method has taken (UI Events, section 7.3.1).
const INPUT_METHOD: u32 = 229;

/// Keeps them, for as long as the page is open.
pub(crate) fn listen() {
    let before_all = Closure::<dyn FnMut(KeyboardEvent)>::new(move |press: KeyboardEvent| {
        // They accept a word, choose among several or end the composition. Neither the composer
        // gets them, which would send half a message, nor any other field. Safari ends the
        // composition before it reports the Enter that ended it, so that key is known only by its
        // code.
        if press.is_composing() || press.key_code() == INPUT_METHOD {
            press.stop_immediate_propagation();
        }
    });
    let listener = before_all.as_ref().unchecked_ref();
    let added = window().add_event_listener_with_callback_and_bool("keydown", listener, true);
    // It fails for no listener.
    added.ok();
    before_all.forget();
}
