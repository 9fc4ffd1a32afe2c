//! One session's place in one room, and what it reads next.
//!
//! A live, a resuming, a new and a slow session are the same thing here: a cursor at a position.
//! Behind the ring a cursor reads pages of the log until the ring reaches back to it. Inside the
//! ring it reads entries until it is where the ring ended when it came. Then it gets one presence
//! snapshot, which replaces the ephemeral frames it skipped, and becomes live: it subscribes, and
//! the session registry delivers to it. A live cursor that the ring has left behind starts over.

use std::{
    fmt,
    rc::Rc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use parlor_shared::{
    Member, MemberId, RoomId, Seq,
    limits::{CATCH_UP_BYTES_PAID_MAX, REPLY_BYTES_PER_TOKEN},
};

use crate::{
    connection::{frame::frame, socket::SocketWriter},
    log_reader::LogReader,
    rooms::{
        entry_reader::{EntriesRead, EntryReader, PageSlot, ReaderLost},
        presence::Departure,
        registry::{SessionRegistry, Subscription},
        ring::RingRead,
        room::RoomHandle,
    },
};

/// A position in a room's log, and the way from there to its head. While it lives, its member is
/// present in the room.
pub(crate) struct Cursor {
    /// Reads what is before the head.
    reader: EntryReader,
    /// At the head, or as far behind it as the ring reaches, the registry delivers.
    live: Option<Subscription>,
    member: MemberId,
    departure: Departure,
    cost: CatchUpCost,
}

/// What is charged for the frames that a cursor has given before it was live.
#[derive(Debug, Default)]
struct CatchUpCost {
    bytes: usize,
    charged: u32,
}

impl Cursor {
    /// A cursor after `seq` in a room whose head is known. It makes the member present in the room.
    pub(crate) fn new(room: RoomHandle, log: LogReader, member: &Member, seq: Seq) -> Self {
        room.enter(member);
        Self {
            reader: EntryReader::new(room, log, seq),
            live: None,
            member: member.member,
            departure: Departure::Lost,
            cost: CatchUpCost::default(),
        }
    }

    /// The room that it reads.
    pub(crate) fn room(&self) -> &RoomHandle {
        self.reader.room()
    }

    /// The room's id.
    pub(crate) fn room_id(&self) -> &RoomId {
        self.room().id()
    }

    /// How many entries of the log, of all rooms, it is behind the room's newest one; groups of
    /// them where several nodes share the log.
    pub(crate) fn behind(&self) -> u64 {
        let seq = match &self.live {
            Some(subscription) => subscription.seq(),
            None => self.reader.seq(),
        };
        let head = self.room().head().unwrap_or(seq);
        let places = head.0.saturating_sub(seq.0);
        places.div_ceil(self.reader.place_step())
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
    /// [`ReaderLost`] where it can't continue.
    pub(crate) fn poll_frames(
        &mut self,
        cx: &mut Context<'_>,
        registry: &Rc<SessionRegistry>,
        socket: &Rc<SocketWriter>,
        slot: PageSlot,
    ) -> Poll<Result<Bytes, ReaderLost>> {
        if let Some(subscription) = &self.live {
            match subscription.read() {
                RingRead::Frames(frames) => return Poll::Ready(Ok(frames.bytes)),
                RingRead::Empty => return Poll::Pending,
                RingRead::Lagged => {
                    self.reader.restart_after(subscription.seq());
                    self.live = None;
                }
            }
        }
        let frames = match ready!(self.reader.poll_entries(cx, slot))? {
            EntriesRead::Frames(frames) => frames,
            EntriesRead::CaughtUp(position) => {
                let snapshot = frame(&self.room().presence_snapshot());
                self.live = Some(registry.subscribe(self.room(), position, socket));
                snapshot
            }
        };
        self.cost.bytes += frames.len();
        Poll::Ready(Ok(frames))
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
        self.live.is_none() && self.reader.has_page()
    }

    /// See [`EntryReader::drive_page`].
    pub(crate) fn drive_page(&mut self, cx: &mut Context<'_>) {
        self.reader.drive_page(cx);
    }
}

impl Drop for Cursor {
    fn drop(&mut self) {
        self.room().leave(self.member, self.departure);
    }
}

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cursor")
            .field("room", self.room_id())
            .field("seq", &self.reader.seq())
            .finish_non_exhaustive()
    }
}
