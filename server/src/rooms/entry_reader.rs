//! Reads a room's entries after a place, in their order and without a gap, up to the head: pages of
//! the log while it is behind the room's ring, and the ring's entries from there on.
//!
//! What it gives are whole frames, as the ring and the pages have them for everyone.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures_util::future::{MaybeDone, maybe_done};
use parlor_shared::{Seq, limits::CHUNK_BYTES_MAX};

use crate::{
    engine::ReadError,
    log_reader::LogReader,
    rooms::{
        log_pages::{LogPage, NextPage, PageRead, PageStart},
        ring::{RingPosition, RingRead},
        room::{CatchUp, RoomHandle},
    },
};

/// A place in a room's log, and the way from there to its head.
pub(crate) struct EntryReader {
    room: RoomHandle,
    log: LogReader,
    /// The newest entry that was read.
    seq: Seq,
    place: Place,
}

enum Place {
    /// Behind the ring: pages of the log, read ahead of what is sent by one page at most.
    Log {
        ready: Option<Arc<LogPage>>,
        page: Option<MaybeDone<PageRead>>,
    },
    /// In the ring.
    Ring(CatchUp),
}

/// What a reader gives.
#[derive(Debug)]
pub(crate) enum EntriesRead {
    /// Whole frames of entries, and never none.
    Frames(Bytes),
    /// Everything was read that the room had when it was last looked at: what comes after is at
    /// this place of the ring. Polled again, the reader looks again.
    CaughtUp(RingPosition),
}

/// Why a reader can't continue.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReaderLost {
    /// The log can't be read. The connection ends.
    #[error("the log can't be read")]
    Unreadable(#[from] ReadError),
    /// The log no longer has the entry that comes next. The client joins again.
    #[error("the log was shortened past the cursor")]
    Overtaken,
}

/// Whether a reader may begin to read a page of the log. Only one reader of a connection has a page
/// at a time, or 64 rooms would be 64 pages in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PageSlot {
    Free,
    /// Another reader has one. That reader's next frames are the sign to poll again.
    Taken,
}

/// What one step gives: something, or nothing where the reader only moved.
type Step = Poll<Result<Option<EntriesRead>, ReaderLost>>;

impl EntryReader {
    /// A reader after `seq` in a room whose head is known.
    pub(crate) fn new(room: RoomHandle, log: LogReader, seq: Seq) -> Self {
        Self {
            room,
            log,
            seq,
            place: Place::behind(),
        }
    }

    /// See [`Engine::place_step`](crate::engine::Engine::place_step).
    pub(crate) fn place_step(&self) -> u64 {
        self.log.place_step()
    }

    /// The room that it reads.
    pub(crate) fn room(&self) -> &RoomHandle {
        &self.room
    }

    /// The newest entry that was read.
    pub(crate) fn seq(&self) -> Seq {
        self.seq
    }

    /// Reads on after this entry.
    pub(crate) fn restart_after(&mut self, seq: Seq) {
        self.seq = seq;
        self.place = Place::behind();
    }

    /// What is read next. Pending while a page of the log is being read, and `cx` is woken, or
    /// while there may be none for now.
    ///
    /// # Errors
    /// [`ReaderLost`] where it can't continue.
    pub(crate) fn poll_entries(
        &mut self,
        cx: &mut Context<'_>,
        slot: PageSlot,
    ) -> Poll<Result<EntriesRead, ReaderLost>> {
        loop {
            let step = match &self.place {
                Place::Log { .. } => self.poll_log(cx, slot),
                Place::Ring(range) => self.read_ring(*range),
            };
            if let Some(read) = ready!(step)? {
                return Poll::Ready(Ok(read));
            }
        }
    }

    /// Whether it has a page of the log, or reads one.
    pub(crate) fn has_page(&self) -> bool {
        match &self.place {
            Place::Log { ready, page } => ready.is_some() || page.is_some(),
            Place::Ring(_) => false,
        }
    }

    /// Goes on with the page that is being read, while the socket takes nothing. A read that waits
    /// for its turn and is not polled would keep its turn from others.
    pub(crate) fn drive_page(&mut self, cx: &mut Context<'_>) {
        if let Place::Log {
            page: Some(read), ..
        } = &mut self.place
        {
            // What was read is looked at once the socket takes more.
            match Pin::new(read).poll(cx) {
                Poll::Ready(()) | Poll::Pending => {}
            }
        }
    }

    fn poll_log(&mut self, cx: &mut Context<'_>, slot: PageSlot) -> Step {
        let Place::Log { ready, page } = &mut self.place else {
            return Poll::Pending;
        };
        if let Some(page) = ready {
            let chunk = page.chunk_after(self.seq, CHUNK_BYTES_MAX);
            // What was deleted since is read again, without its words.
            let Some(chunk) = chunk.filter(|_| self.room.is_current(page)) else {
                return self.move_to(Place::behind());
            };
            self.seq = chunk.seq;
            if chunk.is_last {
                *ready = None;
            }
            return Poll::Ready(Ok(Some(EntriesRead::Frames(chunk.bytes))));
        }
        let Some(read) = page else {
            return match self.room.enter_ring(self.seq) {
                Some(range) => self.move_to(Place::Ring(range)),
                None if slot == PageSlot::Taken => Poll::Pending,
                None => self.begin_page(PageStart::Near),
            };
        };
        ready!(Pin::new(&mut *read).poll(cx));
        let Some(result) = Pin::new(read).take_output() else {
            return Poll::Pending;
        };
        *page = None;
        let page = result?;
        if page.prev > self.seq {
            return Poll::Ready(Err(ReaderLost::Overtaken));
        }
        if page.chunk_after(self.seq, CHUNK_BYTES_MAX).is_some() {
            *ready = Some(page);
            return Poll::Ready(Ok(None));
        }
        if page.from == self.seq {
            return Poll::Ready(Err(ReaderLost::Overtaken));
        }
        // It began before this reader's place, and did not reach beyond.
        self.begin_page(PageStart::At)
    }

    fn begin_page(&mut self, start: PageStart) -> Step {
        let (ready, page) = match self.room.next_page(&self.log, self.seq, start) {
            NextPage::Ready(page) => (Some(page), None),
            NextPage::Reading(read) => (None, Some(maybe_done(read))),
        };
        self.move_to(Place::Log { ready, page })
    }

    fn read_ring(&mut self, range: CatchUp) -> Step {
        match self.room.read_entries(range) {
            RingRead::Frames(frames) => {
                self.seq = frames.next.seq;
                self.place = Place::Ring(CatchUp {
                    next: frames.next.frame,
                    ..range
                });
                // There are none where all were ephemeral.
                let read = (!frames.bytes.is_empty()).then_some(EntriesRead::Frames(frames.bytes));
                Poll::Ready(Ok(read))
            }
            RingRead::Empty => {
                let position = RingPosition {
                    frame: range.live_from,
                    seq: self.seq,
                };
                self.place = Place::behind();
                Poll::Ready(Ok(Some(EntriesRead::CaughtUp(position))))
            }
            RingRead::Lagged => self.move_to(Place::behind()),
        }
    }

    fn move_to(&mut self, place: Place) -> Step {
        self.place = place;
        Poll::Ready(Ok(None))
    }
}

impl Place {
    fn behind() -> Self {
        Self::Log {
            ready: None,
            page: None,
        }
    }
}

impl std::fmt::Debug for EntryReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EntryReader")
            .field("room", self.room.id())
            .field("seq", &self.seq)
            .finish_non_exhaustive()
    }
}
