//! Keys that work everywhere on the page, and those that belong to an input method.

use leptos::{
    ev::KeyboardEvent,
    prelude::{window, window_event_listener},
    wasm_bindgen::{JsCast, closure::Closure},
};
use parlor_frontend::{event::Event, model::switcher::SwitcherEvent};

use crate::browser::{dialogs, focus, notifications, store::Store};

/// The key code of every key that an input method has taken (UI Events, section 7.3.1).
const INPUT_METHOD: u32 = 229;

/// Listens to keys for as long as the page is open.
pub(crate) fn listen(store: Store) {
    let before_all = Closure::<dyn FnMut(KeyboardEvent)>::new(move |press: KeyboardEvent| {
        // An input method's keys accept a word, choose among several or end the composition. No
        // listener of the page gets them: not the composer, which would send half a message, nor
        // any other field. Safari ends the composition before it reports the Enter that ended it,
        // so that key is known only by its code.
        if press.is_composing() || press.key_code() == INPUT_METHOD {
            press.stop_propagation();
        } else {
            pressed(store, &press);
        }
    });
    let listener = before_all.as_ref().unchecked_ref();
    let added = window().add_event_listener_with_callback_and_bool("keydown", listener, true);
    // It fails for no listener.
    added.ok();
    before_all.forget();

    // After all: whatever has something to close or cancel itself prevents the default.
    let after_all = window_event_listener(leptos::ev::keydown, move |press| {
        if press.key() == "Escape" && !press.default_prevented() && !dialogs::is_any_open() {
            store.dispatch(Event::SearchClosed);
        }
    });
    // Dropping the handle leaves the listener in place.
    drop(after_all);
}

/// A key was pressed. The page's own keys work where no text is being written and no dialog is
/// open, without another key held, and only while the user wants them.
fn pressed(store: Store, press: &KeyboardEvent) {
    let settings = store.with_untracked(|model| model.settings);
    if settings.sound {
        notifications::allow_sound();
    }
    let is_command = press.ctrl_key() != press.meta_key() && !press.alt_key() && !press.shift_key();
    if is_command && press.key().eq_ignore_ascii_case("k") {
        // The browser would go to its own search.
        press.prevent_default();
        return toggle_switcher(store);
    }
    let is_writing = focus::focused()
        .map(|element| element.tag_name())
        .is_some_and(|tag| tag == "INPUT" || tag == "TEXTAREA");
    let has_modifier = press.ctrl_key() || press.alt_key() || press.meta_key();
    if is_writing || has_modifier || settings.no_shortcuts || dialogs::is_any_open() {
        return;
    }
    match press.key().as_str() {
        "/" => {
            press.prevent_default();
            store.dispatch(Event::SearchOpened);
            // Where it is open already. A new one takes the focus itself.
            focus::move_to_id("search-input");
        }
        "?" => dialogs::show_shortcuts(),
        _ => {}
    }
}

/// Ctrl+K, or Command+K: works while a text is written, too, and closes what it has opened.
fn toggle_switcher(store: Store) {
    let is_open = store.with_untracked(|model| model.switcher.is_some());
    if is_open {
        store.dispatch(Event::Switcher(SwitcherEvent::Closed));
    } else if !dialogs::is_any_open() {
        store.dispatch(Event::Switcher(SwitcherEvent::Opened));
    }
}
