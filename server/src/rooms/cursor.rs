//! One session's place in one room, and what it reads next.
//!
//! A live, a resuming, a new and a slow session are the same thing here: a cursor at a position.
//! Behind the ring a cursor reads pages of the log until the ring reaches back to it. Inside the
//! ring it reads entries until it is where the ring ended when it came. Then it gets one presence
//! snapshot, which replaces the ephemeral frames it skipped, and becomes live: it subscribes, and
//! the session registry delivers to it. A live cursor that the ring has left behind starts over.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures_util::future::{MaybeDone, maybe_done};
use parlor_shared::{
    Member, MemberId, RoomId, Seq,
    limits::{CATCH_UP_BYTES_PAID_MAX, CHUNK_BYTES_MAX, REPLY_BYTES_PER_TOKEN},
};

use crate::{
    connection::{frame::frame, socket::SocketWriter},
    engine::ReadError,
    log_reader::LogReader,
    rooms::{
        log_pages::{LogPage, NextPage, PageRead, PageStart},
        presence::Departure,
        registry::{SessionRegistry, Subscription},
        ring::{RingPosition, RingRead},
        room::{CatchUp, RoomHandle},
    },
};

/// A position in a room's log, and the way from there to its head. While it lives, its member is
/// present in the room.
pub(crate) struct Cursor {
    room: RoomHandle,
    log: LogReader,
    member: MemberId,
    departure: Departure,
    /// The newest entry that was read before the cursor was live.
    seq: Seq,
    place: Place,
    cost: CatchUpCost,
}

/// What is charged for the frames that a cursor has given before it was live.
#[derive(Debug, Default)]
struct CatchUpCost {
    bytes: usize,
    charged: u32,
}

enum Place {
    /// Behind the ring: pages of the log, read ahead of what is sent by one page at most.
    Log {
        ready: Option<Arc<LogPage>>,
        page: Option<MaybeDone<PageRead>>,
    },
    /// In the ring, reading the entries before its live position.
    CatchingUp(CatchUp),
    /// At the head, or as far behind it as the ring reaches: the registry delivers.
    Live(Subscription),
}

/// Why a cursor can't continue.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CursorLost {
    /// The log can't be read. The connection ends.
    #[error("the log can't be read")]
    Unreadable(#[from] ReadError),
    /// The log no longer has the entry that comes next. The client joins again.
    #[error("the log was shortened past the cursor")]
    Overtaken,
}

/// Whether a cursor may begin to read a page of the log. Only one cursor of a connection has a page
/// at a time, or 64 rooms would be 64 pages in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PageSlot {
    Free,
    /// Another cursor has one. That cursor's next frames are the sign to poll again.
    Taken,
}

/// What one step of a cursor gives: frames to send, or none where it only moved.
type Step = Poll<Result<Bytes, CursorLost>>;

impl Cursor {
    /// A cursor after `seq` in a room whose head is known. It makes the member present in the room.
    pub(crate) fn new(room: RoomHandle, log: LogReader, member: &Member, seq: Seq) -> Self {
        room.enter(member);
        Self {
            room,
            log,
            member: member.member,
            departure: Departure::Lost,
            seq,
            place: Place::behind(),
            cost: CatchUpCost::default(),
        }
    }

    /// The room that it reads.
    pub(crate) fn room(&self) -> &RoomHandle {
        &self.room
    }

    /// The room's id.
    pub(crate) fn room_id(&self) -> &RoomId {
        self.room.id()
    }

    /// How many places of the log it is behind the room's newest entry.
    pub(crate) fn behind(&self) -> u64 {
        let seq = match &self.place {
            Place::Log { .. } | Place::CatchingUp(_) => self.seq,
            Place::Live(subscription) => subscription.seq(),
        };
        let head = self.room.head().unwrap_or(seq);
        head.0.saturating_sub(seq.0)
    }

    /// Ends the cursor because its member leaves the room, and not because the connection is lost.
    pub(crate) fn leave(mut self) {
        self.departure = Departure::Left;
    }

    /// Whole frames to send next. Pending while there is nothing new: then the cursor is live, and
    /// the registry wakes the socket's writer, or a page of the log is being read, and `cx` is
    /// woken. A cursor that becomes live subscribes with this registry and socket.
    ///
    /// # Errors
    /// [`CursorLost`] where it can't continue.
    pub(crate) fn poll_frames(
        &mut self,
        cx: &mut Context<'_>,
        registry: &Rc<SessionRegistry>,
        socket: &Rc<SocketWriter>,
        slot: PageSlot,
    ) -> Poll<Result<Bytes, CursorLost>> {
        loop {
            let is_live = matches!(self.place, Place::Live(_));
            let step = match &mut self.place {
                Place::Log { .. } => self.poll_log(cx, slot),
                Place::CatchingUp(range) => {
                    let range = *range;
                    self.catch_up(range, registry, socket)
                }
                Place::Live(_) => self.read_live(),
            };
            let frames = ready!(step)?;
            if !is_live {
                self.cost.bytes += frames.len();
            }
            if !frames.is_empty() {
                return Poll::Ready(Ok(frames));
            }
        }
    }

    /// The tokens to charge for what the cursor has given before it was live and that were not
    /// charged yet. What is over [`CATCH_UP_BYTES_PAID_MAX`] is free at first: see
    /// [`Cursor::free_tokens`].
    pub(crate) fn take_debt(&mut self) -> u32 {
        let paid_bytes = self.cost.bytes.min(CATCH_UP_BYTES_PAID_MAX);
        let tokens = (paid_bytes / REPLY_BYTES_PER_TOKEN) as u32;
        let before = std::mem::replace(&mut self.cost.charged, tokens);
        tokens - before
    }

    /// The tokens for what it gave for nothing. They are charged once its connection joins again:
    /// who reads the same past again and again pays for it.
    pub(crate) fn free_tokens(&self) -> u32 {
        let free_bytes = self.cost.bytes.saturating_sub(CATCH_UP_BYTES_PAID_MAX);
        u32::try_from(free_bytes / REPLY_BYTES_PER_TOKEN).unwrap_or(u32::MAX)
    }

    /// Whether it has a page of the log, or reads one.
    pub(crate) fn has_page(&self) -> bool {
        match &self.place {
            Place::Log { ready, page } => ready.is_some() || page.is_some(),
            Place::CatchingUp(_) | Place::Live(_) => false,
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
            return Poll::Ready(Ok(chunk.bytes));
        }
        let Some(read) = page else {
            return match self.room.enter_ring(self.seq) {
                Some(range) => self.move_to(Place::CatchingUp(range)),
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
            return Poll::Ready(Err(CursorLost::Overtaken));
        }
        if page.chunk_after(self.seq, CHUNK_BYTES_MAX).is_some() {
            *ready = Some(page);
            return Poll::Ready(Ok(Bytes::new()));
        }
        if page.from == self.seq {
            return Poll::Ready(Err(CursorLost::Overtaken));
        }
        // It began before this cursor's place, and did not reach beyond.
        self.begin_page(PageStart::At)
    }

    fn begin_page(&mut self, start: PageStart) -> Step {
        let (ready, page) = match self.room.next_page(&self.log, self.seq, start) {
            NextPage::Ready(page) => (Some(page), None),
            NextPage::Reading(read) => (None, Some(maybe_done(read))),
        };
        self.move_to(Place::Log { ready, page })
    }

    fn catch_up(
        &mut self,
        range: CatchUp,
        registry: &Rc<SessionRegistry>,
        socket: &Rc<SocketWriter>,
    ) -> Step {
        match self.room.read_entries(range) {
            RingRead::Frames(frames) => {
                self.seq = frames.next.seq;
                self.place = Place::CatchingUp(CatchUp {
                    next: frames.next.frame,
                    ..range
                });
                Poll::Ready(Ok(frames.bytes))
            }
            RingRead::Empty => {
                let position = RingPosition {
                    frame: range.live_from,
                    seq: self.seq,
                };
                let snapshot = frame(&self.room.presence_snapshot());
                self.place = Place::Live(registry.subscribe(&self.room, position, socket));
                Poll::Ready(Ok(snapshot))
            }
            RingRead::Lagged => self.move_to(Place::behind()),
        }
    }

    fn read_live(&mut self) -> Step {
        let Place::Live(subscription) = &self.place else {
            return Poll::Pending;
        };
        match subscription.read() {
            RingRead::Frames(frames) => Poll::Ready(Ok(frames.bytes)),
            RingRead::Empty => Poll::Pending,
            RingRead::Lagged => {
                self.seq = subscription.seq();
                self.move_to(Place::behind())
            }
        }
    }

    fn move_to(&mut self, place: Place) -> Step {
        self.place = place;
        Poll::Ready(Ok(Bytes::new()))
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

impl Drop for Cursor {
    fn drop(&mut self) {
        self.room.leave(self.member, self.departure);
    }
}

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cursor")
            .field("room", self.room.id())
            .field("seq", &self.seq)
            .finish_non_exhaustive()
    }
}
