//! The messages that stand out from the others.

use leptos::prelude::*;
use parlor_shared::MessageId;

/// The messages that stand out from the others. The list sets them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Marks {
    /// The message whose buttons are shown: the one under the pointer, or the keyboard's.
    pub(super) active: RwSignal<Option<MessageId>>,
    /// Whether the keyboard chose that message, so that letters are commands about it.
    pub(super) by_keyboard: RwSignal<bool>,
    /// The message that the user searched for or jumped to.
    pub(super) found: RwSignal<Option<MessageId>>,
}
