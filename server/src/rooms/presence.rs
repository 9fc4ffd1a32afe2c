//! Who is present in a room, and which presence messages its members get. Pure: times come in as
//! arguments.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use parlor_shared::{
    Member, MemberId, Name, RoomId, ServerMessage,
    limits::{
        PRESENCE_COALESCE_MS, PRESENCE_COUNT_COALESCE_MS, PRESENCE_GRACE_MEMBERS_MAX,
        PRESENCE_GRACE_MS, PRESENCE_MEMBERS_LOW, PRESENCE_MEMBERS_MAX,
    },
};

use crate::shrink::shrink;

/// The members of a room, and the changes that have not been sent yet.
#[derive(Debug, Default)]
pub(crate) struct Presence {
    members: HashMap<MemberId, Present>,
    /// Members without a connection, by the time at which they count as gone.
    leaving: BTreeSet<(u64, MemberId)>,
    /// The changes to send; empty while presence is sent as a count.
    pending: BTreeMap<MemberId, Change>,
    /// When the pending changes are due.
    flush_at_ms: Option<u64>,
    /// How presence was last sent.
    sent_as: Scale,
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

/// How presence is sent: by name, or as a count in a large room.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Scale {
    #[default]
    Named,
    Counted,
}

/// How a connection left a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Departure {
    /// The client left it: the member is gone at once.
    Left,
    /// The connection ended: the member is gone unless it is back within [`PRESENCE_GRACE_MS`].
    Lost,
}

impl Presence {
    /// Adds a connection of this member.
    pub(crate) fn enter(&mut self, Member { member, name }: &Member, now_ms: u64) {
        let member = *member;
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
            self.queue(member, Change::Here, now_ms);
        }
    }

    /// Removes a connection of `member`.
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
                self.remove_first_leaving(now_ms);
            }
        }
    }

    /// Gives the member its new name.
    pub(crate) fn rename(&mut self, Member { member, name }: &Member, now_ms: u64) {
        if let Some(present) = self.members.get_mut(member)
            && present.name != *name
        {
            present.name = name.clone();
            self.queue(*member, Change::Here, now_ms);
        }
    }

    /// Whether no member is present and none may still come back in time.
    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// When [`Presence::flush`] next has something to do.
    pub(crate) fn due_at_ms(&self) -> Option<u64> {
        let leaves_at = self.leaving.first().map(|(at, _)| *at);
        self.flush_at_ms.into_iter().chain(leaves_at).min()
    }

    /// The whole presence, for a session that has just become live.
    pub(crate) fn snapshot(&self, room: &RoomId) -> ServerMessage {
        ServerMessage::Present {
            room: room.clone(),
            count: self.count(),
            members: self.listed(),
        }
    }

    /// The members who are present; none of them where they are too many to be listed.
    pub(crate) fn listed(&self) -> Vec<Member> {
        match self.scale() {
            Scale::Named => self
                .members
                .keys()
                .filter_map(|id| self.member(*id))
                .collect(),
            Scale::Counted => Vec::new(),
        }
    }

    /// Takes what is due to be sent to everyone in the room, if anything is.
    pub(crate) fn flush(&mut self, room: &RoomId, now_ms: u64) -> Option<ServerMessage> {
        self.sweep(now_ms);
        if self.flush_at_ms.is_none_or(|at| at > now_ms) {
            return None;
        }
        self.flush_at_ms = None;
        let pending = std::mem::take(&mut self.pending);
        let now = self.scale();
        let before = std::mem::replace(&mut self.sent_as, now);
        let message = match (before, now) {
            (Scale::Counted, Scale::Named) => self.snapshot(room),
            (_, Scale::Counted) => ServerMessage::Presence {
                room: room.clone(),
                count: self.count(),
                here: Vec::new(),
                gone: Vec::new(),
            },
            (Scale::Named, Scale::Named) => {
                let members_with = |wanted| {
                    pending
                        .iter()
                        .filter(move |(_, change)| **change == wanted)
                        .map(|(member, _)| *member)
                };
                ServerMessage::Presence {
                    room: room.clone(),
                    count: self.count(),
                    here: members_with(Change::Here)
                        .filter_map(|id| self.member(id))
                        .collect(),
                    gone: members_with(Change::Gone).collect(),
                }
            }
        };
        Some(message)
    }

    /// Removes the members whose time to come back is over.
    fn sweep(&mut self, now_ms: u64) {
        while let Some((gone_at_ms, _)) = self.leaving.first().copied()
            && gone_at_ms <= now_ms
        {
            self.remove_first_leaving(now_ms);
        }
    }

    /// Removes the member whose time to come back ends first.
    fn remove_first_leaving(&mut self, now_ms: u64) {
        if let Some((_, member)) = self.leaving.pop_first() {
            self.members.remove(&member);
            shrink(&mut self.members);
            self.queue(member, Change::Gone, now_ms);
        }
    }

    /// Queues a change, to be sent together with those that follow shortly.
    fn queue(&mut self, member: MemberId, change: Change, now_ms: u64) {
        let coalesce_ms = match self.scale() {
            Scale::Named => {
                self.pending.insert(member, change);
                PRESENCE_COALESCE_MS
            }
            Scale::Counted => {
                self.pending.clear();
                PRESENCE_COUNT_COALESCE_MS
            }
        };
        self.flush_at_ms.get_or_insert(now_ms + coalesce_ms);
    }

    /// How presence is sent now. It depends on how it was last sent, so that a room near the limit
    /// does not alternate.
    fn scale(&self) -> Scale {
        let named_max = match self.sent_as {
            Scale::Named => PRESENCE_MEMBERS_MAX,
            Scale::Counted => PRESENCE_MEMBERS_LOW,
        };
        if self.members.len() > named_max {
            Scale::Counted
        } else {
            Scale::Named
        }
    }

    pub(crate) fn count(&self) -> u32 {
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

    fn named(member: MemberId, name: &str) -> Member {
        Member {
            member,
            name: Name::parse(name).unwrap(),
        }
    }

    /// What is sent at `now_ms`, as `"count +names -number gone"`, `"count all names"` or `""`.
    fn flushed(presence: &mut Presence, now_ms: u64) -> String {
        let room = RoomId::parse("lobby").unwrap();
        let names = |members: &[Member]| {
            let mut names: Vec<_> = members.iter().map(|m| m.name.to_string()).collect();
            names.sort();
            names.join(",")
        };
        match presence.flush(&room, now_ms) {
            None => String::new(),
            Some(ServerMessage::Presence {
                count, here, gone, ..
            }) => {
                format!("{count} +{} -{}", names(&here), gone.len())
            }
            Some(ServerMessage::Present { count, members, .. }) => {
                format!("{count} all {}", names(&members))
            }
            Some(other) => panic!("not a presence message: {other:?}"),
        }
    }

    #[test]
    fn changes_are_coalesced_and_sent_once() {
        let mut presence = Presence::default();
        presence.enter(&named(id(1), "ann"), 0);
        presence.enter(&named(id(2), "bob"), 50);
        assert_eq!(flushed(&mut presence, 99), "", "not yet");
        assert_eq!(flushed(&mut presence, 100), "2 +ann,bob -0");
        assert_eq!(flushed(&mut presence, 1_000), "");
        presence.leave(id(2), Departure::Left, 2_000);
        assert_eq!(flushed(&mut presence, 2_100), "1 + -1");
    }

    #[test]
    fn a_member_that_is_back_in_time_never_left() {
        let mut presence = Presence::default();
        presence.enter(&named(id(1), "ann"), 0);
        flushed(&mut presence, 100);
        presence.leave(id(1), Departure::Lost, 1_000);
        presence.enter(&named(id(1), "ann"), 15_999);
        assert_eq!(flushed(&mut presence, 60_000), "");
        presence.leave(id(1), Departure::Lost, 60_000);
        assert_eq!(presence.due_at_ms(), Some(75_000));
        assert_eq!(flushed(&mut presence, 75_000), "", "coalesced first");
        assert_eq!(flushed(&mut presence, 75_100), "0 + -1");
        assert!(presence.is_empty());
        assert_eq!(presence.due_at_ms(), None);
    }

    #[test]
    fn a_member_with_two_connections_is_one_member() {
        let mut presence = Presence::default();
        presence.enter(&named(id(1), "ann"), 0);
        presence.enter(&named(id(1), "ann"), 10);
        assert_eq!(flushed(&mut presence, 110), "1 +ann -0");
        presence.leave(id(1), Departure::Left, 200);
        assert_eq!(flushed(&mut presence, 400), "");
        presence.leave(id(1), Departure::Left, 500);
        assert_eq!(flushed(&mut presence, 600), "0 + -1");
    }

    #[test]
    fn a_new_name_is_sent() {
        let mut presence = Presence::default();
        presence.enter(&named(id(1), "ann"), 0);
        flushed(&mut presence, 100);
        presence.rename(&named(id(1), "anna"), 200);
        assert_eq!(flushed(&mut presence, 300), "1 +anna -0");
    }

    fn numbered(n: usize) -> MemberId {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&n.to_be_bytes());
        MemberId::from_bytes(bytes)
    }

    #[test]
    fn a_large_room_is_a_count_and_named_again_once_it_is_well_below_the_limit() {
        let mut presence = Presence::default();
        for n in 0..=PRESENCE_MEMBERS_MAX {
            presence.enter(&named(numbered(n), "m"), 0);
        }
        assert_eq!(flushed(&mut presence, 100), "201 + -0");
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
        assert_eq!(
            flushed(&mut presence, 1_200),
            "200 + -0",
            "still a count just below the limit"
        );
        for n in 1..=PRESENCE_MEMBERS_MAX - PRESENCE_MEMBERS_LOW {
            presence.leave(numbered(n), Departure::Left, 2_000);
        }
        assert!(flushed(&mut presence, 3_000).starts_with("150 all m,m"));
    }

    #[test]
    fn ten_thousand_members_that_come_and_go_do_not_flood_the_room() {
        let mut presence = Presence::default();
        let room = RoomId::parse("lobby").unwrap();
        let (mut messages, mut bytes) = (0, 0);
        // A member comes every millisecond and stays for ten seconds.
        for now_ms in 0..30_000 {
            if now_ms < 10_000 {
                presence.enter(&named(numbered(now_ms), "somebody"), now_ms as u64);
            }
            if (10_000..20_000).contains(&now_ms) {
                presence.leave(numbered(now_ms - 10_000), Departure::Left, now_ms as u64);
            }
            if let Some(message) = presence.flush(&room, now_ms as u64) {
                messages += 1;
                bytes += parlor_shared::codec::encode_server(&message).len();
                assert!(presence.pending.is_empty());
            }
        }
        assert!(presence.is_empty());
        // Once a second as a count, and ten times a second while the room is small enough for
        // names.
        assert!(messages < 30, "{messages} messages");
        assert!(bytes < 64 * 1024, "{bytes} bytes to each member");
    }

    #[test]
    fn the_number_of_members_that_may_come_back_is_bounded() {
        let mut presence = Presence::default();
        for n in 0..=PRESENCE_GRACE_MEMBERS_MAX {
            presence.enter(&named(numbered(n), "m"), 0);
            presence.leave(numbered(n), Departure::Lost, n as u64);
        }
        assert_eq!(presence.members.len(), PRESENCE_GRACE_MEMBERS_MAX);
        assert!(!presence.members.contains_key(&numbered(0)));
    }
}
