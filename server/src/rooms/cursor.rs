//! One session's place in one room, and what it has to read next.
//!
//! Live, resuming, new and slow are the same thing here: a place. Inside the ring a cursor takes frames from memory;
//! behind it, pages from the log, until it is back inside. On its way it skips what is not on the log, and gets one
//! fresh snapshot of who is present when it arrives.

use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use parlor_shared::{MemberId, Name, RoomId, Seq};

use crate::{
    engine::{Engine, Page, ReadError},
    rooms::{
        hub::{Live, RingPosition, RoomHandle, WakerSlot, entry_frames, frame},
        presence::Departure,
        registry::{Subscription, Table},
        ring::Pending,
    },
};

/// A place in a room, tailing it.
pub(crate) struct Cursor {
    room: RoomHandle,
    engine: Arc<dyn Engine>,
    member: MemberId,
    departure: Departure,
    /// The newest entry handed out before the cursor was live.
    seq: Seq,
    place: Place,
    /// Where to sit while it is live.
    table: Option<Table>,
}

enum Place {
    /// Behind the ring: pages of the log, read ahead of what is sent by one page at most.
    Log {
        ready: VecDeque<Bytes>,
        page: Option<PageRead>,
    },
    /// In the ring on the way to frame `live_from`; what is not on the log is skipped until there.
    CatchingUp { next: u64, live_from: u64 },
    /// In the ring, everything counts; whoever polls it is woken by itself.
    Live {
        position: RingPosition,
        bell: WakerSlot,
    },
    /// The same, and woken together with others.
    Subscriber(Subscription),
}

/// Why a cursor is of no more use; its client joins again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CursorLost {
    /// The log can't be read.
    #[error("the log can't be read")]
    Unreadable(#[from] ReadError),
    /// The log no longer has what comes next.
    #[error("the log was shortened past the cursor")]
    Overtaken,
}

type PageRead = Pin<Box<dyn Future<Output = Result<Page, ReadError>>>>;

impl Cursor {
    /// A cursor after `seq` in a room whose head is known, for a member that is thereby present.
    pub(crate) fn new(
        room: RoomHandle,
        engine: Arc<dyn Engine>,
        (member, name): (MemberId, &Name),
        seq: Seq,
    ) -> Self {
        room.enter(member, name);
        let place = Place::Log {
            ready: VecDeque::new(),
            page: None,
        };
        Self {
            room,
            engine,
            member,
            departure: Departure::Lost,
            seq,
            place,
            table: None,
        }
    }

    /// Has the cursor take a seat there once it is live.
    pub(crate) fn sit_at(&mut self, table: Table) {
        self.table = Some(table);
    }

    /// The room it tails.
    pub(crate) fn room(&self) -> &RoomHandle {
        &self.room
    }

    /// The room's id.
    pub(crate) fn room_id(&self) -> &RoomId {
        &self.room.id
    }

    /// Ends the cursor because its member leaves the room, not because the line is lost.
    pub(crate) fn leave(mut self) {
        self.departure = Departure::Left;
    }

    /// Whole frames to send next; pending while there is nothing new.
    ///
    /// # Errors
    /// [`CursorLost`] where it can't go on.
    pub(crate) fn poll_frames(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, CursorLost>> {
        loop {
            let step = match &mut self.place {
                Place::Log { .. } => self.poll_log(cx),
                Place::CatchingUp { next, live_from } => {
                    let (next, live_from) = (*next, *live_from);
                    self.catch_up(next, live_from)
                }
                Place::Live { position, bell } => {
                    bell.register(cx.waker());
                    let live = self.room.read_live(position);
                    self.go_on(live)
                }
                Place::Subscriber(seat) => {
                    let live = seat.read_live();
                    self.go_on(live)
                }
            };
            match step {
                Step::Send(bytes) if bytes.is_empty() => {}
                Step::Send(bytes) => return Poll::Ready(Ok(bytes)),
                Step::MoveTo(place) => self.place = place,
                Step::Wait => return Poll::Pending,
                Step::Fail(why) => return Poll::Ready(Err(why)),
            }
        }
    }

    fn poll_log(&mut self, cx: &mut Context<'_>) -> Step {
        let Place::Log { ready, page } = &mut self.place else {
            return Step::Wait;
        };
        if let Some(bytes) = ready.pop_front() {
            return Step::Send(bytes);
        }
        let Some(read) = page else {
            if let Some(place) = self.enter_ring() {
                return Step::MoveTo(place);
            }
            let (engine, room, after) = (self.engine.clone(), self.room.id.clone(), self.seq);
            let limit = self.room.bounds.catch_up_entries_max;
            let read = Box::pin(async move { engine.read_after(&room, after, limit).await });
            return Step::MoveTo(Place::Log {
                ready: VecDeque::new(),
                page: Some(read),
            });
        };
        let Poll::Ready(result) = read.as_mut().poll(cx) else {
            return Step::Wait;
        };
        *page = None;
        match result {
            Err(error) => Step::Fail(error.into()),
            Ok(page) => {
                // What is committed but not in the ring yet will come through the ring.
                let head = self
                    .room
                    .lock()
                    .ring
                    .as_ref()
                    .map_or(self.seq, |ring| ring.head());
                let mut entries = page.entries;
                if entries.first().is_some_and(|first| first.prev > self.seq) {
                    return Step::Fail(CursorLost::Overtaken);
                }
                entries.retain(|entry| entry.seq <= head);
                let Some(last) = entries.last() else {
                    return Step::Fail(CursorLost::Overtaken);
                };
                self.seq = last.seq;
                *ready = entry_frames(&self.room.id, entries);
                Step::Send(Bytes::new())
            }
        }
    }

    /// The place in the ring, if the ring reaches back to where the cursor is.
    fn enter_ring(&self) -> Option<Place> {
        let state = self.room.lock();
        let ring = state.ring.as_ref()?;
        let next = ring.find(self.seq)?;
        Some(Place::CatchingUp {
            next,
            live_from: ring.end(),
        })
    }

    fn catch_up(&mut self, next: u64, live_from: u64) -> Step {
        let mut state = self.room.lock();
        let Some(ring) = &mut state.ring else {
            return Step::Wait;
        };
        match ring.read_entries(next, live_from) {
            Pending::Frames(read) => {
                self.seq = read.seq;
                self.place = Place::CatchingUp {
                    next: read.next,
                    live_from,
                };
                Step::Send(read.bytes)
            }
            Pending::Nothing => {
                let snapshot = state.presence.snapshot(&self.room.id);
                drop(state);
                let position = RingPosition {
                    next: live_from,
                    seq: self.seq,
                };
                self.place = match &self.table {
                    Some(table) => Place::Subscriber(table.seat(self.room.live(), position)),
                    None => Place::Live {
                        position,
                        bell: WakerSlot::new(self.room.live()),
                    },
                };
                Step::Send(frame(&snapshot))
            }
            Pending::Forgotten => Step::MoveTo(Place::behind()),
        }
    }

    /// What a live cursor does.
    fn go_on(&mut self, live: Live) -> Step {
        match live {
            Live::Frames(frames, _) => Step::Send(frames),
            Live::Nothing => Step::Wait,
            Live::Behind(seq) => {
                self.seq = seq;
                Step::MoveTo(Place::behind())
            }
        }
    }
}

impl Place {
    fn behind() -> Self {
        Self::Log {
            ready: VecDeque::new(),
            page: None,
        }
    }
}

/// What a cursor does next.
enum Step {
    /// Hands these frames out; empty ones are passed over.
    Send(Bytes),
    MoveTo(Place),
    Wait,
    Fail(CursorLost),
}

impl Drop for Cursor {
    fn drop(&mut self) {
        self.room.leave(self.member, self.departure);
    }
}

impl std::fmt::Debug for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cursor")
            .field("room", &self.room.id)
            .field("seq", &self.seq)
            .finish()
    }
}
