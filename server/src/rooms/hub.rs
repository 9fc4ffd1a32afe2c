//! The rooms in memory. Committed entries arrive here from the engine and go to the rings of their
//! rooms.

use std::{
    collections::HashMap,
    iter,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use parlor_shared::{
    Member, RoomId, RoomPattern,
    limits::{
        PRESENCE_COALESCE_MS, RING_FRAMES_MS_MIN, ROOMS_LOADED_ADDRESS_MAX, ROOMS_LOADED_MAX,
    },
};
use tokio::{
    sync::{Notify, watch},
    time::sleep,
};

use crate::{
    address::Address,
    clock::Clock,
    connection::frame::encode_entries,
    engine::{CommitListener, Committed},
    metrics::{DeliveryMetrics, NodesMetrics},
    rooms::{
        commit_watch::{CommitWatch, CommitWatches},
        elsewhere::{Elsewhere, RoomNews},
        own_changes::OwnChanges,
        room::{Room, RoomBounds, RoomEnv, RoomHandle, lock, occupancy::Occupancy},
        wakeups::WakeList,
    },
    shrink::shrink,
};

/// Every room that a session is in, or that a member may still come back to.
#[derive(Debug)]
pub(crate) struct Hub {
    rooms: Mutex<HashMap<RoomId, Arc<Room>>>,
    /// Who is present on the other nodes. Locked after `rooms`.
    elsewhere: Mutex<Elsewhere>,
    /// What is counted about what the nodes say to each other.
    nodes_metrics: NodesMetrics,
    /// When the rings' older frames were dropped last.
    expired_at_ms: AtomicU64,
    env: Arc<RoomEnv>,
    /// Counts the changes of what members may do: each connection asks again.
    access_changes: watch::Sender<u64>,
    /// Who waits for entries, whether anybody is in their rooms or not.
    watches: CommitWatches,
}

/// The members of a room who are present on this node.
#[derive(Debug, Clone)]
pub(crate) struct OwnMembers {
    pub(crate) room: RoomId,
    pub(crate) members: Vec<Member>,
}

/// A room can't be loaded now.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TooManyRooms {
    /// [`ROOMS_LOADED_MAX`] rooms are in memory.
    #[error("The server has {ROOMS_LOADED_MAX} rooms open. Try again later.")]
    OnServer,
    /// [`ROOMS_LOADED_ADDRESS_MAX`] of them were loaded for one address.
    #[error(
        "Your address has opened {ROOMS_LOADED_ADDRESS_MAX} rooms. Leave some, or try again later."
    )]
    FromAddress,
}

impl Hub {
    pub(crate) fn new(clock: impl Clock, bounds: RoomBounds) -> Self {
        Self {
            rooms: Mutex::default(),
            elsewhere: Mutex::default(),
            nodes_metrics: NodesMetrics::default(),
            expired_at_ms: AtomicU64::new(0),
            env: Arc::new(RoomEnv {
                clock: Box::new(clock),
                bounds,
                presence_changed: Notify::new(),
                own_changes: OwnChanges::default(),
                page_budget: Arc::default(),
                metrics: DeliveryMetrics::default(),
            }),
            access_changes: watch::Sender::new(0),
            watches: CommitWatches::default(),
        }
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        self.env.clock.as_ref()
    }

    /// What was counted about the rooms' deliveries.
    pub(crate) fn metrics(&self) -> &DeliveryMetrics {
        &self.env.metrics
    }

    /// What the rooms in memory hold now, room by room and in no order.
    pub(crate) fn occupancy(&self) -> Vec<Occupancy> {
        let rooms: Vec<Arc<Room>> = lock(&self.rooms).values().cloned().collect();
        rooms.iter().map(|room| room.occupancy()).collect()
    }

    /// Loads a room, for as long as the result lives. A room that was not loaded counts for
    /// `address` from then on, if there is one.
    ///
    /// # Errors
    /// [`TooManyRooms`], until another room is unloaded.
    pub(crate) fn open(
        &self,
        room: &RoomId,
        address: Option<&Address>,
    ) -> Result<RoomHandle, TooManyRooms> {
        let mut rooms = lock(&self.rooms);
        if let Some(loaded) = rooms.get(room) {
            return Ok(loaded.open());
        }
        if rooms.len() >= ROOMS_LOADED_MAX {
            return Err(TooManyRooms::OnServer);
        }
        let share = address.map(Address::count_room).transpose();
        let share = share.map_err(|_| TooManyRooms::FromAddress)?;
        let loaded = Room::new(room, &self.env, share);
        loaded.begin_presence(lock(&self.elsewhere).members(room));
        let handle = loaded.open();
        rooms.insert(room.clone(), loaded);
        Ok(handle)
    }

    /// Says that members may do something else from now on, somewhere.
    pub(crate) fn announce_access_change(&self) {
        self.access_changes
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Hears of each such change from now on.
    pub(crate) fn access_changes(&self) -> watch::Receiver<u64> {
        self.access_changes.subscribe()
    }

    /// Waits for entries of these rooms from now on.
    pub(crate) fn watch_commits(&self, rooms: RoomPattern) -> CommitWatch {
        self.watches.watch(rooms)
    }

    /// How many members are present in a room, on all nodes.
    pub(crate) fn member_count(&self, room: &RoomId) -> u32 {
        let loaded = lock(&self.rooms).get(room).cloned();
        let elsewhere = || lock(&self.elsewhere).count(room);
        loaded.map_or_else(elsewhere, |room| room.member_count())
    }

    /// What has changed on this node and the other nodes were not sent yet.
    pub(crate) fn own_changes(&self) -> &OwnChanges {
        &self.env.own_changes
    }

    /// What is counted about what the nodes say to each other.
    pub(crate) fn nodes_metrics(&self) -> &NodesMetrics {
        &self.nodes_metrics
    }

    /// How many members the other nodes have, each counted in each of their rooms.
    pub(crate) fn members_elsewhere(&self) -> usize {
        lock(&self.elsewhere).count_all()
    }

    /// Who is present on this node, room by room and in no order.
    pub(crate) fn own_members(&self) -> Vec<OwnMembers> {
        let rooms: Vec<Arc<Room>> = lock(&self.rooms).values().cloned().collect();
        let own = rooms.iter().map(|room| OwnMembers {
            room: room.id().clone(),
            members: room.own_members(),
        });
        own.filter(|own| !own.members.is_empty()).collect()
    }

    /// Shows what has changed on another node, in a room that is loaded here or not.
    pub(crate) fn apply_elsewhere(&self, news: RoomNews) {
        let RoomNews {
            room,
            changes,
            typing,
        } = news;
        let loaded = {
            // A room that is loaded after this begins with all of it.
            let rooms = lock(&self.rooms);
            let changes = lock(&self.elsewhere).apply(&room, changes);
            let loaded = rooms.get(&room).cloned();
            if let Some(room) = &loaded {
                room.change_elsewhere(&changes);
            }
            loaded
        };
        if let Some(room) = loaded {
            self.env.presence_changed.notify_one();
            typing
                .into_iter()
                .for_each(|member| room.relay_typing(member));
        }
    }

    /// Publishes presence changes when they are due, and drops what rings have had for long, for as
    /// long as the server runs.
    pub(crate) async fn run_presence(self: Arc<Self>) {
        loop {
            let wait_ms = self.flush_presence().unwrap_or(RING_FRAMES_MS_MIN);
            let wait = Duration::from_millis(wait_ms.min(RING_FRAMES_MS_MIN));
            tokio::select! {
                () = sleep(wait) => {}
                () = self.env.presence_changed.notified() => {
                    sleep(Duration::from_millis(PRESENCE_COALESCE_MS)).await;
                }
            }
        }
    }

    /// Publishes the presence changes that are due, unloads rooms that are not used, and once in
    /// [`RING_FRAMES_MS_MIN`] drops what rings have had for longer. Returns how long until presence
    /// changes are due.
    pub(crate) fn flush_presence(&self) -> Option<u64> {
        let now_ms = self.env.clock.now_ms();
        let rooms: Vec<Arc<Room>> = lock(&self.rooms).values().cloned().collect();
        let due = rooms.iter().filter_map(|room| room.flush_presence(now_ms));
        let next_ms = due.min();
        self.unload_unused();
        if now_ms.saturating_sub(self.expired_at_ms.load(Relaxed)) >= RING_FRAMES_MS_MIN {
            self.expired_at_ms.store(now_ms, Relaxed);
            rooms.iter().for_each(|room| room.expire_frames());
        }
        // Never more often than presence is coalesced, whatever the number of rooms.
        next_ms.map(|at| at.saturating_sub(now_ms).max(PRESENCE_COALESCE_MS))
    }

    fn unload_unused(&self) {
        let mut rooms = lock(&self.rooms);
        rooms.retain(|_, room| !room.is_unused());
        shrink(&mut rooms);
    }
}

impl CommitListener for Hub {
    fn on_commit(&self, mut group: Vec<Committed>) {
        // Between rooms there is no order; within each it stays.
        group.sort_by(|one, other| one.room.cmp(&other.room));
        // All are woken once everything is published: whom the first wakes finds the rest.
        let mut wake = WakeList::default();
        let mut group = group.into_iter().peekable();
        let mut changes_access = false;
        while let Some(Committed { room: id, .. }) = group.peek() {
            let id = id.clone();
            self.watches.notify(&id);
            let loaded = lock(&self.rooms).get(&id).cloned();
            let same_room = iter::from_fn(|| group.next_if(|next| next.room == id));
            let entries = same_room.map(|committed| committed.entry);
            match loaded {
                Some(room) => {
                    let entries =
                        entries.inspect(|entry| changes_access |= room.policy().apply(entry));
                    room.publish_entries(encode_entries(&id, entries), &mut wake);
                }
                // No session is in the room.
                None => entries.for_each(drop),
            }
        }
        if changes_access {
            self.announce_access_change();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use bytes::Bytes;
    use parlor_shared::{MemberId, Name, Seq};
    use tokio::time::advance;

    use super::*;
    use crate::{
        address::Addresses,
        clock::SystemClock,
        rooms::{
            elsewhere::{MemberChange, MemberElsewhere},
            ring::{RingPosition, RingRead},
        },
    };

    #[test]
    fn the_number_of_loaded_rooms_is_bounded_and_a_room_that_was_left_makes_way() {
        let hub = Hub::new(SystemClock::start(), RoomBounds::default());
        let room = |n: usize| RoomId::parse(&format!("r{n}")).unwrap();
        let mut open: Vec<RoomHandle> = (0..ROOMS_LOADED_MAX)
            .map(|n| hub.open(&room(n), None).unwrap())
            .collect();
        let refused = hub.open(&room(ROOMS_LOADED_MAX), None).unwrap_err();
        assert_eq!(refused, TooManyRooms::OnServer);
        hub.open(&room(0), None).unwrap();
        open.pop();
        hub.unload_unused();
        hub.open(&room(ROOMS_LOADED_MAX), None).unwrap();
    }

    #[test]
    fn who_is_present_on_other_nodes_counts_in_rooms_that_are_loaded_or_not() {
        let hub = Hub::new(SystemClock::start(), RoomBounds::default());
        let room = RoomId::parse("lobby").unwrap();
        let member = |n| MemberId::from_bytes([n; 16]);
        let entered = |n| {
            MemberChange::Entered(MemberElsewhere {
                member: member(n),
                name: Some(Name::parse("ann").unwrap()),
            })
        };
        let news = |changes| RoomNews {
            changes,
            ..RoomNews::of(room.clone())
        };
        hub.apply_elsewhere(news(vec![entered(1), entered(2)]));
        assert_eq!(hub.member_count(&room), 2);
        let handle = hub.open(&room, None).unwrap();
        assert_eq!(
            (handle.member_count(), handle.listed_members().len()),
            (2, 2)
        );
        hub.apply_elsewhere(news(vec![MemberChange::Left(member(1)), entered(3)]));
        hub.apply_elsewhere(news(vec![MemberChange::Left(member(3))]));
        assert_eq!(hub.member_count(&room), 1);
        drop(handle);
        hub.unload_unused();
        assert!(hub.occupancy().is_empty(), "nobody of this node is there");
        assert_eq!((hub.member_count(&room), hub.members_elsewhere()), (1, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_ring_gives_back_what_it_has_had_for_two_minutes() {
        let hub = Hub::new(SystemClock::start(), RoomBounds::default());
        let room = RoomId::parse("lobby").unwrap();
        let room = hub.open(&room, None).unwrap();
        room.observe_head(Seq::ZERO);
        let at = |frame| {
            room.read(RingPosition {
                frame,
                seq: Seq::ZERO,
            })
        };
        let minute = Duration::from_millis(RING_FRAMES_MS_MIN);
        room.publish_ephemeral(&Bytes::from_static(b"a"));
        for _ in 0..10 {
            hub.flush_presence();
        }
        advance(minute).await;
        hub.flush_presence();
        room.publish_ephemeral(&Bytes::from_static(b"b"));
        assert!(matches!(at(0), RingRead::Frames(_)));
        advance(minute).await;
        hub.flush_presence();
        assert_eq!(at(0), RingRead::Lagged);
        assert!(matches!(at(1), RingRead::Frames(_)));
        advance(minute).await;
        hub.flush_presence();
        assert_eq!(at(1), RingRead::Lagged);
        assert_eq!(at(2), RingRead::Empty, "who has read all misses nothing");
    }

    #[test]
    fn one_address_loads_a_share_of_the_rooms_and_still_joins_the_others() {
        let hub = Hub::new(SystemClock::start(), RoomBounds::default());
        let addresses = Addresses::new(Some(1));
        let [one, two] = [1, 2].map(|last| {
            let network = IpAddr::from([192, 0, 2, last]).into();
            addresses.find(Some(network)).unwrap()
        });
        let room = |n: usize| RoomId::parse(&format!("r{n}")).unwrap();
        let mut open: Vec<RoomHandle> = (0..ROOMS_LOADED_ADDRESS_MAX)
            .map(|n| hub.open(&room(n), Some(&one)).unwrap())
            .collect();
        let more = room(ROOMS_LOADED_ADDRESS_MAX);
        let refused = hub.open(&more, Some(&one)).unwrap_err();
        assert_eq!(refused, TooManyRooms::FromAddress);
        let of_another = hub.open(&more, Some(&two)).unwrap();
        hub.open(&more, Some(&one)).unwrap();
        drop(of_another);
        open.pop();
        hub.unload_unused();
        hub.open(&more, Some(&one)).unwrap();
    }
}
