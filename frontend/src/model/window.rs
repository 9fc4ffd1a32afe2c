//! The part of a room's messages that is in the document: a window on the timeline that moves as
//! the user scrolls.

use std::sync::Arc;

use parlor_shared::{
    Seq,
    limits::WINDOW_ROWS_MAX,
    timeline::{Message, Timeline},
};

/// How many rows the window moves by, and how many it has at the end of the list.
pub const WINDOW_STEP: usize = WINDOW_ROWS_MAX / 3;

/// A range of a timeline with at most [`WINDOW_ROWS_MAX`] messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Window {
    from: Seq,
    /// The last message in it; `None` where it extends to the end and grows with it.
    to: Option<Seq>,
}

impl Window {
    /// The last [`WINDOW_STEP`] messages, and those to come.
    #[must_use]
    pub fn at_end(timeline: &Timeline) -> Self {
        let oldest = timeline.messages().rev().take(WINDOW_STEP).last();
        Self {
            from: oldest.map_or(Seq::ZERO, |message| message.seq),
            to: None,
        }
    }

    /// The messages around this one.
    #[must_use]
    pub fn around(timeline: &Timeline, seq: Seq) -> Self {
        let first = timeline.before(seq).rev().take(WINDOW_STEP).last();
        let mut window = Self {
            from: first.map_or(seq, |message| message.seq),
            to: None,
        };
        window.fit(timeline);
        window
    }

    /// The messages in the window, oldest first.
    pub fn messages<'a>(
        &self,
        timeline: &'a Timeline,
    ) -> impl Iterator<Item = &'a Arc<Message>> + use<'a> {
        let to = self.to;
        let is_inside = move |message: &&Arc<Message>| to.is_none_or(|to| message.seq <= to);
        timeline.since(self.from).take_while(is_inside)
    }

    /// The message before this one, where it is in the window too.
    #[must_use]
    pub fn above<'a>(&self, timeline: &'a Timeline, seq: Seq) -> Option<&'a Arc<Message>> {
        let above = timeline.before(seq).next_back();
        above.filter(|above| above.seq >= self.from)
    }

    /// Whether the window extends to the end of the timeline.
    #[must_use]
    pub fn is_at_end(&self) -> bool {
        self.to.is_none()
    }

    /// Whether the timeline has messages before the window.
    #[must_use]
    pub fn has_older(&self, timeline: &Timeline) -> bool {
        timeline.before(self.from).next().is_some()
    }

    /// Moves the window towards the beginning.
    pub fn move_to_older(&mut self, timeline: &Timeline) {
        if let Some(oldest) = timeline.before(self.from).rev().take(WINDOW_STEP).last() {
            self.from = oldest.seq;
            self.fit(timeline);
        }
    }

    /// Moves the window towards the end.
    pub fn move_to_newer(&mut self, timeline: &Timeline) {
        let Some(to) = self.to else {
            return;
        };
        let mut after = timeline.since(to.next());
        let last = after.by_ref().take(WINDOW_STEP).last().map(|m| m.seq);
        self.to = last.filter(|_| after.next().is_some());
        let rows = self.messages(timeline).count();
        let first_kept = self
            .messages(timeline)
            .nth(rows.saturating_sub(WINDOW_ROWS_MAX));
        self.from = first_kept.map_or(self.from, |message| message.seq);
    }

    /// Cuts the window to [`WINDOW_ROWS_MAX`] messages at its lower end. A window whose messages
    /// are all gone moves to the end.
    pub fn fit(&mut self, timeline: &Timeline) {
        if self.messages(timeline).next().is_none() {
            *self = Self::at_end(timeline);
        }
        let mut last_kept = self
            .messages(timeline)
            .skip(WINDOW_ROWS_MAX - 1)
            .map(|m| m.seq);
        let (last, beyond) = (last_kept.next(), last_kept.next());
        if beyond.is_some() {
            self.to = last;
        }
    }
}
