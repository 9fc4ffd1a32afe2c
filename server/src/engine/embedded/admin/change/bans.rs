//! What changes bans, and how.

use parlor_shared::{
    MemberId, Name, RoomId,
    limits::{BAN_ADDRESSES_MAX, BANS_MAX},
};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use crate::engine::embedded::admin::{
    made::{Made, NotMade, Refusal},
    note::note,
};

/// A ban to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BanOrder {
    /// Who is banned.
    pub who: Banned,
    /// The room; `None` for the whole server.
    pub room: Option<RoomId>,
    /// When it ends, in Unix milliseconds.
    pub until_ms: u64,
    /// Why.
    pub reason: String,
    /// Who bans, for people.
    pub by: String,
}

/// Who is banned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Banned {
    /// A member.
    Member {
        /// The member.
        member: MemberId,
        /// Their name, for people.
        name: Name,
        /// Whether the addresses that they come from are banned, too.
        addresses: TakesAddresses,
    },
    /// An address, or the network that counts as one.
    Address(String),
}

/// Whether a member's ban holds for the addresses, too, from which they connect while it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakesAddresses {
    /// It does, for up to [`BAN_ADDRESSES_MAX`] of them.
    Yes,
    /// It holds for the member alone.
    No,
}

/// A change of bans.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BanChange {
    /// Somebody is banned. Those bans that have ended make way.
    Ban {
        /// Who and why.
        order: BanOrder,
        /// When, in Unix milliseconds.
        at_ms: u64,
    },
    /// The ban with this number ends.
    Lift {
        /// Its number.
        id: u64,
        /// Who lifts it.
        by: String,
        /// When.
        at_ms: u64,
    },
    /// A member's ban takes an address along.
    Take {
        /// Its number.
        id: u64,
        /// The address.
        network: String,
        /// When.
        at_ms: u64,
    },
}

impl BanChange {
    pub(in super::super) fn make(&self, db: &Connection) -> Result<Made, NotMade> {
        match self {
            Self::Ban { order, at_ms } => ban(db, order, *at_ms),
            Self::Lift { id, by, at_ms } => {
                let sql = "DELETE FROM bans WHERE id = ?1";
                let found = db.execute(sql, [id.cast_signed()])? > 0;
                if found {
                    note(db, &format!("{by} lifted ban {id}"), *at_ms)?;
                }
                Ok(Made::Found(found))
            }
            Self::Take { id, network, at_ms } => take(db, *id, network, *at_ms),
        }
    }
}

fn ban(db: &Connection, new: &BanOrder, at_ms: u64) -> Result<Made, NotMade> {
    let ended = "DELETE FROM bans WHERE until_ms <= ?1";
    db.execute(ended, [at_ms.cast_signed()])?;
    let count = "SELECT count(*) FROM bans";
    let count: i64 = db.query_row(count, [], |row| row.get(0))?;
    if count >= BANS_MAX as i64 {
        return Err(Refusal::TooMany.into());
    }
    let (member, name, takes) = match &new.who {
        Banned::Member {
            member,
            name,
            addresses,
        } => (Some(member), Some(name), *addresses == TakesAddresses::Yes),
        Banned::Address(_) => (None, None, false),
    };
    let sql = "INSERT INTO bans (member, name, room, takes_addresses, until_ms, by, reason)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    db.execute(
        sql,
        params![
            member.map(MemberId::as_bytes),
            name.map(Name::as_str),
            new.room.as_ref().map(RoomId::as_str),
            takes,
            new.until_ms.cast_signed(),
            new.by,
            new.reason,
        ],
    )?;
    let id = db.last_insert_rowid();
    if let Banned::Address(network) = &new.who {
        put_network(db, id.cast_unsigned(), network)?;
    }
    let what = format!("{} banned {}: {}", new.by, described(new), new.reason);
    note(db, &what, at_ms)?;
    Ok(Made::Number(id))
}

fn take(db: &Connection, id: u64, network: &str, at_ms: u64) -> Result<Made, NotMade> {
    let count = "SELECT count(*) FROM ban_networks WHERE ban = ?1";
    let count: i64 = db.query_row(count, [id.cast_signed()], |row| row.get(0))?;
    let is_known = db
        .prepare("SELECT 1 FROM bans WHERE id = ?1")?
        .exists([id.cast_signed()])?;
    let is_added =
        is_known && count < BAN_ADDRESSES_MAX as i64 && put_network(db, id, network)? > 0;
    if is_added {
        note(db, &format!("ban {id} takes {network} along"), at_ms)?;
    }
    Ok(Made::Found(is_added))
}

/// Who is banned and where, for the admin log.
fn described(new: &BanOrder) -> String {
    let who = match &new.who {
        Banned::Member { member, name, .. } => format!("{name} ({member})"),
        Banned::Address(network) => network.clone(),
    };
    let room = new.room.as_ref().map(RoomId::as_str);
    match room {
        Some(room) => format!("{who} from room {room} until {}", new.until_ms),
        None => format!("{who} from the server until {}", new.until_ms),
    }
}

fn put_network(db: &Connection, ban: u64, network: &str) -> rusqlite::Result<usize> {
    let sql = "INSERT OR IGNORE INTO ban_networks (ban, network) VALUES (?1, ?2)";
    db.execute(sql, params![ban.cast_signed(), network])
}
