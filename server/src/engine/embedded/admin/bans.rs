//! Bans of members and addresses, each with an end. They stand here and on no room's log: members
//! see neither them nor anyone's address.

use parlor_shared::{
    MemberId, Name, RoomId,
    limits::{BAN_ADDRESSES_MAX, BANS_MAX},
};
use rusqlite::{Connection, Row, params};

use super::{AdminError, AdminFile, journal::note, parsed};

/// A ban to make.
#[derive(Debug, Clone, PartialEq, Eq)]
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
#[derive(Debug, Clone, PartialEq, Eq)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakesAddresses {
    /// It does, for up to [`BAN_ADDRESSES_MAX`] of them.
    Yes,
    /// It holds for the member alone.
    No,
}

/// A ban that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptBan {
    /// Its number, by which it is lifted.
    pub id: u64,
    /// The member, if one is banned.
    pub member: Option<MemberId>,
    /// Their name.
    pub name: Option<Name>,
    /// Whether it takes the member's addresses along.
    pub takes_addresses: TakesAddresses,
    /// The addresses.
    pub networks: Vec<String>,
    /// The room; `None` for the whole server.
    pub room: Option<RoomId>,
    /// When it ends, in Unix milliseconds.
    pub until_ms: u64,
    /// Who banned them.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// A ban was not made.
#[derive(Debug, thiserror::Error)]
pub enum BanError {
    /// There are as many as there may be.
    #[error("There are {BANS_MAX} bans. Lift some first.")]
    TooMany,
    /// See [`AdminError`].
    #[error(transparent)]
    Failed(#[from] AdminError),
}

impl From<rusqlite::Error> for BanError {
    fn from(error: rusqlite::Error) -> Self {
        AdminError::from(error).into()
    }
}

impl AdminFile {
    /// Makes a ban and returns its number. Those that have ended make way.
    ///
    /// # Errors
    /// [`BanError`].
    pub fn ban(&self, new: &BanOrder, now_ms: u64) -> Result<u64, BanError> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        let ended = "DELETE FROM bans WHERE until_ms <= ?1";
        transaction.execute(ended, [now_ms.cast_signed()])?;
        let count = "SELECT count(*) FROM bans";
        let count: i64 = transaction.query_row(count, [], |row| row.get(0))?;
        if count >= BANS_MAX as i64 {
            return Err(BanError::TooMany);
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
        transaction.execute(
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
        let id = transaction.last_insert_rowid().cast_unsigned();
        if let Banned::Address(network) = &new.who {
            put_network(&transaction, id, network)?;
        }
        let what = format!("{} banned {}: {}", new.by, described(new), new.reason);
        note(&transaction, &what, now_ms)?;
        transaction.commit()?;
        Ok(id)
    }

    /// Lifts a ban. Returns whether there was one.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn unban(&self, id: u64, by: &str, now_ms: u64) -> Result<bool, AdminError> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        let deleted = transaction.execute("DELETE FROM bans WHERE id = ?1", [id.cast_signed()])?;
        if deleted > 0 {
            note(&transaction, &format!("{by} lifted ban {id}"), now_ms)?;
        }
        transaction.commit()?;
        Ok(deleted > 0)
    }

    /// Takes an address along with a member's ban. Returns whether it is a new one and there was
    /// room for it.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn ban_network(&self, id: u64, network: &str, now_ms: u64) -> Result<bool, AdminError> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        let count = "SELECT count(*) FROM ban_networks WHERE ban = ?1";
        let count: i64 = transaction.query_row(count, [id.cast_signed()], |row| row.get(0))?;
        let is_known = transaction
            .prepare("SELECT 1 FROM bans WHERE id = ?1")?
            .exists([id.cast_signed()])?;
        let is_added = is_known
            && count < BAN_ADDRESSES_MAX as i64
            && put_network(&transaction, id, network)? > 0;
        if is_added {
            note(
                &transaction,
                &format!("ban {id} takes {network} along"),
                now_ms,
            )?;
        }
        transaction.commit()?;
        Ok(is_added)
    }

    /// The bans that hold, the newest first.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn bans(&self, now_ms: u64) -> Result<Vec<KeptBan>, AdminError> {
        let db = self.lock();
        let sql = "SELECT id, member, name, room, takes_addresses, until_ms, by, reason FROM bans
            WHERE until_ms > ?1 ORDER BY id DESC LIMIT ?2";
        let mut statement = db.prepare_cached(sql)?;
        let bans = statement.query_map(params![now_ms.cast_signed(), BANS_MAX as i64], read)?;
        let mut bans: Vec<KeptBan> = bans.collect::<rusqlite::Result<_>>()?;
        for ban in &mut bans {
            ban.networks = networks(&db, ban.id)?;
        }
        Ok(bans)
    }
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

fn networks(db: &Connection, ban: u64) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT network FROM ban_networks WHERE ban = ?1 ORDER BY network";
    let mut statement = db.prepare_cached(sql)?;
    let networks = statement.query_map([ban.cast_signed()], |row| row.get(0))?;
    networks.collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<KeptBan> {
    let text = |column| row.get::<_, Option<String>>(column);
    Ok(KeptBan {
        id: row.get::<_, i64>(0)?.cast_unsigned(),
        member: row.get::<_, Option<[u8; 16]>>(1)?.map(MemberId::from_bytes),
        // A name that any version has accepted.
        name: text(2)?.and_then(|name| Name::try_from(name).ok()),
        room: text(3)?.map(|_| parsed(row, 3)).transpose()?,
        takes_addresses: if row.get(4)? {
            TakesAddresses::Yes
        } else {
            TakesAddresses::No
        },
        // They are in a table of their own.
        networks: Vec::new(),
        until_ms: row.get::<_, i64>(5)?.cast_unsigned(),
        by: row.get(6)?,
        reason: row.get(7)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> (tempfile::TempDir, AdminFile) {
        let folder = tempfile::tempdir().unwrap();
        let file = AdminFile::open(folder.path()).unwrap();
        (folder, file)
    }

    fn order(who: Banned) -> BanOrder {
        BanOrder {
            who,
            room: None,
            until_ms: 100,
            reason: "spam".to_owned(),
            by: "ann".to_owned(),
        }
    }

    fn bob(addresses: TakesAddresses) -> Banned {
        Banned::Member {
            member: MemberId::from_bytes([2; 16]),
            name: Name::parse("bob").unwrap(),
            addresses,
        }
    }

    #[test]
    fn a_ban_holds_until_its_end_or_until_it_is_lifted_and_is_noted() {
        let (_folder, file) = file();
        let first = file.ban(&order(bob(TakesAddresses::No)), 1).unwrap();
        let second = file
            .ban(&order(Banned::Address("192.0.2.1".to_owned())), 2)
            .unwrap();
        let kept = file.bans(99).unwrap();
        assert_eq!(
            kept.iter().map(|ban| ban.id).collect::<Vec<_>>(),
            [second, first]
        );
        assert_eq!(kept[0].networks, ["192.0.2.1"]);
        assert!(file.unban(first, "ann", 50).unwrap());
        assert!(!file.unban(first, "ann", 50).unwrap());
        assert_eq!(file.bans(99).unwrap().len(), 1);
        assert_eq!(file.bans(100).unwrap(), []);
        let log = file.admin_log(10).unwrap();
        assert_eq!(log.len(), 3);
        assert!(log[0].what.contains("lifted ban"), "{log:?}");
    }

    #[test]
    fn a_ban_takes_a_bounded_number_of_addresses_along() {
        let (_folder, file) = file();
        let id = file.ban(&order(bob(TakesAddresses::Yes)), 1).unwrap();
        for n in 0..BAN_ADDRESSES_MAX {
            assert!(file.ban_network(id, &format!("192.0.2.{n}"), 2).unwrap());
            assert!(!file.ban_network(id, &format!("192.0.2.{n}"), 2).unwrap());
        }
        assert!(!file.ban_network(id, "198.51.100.1", 2).unwrap());
        assert!(!file.ban_network(id + 1, "198.51.100.1", 2).unwrap());
        assert_eq!(file.bans(2).unwrap()[0].networks.len(), BAN_ADDRESSES_MAX);
        file.unban(id, "ann", 3).unwrap();
        let other = file.ban(&order(bob(TakesAddresses::Yes)), 4).unwrap();
        assert_ne!(id, other);
        assert_eq!(file.bans(5).unwrap()[0].networks, [""; 0]);
    }

    #[test]
    fn there_is_a_bounded_number_of_bans_and_those_that_have_ended_make_way() {
        let (_folder, file) = file();
        let insert = "INSERT INTO bans (takes_addresses, until_ms, by, reason)
            WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)
            SELECT 0, 50, 'ann', '' FROM n";
        file.lock().execute(insert, [BANS_MAX as i64]).unwrap();
        let refused = file.ban(&order(bob(TakesAddresses::No)), 49);
        assert!(matches!(refused, Err(BanError::TooMany)));
        file.ban(&order(bob(TakesAddresses::No)), 50).unwrap();
        assert_eq!(file.bans(50).unwrap().len(), 1);
    }
}
