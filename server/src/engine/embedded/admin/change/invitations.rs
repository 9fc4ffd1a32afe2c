//! What changes invitations, and how.

use parlor_shared::{
    AccessSecret, Member, Right, RoomId, RoomPattern,
    limits::{INVITATIONS_MAX, INVITATIONS_ROOM_MAX},
};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::grants;
use crate::engine::embedded::admin::{
    column::parsed,
    grant::{Admits, Grant},
    made::{Made, NotMade, Refusal},
    note::note,
};

/// An invitation to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

/// What [`read`] reads of an invitation.
pub(in super::super) const COLUMNS: &str =
    "id, rooms, right, made_at_ms, expires_at_ms, uses_max, used";

/// A change of invitations, or of what they have given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum InvitationChange {
    /// An invitation is made.
    Invite {
        /// Its code.
        code: CodeHash,
        /// What it gives.
        new: NewInvitation,
        /// When, in Unix milliseconds.
        at_ms: u64,
    },
    /// An owner makes an invitation to one room.
    InviteBy {
        /// Its code.
        code: CodeHash,
        /// What it gives.
        new: NewInvitation,
        /// The owner, for people.
        by: String,
        /// When.
        at_ms: u64,
    },
    /// Makes an invitation to own the server, in the place of those that there are.
    InviteOwner {
        /// Its code.
        code: CodeHash,
        /// When.
        at_ms: u64,
    },
    /// The same where nobody owns the server or is invited to.
    InviteFirstOwner {
        /// Its code.
        code: CodeHash,
        /// When.
        at_ms: u64,
    },
    /// A member uses an invitation.
    Redeem {
        /// Its code.
        code: CodeHash,
        /// Who.
        member: Member,
        /// When.
        at_ms: u64,
    },
    /// An invitation is taken back.
    Uninvite {
        /// Its number.
        id: i64,
    },
    /// An owner takes an invitation to one room back.
    UninviteBy {
        /// Its number.
        id: i64,
        /// The room.
        room: RoomId,
        /// The owner, for people.
        by: String,
        /// When.
        at_ms: u64,
    },
}

/// The SHA-256 of a code: it tells nobody how to come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct CodeHash(pub(in super::super) [u8; 32]);

impl CodeHash {
    pub(in super::super) fn of(code: &AccessSecret) -> Self {
        Self(Sha256::digest(code.as_str()).into())
    }
}

impl InvitationChange {
    pub(in super::super) fn make(&self, db: &Connection) -> Result<Made, NotMade> {
        match self {
            Self::Invite { code, new, at_ms } => put(db, *code, new, *at_ms).map(Made::Number),
            Self::InviteBy {
                code,
                new,
                by,
                at_ms,
            } => invite_by(db, *code, new, by, *at_ms),
            Self::InviteOwner { code, at_ms } => invite_owner(db, *code, *at_ms),
            Self::InviteFirstOwner { code, at_ms } => match is_owned(db)? {
                true => Ok(Made::Found(false)),
                false => invite_owner(db, *code, *at_ms),
            },
            Self::Redeem {
                code,
                member,
                at_ms,
            } => redeem(db, *code, member, *at_ms).map(Made::Granted),
            Self::Uninvite { id } => {
                let sql = "DELETE FROM invitations WHERE id = ?1";
                Ok(Made::Found(db.execute(sql, [id])? > 0))
            }
            Self::UninviteBy {
                id,
                room,
                by,
                at_ms,
            } => {
                let sql = "DELETE FROM invitations WHERE id = ?1 AND rooms = ?2";
                let found = db.execute(sql, params![id, room.as_str()])? > 0;
                if found {
                    let what = format!("{by} took back invitation {id} to room {room}");
                    note(db, &what, *at_ms)?;
                }
                Ok(Made::Found(found))
            }
        }
    }
}

/// Whether somebody owns the server, or is invited to.
fn is_owned(db: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT 1 FROM grants WHERE rooms = '*' AND right = 'own'
        UNION ALL SELECT 1 FROM invitations WHERE right = 'own' AND used = 0";
    db.prepare_cached(sql)?.exists([])
}

fn invite_owner(db: &Connection, code: CodeHash, at_ms: u64) -> Result<Made, NotMade> {
    db.execute("DELETE FROM invitations WHERE right = 'own'", [])?;
    let given = NewInvitation {
        rooms: RoomPattern::all(),
        right: Right::Own,
        expires_at_ms: None,
        uses_max: Some(1),
    };
    put(db, code, &given, at_ms)?;
    Ok(Made::Found(true))
}

fn invite_by(
    db: &Connection,
    code: CodeHash,
    new: &NewInvitation,
    by: &str,
    at_ms: u64,
) -> Result<Made, NotMade> {
    let sql = "DELETE FROM invitations WHERE rooms = ?1
        AND (expires_at_ms <= ?2 OR used >= uses_max)";
    db.execute(sql, params![new.rooms.as_str(), at_ms.cast_signed()])?;
    let sql = "SELECT count(*) FROM invitations WHERE rooms = ?1";
    let count: i64 = db.query_row(sql, [new.rooms.as_str()], |row| row.get(0))?;
    if count >= INVITATIONS_ROOM_MAX as i64 {
        return Err(Refusal::TooMany.into());
    }
    let id = put(db, code, new, at_ms)?;
    let (right, rooms) = (new.right, &new.rooms);
    let what = format!("{by} made invitation {id} to {right} in room {rooms}");
    note(db, &what, at_ms)?;
    Ok(Made::Number(id))
}

fn redeem(db: &Connection, code: CodeHash, member: &Member, at_ms: u64) -> Result<Grant, NotMade> {
    let Member { member, name } = member;
    let sql = format!("SELECT {COLUMNS} FROM invitations WHERE code = ?1");
    let found = db
        .query_row(&sql, [code.0], read)
        .optional()?
        .ok_or(Refusal::Unknown)?;
    let known = grants::find(db, *member, &found.given.rooms)?;
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
        .is_some_and(|end_ms| end_ms <= at_ms)
    {
        return Err(Refusal::Expired.into());
    }
    if found.given.uses_max.is_some_and(|max| found.used >= max) {
        return Err(Refusal::UsedUp.into());
    }
    grants::put(db, &grant, Some(name), at_ms)?;
    let sql = "UPDATE invitations SET used = used + 1 WHERE id = ?1";
    db.execute(sql, [found.id])?;
    Ok(grant)
}

/// Adds an invitation and returns its number. One with the same code stays as it is. Those that
/// have ended make way where there are too many.
fn put(db: &Connection, code: CodeHash, new: &NewInvitation, at_ms: u64) -> Result<i64, NotMade> {
    let same = "SELECT id FROM invitations WHERE code = ?1";
    if let Some(id) = db.query_row(same, [code.0], |row| row.get(0)).optional()? {
        return Ok(id);
    }
    let sql = "DELETE FROM invitations WHERE expires_at_ms < ?1 OR used >= uses_max";
    if count(db)? >= INVITATIONS_MAX as i64 && db.execute(sql, [at_ms.cast_signed()])? == 0 {
        return Err(Refusal::TooMany.into());
    }
    let sql = "INSERT INTO invitations (code, rooms, right, made_at_ms, expires_at_ms, uses_max)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    db.execute(
        sql,
        params![
            code.0,
            new.rooms.as_str(),
            new.right.as_str(),
            at_ms.cast_signed(),
            new.expires_at_ms.map(u64::cast_signed),
            new.uses_max,
        ],
    )?;
    Ok(db.last_insert_rowid())
}

fn count(db: &Connection) -> rusqlite::Result<i64> {
    db.query_row("SELECT count(*) FROM invitations", [], |row| row.get(0))
}

/// Reads an invitation.
pub(in super::super) fn read(row: &Row<'_>) -> rusqlite::Result<Invitation> {
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
