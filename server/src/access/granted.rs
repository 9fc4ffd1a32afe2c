//! What members were given, as it is kept in memory.

use std::collections::HashMap;

use parlor_shared::{ErrorCode, MemberId, Rights};

use crate::{
    dispatch::error::RequestError,
    engine::embedded::{Admits, Grant, InvitationError},
    repeated_line::log_repeated,
};

/// What one member was given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Granted {
    pub(super) rights: Rights,
    pub(super) admits: bool,
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
