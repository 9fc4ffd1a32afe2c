//! What the user opened of a row.

use leptos::prelude::*;
use parlor_shared::MessageId;

/// What the user opened of a row. The row's content is made again when its message changes, and
/// stays as open as it was.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowState {
    /// Whether all of a long message is shown.
    pub(super) is_open: RwSignal<bool>,
    /// Whether the earlier versions of the message are shown.
    pub(super) shows_versions: RwSignal<bool>,
    /// The message that the user searched for or jumped to.
    pub(super) found: Memo<Option<MessageId>>,
}

impl RowState {
    /// Everything is closed.
    pub(super) fn new(found: Memo<Option<MessageId>>) -> Self {
        Self {
            is_open: RwSignal::new(false),
            shows_versions: RwSignal::new(false),
            found,
        }
    }
}
