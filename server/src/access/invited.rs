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

    pub(super) fn take_in(&self, grant: Grant) {
        let mut granted = self.granted.write().unwrap_or_else(PoisonError::into_inner);
        add(&mut granted, grant);
        drop(granted);
        self.hub.announce_access_change();
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
