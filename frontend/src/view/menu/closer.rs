//! Closing a menu.

use leptos::{html, prelude::*};
use parlor_frontend::event::Event;

use crate::browser::store::Store;

/// Closes the menu, and performs what was chosen in it once the page below takes the focus again.
#[derive(Clone, Copy)]
pub(super) struct Closer {
    pub(super) store: Store,
    pub(super) dialog: NodeRef<html::Dialog>,
}

impl Closer {
    /// Closes the menu.
    pub(super) fn close(self) {
        if let Some(dialog) = self.dialog.get_untracked() {
            dialog.close();
        }
        self.store.dispatch_and_show(Event::MenuClosed);
    }

    /// Closes the menu, and dispatches what was chosen.
    pub(super) fn choose(self, event: Event) {
        self.close();
        self.store.dispatch_and_show(event);
    }
}
