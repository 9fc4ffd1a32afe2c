//! Who is present in a room. Pure: times come in as arguments.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use parlor_shared::{
    Member, MemberId, Name, RoomId, ServerMessage,
    limits::{
        PRESENCE_COALESCE_MS, PRESENCE_COUNT_COALESCE_MS, PRESENCE_GRACE_MEMBERS_MAX,
        PRESENCE_GRACE_MS, PRESENCE_MEMBERS_LOW, PRESENCE_MEMBERS_MAX,
    },
};

/// Who is present, and what of it has not been told yet.
#[derive(Debug, Default)]
pub(crate) struct Presence {
    members: HashMap<MemberId, Present>,
    /// Members without a connection, by when they count as gone.
    leaving: BTreeSet<(u64, MemberId)>,
    /// Empty while the room is told as a count.
    untold: BTreeMap<MemberId, Change>,
    /// When the untold changes are to be told.
    tell_at_ms: Option<u64>,
    /// Whether the last thing told named the members.
    told: Scale,
}

#[derive(Debug)]
struct Present {
    name: Name,
    connections: u32,
    gone_at_ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Here,
    Gone,
}

/// How presence is told: by name, or in a large room as a count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Scale {
    #[default]
    Named,
    Counted,
}

/// How a connection left a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Departure {
    /// Its member said so: gone at once.
    Left,
    /// The line ended: gone unless the member is back within [`PRESENCE_GRACE_MS`].
    Lost,
}

impl Presence {
    /// A connection of `member` came.
    pub(crate) fn enter(&mut self, member: MemberId, name: &Name, now_ms: u64) {
        let present = self.members.entry(member).or_insert_with(|| Present {
            name: name.clone(),
            connections: 0,
            gone_at_ms: 0,
        });
        let is_new = present.connections == 0 && present.gone_at_ms == 0;
        self.leaving.remove(&(present.gone_at_ms, member));
        present.gone_at_ms = 0;
        present.connections += 1;
        if is_new || present.name != *name {
            present.name = name.clone();
            self.note(member, Change::Here, now_ms);
        }
    }

    /// A connection of `member` went.
    pub(crate) fn leave(&mut self, member: MemberId, departure: Departure, now_ms: u64) {
        let Some(present) = self.members.get_mut(&member) else {
            return;
        };
        present.connections = present.connections.saturating_sub(1);
        if present.connections == 0 {
            present.gone_at_ms = match departure {
                Departure::Left => now_ms,
                Departure::Lost => now_ms + PRESENCE_GRACE_MS,
            };
            self.leaving.insert((present.gone_at_ms, member));
            self.sweep(now_ms);
            if self.leaving.len() > PRESENCE_GRACE_MEMBERS_MAX {
                self.first_is_gone(now_ms);
            }
        }
    }

    /// `member` goes by another name.
    pub(crate) fn rename(&mut self, member: MemberId, name: &Name, now_ms: u64) {
        if let Some(present) = self.members.get_mut(&member)
            && present.name != *name
        {
            present.name = name.clone();
            self.note(member, Change::Here, now_ms);
        }
    }

    /// Whether nobody is here and nobody is expected back.
    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// When [`Presence::tell`] has something to do next.
    pub(crate) fn due_at_ms(&self) -> Option<u64> {
        let leaves_at = self.leaving.first().map(|(at, _)| *at);
        self.tell_at_ms.into_iter().chain(leaves_at).min()
    }

    /// Who is here, all of it.
    pub(crate) fn snapshot(&self, room: &RoomId) -> ServerMessage {
        let members = match self.scale() {
            Scale::Named => self
                .members
                .keys()
                .filter_map(|id| self.member(*id))
                .collect(),
            Scale::Counted => Vec::new(),
        };
        ServerMessage::Present {
            room: room.clone(),
            count: self.count(),
            members,
        }
    }

    /// What is to be told to everyone now, if anything is due.
    pub(crate) fn tell(&mut self, room: &RoomId, now_ms: u64) -> Option<ServerMessage> {
        self.sweep(now_ms);
        if self.tell_at_ms.is_none_or(|at| at > now_ms) {
            return None;
        }
        self.tell_at_ms = None;
        let untold = std::mem::take(&mut self.untold);
        let now = self.scale();
        let before = std::mem::replace(&mut self.told, now);
        let message = match (before, now) {
            (Scale::Counted, Scale::Named) => self.snapshot(room),
            (_, Scale::Counted) => ServerMessage::Presence {
                room: room.clone(),
                count: self.count(),
                here: Vec::new(),
                gone: Vec::new(),
            },
            (Scale::Named, Scale::Named) => {
                let of = |wanted| {
                    untold
                        .iter()
                        .filter(move |(_, c)| **c == wanted)
                        .map(|(member, _)| *member)
                };
                ServerMessage::Presence {
                    room: room.clone(),
                    count: self.count(),
                    here: of(Change::Here).filter_map(|id| self.member(id)).collect(),
                    gone: of(Change::Gone).collect(),
                }
            }
        };
        Some(message)
    }

    fn sweep(&mut self, now_ms: u64) {
        while let Some((gone_at_ms, _)) = self.leaving.first().copied()
            && gone_at_ms <= now_ms
        {
            self.first_is_gone(now_ms);
        }
    }

    /// The member that was to be waited for least is not waited for.
    fn first_is_gone(&mut self, now_ms: u64) {
        if let Some((_, member)) = self.leaving.pop_first() {
            self.members.remove(&member);
            self.note(member, Change::Gone, now_ms);
        }
    }

    fn note(&mut self, member: MemberId, change: Change, now_ms: u64) {
        let gathered_ms = match self.scale() {
            Scale::Named => {
                self.untold.insert(member, change);
                PRESENCE_COALESCE_MS
            }
            Scale::Counted => {
                self.untold.clear();
                PRESENCE_COUNT_COALESCE_MS
            }
        };
        self.tell_at_ms.get_or_insert(now_ms + gathered_ms);
    }

    /// How the room is to be told now, after how it was told last.
    fn scale(&self) -> Scale {
        let named_max = match self.told {
            Scale::Named => PRESENCE_MEMBERS_MAX,
            Scale::Counted => PRESENCE_MEMBERS_LOW,
        };
        if self.members.len() > named_max {
            Scale::Counted
        } else {
            Scale::Named
        }
    }

    fn count(&self) -> u32 {
        self.members.len() as u32
    }

    fn member(&self, member: MemberId) -> Option<Member> {
        self.members.get(&member).map(|present| Member {
            member,
            name: present.name.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> MemberId {
        MemberId::from_bytes([n; 16])
    }

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    /// What is told at `now_ms`, as "count +came -went", "count all names" or "".
    fn told(presence: &mut Presence, now_ms: u64) -> String {
        let room = RoomId::parse("lobby").unwrap();
        let names = |members: &[Member]| {
            let mut names: Vec<_> = members.iter().map(|m| m.name.to_string()).collect();
            names.sort();
            names.join(",")
        };
        match presence.tell(&room, now_ms) {
            None => String::new(),
            Some(ServerMessage::Presence {
                count, here, gone, ..
            }) => {
                format!("{count} +{} -{}", names(&here), gone.len())
            }
            Some(ServerMessage::Present { count, members, .. }) => {
                format!("{count} all {}", names(&members))
            }
            Some(other) => panic!("not about presence: {other:?}"),
        }
    }

    #[test]
    fn comings_and_goings_are_gathered_and_told_once() {
        let mut presence = Presence::default();
        presence.enter(id(1), &name("ann"), 0);
        presence.enter(id(2), &name("bob"), 50);
        assert_eq!(told(&mut presence, 99), "", "not yet");
        assert_eq!(told(&mut presence, 100), "2 +ann,bob -0");
        assert_eq!(told(&mut presence, 1_000), "");
        presence.leave(id(2), Departure::Left, 2_000);
        assert_eq!(told(&mut presence, 2_100), "1 + -1");
    }

    #[test]
    fn who_is_back_in_time_never_left() {
        let mut presence = Presence::default();
        presence.enter(id(1), &name("ann"), 0);
        told(&mut presence, 100);
        presence.leave(id(1), Departure::Lost, 1_000);
        presence.enter(id(1), &name("ann"), 15_999);
        assert_eq!(told(&mut presence, 60_000), "");
        presence.leave(id(1), Departure::Lost, 60_000);
        assert_eq!(presence.due_at_ms(), Some(75_000));
        assert_eq!(
            told(&mut presence, 75_000),
            "",
            "gathered for a moment first"
        );
        assert_eq!(told(&mut presence, 75_100), "0 + -1");
        assert!(presence.is_empty());
        assert_eq!(presence.due_at_ms(), None);
    }

    #[test]
    fn a_member_with_two_connections_is_one_member() {
        let mut presence = Presence::default();
        presence.enter(id(1), &name("ann"), 0);
        presence.enter(id(1), &name("ann"), 10);
        assert_eq!(told(&mut presence, 110), "1 +ann -0");
        presence.leave(id(1), Departure::Left, 200);
        assert_eq!(told(&mut presence, 400), "");
        presence.leave(id(1), Departure::Left, 500);
        assert_eq!(told(&mut presence, 600), "0 + -1");
    }

    #[test]
    fn a_new_name_is_told() {
        let mut presence = Presence::default();
        presence.enter(id(1), &name("ann"), 0);
        told(&mut presence, 100);
        presence.rename(id(1), &name("anna"), 200);
        assert_eq!(told(&mut presence, 300), "1 +anna -0");
    }

    fn numbered(n: usize) -> MemberId {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&n.to_be_bytes());
        MemberId::from_bytes(bytes)
    }

    #[test]
    fn a_large_room_is_a_count_and_named_again_when_it_has_shrunk_for_good() {
        let mut presence = Presence::default();
        for n in 0..=PRESENCE_MEMBERS_MAX {
            presence.enter(numbered(n), &name("m"), 0);
        }
        assert_eq!(told(&mut presence, 100), "201 + -0");
        let ServerMessage::Present {
            count: 201,
            members,
            ..
        } = presence.snapshot(&RoomId::parse("lobby").unwrap())
        else {
            panic!("a snapshot of 201")
        };
        assert!(members.is_empty());
        presence.leave(numbered(0), Departure::Left, 200);
        assert_eq!(told(&mut presence, 1_200), "200 + -0", "not back and forth");
        for n in 1..=PRESENCE_MEMBERS_MAX - PRESENCE_MEMBERS_LOW {
            presence.leave(numbered(n), Departure::Left, 2_000);
        }
        assert!(told(&mut presence, 3_000).starts_with("150 all m,m"));
    }

    #[test]
    fn ten_thousand_who_come_and_go_do_not_flood_the_room() {
        let mut presence = Presence::default();
        let room = RoomId::parse("lobby").unwrap();
        let (mut tellings, mut bytes) = (0, 0);
        // One comes every millisecond and stays for ten seconds.
        for now_ms in 0..30_000 {
            if now_ms < 10_000 {
                presence.enter(numbered(now_ms), &name("somebody"), now_ms as u64);
            }
            if (10_000..20_000).contains(&now_ms) {
                presence.leave(numbered(now_ms - 10_000), Departure::Left, now_ms as u64);
            }
            if let Some(message) = presence.tell(&room, now_ms as u64) {
                tellings += 1;
                bytes += parlor_shared::codec::encode_server(&message).len();
                assert!(presence.untold.is_empty());
            }
        }
        assert!(presence.is_empty());
        // Once a second as a count, ten times a second while there are few enough to name.
        assert!(tellings < 30, "{tellings} tellings");
        assert!(bytes < 64 * 1024, "{bytes} bytes told to each");
    }

    #[test]
    fn only_so_many_are_waited_for() {
        let mut presence = Presence::default();
        for n in 0..=PRESENCE_GRACE_MEMBERS_MAX {
            presence.enter(numbered(n), &name("m"), 0);
            presence.leave(numbered(n), Departure::Lost, n as u64);
        }
        assert_eq!(presence.members.len(), PRESENCE_GRACE_MEMBERS_MAX);
        assert!(!presence.members.contains_key(&numbered(0)));
    }
}
