//! What the user has pressed that waits for the later part of the program.

use parlor_shared::limits::PAGE_WAITING_EVENTS_MAX;

use crate::event::Event;

/// Events that wait for [`update_later`](crate::update::update_later), in their order. Past
/// [`PAGE_WAITING_EVENTS_MAX`] a press does nothing.
#[derive(Debug, Default)]
pub struct Waiting(Vec<Event>);

impl Waiting {
    /// Keeps an event.
    pub fn keep(&mut self, event: Event) {
        if self.0.len() < PAGE_WAITING_EVENTS_MAX {
            self.0.push(event);
        }
    }

    /// Takes the events that were kept.
    #[must_use]
    pub fn take(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.0)
    }
}
