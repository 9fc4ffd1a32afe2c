//! The driver's side of a room's stream: what the program has been given, and what it is still to
//! be given.
//!
//! A program that is slow costs no memory and keeps nobody waiting: once its queue is full, what
//! comes is dropped, and read again from the log, page by page, when the program has taken half of
//! the queue. So a program may wait for the answer to a post while its queue is full.

use parlor_shared::{Entry, JoinOutcome, Position, Right, RoomId, RoomState, Seq};
use tokio::sync::mpsc;

use crate::{
    entry::RoomEntry,
    limits::{ROOM_EVENTS_MAX, ROOM_PAGE_ENTRIES},
    questions::PageAnswer,
    timeline::{Item, JoinFrom, Presence, Reset, TimelineError, TimelineEvent},
};

/// How much of the queue must be free before a page is asked for: the page, and what else may be
/// due.
const FREE_FOR_PAGE: usize = ROOM_EVENTS_MAX / 2;
const _: () = assert!(ROOM_PAGE_ENTRIES as usize + 8 <= FREE_FOR_PAGE);

/// A room's stream, as the driver feeds it.
#[derive(Debug)]
pub(crate) struct Feed {
    room: RoomId,
    items: mpsc::Sender<Item>,
    from: JoinFrom,
    /// Whether a join was ever answered.
    has_begun: bool,
    /// The newest entry that is in the queue or was skipped on purpose.
    delivered: Seq,
    progress: Progress,
    due: Due,
    /// Whether the next `present` says that the room is live.
    awaits_live: bool,
    /// Whether the stream ends after what is due.
    ends: bool,
}

/// Whether the queue has everything that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    Following,
    /// Entries after `delivered` were dropped.
    Lagging,
    /// A page of them is asked for.
    Asking,
}

/// What the queue had no space for and will be given, the newest of each.
#[derive(Debug, Default)]
struct Due {
    interruption: Option<TimelineError>,
    state: Option<RoomState>,
    right: Option<Right>,
    is_live: bool,
    presence: Option<Presence>,
}

impl Feed {
    pub(crate) fn new(room: RoomId, from: JoinFrom, items: mpsc::Sender<Item>) -> Self {
        let delivered = match from {
            JoinFrom::After(position) => position.seq,
            JoinFrom::Now | JoinFrom::LastPage => Seq::ZERO,
        };
        Self {
            room,
            items,
            from,
            has_begun: false,
            delivered,
            progress: Progress::Following,
            due: Due::default(),
            awaits_live: false,
            ends: false,
        }
    }

    /// Whether the stream has ended, or the program has dropped it.
    pub(crate) fn is_over(&self) -> bool {
        self.items.is_closed() || (self.ends && self.due.interruption.is_none())
    }

    /// Whether nothing more can be given to the program before it takes something.
    pub(crate) fn is_blocked(&self) -> bool {
        let free = self.items.capacity();
        match self.progress {
            Progress::Following => free == 0,
            Progress::Lagging => free < FREE_FOR_PAGE,
            Progress::Asking => false,
        }
    }

    /// Takes the answer to a join.
    pub(crate) fn on_joined(&mut self, after: Position, head: Seq, outcome: JoinOutcome) {
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        self.awaits_live = true;
        if outcome == JoinOutcome::Resumed {
            return;
        }
        let is_expected = is_first && !matches!(self.from, JoinFrom::After(_));
        self.restart(match self.from {
            JoinFrom::Now => head,
            JoinFrom::LastPage | JoinFrom::After(_) => after.seq,
        });
        if !is_expected {
            self.interrupt(after);
        }
        self.flush();
    }

    fn restart(&mut self, after: Seq) {
        self.delivered = after;
        self.due.state = None;
        self.due.right = None;
        self.due.is_live = false;
        self.due.presence = None;
        if self.progress == Progress::Asking {
            // The answer is of the history before.
            self.progress = Progress::Lagging;
        }
    }

    fn interrupt(&mut self, after: Position) {
        let (room, seq) = (self.room.clone(), self.delivered);
        let after = Position { seq, ..after };
        self.due.interruption = Some(Reset { room, after }.into());
    }

    /// Takes the room's next entry.
    pub(crate) fn on_entry(&mut self, entry: RoomEntry) {
        if entry.seq > self.delivered && self.progress == Progress::Following {
            let seq = entry.seq;
            if self.offer(TimelineEvent::Entry(entry)) {
                self.delivered = seq;
            }
        }
    }

    pub(crate) fn on_present(&mut self, presence: Presence) {
        self.due.is_live |= std::mem::take(&mut self.awaits_live);
        self.due.presence = Some(presence);
        self.flush();
    }

    pub(crate) fn on_state(&mut self, state: RoomState) {
        self.due.state = Some(state);
        self.flush();
    }

    pub(crate) fn on_right(&mut self, right: Right) {
        self.due.right = Some(right);
        self.flush();
    }

    /// Something that is worth nothing later.
    pub(crate) fn on_passing(&mut self, event: TimelineEvent) {
        if self.progress == Progress::Following && self.items.capacity() > 1 {
            self.offer(event);
        }
    }

    /// Ends the stream with an error, as soon as there is space for it.
    pub(crate) fn end(&mut self, error: TimelineError) {
        self.ends = true;
        self.due.interruption = Some(error);
        self.send_interruption();
    }

    /// Interrupts the stream.
    pub(crate) fn on_error(&mut self, error: TimelineError) {
        self.due.interruption = Some(error);
        self.flush();
    }

    /// After which entry a page is to be asked for, if there is one: the feed lags, and the program
    /// has taken enough. `head` is the newest entry that the session has passed on.
    pub(crate) fn next_page(&mut self, head: Seq) -> Option<Seq> {
        if self.ends {
            self.send_interruption();
        }
        if self.ends || self.progress != Progress::Lagging || self.is_blocked() {
            return None;
        }
        self.send_interruption();
        if self.delivered >= head {
            self.follow();
            return None;
        }
        self.progress = Progress::Asking;
        Some(self.delivered)
    }

    /// Takes a page. `head` is the newest entry that the session has passed on.
    pub(crate) fn on_page(
        &mut self,
        page: PageAnswer,
        head: Position,
        locate: impl Fn(&RoomId, Entry) -> RoomEntry,
    ) {
        if self.progress != Progress::Asking || page.after != self.delivered {
            // It was asked for before the room started over.
            return;
        }
        self.progress = Progress::Lagging;
        let PageAnswer {
            room,
            entries,
            newer,
            ..
        } = page;
        let is_last = !newer;
        let is_empty = entries.is_empty();
        for entry in entries {
            if entry.seq <= self.delivered {
                continue;
            }
            if entry.prev != self.delivered {
                // Retention has removed what was between them.
                self.delivered = entry.prev;
                self.interrupt(head);
                self.send_interruption();
            }
            self.delivered = entry.seq;
            // A page is asked for only where it fits.
            self.send(Ok(TimelineEvent::Entry(locate(&room, entry))));
        }
        if is_empty && is_last && self.delivered < head.seq {
            self.delivered = head.seq;
            self.interrupt(head);
        }
        if self.delivered >= head.seq {
            self.follow();
        }
    }

    fn follow(&mut self) {
        self.progress = Progress::Following;
        self.flush();
    }

    /// Gives the program what is due, unless entries come first.
    fn flush(&mut self) {
        if self.progress != Progress::Following {
            return;
        }
        self.send_interruption();
        if self.due.interruption.is_some() {
            self.progress = Progress::Lagging;
            return;
        }
        if let Some(state) = self.due.state.take()
            && !self.offer(TimelineEvent::State(state.clone()))
        {
            self.due.state = Some(state);
        }
        if let Some(right) = self.due.right.take()
            && !self.offer(TimelineEvent::Right(right))
        {
            self.due.right = Some(right);
        }
        if self.due.is_live {
            self.due.is_live = !self.offer(TimelineEvent::Live);
        }
        if let Some(presence) = self.due.presence.take()
            && !self.offer(TimelineEvent::Presence(presence.clone()))
        {
            self.due.presence = Some(presence);
        }
    }

    fn send_interruption(&mut self) {
        if let Some(error) = self.due.interruption.take()
            && !self.send(Err(error.clone()))
        {
            self.due.interruption = Some(error);
        }
    }

    /// Gives the program an event, and lags if there is no space for it.
    fn offer(&mut self, event: TimelineEvent) -> bool {
        let is_sent = self.progress == Progress::Following && self.send(Ok(event));
        if !is_sent {
            self.progress = Progress::Lagging;
        }
        is_sent
    }

    fn send(&mut self, item: Item) -> bool {
        self.items.try_send(item).is_ok()
    }
}

#[cfg(test)]
mod tests;
