//! What lies over the room on a small screen (the panel, a sheet, the search, the inspector, a
//! dialog) has one entry in the browser's history, so that Back closes it instead of leaving the
//! page.

use std::cell::Cell;

use leptos::{
    prelude::{document, set_timeout, window},
    wasm_bindgen::JsValue,
};

use crate::browser::media;

/// The state of the entry, by which it is known, also after the page was loaded again.
const COVER: &str = "cover";

thread_local! {
    /// Whether the entry was added and is the current one.
    static IS_ADDED: Cell<bool> = const { Cell::new(false) };
    /// Whether something covers the room, as the model was last.
    static IS_COVERED: Cell<bool> = const { Cell::new(false) };
    /// Whether the page itself goes back, so that the event of it says nothing of the user.
    static IS_LEAVING: Cell<bool> = const { Cell::new(false) };
}

/// What a movement in the browser's history means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Movement {
    /// The user went back, and what lies over the room is to be closed.
    Uncovered,
    /// The page has taken its own entry away.
    Own,
    /// The user went to another address.
    Address,
}

/// Adds the entry while something covers the room, and takes it away after that. Call this whenever
/// something is opened or closed, with whether the model has something open. The history moves only
/// after everything that follows from the event: what opens a dialog out of a menu needs no new
/// entry.
pub(crate) fn set(is_covered: bool) {
    IS_COVERED.set(is_covered);
    set_timeout(move_history, std::time::Duration::ZERO);
}

fn move_history() {
    let Ok(history) = window().history() else {
        return;
    };
    let is_covered = IS_COVERED.get() || is_dialog_open();
    let has_entry = is_current();
    if is_covered && !has_entry && media::is_small() {
        let added = history.push_state(&JsValue::from_str(COVER), "");
        IS_ADDED.set(added.is_ok());
    } else if !is_covered && has_entry && !IS_LEAVING.get() {
        IS_ADDED.set(false);
        // There is an entry before it to go back to.
        IS_LEAVING.set(history.back().is_ok());
    } else if is_covered {
        IS_ADDED.set(has_entry);
    }
}

/// Whether the entry is the current one, so that a room's address takes its place.
pub(crate) fn is_current() -> bool {
    let state = window().history().and_then(|history| history.state());
    state.is_ok_and(|state| state.as_string().as_deref() == Some(COVER))
}

/// The entry was replaced by that of a room's address.
pub(crate) fn replaced() {
    IS_ADDED.set(false);
}

/// What the movement means that the browser has just reported.
pub(crate) fn movement() -> Movement {
    if IS_LEAVING.take() {
        Movement::Own
    } else if IS_ADDED.take() {
        Movement::Uncovered
    } else {
        Movement::Address
    }
}

/// Whether a dialog of `dialogs.html` is open, which the model does not know.
fn is_dialog_open() -> bool {
    let open = document().query_selector("dialog[open]:not(.menu)");
    open.is_ok_and(|dialog| dialog.is_some())
}
