//! The part of a room's messages that is in the document: a window on the timeline that moves as
//! the user scrolls, within a part of the log that is loaded without a gap.

use std::sync::Arc;

use parlor_shared::{
    Seq,
    limits::WINDOW_ROWS_MAX,
    timeline::{Message, Timeline},
};

/// How many rows the window moves by, and how many it has at the end of the list.
pub const WINDOW_STEP: usize = WINDOW_ROWS_MAX / 3;

/// A part of the log that is loaded without a gap.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    /// Everything after this place is loaded, up to `until`.
    pub after: Seq,
    /// The last place; `None` where the part extends to the log's end and grows with it.
    pub until: Option<Seq>,
}

impl Span {
    /// Whether a place is in it.
    #[must_use]
    pub fn contains(&self, seq: Seq) -> bool {
        seq > self.after && self.until.is_none_or(|until| seq <= until)
    }

    /// Its messages before a place, newest first.
    fn before<'a>(
        &self,
        timeline: &'a Timeline,
        end: Seq,
    ) -> impl Iterator<Item = &'a Arc<Message>> + use<'a> {
        let after = self.after;
        let before = timeline.before(end).rev();
        before.take_while(move |message| message.seq > after)
    }

    /// Its messages at and after a place, oldest first.
    pub fn since<'a>(
        &self,
        timeline: &'a Timeline,
        from: Seq,
    ) -> impl Iterator<Item = &'a Arc<Message>> + use<'a> {
        let until = self.until;
        let since = timeline.since(from);
        since.take_while(move |message| until.is_none_or(|until| message.seq <= until))
    }
}

/// A range of a timeline with at most [`WINDOW_ROWS_MAX`] messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Window {
    from: Seq,
    /// The last message in it; `None` where it extends to the log's end and grows with it.
    to: Option<Seq>,
    /// How many rows it has got since the room was opened, about.
    rows_made: usize,
}

impl Window {
    /// The last [`WINDOW_STEP`] messages of a part, and those to come.
    #[must_use]
    pub fn at_end(timeline: &Timeline, span: Span) -> Self {
        let end = span.until.map_or(Seq(u64::MAX), Seq::next);
        let oldest = span.before(timeline, end).take(WINDOW_STEP).last();
        Self {
            from: oldest.map_or(Seq::ZERO, |message| message.seq),
            to: span.until,
            rows_made: 0,
        }
    }

    /// The messages around this one.
    #[must_use]
    pub fn around(timeline: &Timeline, span: Span, seq: Seq) -> Self {
        let first = span.before(timeline, seq).take(WINDOW_STEP).last();
        let mut window = Self {
            from: first.map_or(seq, |message| message.seq),
            to: span.until,
            rows_made: 0,
        };
        window.fit(timeline, span);
        window
    }

    /// This one in the place of an earlier one, beside which it has this many new rows.
    #[must_use]
    pub fn after(mut self, earlier: Self, new_rows: usize) -> Self {
        self.rows_made = earlier.rows_made + new_rows;
        self
    }

    /// How many rows it has got since the room was opened, about.
    #[must_use]
    pub fn rows_made(&self) -> usize {
        self.rows_made
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

    /// Whether the window extends to the log's end.
    #[must_use]
    pub fn is_at_end(&self) -> bool {
        self.to.is_none()
    }

    /// Whether the part has messages before the window.
    #[must_use]
    pub fn has_older(&self, timeline: &Timeline, span: Span) -> bool {
        span.before(timeline, self.from).next().is_some()
    }

    /// Whether the part has messages after the window.
    #[must_use]
    pub fn has_newer(&self, timeline: &Timeline, span: Span) -> bool {
        let mut after = self
            .to
            .into_iter()
            .flat_map(|to| span.since(timeline, to.next()));
        after.next().is_some()
    }

    /// Moves the window towards the beginning.
    pub fn move_to_older(&mut self, timeline: &Timeline, span: Span) {
        if let Some(oldest) = span.before(timeline, self.from).take(WINDOW_STEP).last() {
            self.from = oldest.seq;
            self.rows_made += WINDOW_STEP;
            self.fit(timeline, span);
        }
    }

    /// Moves the window towards the end.
    pub fn move_to_newer(&mut self, timeline: &Timeline, span: Span) {
        let Some(to) = self.to else {
            return;
        };
        let mut after = span.since(timeline, to.next());
        let last = after.by_ref().take(WINDOW_STEP).last().map(|m| m.seq);
        self.rows_made += WINDOW_STEP;
        self.to = last.filter(|_| after.next().is_some()).or(span.until);
        let rows = self.messages(timeline).count();
        let first_kept = self
            .messages(timeline)
            .nth(rows.saturating_sub(WINDOW_ROWS_MAX));
        self.from = first_kept.map_or(self.from, |message| message.seq);
    }

    /// Cuts the window to [`WINDOW_ROWS_MAX`] messages at its lower end. A window whose messages
    /// are all gone moves to the end of the part.
    pub fn fit(&mut self, timeline: &Timeline, span: Span) {
        if self.messages(timeline).next().is_none() {
            *self = Self::at_end(timeline, span).after(*self, WINDOW_STEP);
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
