//! The rooms in memory: where committed entries meet the tails that wait for them.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Waker,
};

use bytes::{Bytes, BytesMut};
use parlor_shared::{
    Entry, MemberId, Name, RoomId, Seq, ServerMessage, codec,
    limits::{CATCH_UP_ENTRIES_MAX, CHUNK_BYTES_MAX, PRESENCE_COALESCE_MS, ROOMS_LOADED_MAX},
};
use slab::Slab;
use tokio::sync::Notify;

use crate::{
    clock::Clock,
    engine::{CommitListener, Committed},
    rooms::{
        presence::{Departure, Presence},
        ring::{Pending, Ring, RingBounds, put_frame},
    },
};

/// Every room somebody is in, or has just left.
#[derive(Debug)]
pub(crate) struct Hub {
    rooms: Mutex<HashMap<RoomId, Arc<Room>>>,
    clock: Box<dyn Clock>,
    bounds: RoomBounds,
    /// Presence has something to tell sooner than was planned.
    presence_due: Notify,
}

/// How much of a room is in memory; lower in a simulation, where rooms are small.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RoomBounds {
    pub(crate) ring: RingBounds,
    /// See [`CATCH_UP_ENTRIES_MAX`].
    pub(crate) catch_up_entries_max: u16,
}

impl Default for RoomBounds {
    fn default() -> Self {
        Self {
            ring: RingBounds::default(),
            catch_up_entries_max: CATCH_UP_ENTRIES_MAX,
        }
    }
}

/// There are [`ROOMS_LOADED_MAX`] rooms in memory.
#[derive(Debug, thiserror::Error)]
#[error("the server has {ROOMS_LOADED_MAX} rooms open; try again later")]
pub(crate) struct TooManyRooms;

impl Hub {
    pub(crate) fn new(clock: impl Clock, bounds: RoomBounds) -> Self {
        Self {
            rooms: Mutex::default(),
            clock: Box::new(clock),
            bounds,
            presence_due: Notify::new(),
        }
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// The room, kept in memory for as long as the result lives.
    pub(crate) fn open(self: &Arc<Self>, room: &RoomId) -> Result<RoomHandle, TooManyRooms> {
        let mut rooms = lock(&self.rooms);
        if rooms.len() >= ROOMS_LOADED_MAX && !rooms.contains_key(room) {
            return Err(TooManyRooms);
        }
        let live = rooms
            .entry(room.clone())
            .or_insert_with(|| Arc::new(Room::new(room, self.bounds)));
        live.lock().users += 1;
        Ok(RoomHandle {
            live: live.clone(),
            hub: self.clone(),
        })
    }

    /// Tells rooms who came and went, when it is due, for as long as the server runs.
    pub(crate) async fn keep_presence(self: Arc<Self>) {
        loop {
            let wait_ms = self.flush_presence();
            let wait = async {
                match wait_ms {
                    Some(wait_ms) => {
                        tokio::time::sleep(std::time::Duration::from_millis(wait_ms)).await;
                    }
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = wait => {}
                () = self.presence_due.notified() => {
                    tokio::time::sleep(std::time::Duration::from_millis(PRESENCE_COALESCE_MS)).await;
                }
            }
        }
    }

    /// Tells what is due now, and forgets rooms that nobody is in; says how long until there is more to tell.
    pub(crate) fn flush_presence(&self) -> Option<u64> {
        let now_ms = self.clock.now_ms();
        let mut next_ms = None;
        for room in self.snapshot() {
            let due_ms = room.flush_presence(now_ms);
            next_ms = next_ms.into_iter().chain(due_ms).min();
        }
        self.unload_empty();
        // Never more often than presence is gathered, however many rooms there are.
        next_ms.map(|at| at.saturating_sub(now_ms).max(PRESENCE_COALESCE_MS))
    }

    fn snapshot(&self) -> Vec<Arc<Room>> {
        lock(&self.rooms).values().cloned().collect()
    }

    fn unload_empty(&self) {
        lock(&self.rooms).retain(|_, room| {
            let state = room.lock();
            state.users > 0 || !state.presence.is_empty()
        });
    }
}

impl CommitListener for Hub {
    fn on_commit(&self, group: Vec<Committed>) {
        let mut group = group.into_iter().peekable();
        while let Some(first) = group.next() {
            let Some(room) = lock(&self.rooms).get(&first.room).cloned() else {
                continue;
            };
            let mut frames = Frames::default();
            frames.put(first);
            while let Some(more) = group.next_if(|next| next.room == room.id) {
                frames.put(more);
            }
            let bounds = room.bounds.ring;
            room.publish(|state| frames.push_into(state, bounds));
        }
    }
}

/// A group's entries as frames, side by side in one buffer.
#[derive(Default)]
struct Frames {
    bytes: BytesMut,
    /// Each entry's `seq` and `prev`, and where its frame ends.
    entries: Vec<(Seq, Seq, usize)>,
}

impl Frames {
    fn put(&mut self, Committed { room, entry }: Committed) {
        let (seq, prev) = (entry.seq, entry.prev);
        put_frame(
            &mut self.bytes,
            &codec::encode_server(&ServerMessage::Entry { room, entry }),
        );
        self.entries.push((seq, prev, self.bytes.len()));
    }

    fn push_into(self, state: &mut RoomState, bounds: RingBounds) {
        let bytes = self.bytes.freeze();
        let mut start = 0;
        for (seq, prev, end) in self.entries {
            let ring = state.ring.get_or_insert_with(|| Ring::new(prev, bounds));
            ring.push_entry(seq, bytes.slice(start..end));
            start = end;
        }
    }
}

/// One room in memory.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) id: RoomId,
    pub(crate) bounds: RoomBounds,
    state: Mutex<RoomState>,
}

/// What a room's lock guards. Held for moments only: never across a write, a read of the log or a wake-up.
#[derive(Debug, Default)]
pub(crate) struct RoomState {
    /// `None` until the head is known: from the log, or from the first commit since the room was opened.
    pub(crate) ring: Option<Ring>,
    pub(crate) presence: Presence,
    /// One for each [`WakerSlot`], holding whom to wake at the next news.
    bells: Slab<Option<Waker>>,
    users: usize,
}

impl Room {
    fn new(id: &RoomId, bounds: RoomBounds) -> Self {
        Self {
            id: id.clone(),
            bounds,
            state: Mutex::default(),
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, RoomState> {
        lock(&self.state)
    }

    /// Says what the log's head was at some moment since the room was opened; gives what it is now, as shown.
    pub(crate) fn observe_head(&self, head: Seq) -> Seq {
        self.lock()
            .ring
            .get_or_insert_with(|| Ring::new(head, self.bounds.ring))
            .head()
    }

    /// Gives everyone here a frame that is not on the log.
    pub(crate) fn publish_ephemeral(&self, frame: &Bytes) {
        self.publish(|state| {
            // Without a ring nobody tails the room yet; whoever comes gets a snapshot.
            if let Some(ring) = &mut state.ring {
                ring.push_ephemeral(frame.clone());
            }
        });
    }

    /// What is new at this place, which moves past it.
    pub(crate) fn read_live(&self, position: &mut RingPosition) -> Live {
        let mut state = self.lock();
        let Some(ring) = &mut state.ring else {
            return Live::Nothing;
        };
        match ring.read(position.next) {
            Pending::Frames(read) => {
                *position = RingPosition {
                    next: read.next,
                    seq: read.seq,
                };
                Live::Frames(read.bytes, read.next < ring.end())
            }
            Pending::Nothing => Live::Nothing,
            Pending::Forgotten => Live::Behind(position.seq),
        }
    }

    /// Changes the room, then wakes its tails, outside the lock they will want.
    fn publish(&self, change: impl FnOnce(&mut RoomState)) {
        let mut state = self.lock();
        change(&mut state);
        let bells = state.bells.iter_mut();
        let wakers: Vec<Waker> = bells.filter_map(|(_, waker)| waker.take()).collect();
        drop(state);
        for waker in wakers {
            waker.wake();
        }
    }

    /// Tells what is due of who came and went; gives the time of what is due next.
    fn flush_presence(&self, now_ms: u64) -> Option<u64> {
        let message = self.lock().presence.tell(&self.id, now_ms);
        if let Some(message) = message {
            self.publish_ephemeral(&frame(&message));
        }
        self.lock().presence.due_at_ms()
    }
}

/// A live cursor's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RingPosition {
    /// The number of the next frame of the ring.
    pub(crate) next: u64,
    /// The newest entry before it.
    pub(crate) seq: Seq,
}

/// What there is for a live cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Live {
    /// Whole frames to send, and whether there are more after them.
    Frames(Bytes, bool),
    /// Nothing new.
    Nothing,
    /// More than the ring still has: after this entry, read the log.
    Behind(Seq),
}

/// What wakes one who waits for news of a room.
#[derive(Debug)]
pub(crate) struct WakerSlot {
    room: Arc<Room>,
    number: usize,
}

impl WakerSlot {
    /// A bell in this room; it rings for nobody yet.
    pub(crate) fn new(room: &Arc<Room>) -> Self {
        Self {
            number: room.lock().bells.insert(None),
            room: room.clone(),
        }
    }

    /// The room.
    pub(crate) fn room(&self) -> &Arc<Room> {
        &self.room
    }

    /// Wakes this one at the next news, once. Asked for before looking at what there is, so that nothing falls between.
    pub(crate) fn register(&self, waker: &Waker) {
        match self.room.lock().bells.get_mut(self.number) {
            Some(Some(known)) => known.clone_from(waker),
            Some(unset) => *unset = Some(waker.clone()),
            None => {}
        }
    }
}

impl Drop for WakerSlot {
    fn drop(&mut self) {
        self.room.lock().bells.try_remove(self.number);
    }
}

/// A room that stays in memory while this lives.
#[derive(Debug)]
pub(crate) struct RoomHandle {
    live: Arc<Room>,
    hub: Arc<Hub>,
}

impl RoomHandle {
    /// The room itself.
    pub(crate) fn live(&self) -> &Arc<Room> {
        &self.live
    }

    /// A connection of `member` came.
    pub(crate) fn enter(&self, member: MemberId, name: &Name) {
        let now_ms = self.hub.clock.now_ms();
        self.live.lock().presence.enter(member, name, now_ms);
        self.hub.presence_due.notify_one();
    }

    /// A connection of `member` went.
    pub(crate) fn leave(&self, member: MemberId, departure: Departure) {
        let now_ms = self.hub.clock.now_ms();
        self.live.lock().presence.leave(member, departure, now_ms);
        self.hub.presence_due.notify_one();
    }

    /// `member` goes by another name.
    pub(crate) fn rename(&self, member: MemberId, name: &Name) {
        let now_ms = self.hub.clock.now_ms();
        self.live.lock().presence.rename(member, name, now_ms);
        self.hub.presence_due.notify_one();
    }
}

impl std::ops::Deref for RoomHandle {
    type Target = Room;

    fn deref(&self) -> &Room {
        &self.live
    }
}

impl Drop for RoomHandle {
    fn drop(&mut self) {
        self.live.lock().users -= 1;
        self.hub.presence_due.notify_one();
    }
}

/// A message as one WebSocket frame.
pub(crate) fn frame(message: &ServerMessage) -> Bytes {
    let mut out = BytesMut::new();
    put_frame(&mut out, &codec::encode_server(message));
    out.freeze()
}

/// Entries as whole frames, side by side, in chunks of at most about [`CHUNK_BYTES_MAX`].
pub(crate) fn entry_frames(room: &RoomId, entries: Vec<Entry>) -> VecDeque<Bytes> {
    let mut chunks = VecDeque::new();
    let mut chunk = BytesMut::new();
    for entry in entries {
        let message = ServerMessage::Entry {
            room: room.clone(),
            entry,
        };
        put_frame(&mut chunk, &codec::encode_server(&message));
        if chunk.len() >= CHUNK_BYTES_MAX {
            chunks.push_back(chunk.split().freeze());
        }
    }
    if !chunk.is_empty() {
        chunks.push_back(chunk.freeze());
    }
    chunks
}

/// A lock whose holder panicked guards data that is whole all the same: each change here is one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;

    #[test]
    fn so_many_rooms_are_open_and_the_next_one_once_another_is_left() {
        let hub = Arc::new(Hub::new(SystemClock::start(), RoomBounds::default()));
        let room = |n: usize| RoomId::parse(&format!("r{n}")).unwrap();
        let mut open: Vec<RoomHandle> = (0..ROOMS_LOADED_MAX)
            .map(|n| hub.open(&room(n)).unwrap())
            .collect();
        hub.open(&room(ROOMS_LOADED_MAX)).unwrap_err();
        hub.open(&room(0)).unwrap();
        open.pop();
        hub.unload_empty();
        hub.open(&room(ROOMS_LOADED_MAX)).unwrap();
    }
}
