//! The messages that stand out from the others.

use leptos::prelude::*;
use parlor_shared::MessageId;

/// The messages that stand out from the others. The list sets them, each row reads its own.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Marks {
    /// The message whose buttons are shown: the one under the pointer, or the keyboard's.
    pub(super) active: RwSignal<Option<MessageId>>,
    /// The message that the user searched for or jumped to.
    pub(super) found: RwSignal<Option<MessageId>>,
}

impl Marks {
    /// Notifies the rows though nothing has changed. A signal lets go of a subscriber that is gone
    /// only when it notifies it: without this the marks would keep a record of every row.
    pub(super) fn forget_gone_rows(self) {
        self.active.notify();
        self.found.notify();
    }
}
