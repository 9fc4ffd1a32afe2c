//! The bans that hold, in memory: every hello and join looks here.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{PoisonError, RwLock},
};

use parlor_shared::{MemberId, RoomId};

use crate::{
    address::Network,
    engine::embedded::{KeptBan, TakesAddresses},
};

/// Who is banned from where.
#[derive(Debug, Default)]
pub(crate) struct Bans(RwLock<Held>);

#[derive(Debug, Default)]
struct Held {
    members: HashMap<MemberId, Vec<Hold>>,
    networks: HashMap<Network, Vec<Hold>>,
}

/// A ban, as far as it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hold {
    /// Its number.
    pub(crate) ban: u64,
    /// The room; `None` for the whole server.
    room: Option<RoomId>,
    /// When it ends, in Unix milliseconds.
    pub(crate) until_ms: u64,
    /// Whether the addresses of its member are banned, too.
    pub(crate) takes_addresses: TakesAddresses,
}

/// Someone who wants to come in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Visitor {
    pub(crate) member: MemberId,
    pub(crate) network: Option<Network>,
    /// Now, in Unix milliseconds.
    pub(crate) now_ms: u64,
}

impl Bans {
    /// Holds these bans in the place of those before.
    pub(crate) fn replace(&self, bans: Vec<KeptBan>) {
        let mut held = Held::default();
        for ban in bans {
            let hold = Hold {
                ban: ban.id,
                room: ban.room,
                until_ms: ban.until_ms,
                takes_addresses: ban.takes_addresses,
            };
            for network in ban.networks.iter().filter_map(|text| parse(text)) {
                held.networks.entry(network).or_default().push(hold.clone());
            }
            if let Some(member) = ban.member {
                held.members.entry(member).or_default().push(hold);
            }
        }
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = held;
    }

    /// The ban that keeps a visitor out of this room, or out of the server where it is `None`: the
    /// one that ends last.
    pub(crate) fn find(&self, visitor: Visitor, room: Option<&RoomId>) -> Option<Hold> {
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let of_member = held.members.get(&visitor.member).into_iter().flatten();
        let network = visitor
            .network
            .and_then(|network| held.networks.get(&network));
        let holds = of_member.chain(network.into_iter().flatten());
        holds
            .filter(|hold| hold.room.as_ref() == room && hold.until_ms > visitor.now_ms)
            .max_by_key(|hold| hold.until_ms)
            .cloned()
    }
}

/// The network that a kept ban names: an address, or the first 64 bits of one.
pub(crate) fn parse(text: &str) -> Option<Network> {
    let address = text.strip_suffix("/64").unwrap_or(text);
    address.parse::<IpAddr>().ok().map(Network::from)
}

/// The address as a ban keeps it, if it says something about who connects from there: behind a
/// proxy that is not trusted, everyone comes from this machine.
pub(crate) fn bannable(network: Option<Network>) -> Option<String> {
    let network = network?;
    let is_local = match network {
        Network::V4(address) => address.is_loopback() || address.is_unspecified(),
        Network::V6(parts) => parts == [0; 4],
    };
    (!is_local).then(|| network.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ban(id: u64, member: Option<u8>, room: Option<&str>, networks: &[&str]) -> KeptBan {
        KeptBan {
            id,
            member: member.map(|n| MemberId::from_bytes([n; 16])),
            name: None,
            takes_addresses: TakesAddresses::No,
            networks: networks.iter().map(|text| (*text).to_owned()).collect(),
            room: room.map(|room| RoomId::parse(room).unwrap()),
            until_ms: 100 + id,
            by: "ann".to_owned(),
            reason: String::new(),
        }
    }

    #[test]
    fn a_ban_holds_for_its_member_or_address_in_its_place_until_its_end() {
        let bans = Bans::default();
        bans.replace(vec![
            ban(1, Some(1), None, &["192.0.2.1", "2001:db8:1:2::/64"]),
            ban(2, Some(1), Some("lobby"), &[]),
            ban(3, Some(1), None, &[]),
        ]);
        let found = |member, address: &str, now_ms, room: Option<&str>| {
            let visitor = Visitor {
                member: MemberId::from_bytes([member; 16]),
                network: address.parse::<IpAddr>().ok().map(Network::from),
                now_ms,
            };
            let room = room.map(|room| RoomId::parse(room).unwrap());
            bans.find(visitor, room.as_ref()).map(|hold| hold.ban)
        };
        assert_eq!(found(1, "", 0, None), Some(3), "the one that ends last");
        assert_eq!(found(1, "", 103, None), None);
        assert_eq!(found(2, "", 0, None), None);
        assert_eq!(found(2, "192.0.2.1", 0, None), Some(1));
        assert_eq!(found(2, "::ffff:192.0.2.1", 0, None), Some(1));
        assert_eq!(found(2, "2001:db8:1:2:3::4", 0, None), Some(1));
        assert_eq!(found(2, "2001:db8:1:3::4", 0, None), None);
        assert_eq!(found(1, "", 0, Some("lobby")), Some(2));
        assert_eq!(found(1, "", 0, Some("attic")), None);
        bans.replace(Vec::new());
        assert_eq!(found(1, "", 0, None), None);
    }

    #[test]
    fn an_address_of_this_machine_is_never_banned_with_a_member() {
        let text = |address: &str| {
            let address: IpAddr = address.parse().unwrap();
            bannable(Some(Network::from(address)))
        };
        assert_eq!(text("127.0.0.1"), None);
        assert_eq!(text("::1"), None);
        assert_eq!(text("192.0.2.7").as_deref(), Some("192.0.2.7"));
        let network = text("2001:db8::1").unwrap();
        assert_eq!(parse(&network), Some(Network::V6([0x2001, 0xdb8, 0, 0])));
        assert_eq!(bannable(None), None);
    }
}
