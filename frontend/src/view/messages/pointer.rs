//! The mouse on the list of messages. The list listens for its rows: listeners of their own would
//! keep their memory after a row is gone, until the browser's garbage collector runs.

use leptos::{ev, prelude::*, wasm_bindgen::JsCast};
use parlor_shared::MessageId;
use web_sys::Element;

use super::touch::{Touch, is_touch};
use crate::{browser::store::Store, view::marks::Marks};

/// What points at the list: the mouse, which shows the bar of a message, or a finger.
#[derive(Clone, Copy)]
pub(super) struct Pointer {
    store: Store,
    marks: Marks,
    pub(super) touch: Touch,
}

impl Pointer {
    /// Nothing points at the list.
    pub(super) fn new(store: Store, marks: Marks) -> Self {
        Self {
            store,
            marks,
            touch: Touch::new(store),
        }
    }

    /// The pointer is over something else. While the keyboard chooses, rows also move below a mouse
    /// that rests.
    pub(super) fn on_over(self, event: &ev::PointerEvent) {
        if !self.marks.by_keyboard.get_untracked() {
            self.activate(event);
        }
    }

    /// A pointer moved.
    pub(super) fn on_move(self, event: &ev::PointerEvent) {
        let has_moved = event.movement_x() != 0 || event.movement_y() != 0;
        if has_moved && self.marks.by_keyboard.get_untracked() {
            self.activate(event);
        }
        self.touch.on_move(event);
    }

    /// A pointer went down.
    pub(super) fn on_down(self, event: &ev::PointerEvent) {
        self.activate(event);
        self.touch.on_down(event);
    }

    /// The pointer left the list, or a menu took it away from its message.
    pub(super) fn on_leave(self, event: &ev::PointerEvent) {
        let is_menu_open = self.store.with_untracked(|model| model.menu.is_some());
        let is_chosen = is_menu_open || self.marks.by_keyboard.get_untracked();
        if !is_touch(event) && !is_chosen {
            self.marks.active.set(None);
        }
    }

    /// Shows the bar of the message under the mouse.
    fn activate(self, event: &ev::PointerEvent) {
        // A finger has the sheet: buttons that appear below it would be pressed unintended.
        if is_touch(event) {
            return;
        }
        let pointed = event.target().and_then(|at| at.dyn_into::<Element>().ok());
        let row = pointed.and_then(|at| at.closest("[data-id]").ok().flatten());
        let id: Option<MessageId> = row.and_then(|row| row.get_attribute("data-id")?.parse().ok());
        if id.is_some() && id != self.marks.active.get_untracked() {
            self.marks.active.set(id);
        }
        self.marks.by_keyboard.set(false);
    }
}
