//! Invitations: each gives who opens its address a right in some rooms, up to a number of times and
//! until a time.

use parlor_shared::{
    AccessSecret, MemberId, Right, RoomPattern,
    limits::{GRANTS_MAX, INVITATIONS_MAX},
};
use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest, Sha256};

use super::{AdminError, AdminFile, Admits, Grant, parsed, put_grant, read_grant};

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
        let sql = "DELETE FROM invitations WHERE expires_at_ms < ?1 OR used >= uses_max";
        if count(&transaction, "invitations")? >= INVITATIONS_MAX as i64
            && transaction.execute(sql, [now_ms.cast_signed()])? == 0
        {
            return Err(InvitationError::TooMany);
        }
        let sql =
            "INSERT INTO invitations (code, rooms, right, made_at_ms, expires_at_ms, uses_max)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        transaction.execute(
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
        member: MemberId,
        now_ms: u64,
    ) -> Result<Grant, InvitationError> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        let sql = format!("SELECT {COLUMNS} FROM invitations WHERE code = ?1");
        let found = transaction
            .query_row(&sql, [digest(code)], read)
            .optional()?
            .ok_or(InvitationError::Unknown)?;
        let known = known(&transaction, member, &found.given.rooms)?;
        let (known_right, admits) = known.map_or((None, Admits::No), |known| {
            (Some(known.right), known.admits)
        });
        let grant = Grant {
            member,
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
        if count(&transaction, "grants")? >= GRANTS_MAX as i64 {
            return Err(InvitationError::TooMany);
        }
        let sql = "UPDATE invitations SET used = used + 1 WHERE id = ?1";
        transaction.execute(sql, [found.id])?;
        put_grant(&transaction, &grant, now_ms)?;
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

/// What the member was given in these rooms.
fn known(
    db: &Connection,
    member: MemberId,
    rooms: &RoomPattern,
) -> rusqlite::Result<Option<Grant>> {
    let sql = "SELECT member, rooms, right, admits FROM grants WHERE member = ?1 AND rooms = ?2";
    db.query_row(sql, params![member.as_bytes(), rooms.as_str()], read_grant)
        .optional()
}

fn count(db: &Connection, table: &str) -> rusqlite::Result<i64> {
    db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| {
        row.get(0)
    })
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
