//! One room in memory: its ring, its presence, and who is woken by a publish.

mod members;
pub(crate) mod occupancy;
pub(crate) mod waker_slot;

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use bytes::Bytes;
use parlor_shared::{MessageId, RoomId, Seq, limits::CATCH_UP_ENTRIES_MAX};
use slab::Slab;
use tokio::sync::Notify;

use crate::{
    address::Share,
    clock::Clock,
    connection::frame::{EncodedEntry, blanked},
    engine::Page,
    log_reader::LogReader,
    metrics::DeliveryMetrics,
    rooms::{
        log_pages::{
            self, Deletions, LogPage, LogPages, NextPage, PageBudget, PageStart, ReadPermits,
        },
        own_changes::OwnChanges,
        policy::RoomPolicy,
        presence::Presence,
        ring::{Ring, RingBounds, RingPosition, RingRead},
        typing::Typing,
        wakeups::{Waiting, WakeList},
    },
};

/// How much of a room is kept in memory. The simulation sets smaller bounds.
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

/// What all rooms of a hub share.
#[derive(Debug)]
pub(crate) struct RoomEnv {
    pub(crate) clock: Box<dyn Clock>,
    pub(crate) bounds: RoomBounds,
    /// Notified when the presence of a room has changed.
    pub(crate) presence_changed: Notify,
    /// What the other nodes are to be sent.
    pub(crate) own_changes: OwnChanges,
    /// What the rooms' pages of the log may take together.
    pub(crate) page_budget: Arc<PageBudget>,
    /// What is counted about their deliveries.
    pub(crate) metrics: DeliveryMetrics,
}

/// One room in memory.
#[derive(Debug)]
pub(crate) struct Room {
    id: RoomId,
    env: Arc<RoomEnv>,
    state: Mutex<RoomState>,
    /// When entries were published last, by the clock's microseconds; 0 before the first.
    published_us: AtomicU64,
    policy: Mutex<RoomPolicy>,
    /// Its place among the rooms of the address that it was loaded for.
    _share: Option<Share>,
}

/// What a room's lock guards. It is held for moments only: never across a write, a read of the log
/// or a wake-up.
#[derive(Debug, Default)]
struct RoomState {
    /// `None` until the head is known: from the log, or from the first commit since the room was
    /// loaded.
    ring: Option<Ring>,
    pages: LogPages,
    presence: Presence,
    typing: Typing,
    /// A place for each [`WakerSlot`](waker_slot::WakerSlot); the task in it is woken by the next
    /// publish.
    waiting: Slab<Option<Waiting>>,
    /// How many [`RoomHandle`]s there are.
    handles: usize,
}

/// The frames a cursor reads before it is live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CatchUp {
    /// The number of the next frame to read.
    pub(crate) next: u64,
    /// The number of the first frame that it reads as a live cursor.
    pub(crate) live_from: u64,
}

impl Room {
    /// A room whose head is not known yet.
    pub(crate) fn new(id: &RoomId, env: &Arc<RoomEnv>, share: Option<Share>) -> Arc<Self> {
        Arc::new(Self {
            id: id.clone(),
            env: env.clone(),
            state: Mutex::default(),
            published_us: AtomicU64::new(0),
            policy: Mutex::default(),
            _share: share,
        })
    }

    /// Keeps the room loaded for as long as the result lives.
    pub(crate) fn open(self: &Arc<Self>) -> RoomHandle {
        self.lock().handles += 1;
        RoomHandle(self.clone())
    }

    /// The room's id.
    pub(crate) fn id(&self) -> &RoomId {
        &self.id
    }

    /// What applies to everyone in the room.
    pub(crate) fn policy(&self) -> MutexGuard<'_, RoomPolicy> {
        lock(&self.policy)
    }

    /// Entries that a cursor behind the ring reads from the log at once.
    pub(crate) fn catch_up_entries_max(&self) -> u16 {
        self.env.bounds.catch_up_entries_max
    }

    /// Whether nothing needs the room in memory: no handle, and no member that is present on this
    /// node or may come back to it in time.
    pub(crate) fn is_unused(&self) -> bool {
        let state = self.lock();
        state.handles == 0 && !state.presence.has_own()
    }

    /// The newest published entry, once the head is known.
    pub(crate) fn head(&self) -> Option<Seq> {
        self.lock().ring.as_ref().map(Ring::head)
    }

    /// Records what the log's head was at some moment since the room was loaded. Returns the newest
    /// published entry, which may be after it.
    pub(crate) fn observe_head(&self, head: Seq) -> Seq {
        let mut state = self.lock();
        state.ring_at(head, self.env.bounds.ring).head()
    }

    /// Publishes entries that were just committed, in the log's order. In the same step the words
    /// of the messages that they delete leave the ring, and pages of the log with them are void.
    /// Who waits for the entries is added to `wake`.
    pub(crate) fn publish_entries(&self, entries: Vec<EncodedEntry>, wake: &mut WakeList) {
        self.published_us.store(self.env.clock.now_us(), Relaxed);
        let deleted: HashSet<MessageId> =
            entries.iter().filter_map(|entry| entry.deletes).collect();
        self.publish(wake, |state| {
            for entry in entries {
                let ring = state.ring_at(entry.prev, self.env.bounds.ring);
                ring.push_entry(entry.seq, entry.frame, entry.words_of);
            }
            if !deleted.is_empty() {
                state.pages.void();
                if let Some(ring) = &mut state.ring {
                    ring.blank(&deleted, blanked);
                }
            }
        });
    }

    /// Publishes a frame that is not on the log.
    pub(crate) fn publish_ephemeral(&self, frame: &Bytes) {
        self.publish(&mut WakeList::default(), |state| {
            // Without a ring there is no cursor in the room yet, and a new one starts with a
            // snapshot.
            if let Some(ring) = &mut state.ring {
                ring.push_ephemeral(frame.clone());
            }
        });
    }

    /// Changes the room, and adds everyone who waits for a publish to those that are woken once the
    /// lock is released: they will want it.
    fn publish(&self, wake: &mut WakeList, change: impl FnOnce(&mut RoomState)) {
        let mut state = self.lock();
        change(&mut state);
        let waiting = state.waiting.iter_mut();
        waiting
            .filter_map(|(_, slot)| slot.take())
            .for_each(|task| wake.add(task));
    }

    /// What a live cursor at this position reads next.
    pub(crate) fn read(&self, position: RingPosition) -> RingRead {
        let mut state = self.lock();
        let ring = state.ring.as_mut();
        let read = ring.map_or(RingRead::Empty, |ring| ring.read(position.frame));
        self.counted(read)
    }

    /// What a cursor that catches up reads next; [`RingRead::Empty`] when it is live.
    pub(crate) fn read_entries(&self, range: CatchUp) -> RingRead {
        let mut state = self.lock();
        let ring = state.ring.as_mut();
        let read = ring.map_or(RingRead::Empty, |ring| {
            ring.read_entries(range.next, range.live_from)
        });
        self.counted(read)
    }

    /// Where a cursor after this entry enters the ring; `None` if it has to read the log first.
    pub(crate) fn enter_ring(&self, after: Seq) -> Option<CatchUp> {
        let state = self.lock();
        let ring = state.ring.as_ref()?;
        Some(CatchUp {
            next: ring.find(after)?,
            live_from: ring.end(),
        })
    }

    /// Drops the ring's older frames, and older pages of the log. See [`Ring::expire`].
    pub(crate) fn expire_frames(&self) {
        let mut state = self.lock();
        state.pages.expire();
        if let Some(ring) = &mut state.ring {
            ring.expire();
        }
    }

    /// The page of the log for a cursor at this place that is behind the ring. Only one of those
    /// that come back together reads it.
    pub(crate) fn next_page(
        self: &Arc<Self>,
        log: &LogReader,
        after: Seq,
        start: PageStart,
    ) -> NextPage {
        let limit = self.catch_up_entries_max();
        let permits = ReadPermits::of(log.permits());
        let read = || {
            let (room, log, permits) = (self.clone(), log.clone(), permits.clone());
            log_pages::shared(async move {
                // A deletion that is published before the read begins is committed, so the read
                // sees it. One counted earlier would void a page that had only waited for long.
                let begin = || {
                    permits.begin();
                    room.lock().pages.deletions()
                };
                let (deletions, page) = log.read_after(&room.id, after, limit, begin).await?;
                Ok(room.keep_page(after, page, deletions))
            })
        };
        let reach = start.reach(limit, log.place_step());
        let page = self.lock().pages.next(after, reach, &permits, read);
        match &page {
            NextPage::Ready(_) => self.env.metrics.log_pages_shared.add(1),
            NextPage::Reading(_) => {}
        }
        page
    }

    /// Encodes a page that was read, and keeps it for others.
    fn keep_page(&self, from: Seq, page: Page, deletions: Deletions) -> Arc<LogPage> {
        // Entries that are committed and not published yet come through the ring.
        let published = self.head().unwrap_or(from);
        let mut entries = page.entries;
        entries.retain(|entry| entry.seq <= published);
        self.env.metrics.log_pages_read.add(1);
        let page = Arc::new(LogPage::new(&self.id, from, entries, deletions));
        let mut state = self.lock();
        state.pages.keep(&page, &self.env.page_budget);
        page
    }

    /// Whether no words of this page were deleted since it was read.
    pub(crate) fn is_current(&self, page: &LogPage) -> bool {
        self.lock().pages.is_current(page)
    }

    fn lock(&self) -> MutexGuard<'_, RoomState> {
        lock(&self.state)
    }
}

impl RoomState {
    /// The ring. If the head was not known before, it is this.
    fn ring_at(&mut self, head: Seq, bounds: RingBounds) -> &mut Ring {
        self.ring.get_or_insert_with(|| Ring::new(head, bounds))
    }
}

/// A room that stays loaded for as long as this lives.
#[derive(Debug)]
pub(crate) struct RoomHandle(Arc<Room>);

impl std::ops::Deref for RoomHandle {
    type Target = Arc<Room>;

    fn deref(&self) -> &Arc<Room> {
        &self.0
    }
}

impl Drop for RoomHandle {
    fn drop(&mut self) {
        self.lock().handles -= 1;
        // The presence task unloads rooms, too.
        self.env.presence_changed.notify_one();
    }
}

/// Locks a mutex. If its holder panicked, the data is whole all the same: each change under these
/// locks is one step.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
