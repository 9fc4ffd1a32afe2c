//! Completing names and emoji in the composer.

use crate::{
    event::{Caret, Effect},
    model::{
        Model,
        completion::{Completion, Replacement},
        picker::Step,
    },
    update::{
        complete::{closed_shortcode, completion, needs_emoji},
        emoji,
    },
};

/// The caret is at another place, or the text before it has changed.
pub(super) fn caret_moved(model: &mut Model, caret: Caret, effects: &mut Vec<Effect>) {
    model.completions.caret = caret.at;
    if caret.is_typed
        && let Some(replacement) = closed_shortcode(model, caret.at)
    {
        emoji::record_use(model, &replacement.text, effects);
        effects.push(Effect::ReplaceInDraft(replacement));
        model.completions.open = None;
        return;
    }
    if needs_emoji(model) {
        emoji::load(model, effects);
    }
    refresh(model);
}

/// Offers what fits the word before the caret now. What was selected stays so while it is offered.
pub(super) fn refresh(model: &mut Model) {
    let before = model.completions.open.take();
    let mut open = completion(model, model.completions.caret);
    if let (Some(open), Some(before)) = (&mut open, before)
        && open.items == before.items
        && open.start == before.start
    {
        open.selected = open.selected.map(|first| before.selected.unwrap_or(first));
    }
    if open.is_none() && model.room().draft.text.is_empty() {
        model.completions.dismissed = None;
    }
    model.completions.open = open;
}

/// Selects the completion before or after the selected one.
pub(super) fn step(model: &mut Model, step: Step) {
    if let Some(Completion {
        items, selected, ..
    }) = &mut model.completions.open
    {
        let last = items.len() - 1;
        *selected = Some(match (step, *selected) {
            (Step::Up | Step::Left, None | Some(0)) => last,
            (Step::Up | Step::Left, Some(index)) => index - 1,
            (Step::Down | Step::Right, Some(index)) if index < last => index + 1,
            (Step::Down | Step::Right, _) => 0,
        });
    }
}

/// Puts a completion into the draft: the one with this index.
pub(super) fn choose(model: &mut Model, index: usize, effects: &mut Vec<Effect>) {
    let Some(open) = model.completions.open.take() else {
        return;
    };
    let Some(item) = open.items.get(index) else {
        return;
    };
    if item.member.is_none() {
        emoji::record_use(model, &item.text, effects);
    }
    effects.push(Effect::ReplaceInDraft(Replacement {
        start: open.start,
        end: open.end,
        text: [&item.text, " "].concat(),
    }));
}

/// The user wants no completion of this word.
pub(super) fn dismiss(model: &mut Model) {
    if let Some(open) = model.completions.open.take() {
        model.completions.dismissed = Some(open.start);
    }
}
