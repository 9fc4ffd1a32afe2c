//! Who waits for the next entry of some rooms, whether anybody is in them or not.

use std::sync::{Arc, PoisonError, RwLock, Weak};

use parlor_shared::{RoomId, RoomPattern};
use tokio::sync::Notify;

/// Everyone who waits.
#[derive(Debug, Default)]
pub(crate) struct CommitWatches(RwLock<Vec<Weak<Watched>>>);

#[derive(Debug)]
struct Watched {
    rooms: RoomPattern,
    committed: Notify,
}

/// Waits for entries of some rooms.
#[derive(Debug)]
pub(crate) struct CommitWatch(Arc<Watched>);

impl CommitWatches {
    /// Watches these rooms for as long as the result lives.
    pub(crate) fn watch(&self, rooms: RoomPattern) -> CommitWatch {
        let watched = Arc::new(Watched {
            rooms,
            committed: Notify::new(),
        });
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        all.retain(|other| other.strong_count() > 0);
        all.push(Arc::downgrade(&watched));
        CommitWatch(watched)
    }

    /// Entries of this room are on the log.
    pub(crate) fn notify(&self, room: &RoomId) {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let watching = all.iter().filter_map(Weak::upgrade);
        for watched in watching.filter(|watched| watched.rooms.matches(room)) {
            watched.committed.notify_one();
        }
    }
}

impl CommitWatch {
    /// Waits until one of the rooms has had an entry since the last call. An entry between two
    /// calls is not missed, so read after this, and before calling it again.
    pub(crate) async fn committed(&mut self) {
        self.0.committed.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn a_watch_is_notified_of_its_rooms_alone_and_of_what_came_before_it_waits() {
        let watches = CommitWatches::default();
        let room = |name: &str| RoomId::parse(name).unwrap();
        let mut team = watches.watch("team-*".parse().unwrap());
        let mut tea = watches.watch("tea".parse().unwrap());
        watches.notify(&room("team-a"));
        watches.notify(&room("team-a"));
        assert!(team.committed().now_or_never().is_some());
        assert!(team.committed().now_or_never().is_none());
        assert!(tea.committed().now_or_never().is_none());
        watches.notify(&room("tea"));
        assert!(tea.committed().now_or_never().is_some());
        drop(team);
        drop(watches.watch(RoomPattern::all()));
        let _last = watches.watch(RoomPattern::all());
        assert_eq!(
            watches.0.read().unwrap().len(),
            2,
            "those that ended are gone"
        );
    }
}
