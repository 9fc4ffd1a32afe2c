//! A slice of a room's log that is on screen apart from the log's end, around a place far back.
//!
//! The room's timeline has the slice's messages besides those at the log's end, with a gap between
//! the two, and the window stays on one side of it. The slice grows in both directions as the user
//! scrolls, and drops what is furthest away past [`SLICE_MESSAGES_MAX`]. Where it meets what is
//! loaded at the log's end, the two become one. It is dropped when the user goes back to the end.

use parlor_shared::{Entry, MessageId, Place, Seq, limits::SLICE_MESSAGES_MAX, timeline::Folded};

use crate::model::{
    room::Room,
    window::{Span, WINDOW_STEP, Window},
};

/// What the server has at a place.
#[derive(Debug, Clone, Default)]
pub struct EntriesRead {
    /// The entries, oldest first and without a gap.
    pub entries: Vec<Entry>,
    /// Later changes of the messages among them.
    pub changes: Vec<Entry>,
    /// Whether the log has more before these.
    pub older: bool,
    /// Whether the log has more after these.
    pub newer: bool,
}

impl Room {
    /// Applies the entries at the place that was requested. Returns whether more messages are
    /// loaded now.
    pub fn apply_slice(&mut self, at: Place, read: &EntriesRead) -> bool {
        self.reading = None;
        match (at, self.slice) {
            (Place::Before(seq), Some(slice)) if slice.after.next() == seq => {
                self.extend_to_older(slice, read)
            }
            (Place::After(seq), Some(slice)) if slice.until == Some(seq) => {
                self.extend_to_newer(slice, read)
            }
            // The user has gone elsewhere since.
            (Place::Before(_) | Place::After(_), _) => false,
            (Place::Message(_) | Place::Seq(_) | Place::Time(_), _) => self.begin_slice(read),
        }
    }

    /// Moves the window to the message with this id and has the list scroll to it. Returns false
    /// where it is not loaded.
    pub fn show_loaded(&mut self, id: MessageId) -> bool {
        let Some(seq) = self.timeline.find(id).map(|message| message.seq) else {
            return false;
        };
        if !self.span().contains(seq) {
            // It is at the log's end, on the other side of the gap.
            self.drop_slice();
        }
        self.scroll_target = Some(id);
        self.leave_end();
        let around = Window::around(&self.timeline, self.span(), seq);
        self.window = around.after(self.window, WINDOW_STEP);
        true
    }

    /// The message at this place, or the first one after it; the last one of what is on screen
    /// where there is none.
    #[must_use]
    pub fn message_at(&self, place: Place) -> Option<MessageId> {
        let span = self.span();
        let mut messages = span.since(&self.timeline, span.after.next());
        let found = match place {
            Place::Message(id) => return Some(id),
            Place::Seq(from) => messages.find(|message| message.seq >= from),
            Place::Time(from_ms) => messages.find(|message| message.at_ms >= from_ms),
            Place::After(before) => messages.find(|message| message.seq > before),
            Place::Before(_) => None,
        };
        let last = || span.since(&self.timeline, span.after.next()).last();
        found.or_else(last).map(|message| message.id)
    }

    /// Drops the slice on screen, if there is one. The window is to be moved then.
    pub fn drop_slice(&mut self) {
        if self.slice.take().is_some() {
            self.timeline.remove(Seq::ZERO, self.loaded_after);
        }
    }

    /// Records that the timeline's oldest messages were unloaded.
    pub(super) fn on_trimmed(&mut self) {
        let oldest = self.timeline.messages().next();
        let after = oldest.map_or(self.loaded_after, |oldest| oldest.seq.previous());
        self.loaded_after = self.loaded_after.max(after);
        let slice = self.slice.filter(|slice| slice.until > Some(after));
        self.slice = slice.map(|slice| Span {
            after: slice.after.max(after),
            ..slice
        });
    }

    fn begin_slice(&mut self, read: &EntriesRead) -> bool {
        self.drop_slice();
        let has_messages = self.fold(read);
        let (Some(first), Some(last)) = (read.entries.first(), read.entries.last()) else {
            return false;
        };
        if !read.newer || last.seq >= self.loaded_after {
            self.loaded_after = self.loaded_after.min(first.prev);
        } else {
            self.slice = Some(Span {
                after: first.prev,
                until: Some(last.seq),
            });
        }
        has_messages
    }

    fn extend_to_older(&mut self, slice: Span, read: &EntriesRead) -> bool {
        let has_messages = self.fold(read);
        let after = read.entries.first().map_or(Seq::ZERO, |first| first.prev);
        let mut slice = Span { after, ..slice };
        let kept = slice.since(&self.timeline, after.next());
        let last_kept = kept.skip(SLICE_MESSAGES_MAX - 1).map(|last| last.seq);
        let last_kept = last_kept.take(1).last();
        if let (Some(last), Some(until)) = (last_kept, slice.until) {
            self.timeline.remove(last, until);
            slice.until = Some(last);
        }
        self.slice = Some(slice);
        self.window.move_to_older(&self.timeline, slice);
        has_messages
    }

    fn extend_to_newer(&mut self, mut slice: Span, read: &EntriesRead) -> bool {
        let has_messages = self.fold(read);
        let last = read.entries.last().map(|last| last.seq);
        if !read.newer || last >= Some(self.loaded_after) {
            self.loaded_after = slice.after;
            self.slice = None;
        } else {
            slice.until = last.or(slice.until);
            let from = slice.after.next();
            let excess = slice.since(&self.timeline, from).count();
            let excess = excess.saturating_sub(SLICE_MESSAGES_MAX);
            let dropped = slice.since(&self.timeline, from).take(excess).last();
            if let Some(last_dropped) = dropped.map(|message| message.seq) {
                self.timeline.remove(slice.after, last_dropped);
                slice.after = last_dropped;
            }
            self.slice = Some(slice);
        }
        self.window.move_to_newer(&self.timeline, self.span());
        has_messages
    }

    /// Returns whether there are new messages among them.
    fn fold(&mut self, read: &EntriesRead) -> bool {
        let mut has_messages = false;
        for entry in read.entries.iter().chain(&read.changes) {
            has_messages |= matches!(self.fold_entry(entry), Folded::Added(_));
        }
        // Retention may have moved the log's beginning since the room was joined.
        if let Some(first) = read.entries.first().filter(|_| !read.older) {
            self.first_on_server = first.seq;
        }
        has_messages
    }
}
