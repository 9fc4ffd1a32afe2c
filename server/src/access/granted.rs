//! What members were given, as it is kept in memory.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLockReadGuard},
};

use parlor_shared::{ErrorCode, MemberId, Rights};

use super::AccessControl;
use crate::{
    dispatch::error::RequestError,
    engine::embedded::{AdminFile, Admits, Grant, InvitationError},
    repeated_line::log_repeated,
};

/// What one member was given.
#[derive(Debug, Default)]
pub(super) struct Granted {
    pub(super) rights: Rights,
    admits: bool,
}

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

/// Adds a grant to what its member was given.
pub(super) fn add(granted: &mut HashMap<MemberId, Granted>, grant: Grant) {
    let given = granted.entry(grant.member).or_default();
    given.admits |= grant.admits == Admits::Yes;
    if given.rights.add(grant.rooms, grant.right).is_err() {
        log_repeated!(warn, "a member has more rights in rooms than count");
    }
}

pub(super) fn refuse_invitation(error: InvitationError) -> RequestError {
    let code = match &error {
        InvitationError::Unknown => ErrorCode::InvitationUnknown,
        InvitationError::Expired => ErrorCode::InvitationExpired,
        InvitationError::UsedUp => ErrorCode::InvitationUsedUp,
        InvitationError::TooMany => ErrorCode::Busy,
        InvitationError::Failed(error) => {
            log_repeated!(error, %error, "an invitation can't be used");
            let why = "The server can't take invitations now. Try again later.";
            return RequestError::new(ErrorCode::Busy, why);
        }
    };
    RequestError::new(code, error.to_string())
}
