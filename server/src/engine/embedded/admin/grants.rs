//! Rights that members were given: by an invitation, or by an owner.

use parlor_shared::{
    MemberId, Name, Right, RoomId, RoomPattern,
    limits::{GRANTS_MAX, GRANTS_PAGE_MAX},
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{AdminError, AdminFile, journal::note, parsed};

/// A right that a member was given in some rooms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The member.
    pub member: MemberId,
    /// The rooms.
    pub rooms: RoomPattern,
    /// The right.
    pub right: Right,
    /// Whether it lets the member in by itself.
    pub admits: Admits,
}

/// Whether a grant lets its member in where the server asks for a password or a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admits {
    /// It does: the member was invited.
    Yes,
    /// The member has come in, and comes in again, by other means.
    No,
}

/// What an owner gives a member in a room, or takes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RightChange {
    /// The member.
    pub member: MemberId,
    /// Their name, for people.
    pub name: Name,
    /// The room.
    pub room: RoomId,
    /// The right in the place of the one that the member was given before; `None` takes it back.
    pub right: Option<Right>,
    /// Who gives it, for people.
    pub by: String,
}

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

impl From<rusqlite::Error> for GrantError {
    fn from(error: rusqlite::Error) -> Self {
        AdminError::from(error).into()
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
        let mut db = self.lock();
        let transaction = db.transaction()?;
        put(&transaction, grant, None, now_ms)?;
        transaction.commit()?;
        Ok(())
    }

    /// Gives a member a right in a room, or takes it back, and notes who did so. A member who was
    /// invited to the room still comes in by that with another right, and no more without one.
    ///
    /// # Errors
    /// [`GrantError`].
    pub fn change_right(&self, change: &RightChange, now_ms: u64) -> Result<(), GrantError> {
        let RightChange {
            member,
            name,
            room,
            right,
            by,
        } = change;
        let rooms = RoomPattern::one(room);
        let mut db = self.lock();
        let transaction = db.transaction()?;
        let what = match *right {
            Some(right) => {
                let known = find(&transaction, *member, &rooms)?;
                let grant = Grant {
                    member: *member,
                    rooms,
                    right,
                    admits: known.map_or(Admits::No, |known| known.admits),
                };
                put(&transaction, &grant, Some(name), now_ms)?;
                format!("{by} gave {name} ({member}) the right to {right} in room {room}")
            }
            None => {
                let sql = "DELETE FROM grants WHERE member = ?1 AND rooms = ?2";
                transaction.execute(sql, params![member.as_bytes(), rooms.as_str()])?;
                format!("{by} took back what {name} ({member}) was given in room {room}")
            }
        };
        note(&transaction, &what, now_ms)?;
        transaction.commit()?;
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
        let sql = "DELETE FROM grants WHERE member = ?1 AND rooms = ?2";
        let deleted = self
            .lock()
            .execute(sql, params![member.as_bytes(), rooms.as_str()])?;
        Ok(deleted > 0)
    }
}

/// What the member was given in these rooms.
pub(super) fn find(
    db: &Connection,
    member: MemberId,
    rooms: &RoomPattern,
) -> rusqlite::Result<Option<Grant>> {
    let sql = "SELECT member, rooms, right, admits FROM grants WHERE member = ?1 AND rooms = ?2";
    db.query_row(sql, params![member.as_bytes(), rooms.as_str()], read)
        .optional()
}

/// Puts a grant in the place of the one about the same member and rooms. A name that is known stays
/// where there is no other.
pub(super) fn put(
    db: &Connection,
    grant: &Grant,
    name: Option<&Name>,
    now_ms: u64,
) -> Result<(), GrantError> {
    let count = || {
        db.query_row("SELECT count(*) FROM grants", [], |row| {
            row.get::<_, i64>(0)
        })
    };
    if find(db, grant.member, &grant.rooms)?.is_none() && count()? >= GRANTS_MAX as i64 {
        return Err(GrantError::TooMany);
    }
    let sql = "INSERT INTO grants (member, rooms, right, admits, at_ms, name)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (member, rooms) DO UPDATE SET right = excluded.right, admits = excluded.admits,
            at_ms = excluded.at_ms, name = coalesce(excluded.name, name)";
    db.prepare_cached(sql)?.execute(params![
        grant.member.as_bytes(),
        grant.rooms.as_str(),
        grant.right.as_str(),
        grant.admits == Admits::Yes,
        now_ms.cast_signed(),
        name.map(Name::as_str),
    ])?;
    Ok(())
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Grant> {
    Ok(Grant {
        member: MemberId::from_bytes(row.get(0)?),
        rooms: parsed(row, 1)?,
        right: parsed(row, 2)?,
        admits: if row.get(3)? { Admits::Yes } else { Admits::No },
    })
}
