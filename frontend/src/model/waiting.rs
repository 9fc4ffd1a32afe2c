//! What waits for the later part of the program.

use parlor_shared::limits::PAGE_WAITING_EFFECTS_MAX;

use crate::event::{Effect, Event};

/// Effects that only the later part performs, in their order, until it is loaded: most of them
/// apply what the user has pressed ([`Effect::UpdateLater`]). Past [`PAGE_WAITING_EFFECTS_MAX`] a
/// press does nothing.
#[derive(Debug, Default)]
pub struct Waiting(Vec<Effect>);

impl Waiting {
    /// Keeps an effect. Returns whether it needs the part. Where the caret is while the user writes
    /// does not: without the part there are no completions.
    #[must_use]
    pub fn keep(&mut self, effect: Effect) -> bool {
        if let Effect::UpdateLater(event) = &effect
            && matches!(**event, Event::CaretMoved(_) | Event::CompletionDismissed)
        {
            return false;
        }
        if self.0.len() < PAGE_WAITING_EFFECTS_MAX {
            self.0.push(effect);
        }
        true
    }

    /// Takes the effects that were kept.
    #[must_use]
    pub fn take(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.0)
    }
}
