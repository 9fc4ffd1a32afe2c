//! Which of a room's messages are in the document: a window on the timeline, moved as one scrolls.

use std::sync::Arc;

use parlor_shared::{
    Seq,
    limits::WINDOW_ROWS_MAX,
    timeline::{Message, Timeline},
};

/// By how many rows the window moves, and how many it has at the end of the list.
pub const WINDOW_STEP: usize = WINDOW_ROWS_MAX / 3;

/// A stretch of a timeline of at most [`WINDOW_ROWS_MAX`] messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Window {
    from: Seq,
    /// The last message in it; `None` where it goes to the end and on with what comes.
    to: Option<Seq>,
}

impl Window {
    /// The last messages, and those to come.
    #[must_use]
    pub fn at_end(timeline: &Timeline) -> Self {
        let oldest = timeline.messages().rev().take(WINDOW_STEP).last();
        Self {
            from: oldest.map_or(Seq::ZERO, |message| message.seq),
            to: None,
        }
    }

    /// The messages around this place.
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

    /// The messages in it, oldest first.
    pub fn messages<'a>(
        &self,
        timeline: &'a Timeline,
    ) -> impl Iterator<Item = &'a Arc<Message>> + use<'a> {
        let to = self.to;
        let inside = move |message: &&Arc<Message>| to.is_none_or(|to| message.seq <= to);
        timeline.since(self.from).take_while(inside)
    }

    /// Whether it goes to the end.
    #[must_use]
    pub fn is_at_end(&self) -> bool {
        self.to.is_none()
    }

    /// Whether the timeline goes further back.
    #[must_use]
    pub fn has_older(&self, timeline: &Timeline) -> bool {
        timeline.before(self.from).next().is_some()
    }

    /// Moves towards the beginning.
    pub fn move_to_older(&mut self, timeline: &Timeline) {
        if let Some(oldest) = timeline.before(self.from).rev().take(WINDOW_STEP).last() {
            self.from = oldest.seq;
            self.fit(timeline);
        }
    }

    /// Moves towards the end.
    pub fn move_to_newer(&mut self, timeline: &Timeline) {
        let Some(to) = self.to else {
            return;
        };
        let mut after = timeline.since(Seq(to.0 + 1));
        let last = after.by_ref().take(WINDOW_STEP).last().map(|m| m.seq);
        self.to = last.filter(|_| after.next().is_some());
        let rows = self.messages(timeline).count();
        let first_kept = self
            .messages(timeline)
            .nth(rows.saturating_sub(WINDOW_ROWS_MAX));
        self.from = first_kept.map_or(self.from, |message| message.seq);
    }

    /// Lets go of what is too far below, and of a place that is forgotten.
    pub fn fit(&mut self, timeline: &Timeline) {
        if self.messages(timeline).next().is_none() {
            *self = Self::at_end(timeline);
        }
        let mut kept = self
            .messages(timeline)
            .skip(WINDOW_ROWS_MAX - 1)
            .map(|m| m.seq);
        let (last, beyond) = (kept.next(), kept.next());
        if beyond.is_some() {
            self.to = last;
        }
    }
}
