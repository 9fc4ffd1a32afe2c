//! Who was invited, or given a right while the server runs.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLockReadGuard},
};

use parlor_shared::MemberId;

use super::{
    AccessControl,
    granted::{Granted, add},
};
use crate::engine::embedded::{AdminFile, Grant, InvitationError};

impl AccessControl {
    /// Whether the member was invited, which lets it in by itself.
    pub(super) fn is_invited(&self, member: MemberId) -> bool {
        self.granted()
            .get(&member)
            .is_some_and(|given| given.admits)
    }

    /// Takes in what an invitation has given. `known` is the member whose token the client has
    /// shown: only such a member may have other connections, which have to hear of it. So nobody
    /// wakes everyone by using an invitation again and again, or as one new member after another.
    pub(super) fn take_in(&self, grant: Grant, known: Option<MemberId>) {
        let is_known = known == Some(grant.member);
        let mut granted = self.granted.write().unwrap_or_else(PoisonError::into_inner);
        let before = granted.get(&grant.member).cloned();
        let member = grant.member;
        add(&mut granted, grant);
        let is_changed = granted.get(&member) != before.as_ref();
        drop(granted);
        if is_known && is_changed {
            self.hub.announce_access_change();
        }
    }

    pub(super) fn granted(&self) -> RwLockReadGuard<'_, HashMap<MemberId, Granted>> {
        self.granted.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a change of the file on a thread that may wait for the disk.
    pub(super) async fn with_admin<T: Send + 'static>(
        &self,
        change: impl FnOnce(&AdminFile) -> Result<T, InvitationError> + Send + 'static,
    ) -> Result<T, InvitationError> {
        let admin = self.admin.clone().ok_or(InvitationError::Unknown)?;
        let changed = tokio::task::spawn_blocking(move || change(&admin)).await;
        // The thread panicked, or the runtime ends.
        changed.unwrap_or(Err(InvitationError::Unknown))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parlor_shared::{Right, RoomPattern};

    use super::*;
    use crate::{
        clock::SystemClock,
        engine::embedded::Admits,
        rooms::{hub::Hub, room::RoomBounds},
    };

    #[test]
    fn an_invitation_wakes_the_connections_only_where_one_may_be_concerned() {
        let hub = Arc::new(Hub::new(SystemClock::start(), RoomBounds::default()));
        let control = AccessControl::open(hub.clone());
        let mut changes = hub.access_changes();
        let member = MemberId::from_bytes([1; 16]);
        let grant = |right| Grant {
            member,
            rooms: RoomPattern::all(),
            right,
            admits: Admits::Yes,
        };
        let mut is_told = |right, known| {
            control.take_in(grant(right), known);
            let is_told = changes.has_changed().unwrap();
            changes.mark_unchanged();
            is_told
        };
        assert!(!is_told(Right::Post, None), "a new member");
        assert!(!is_told(Right::Post, Some(member)), "the same again");
        assert!(is_told(Right::Moderate, Some(member)));
        assert!(!is_told(Right::Post, Some(member)), "less than before");
    }
}
