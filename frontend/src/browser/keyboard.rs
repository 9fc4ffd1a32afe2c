//! Keys that work everywhere on the page.

use leptos::{ev::KeyboardEvent, prelude::window_event_listener};
use parlor_frontend::{
    event::{Direction, Event, RoomStep},
    model::switcher::SwitcherEvent,
};

use crate::browser::{dialogs, focus, listen::listen_to_keys_first, notifications, store::Store};

/// Listens to keys for as long as the page is open.
pub(crate) fn listen(store: Store) {
    // Those of an input method do not come this far.
    listen_to_keys_first(move |press| pressed(store, press));

    // After all: whatever has something to close or cancel itself prevents the default.
    let after_all = window_event_listener(leptos::ev::keydown, move |press| {
        if press.key() == "Escape" && !press.default_prevented() && !dialogs::is_any_open() {
            store.dispatch(Event::SearchClosed);
        }
    });
    // Dropping the handle leaves the listener in place.
    drop(after_all);
}

/// A key was pressed. The page's own keys work where no dialog is open. Those of one character work
/// where no text is being written, without another key held, and only while the user wants them.
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
    if dialogs::is_any_open() {
        return;
    }
    if press.alt_key() && !press.ctrl_key() && !press.meta_key() {
        return step_to_room(store, press);
    }
    let focused = focus::focused();
    let is_writing = focused
        .as_ref()
        .map(|element| element.tag_name())
        .is_some_and(|tag| tag == "INPUT" || tag == "TEXTAREA" || tag == "SELECT");
    if is_writing || has_modifier(press) {
        return;
    }
    match press.key().as_str() {
        "/" if !settings.no_shortcuts => {
            press.prevent_default();
            store.dispatch_and_show(Event::SearchOpened);
            // Where it is open already. A new one takes the focus itself.
            focus::move_to_id("search-input");
        }
        "?" if !settings.no_shortcuts => {
            press.prevent_default();
            dialogs::show_shortcuts(store);
        }
        // The list of messages has keys of its own, and buttons keep theirs.
        _ if focused.is_none() => type_into_composer(press),
        _ => {}
    }
}

/// Goes to the room before or after the current one; with Shift, to the next with unread messages.
fn step_to_room(store: Store, press: &KeyboardEvent) {
    let direction = match press.key().as_str() {
        "ArrowUp" => Direction::Up,
        "ArrowDown" => Direction::Down,
        _ => return,
    };
    press.prevent_default();
    store.dispatch_and_show(Event::RoomStepped(RoomStep {
        direction,
        unread_only: press.shift_key(),
    }));
}

/// Whether a key is held that makes another command of the pressed one. Shift only makes another
/// character.
pub(crate) fn has_modifier(press: &KeyboardEvent) -> bool {
    press.ctrl_key() || press.alt_key() || press.meta_key()
}

/// Moves the focus to the composer where the key is a character, which the browser then writes
/// there. A space scrolls.
pub(crate) fn type_into_composer(press: &KeyboardEvent) {
    let key = press.key();
    let is_character = key.chars().count() == 1 && key != " ";
    // An accent that waits for its letter.
    if is_character || key == "Dead" {
        focus::move_to_id("composer");
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
