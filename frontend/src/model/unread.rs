//! What of a room is unread, and where its "New" line stands.

use std::sync::Arc;

use parlor_shared::{Epoch, JoinOutcome, MessageId, Position, Seq, timeline::Message};

use crate::model::{
    ignored::Reader,
    reading::{InView, ReadingProgress, no_epoch},
    room::{Room, ScrollPosition, UNREAD_MAX},
};

impl Room {
    // ---- how far ----

    /// How far the user has read, if that is known in the log that is loaded.
    #[must_use]
    pub fn seen_seq(&self) -> Option<Seq> {
        let ReadingProgress { seen, epoch, .. } = &self.progress;
        let known = seen.filter(|seen| epoch.is_none_or(|epoch| epoch == seen.epoch));
        known.map(|seen| seen.seq)
    }

    /// Records a join's answer, in this epoch. What was seen before counts on where the log
    /// continues, and otherwise the server says what it is worth.
    pub fn reading_joined(&mut self, outcome: JoinOutcome, epoch: Epoch) {
        let before = self.progress.epoch.replace(epoch);
        if let Some(seen) = &mut self.progress.seen {
            let continues = outcome == JoinOutcome::Resumed && before == Some(seen.epoch);
            if continues || seen.epoch == no_epoch() {
                seen.epoch = epoch;
            }
        }
        self.progress.is_told = false;
        self.progress.pages = 0;
    }

    /// What was never said to be seen, in a room that has just become live at `head`: nothing is
    /// unread in a room that the user has never been in. A position past the head was stored for
    /// another log.
    #[must_use]
    pub fn seen_at_first(&self, head: Position) -> Position {
        match self.progress.seen {
            Some(seen) if seen.epoch == head.epoch => Position {
                seq: seen.seq.min(head.seq),
                ..seen
            },
            Some(seen) => seen,
            None => head,
        }
    }

    /// Records which messages are on screen.
    pub fn set_in_view(&mut self, first: MessageId, last: MessageId) {
        let seq = |id| self.timeline.find(id).map(|message| message.seq);
        // Pending posts have no place yet; they stand below everything.
        let newest = self.newest();
        self.progress.in_view = Some(InView {
            first: seq(first).unwrap_or(newest.next()),
            last: seq(last).unwrap_or(newest),
        });
    }

    /// Whether it is known which messages are on screen.
    #[must_use]
    pub fn has_view(&self) -> bool {
        self.progress.in_view.is_some()
    }

    /// Whether it matters which messages are on screen: something is unread, or none is known.
    #[must_use]
    pub fn wants_view(&self, reader: &Reader) -> bool {
        !self.has_view()
            || self
                .seen_seq()
                .is_some_and(|seen| self.first_new(reader, seen).is_some())
    }

    /// How far the user has read by what is on screen, where that is further than before.
    #[must_use]
    pub fn read_until(&self, reader: &Reader) -> Option<Seq> {
        let (seen, in_view) = (self.seen_seq()?, self.progress.in_view?);
        let can_move = self.live && !self.progress.is_held;
        let first_new = self.known_first_new(reader, seen)?;
        let is_missed = first_new.is_some_and(|message| message.seq < in_view.first);
        let is_at_end = self.scroll == ScrollPosition::End && self.window.is_at_end();
        let until = if is_at_end {
            self.newest()
        } else {
            in_view.last
        };
        (can_move && !is_missed && until > seen).then_some(until)
    }

    /// Lets the position move on with what is on screen, after messages were marked as unread.
    pub fn release_unread(&mut self) {
        self.progress.is_held = false;
    }

    /// Puts the position before this message, and keeps it there.
    #[must_use]
    pub fn mark_unread(&mut self, id: MessageId) -> Option<Position> {
        let seq = self.timeline.find(id)?.seq.previous();
        let epoch = self.progress.epoch?;
        Some(Position { epoch, seq })
    }

    /// Takes a position that was set here or elsewhere. One before the last marks messages as
    /// unread.
    pub fn set_seen(&mut self, position: Position, reader: &Reader) {
        let before = self.seen_seq();
        self.progress.seen = Some(position);
        if before.is_some_and(|before| position.seq < before) {
            self.progress.is_held = true;
            self.clear_new_line();
            self.mark_first_unread(reader);
        }
    }

    // ---- what is new ----

    /// Whether everything that the server keeps after this place is loaded.
    #[must_use]
    pub fn is_loaded_after(&self, seq: Seq) -> bool {
        let has_none = self.first_on_server == Seq::ZERO;
        has_none || seq >= self.loaded_after || self.loaded_after < self.first_on_server
    }

    /// The first message after this place that is new to the user.
    fn first_new(&self, reader: &Reader, after: Seq) -> Option<&Arc<Message>> {
        let mut after = self.timeline.since(after.next());
        after.find(|message| reader.is_news(message))
    }

    /// The same where it is known, or known that there is none: of what follows this place nothing
    /// is missing up to it. `None` where it is not.
    fn known_first_new(&self, reader: &Reader, after: Seq) -> Option<Option<&Arc<Message>>> {
        let first = self.first_new(reader, after);
        if self.is_loaded_after(after) {
            return Some(first);
        }
        let slice = self.slice?;
        let begins_there = slice.after <= after || slice.after < self.first_on_server;
        let first = first.filter(|first| slice.contains(first.seq));
        (begins_there && first.is_some()).then_some(first)
    }

    /// How many messages after this place are new to the user; more than `max` count as one more.
    #[must_use]
    pub fn count_new(&self, reader: &Reader, after: Seq, max: usize) -> usize {
        let after = self.timeline.since(after.next());
        after
            .filter(|message| reader.is_news(message))
            .take(max + 1)
            .count()
    }

    /// How many messages the user has not seen, of those loaded. More than [`UNREAD_MAX`] count as
    /// one more.
    #[must_use]
    pub fn unread(&self, reader: &Reader) -> usize {
        let seen = self.seen_seq();
        seen.map_or(0, |seen| self.count_new(reader, seen, UNREAD_MAX))
    }

    /// The first unread message, where it stands above those on screen; `None` in it where it is
    /// not loaded.
    #[must_use]
    pub fn unread_above(&self, reader: &Reader) -> Option<Option<&Arc<Message>>> {
        let (seen, in_view) = (self.seen_seq()?, self.progress.in_view?);
        self.first_new(reader, seen)?;
        match self.known_first_new(reader, seen) {
            None => Some(None),
            Some(first) => first.filter(|first| first.seq < in_view.first).map(Some),
        }
    }

    /// The id of the first unread message, where it is known.
    #[must_use]
    pub fn first_unread_id(&self, reader: &Reader) -> Option<MessageId> {
        let first = self.known_first_new(reader, self.seen_seq()?)?;
        first.map(|message| message.id)
    }

    // ---- the "New" line ----

    /// Puts the "New" line above the first unread message of others. Without any, the line stays
    /// where it is. Where the first one is not loaded yet, the line follows once it is.
    pub fn mark_first_unread(&mut self, reader: &Reader) {
        let new = |seen: &Seq| self.first_new(reader, *seen).is_some();
        if let Some(seen) = self.seen_seq().filter(new) {
            self.progress.new_after = Some(seen);
            self.progress.first_unread = None;
            self.find_first_unread(reader);
        }
    }

    /// Puts the "New" line where it belongs, once that is loaded.
    pub fn find_first_unread(&mut self, reader: &Reader) {
        let after = self.progress.new_after;
        let after = after.filter(|_| self.progress.first_unread.is_none());
        let first = after.and_then(|after| self.known_first_new(reader, after)?);
        if let Some(seq) = first.map(|first| first.seq) {
            self.progress.first_unread = Some(seq);
        }
    }

    /// Removes the line.
    pub fn clear_new_line(&mut self) {
        self.progress.first_unread = None;
        self.progress.new_after = None;
    }

    /// The user comes to the room: nothing is known yet of what is on screen.
    pub fn enter_reading(&mut self, reader: &Reader) {
        self.progress.in_view = None;
        self.release_unread();
        self.clear_new_line();
        self.mark_first_unread(reader);
    }
}
