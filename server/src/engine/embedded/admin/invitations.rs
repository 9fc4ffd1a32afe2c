//! Invitations: each gives who opens its address a right in some rooms, up to a number of times and
//! until a time.

use parlor_shared::{
    AccessSecret, Member, Right, RoomId, RoomPattern,
    limits::{INVITATIONS_MAX, INVITATIONS_ROOM_MAX},
};
use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest, Sha256};

use super::{
    AdminError, AdminFile,
    grants::{self, Admits, Grant, GrantError},
    journal::note,
    parsed,
};

/// An invitation to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvitation {
    /// The rooms.
    pub rooms: RoomPattern,
    /// The right that it gives there.
    pub right: Right,
    /// When it ends, in Unix milliseconds; `None` for never.
    pub expires_at_ms: Option<u64>,
    /// How many members may use it; `None` for any number.
    pub uses_max: Option<u32>,
}

/// An invitation that was made. Its code is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its number, by which it is taken back.
    pub id: i64,
    /// What it gives.
    pub given: NewInvitation,
    /// When it was made, in Unix milliseconds.
    pub made_at_ms: u64,
    /// How many members have used it.
    pub used: u32,
}

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

impl From<GrantError> for InvitationError {
    fn from(error: GrantError) -> Self {
        match error {
            GrantError::TooMany => Self::TooMany,
            GrantError::Failed(error) => error.into(),
        }
    }
}

impl From<rusqlite::Error> for InvitationError {
    fn from(error: rusqlite::Error) -> Self {
        AdminError::from(error).into()
    }
}

const COLUMNS: &str = "id, rooms, right, made_at_ms, expires_at_ms, uses_max, used";

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
        let mut db = self.lock();
        let transaction = db.transaction()?;
        put(&transaction, code, new, now_ms)?;
        transaction.commit()?;
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
        let mut db = self.lock();
        let transaction = db.transaction()?;
        let sql = "DELETE FROM invitations WHERE rooms = ?1
            AND (expires_at_ms <= ?2 OR used >= uses_max)";
        transaction.execute(sql, params![new.rooms.as_str(), now_ms.cast_signed()])?;
        let sql = "SELECT count(*) FROM invitations WHERE rooms = ?1";
        let count: i64 = transaction.query_row(sql, [new.rooms.as_str()], |row| row.get(0))?;
        if count >= INVITATIONS_ROOM_MAX as i64 {
            return Err(InvitationError::TooMany);
        }
        let id = put(&transaction, code, new, now_ms)?;
        let (right, rooms) = (new.right, &new.rooms);
        let what = format!("{by} made invitation {id} to {right} in room {rooms}");
        note(&transaction, &what, now_ms)?;
        transaction.commit()?;
        Ok(())
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
        let Member { member, name } = member;
        let mut db = self.lock();
        let transaction = db.transaction()?;
        let sql = format!("SELECT {COLUMNS} FROM invitations WHERE code = ?1");
        let found = transaction
            .query_row(&sql, [digest(code)], read)
            .optional()?
            .ok_or(InvitationError::Unknown)?;
        let known = grants::find(&transaction, *member, &found.given.rooms)?;
        let (known_right, admits) = known.map_or((None, Admits::No), |known| {
            (Some(known.right), known.admits)
        });
        let grant = Grant {
            member: *member,
            rooms: found.given.rooms,
            right: known_right.map_or(found.given.right, |known| known.max(found.given.right)),
            admits: Admits::Yes,
        };
        if admits == Admits::Yes && known_right == Some(grant.right) {
            return Ok(grant);
        }
        if found
            .given
            .expires_at_ms
            .is_some_and(|at_ms| at_ms <= now_ms)
        {
            return Err(InvitationError::Expired);
        }
        if found.given.uses_max.is_some_and(|max| found.used >= max) {
            return Err(InvitationError::UsedUp);
        }
        grants::put(&transaction, &grant, Some(name), now_ms)?;
        let sql = "UPDATE invitations SET used = used + 1 WHERE id = ?1";
        transaction.execute(sql, [found.id])?;
        transaction.commit()?;
        Ok(grant)
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
        let mut db = self.lock();
        let transaction = db.transaction()?;
        let sql = "DELETE FROM invitations WHERE id = ?1 AND rooms = ?2";
        if transaction.execute(sql, params![id, room.as_str()])? > 0 {
            let what = format!("{by} took back invitation {id} to room {room}");
            note(&transaction, &what, now_ms)?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Takes an invitation back. Who has used it stays. Returns whether there was one.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn uninvite(&self, id: i64) -> Result<bool, AdminError> {
        let deleted = self
            .lock()
            .execute("DELETE FROM invitations WHERE id = ?1", [id])?;
        Ok(deleted > 0)
    }

    /// Takes back every invitation that makes its bearer the owner.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn uninvite_owners(&self) -> Result<(), AdminError> {
        self.lock()
            .execute("DELETE FROM invitations WHERE right = 'own'", [])?;
        Ok(())
    }
}

/// Adds an invitation and returns its number. Those that have ended make way where there are too
/// many.
fn put(
    db: &Connection,
    code: &AccessSecret,
    new: &NewInvitation,
    now_ms: u64,
) -> Result<i64, InvitationError> {
    let sql = "DELETE FROM invitations WHERE expires_at_ms < ?1 OR used >= uses_max";
    if count(db)? >= INVITATIONS_MAX as i64 && db.execute(sql, [now_ms.cast_signed()])? == 0 {
        return Err(InvitationError::TooMany);
    }
    let sql = "INSERT INTO invitations (code, rooms, right, made_at_ms, expires_at_ms, uses_max)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    db.execute(
        sql,
        params![
            digest(code),
            new.rooms.as_str(),
            new.right.as_str(),
            now_ms.cast_signed(),
            new.expires_at_ms.map(u64::cast_signed),
            new.uses_max,
        ],
    )?;
    Ok(db.last_insert_rowid())
}

fn count(db: &Connection) -> rusqlite::Result<i64> {
    db.query_row("SELECT count(*) FROM invitations", [], |row| row.get(0))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Invitation> {
    Ok(Invitation {
        id: row.get(0)?,
        given: NewInvitation {
            rooms: parsed(row, 1)?,
            right: parsed(row, 2)?,
            expires_at_ms: row.get::<_, Option<i64>>(4)?.map(i64::cast_unsigned),
            uses_max: row.get(5)?,
        },
        made_at_ms: row.get::<_, i64>(3)?.cast_unsigned(),
        used: row.get(6)?,
    })
}

fn digest(code: &AccessSecret) -> [u8; 32] {
    Sha256::digest(code.as_str()).into()
}
