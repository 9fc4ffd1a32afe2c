//! Rights that members were given: by an invitation, or by an owner.

use parlor_shared::{
    MemberId, Name, Right, RoomId, RoomPattern,
    limits::{GRANTS_MAX, GRANTS_PAGE_MAX},
};
use rusqlite::params;

use super::{
    AdminError, AdminFile,
    change::{
        AdminChange,
        grants::{GrantChange, read},
    },
    column::parsed,
    made::{ChangeError, Refusal},
};
pub use super::{
    change::grants::RightChange,
    grant::{Admits, Grant},
};

/// A right that a member was given in one room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenRight {
    /// The member.
    pub member: MemberId,
    /// Their name when they were given it, where it is known.
    pub name: Option<Name>,
    /// The right.
    pub right: Right,
}

/// A right was not given.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    /// There are as many as there may be.
    #[error("Members were given {GRANTS_MAX} rights. Take some back first.")]
    TooMany,
    /// See [`AdminError`].
    #[error(transparent)]
    Failed(#[from] AdminError),
}

impl From<ChangeError> for GrantError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Refused(Refusal::TooMany) => Self::TooMany,
            ChangeError::Refused(_) | ChangeError::Failed(_) => AdminError::from(error).into(),
        }
    }
}

impl AdminFile {
    /// Every grant.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn grants(&self) -> Result<Vec<Grant>, AdminError> {
        let db = self.lock();
        let sql = "SELECT member, rooms, right, admits FROM grants ORDER BY at_ms DESC LIMIT ?1";
        let mut statement = db.prepare_cached(sql)?;
        let grants = statement.query_map([GRANTS_MAX as i64], read)?;
        Ok(grants.collect::<rusqlite::Result<_>>()?)
    }

    /// Gives a member a right, in the place of what the member had in the same rooms.
    ///
    /// # Errors
    /// [`GrantError`].
    pub fn grant(&self, grant: &Grant, now_ms: u64) -> Result<(), GrantError> {
        let change = GrantChange::Give {
            grant: grant.clone(),
            name: None,
            at_ms: now_ms,
        };
        self.change(AdminChange::Grant(change))?;
        Ok(())
    }

    /// Gives a member a right in a room, or takes it back, and notes who did so. A member who was
    /// invited to the room still comes in by that with another right, and no more without one.
    ///
    /// # Errors
    /// [`GrantError`].
    pub fn change_right(&self, change: &RightChange, now_ms: u64) -> Result<(), GrantError> {
        let (change, at_ms) = (change.clone(), now_ms);
        self.change(AdminChange::Grant(GrantChange::Change { change, at_ms }))?;
        Ok(())
    }

    /// The rights that members were given in this very room, those of moderators first: at most
    /// [`GRANTS_PAGE_MAX`].
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn given_in(&self, room: &RoomId) -> Result<Vec<GivenRight>, AdminError> {
        let db = self.lock();
        let sql = "SELECT member, name, right FROM grants WHERE rooms = ?1
            ORDER BY right IN ('own', 'moderate') DESC, at_ms DESC, member LIMIT ?2";
        let mut statement = db.prepare_cached(sql)?;
        let given = statement.query_map(params![room.as_str(), GRANTS_PAGE_MAX as i64], |row| {
            let name: Option<String> = row.get(1)?;
            Ok(GivenRight {
                member: MemberId::from_bytes(row.get(0)?),
                // A name that an earlier version took is left out.
                name: name.and_then(|name| Name::parse(name).ok()),
                right: parsed(row, 2)?,
            })
        })?;
        Ok(given.collect::<rusqlite::Result<_>>()?)
    }

    /// Takes back what a member was given in these rooms. Returns whether there was anything.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn revoke(&self, member: MemberId, rooms: &RoomPattern) -> Result<bool, AdminError> {
        let rooms = rooms.clone();
        self.change(AdminChange::Grant(GrantChange::Revoke { member, rooms }))?
            .found()
    }
}
