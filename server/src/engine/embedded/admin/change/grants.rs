//! What changes members' rights, and how.

use parlor_shared::{MemberId, Name, Right, RoomId, RoomPattern, limits::GRANTS_MAX};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use crate::engine::embedded::admin::{
    column::parsed,
    grant::{Admits, Grant},
    made::{Made, NotMade, Refusal},
    note::note,
};

/// What an owner gives a member in a room, or takes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

/// A change of rights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GrantChange {
    /// A right in the place of what its member had in the same rooms.
    Give {
        /// The right.
        grant: Grant,
        /// The member's name, where it is known.
        name: Option<Name>,
        /// When, in Unix milliseconds.
        at_ms: u64,
    },
    /// An owner gives a right in a room, or takes it back.
    Change {
        /// Which.
        change: RightChange,
        /// When.
        at_ms: u64,
    },
    /// What a member was given in these rooms is taken back.
    Revoke {
        /// The member.
        member: MemberId,
        /// The rooms.
        rooms: RoomPattern,
    },
}

impl GrantChange {
    pub(in super::super) fn make(&self, db: &Connection) -> Result<Made, NotMade> {
        match self {
            Self::Give { grant, name, at_ms } => {
                put(db, grant, name.as_ref(), *at_ms)?;
                Ok(Made::Done)
            }
            Self::Change { change, at_ms } => change_right(db, change, *at_ms),
            Self::Revoke { member, rooms } => {
                let sql = "DELETE FROM grants WHERE member = ?1 AND rooms = ?2";
                let deleted = db.execute(sql, params![member.as_bytes(), rooms.as_str()])?;
                Ok(Made::Found(deleted > 0))
            }
        }
    }
}

fn change_right(db: &Connection, change: &RightChange, at_ms: u64) -> Result<Made, NotMade> {
    let RightChange {
        member,
        name,
        room,
        right,
        by,
    } = change;
    let rooms = RoomPattern::one(room);
    let what = match *right {
        Some(right) => {
            let known = find(db, *member, &rooms)?;
            let grant = Grant {
                member: *member,
                rooms,
                right,
                admits: known.map_or(Admits::No, |known| known.admits),
            };
            put(db, &grant, Some(name), at_ms)?;
            format!("{by} gave {name} ({member}) the right to {right} in room {room}")
        }
        None => {
            let sql = "DELETE FROM grants WHERE member = ?1 AND rooms = ?2";
            db.execute(sql, params![member.as_bytes(), rooms.as_str()])?;
            format!("{by} took back what {name} ({member}) was given in room {room}")
        }
    };
    note(db, &what, at_ms)?;
    Ok(Made::Done)
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
) -> Result<(), NotMade> {
    let count = || {
        db.query_row("SELECT count(*) FROM grants", [], |row| {
            row.get::<_, i64>(0)
        })
    };
    if find(db, grant.member, &grant.rooms)?.is_none() && count()? >= GRANTS_MAX as i64 {
        return Err(Refusal::TooMany.into());
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

pub(in super::super) fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Grant> {
    Ok(Grant {
        member: MemberId::from_bytes(row.get(0)?),
        rooms: parsed(row, 1)?,
        right: parsed(row, 2)?,
        admits: if row.get(3)? { Admits::Yes } else { Admits::No },
    })
}
