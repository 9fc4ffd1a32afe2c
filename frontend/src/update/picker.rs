//! The emoji picker.

use parlor_shared::MessageId;

use crate::model::{Model, picker::Picker};

/// Opens the picker: for a reaction to this message, or for the draft.
pub(super) fn open(model: &mut Model, target: Option<MessageId>) {
    model.picker = Some(Picker {
        target,
        ..Picker::default()
    });
}

/// Applies `change` to the picker, if it is open.
pub(super) fn change(model: &mut Model, change: impl FnOnce(&mut Picker)) {
    if let Some(picker) = &mut model.picker {
        change(picker);
    }
}
