//! What has changed on this node and was not published to the other nodes yet: who is present in
//! its rooms, and who types there.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

use parlor_shared::{MemberId, Name, RoomId, limits::NODE_CHANGES_MAX};
use tokio::sync::Notify;

/// Collects the changes of this node's rooms, once there are other nodes.
#[derive(Debug, Default)]
pub(crate) struct OwnChanges {
    /// Empty on a node that is alone: nothing is collected.
    collected: OnceLock<Mutex<Changes>>,
    changed: Notify,
}

/// What has changed on a node.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// The members who have come, or have another name, and those who have gone.
    pub(crate) members: HashMap<RoomId, HashMap<MemberId, OwnPresence>>,
    /// Those who are typing.
    pub(crate) typing: HashMap<RoomId, BTreeSet<MemberId>>,
    /// There were more than [`NODE_CHANGES_MAX`] changes. What is here says nothing.
    pub(crate) is_incomplete: bool,
    count: usize,
}

/// Whether a member is present on a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OwnPresence {
    Present(Name),
    Gone,
}

impl OwnChanges {
    /// Collects changes from now on.
    pub(crate) fn collect(&self) {
        self.collected.get_or_init(Mutex::default);
    }

    /// Whether there may be other nodes.
    pub(crate) fn is_collecting(&self) -> bool {
        self.collected.get().is_some()
    }

    /// A member has come to a room, has another name there, or has gone.
    pub(crate) fn add_member(&self, room: &RoomId, member: MemberId, presence: OwnPresence) {
        self.add(|changes| {
            let members = changes.members.entry(room.clone()).or_default();
            members.insert(member, presence).is_none()
        });
    }

    /// A member is typing in a room.
    pub(crate) fn add_typing(&self, room: &RoomId, member: MemberId) {
        self.add(|changes| {
            let typing = changes.typing.entry(room.clone()).or_default();
            typing.insert(member)
        });
    }

    /// Adds a change, which says whether there is one more.
    fn add(&self, change: impl FnOnce(&mut Changes) -> bool) {
        let Some(collected) = self.collected.get() else {
            return;
        };
        let mut changes = lock(collected);
        if !changes.is_incomplete && change(&mut changes) {
            changes.count += 1;
        }
        if changes.count > NODE_CHANGES_MAX {
            *changes = Changes {
                is_incomplete: true,
                ..Changes::default()
            };
        }
        drop(changes);
        self.changed.notify_one();
    }

    /// Takes what was collected.
    pub(crate) fn take(&self) -> Changes {
        let changes = self.collected.get();
        changes.map_or_else(Changes::default, |changes| {
            std::mem::take(&mut *lock(changes))
        })
    }

    /// Waits until something has changed since this last resolved.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }
}

/// Locks what is collected. Each change of it is one step, so a panic leaves it whole.
fn lock(collected: &Mutex<Changes>) -> MutexGuard<'_, Changes> {
    collected.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(n: usize) -> MemberId {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&n.to_be_bytes());
        MemberId::from_bytes(bytes)
    }

    #[test]
    fn what_changes_is_collected_once_there_are_other_nodes_and_within_a_bound() {
        let changes = OwnChanges::default();
        let room = RoomId::parse("lobby").unwrap();
        changes.add_typing(&room, member(1));
        changes.collect();
        assert_eq!(changes.take(), Changes::default(), "nobody to publish to");
        // A member that comes and goes is one change.
        for _ in 0..NODE_CHANGES_MAX {
            changes.add_member(&room, member(1), OwnPresence::Gone);
        }
        for n in 1..=NODE_CHANGES_MAX {
            assert!(!lock(changes.collected.get().unwrap()).is_incomplete);
            changes.add_member(&room, member(n), OwnPresence::Gone);
        }
        changes.add_typing(&room, member(1));
        let taken = changes.take();
        assert!(taken.is_incomplete && taken.members.is_empty());
        assert_eq!(changes.take(), Changes::default());
    }
}
