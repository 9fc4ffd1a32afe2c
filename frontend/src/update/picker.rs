//! The emoji picker.

use parlor_shared::MessageId;

use crate::{
    event::Effect,
    model::{
        Model,
        picker::{Picker, Step},
    },
    update::emoji,
};

/// Opens the picker: for a reaction to this message, or for the draft.
pub(super) fn open(model: &mut Model, target: Option<MessageId>, effects: &mut Vec<Effect>) {
    model.completions.open = None;
    model.picker = Some(Picker {
        target,
        ..Picker::default()
    });
    emoji::load(model, effects);
    fill(model);
}

/// Filters the emoji by these words.
pub(super) fn filter(model: &mut Model, query: String) {
    if let Some(picker) = &mut model.picker {
        picker.filter(query, model.emoji.table(), &model.frequent_emoji);
    }
}

/// Moves the selection.
pub(super) fn step(model: &mut Model, step: Step) {
    if let Some(picker) = &mut model.picker {
        picker.step(step);
    }
}

/// The user chose a skin tone; `None` is the neutral one.
pub(super) fn set_tone(model: &mut Model, tone: Option<char>, effects: &mut Vec<Effect>) {
    model.frequent_emoji.tone = tone;
    effects.push(Effect::SaveEmoji(model.frequent_emoji.to_string()));
    fill(model);
}

/// Makes the picker's rows again, if it is open.
pub(super) fn fill(model: &mut Model) {
    if let Some(picker) = &mut model.picker {
        picker.fill(model.emoji.table(), &model.frequent_emoji);
    }
}
