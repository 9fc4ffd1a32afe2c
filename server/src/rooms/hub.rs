//! The rooms in memory. Committed entries arrive here from the engine and go to the rings of their
//! rooms.

use std::{
    collections::HashMap,
    iter,
    sync::{Arc, Mutex},
    time::Duration,
};

use parlor_shared::{
    RoomId,
    limits::{PRESENCE_COALESCE_MS, ROOMS_LOADED_ADDRESS_MAX, ROOMS_LOADED_MAX},
};
use tokio::{sync::Notify, time::sleep};

use crate::{
    address::Address,
    clock::Clock,
    connection::frame::encode_entries,
    engine::{CommitListener, Committed},
    rooms::room::{Room, RoomBounds, RoomEnv, RoomHandle, lock},
};

/// Every room that a session is in, or that a member may still come back to.
#[derive(Debug)]
pub(crate) struct Hub {
    rooms: Mutex<HashMap<RoomId, Arc<Room>>>,
    env: Arc<RoomEnv>,
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
            env: Arc::new(RoomEnv {
                clock: Box::new(clock),
                bounds,
                presence_changed: Notify::new(),
            }),
        }
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        self.env.clock.as_ref()
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
        let handle = loaded.open();
        rooms.insert(room.clone(), loaded);
        Ok(handle)
    }

    /// Publishes presence changes when they are due, for as long as the server runs.
    pub(crate) async fn run_presence(self: Arc<Self>) {
        loop {
            let wait_ms = self.flush_presence();
            let due = async {
                match wait_ms {
                    Some(wait_ms) => sleep(Duration::from_millis(wait_ms)).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = due => {}
                () = self.env.presence_changed.notified() => {
                    sleep(Duration::from_millis(PRESENCE_COALESCE_MS)).await;
                }
            }
        }
    }

    /// Publishes the presence changes that are due and unloads rooms that are not used. Returns how
    /// long until more is due.
    pub(crate) fn flush_presence(&self) -> Option<u64> {
        let now_ms = self.env.clock.now_ms();
        let rooms: Vec<Arc<Room>> = lock(&self.rooms).values().cloned().collect();
        let due = rooms.iter().filter_map(|room| room.flush_presence(now_ms));
        let next_ms = due.min();
        self.unload_unused();
        // Never more often than presence is coalesced, whatever the number of rooms.
        next_ms.map(|at| at.saturating_sub(now_ms).max(PRESENCE_COALESCE_MS))
    }

    fn unload_unused(&self) {
        lock(&self.rooms).retain(|_, room| !room.is_unused());
    }
}

impl CommitListener for Hub {
    fn on_commit(&self, group: Vec<Committed>) {
        let mut group = group.into_iter().peekable();
        while let Some(Committed { room: id, .. }) = group.peek() {
            let id = id.clone();
            let loaded = lock(&self.rooms).get(&id).cloned();
            let same_room = iter::from_fn(|| group.next_if(|next| next.room == id));
            let entries = same_room.map(|committed| committed.entry);
            match loaded {
                Some(room) => room.publish_entries(encode_entries(&id, entries)),
                // No session is in the room.
                None => entries.for_each(drop),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::{address::Addresses, clock::SystemClock};

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
