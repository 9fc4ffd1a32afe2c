//! Bans of members and addresses, each with an end. They stand here and on no room's log: members
//! see neither them nor anyone's address.

use parlor_shared::{MemberId, Name, RoomId, limits::BANS_MAX};
use rusqlite::{Connection, Row, params};

pub use super::change::bans::{BanOrder, Banned, TakesAddresses};
use super::{
    AdminError, AdminFile,
    change::{AdminChange, bans::BanChange},
    column::parsed,
    made::{ChangeError, Refusal},
};

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

impl From<ChangeError> for BanError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Refused(Refusal::TooMany) => Self::TooMany,
            ChangeError::Refused(_) | ChangeError::Failed(_) => AdminError::from(error).into(),
        }
    }
}

impl AdminFile {
    /// Makes a ban and returns its number. Those that have ended make way.
    ///
    /// # Errors
    /// [`BanError`].
    pub fn ban(&self, new: &BanOrder, now_ms: u64) -> Result<u64, BanError> {
        let (order, at_ms) = (new.clone(), now_ms);
        let made = self.change(AdminChange::Ban(BanChange::Ban { order, at_ms }))?;
        Ok(made.number()?.cast_unsigned())
    }

    /// Lifts a ban. Returns whether there was one.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn unban(&self, id: u64, by: &str, now_ms: u64) -> Result<bool, AdminError> {
        let (by, at_ms) = (by.to_owned(), now_ms);
        self.change(AdminChange::Ban(BanChange::Lift { id, by, at_ms }))?
            .found()
    }

    /// Takes an address along with a member's ban. Returns whether it is a new one and there was
    /// room for it.
    ///
    /// # Errors
    /// [`AdminError`].
    pub fn ban_network(&self, id: u64, network: &str, now_ms: u64) -> Result<bool, AdminError> {
        let change = BanChange::Take {
            id,
            network: network.to_owned(),
            at_ms: now_ms,
        };
        self.change(AdminChange::Ban(change))?.found()
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
    use parlor_shared::limits::BAN_ADDRESSES_MAX;

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
