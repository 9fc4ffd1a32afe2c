//! Invitations: each gives who opens its address a right in some rooms, up to a number of times and
//! until a time.

use parlor_shared::{AccessSecret, Member, RoomId, limits::INVITATIONS_ROOM_MAX};
use rusqlite::params;

pub use super::change::invitations::{Invitation, NewInvitation};
use super::{
    AdminError, AdminFile,
    change::{
        AdminChange,
        invitations::{COLUMNS, CodeHash, InvitationChange, read},
    },
    grant::Grant,
    made::{ChangeError, Refusal},
};

/// Why an invitation was not made, or does not let its bearer in.
#[derive(Debug, thiserror::Error)]
pub enum InvitationError {
    /// There is no such invitation, any more or at all.
    #[error("That invitation isn't valid, or was taken back. Ask for another one.")]
    Unknown,
    /// It has ended.
    #[error("That invitation has expired. Ask for another one.")]
    Expired,
    /// It was used as often as it may be.
    #[error("That invitation has been used up. Ask for another one.")]
    UsedUp,
    /// There are as many invitations, or members with rights of their own, as there may be.
    #[error("There are as many invitations, or invited members, as there may be.")]
    TooMany,
    /// See [`AdminError`].
    #[error(transparent)]
    Failed(#[from] AdminError),
}

impl From<ChangeError> for InvitationError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Refused(Refusal::TooMany) => Self::TooMany,
            ChangeError::Refused(Refusal::Unknown) => Self::Unknown,
            ChangeError::Refused(Refusal::Expired) => Self::Expired,
            ChangeError::Refused(Refusal::UsedUp) => Self::UsedUp,
            ChangeError::Failed(error) => error.into(),
        }
    }
}

impl AdminFile {
    /// Makes an invitation with this code. Those that have ended make way where there are too many.
    ///
    /// # Errors
    /// [`InvitationError::TooMany`] and [`InvitationError::Failed`].
    pub fn invite(
        &self,
        code: &AccessSecret,
        new: &NewInvitation,
        now_ms: u64,
    ) -> Result<(), InvitationError> {
        let change = InvitationChange::Invite {
            code: CodeHash::of(code),
            new: new.clone(),
            at_ms: now_ms,
        };
        self.change(AdminChange::Invitation(change))?;
        Ok(())
    }

    /// Makes an invitation to one room that an owner asks for, and notes who did so. The room has
    /// at most [`INVITATIONS_ROOM_MAX`]; those that have ended make way.
    ///
    /// # Errors
    /// [`InvitationError::TooMany`] and [`InvitationError::Failed`].
    pub fn invite_by(
        &self,
        code: &AccessSecret,
        new: &NewInvitation,
        by: &str,
        now_ms: u64,
    ) -> Result<(), InvitationError> {
        let change = InvitationChange::InviteBy {
            code: CodeHash::of(code),
            new: new.clone(),
            by: by.to_owned(),
            at_ms: now_ms,
        };
        self.change(AdminChange::Invitation(change))?;
        Ok(())
    }

    /// Makes an invitation to own the server, in the place of those that there are.
    ///
    /// # Errors
    /// [`InvitationError::TooMany`] and [`InvitationError::Failed`].
    pub fn invite_owner(&self, code: &AccessSecret, now_ms: u64) -> Result<(), InvitationError> {
        let (code, at_ms) = (CodeHash::of(code), now_ms);
        let change = InvitationChange::InviteOwner { code, at_ms };
        self.change(AdminChange::Invitation(change))?;
        Ok(())
    }

    /// The same, unless somebody owns the server or is invited to. Returns whether it was made: of
    /// several nodes that ask at once, one makes it.
    ///
    /// # Errors
    /// [`InvitationError::TooMany`] and [`InvitationError::Failed`].
    pub fn invite_first_owner(
        &self,
        code: &AccessSecret,
        now_ms: u64,
    ) -> Result<bool, InvitationError> {
        let (code, at_ms) = (CodeHash::of(code), now_ms);
        let change = InvitationChange::InviteFirstOwner { code, at_ms };
        Ok(self.change(AdminChange::Invitation(change))?.found()?)
    }

    /// Gives a member what the invitation with this code gives. A member who has used it already,
    /// and still has as much, uses nothing up.
    ///
    /// # Errors
    /// [`InvitationError`]; nothing is given then.
    pub fn redeem(
        &self,
        code: &AccessSecret,
        member: &Member,
        now_ms: u64,
    ) -> Result<Grant, InvitationError> {
        let change = InvitationChange::Redeem {
            code: CodeHash::of(code),
            member: member.clone(),
            at_ms: now_ms,
        };
        Ok(self.change(AdminChange::Invitation(change))?.granted()?)
    }

    /// Every invitation, the newest first, those that have ended as well.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn invitations(&self) -> Result<Vec<Invitation>, AdminError> {
        let db = self.lock();
        let sql = format!("SELECT {COLUMNS} FROM invitations ORDER BY id DESC");
        let mut statement = db.prepare_cached(&sql)?;
        let invitations = statement.query_map([], read)?;
        Ok(invitations.collect::<rusqlite::Result<_>>()?)
    }

    /// The invitations to this very room that have not ended, the newest first: at most
    /// [`INVITATIONS_ROOM_MAX`].
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn invitations_to(
        &self,
        room: &RoomId,
        now_ms: u64,
    ) -> Result<Vec<Invitation>, AdminError> {
        let db = self.lock();
        let sql = format!(
            "SELECT {COLUMNS} FROM invitations WHERE rooms = ?1
                AND (expires_at_ms IS NULL OR expires_at_ms > ?2)
                AND (uses_max IS NULL OR used < uses_max) ORDER BY id DESC LIMIT ?3"
        );
        let mut statement = db.prepare_cached(&sql)?;
        let bounds = params![
            room.as_str(),
            now_ms.cast_signed(),
            INVITATIONS_ROOM_MAX as i64
        ];
        let invitations = statement.query_map(bounds, read)?;
        Ok(invitations.collect::<rusqlite::Result<_>>()?)
    }

    /// Takes an invitation to one room back for an owner of it, and notes who did so.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn uninvite_by(
        &self,
        id: i64,
        room: &RoomId,
        by: &str,
        now_ms: u64,
    ) -> Result<(), AdminError> {
        let change = InvitationChange::UninviteBy {
            id,
            room: room.clone(),
            by: by.to_owned(),
            at_ms: now_ms,
        };
        self.change(AdminChange::Invitation(change))?;
        Ok(())
    }

    /// Takes an invitation back. Who has used it stays. Returns whether there was one.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn uninvite(&self, id: i64) -> Result<bool, AdminError> {
        let change = InvitationChange::Uninvite { id };
        self.change(AdminChange::Invitation(change))?.found()
    }
}
