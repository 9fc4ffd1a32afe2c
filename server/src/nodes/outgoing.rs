//! What this node says to the others, and when. Pure: times come in as arguments.

use parlor_shared::{
    Member, Name, RoomId,
    limits::{
        NODE_ASK_MS, NODE_HEARTBEAT_MS, NODE_MESSAGE_BYTES_MAX, NODE_WHOLE_MS, PRESENCE_MEMBERS_MAX,
    },
};

use super::{
    message::{Ids, NodeId, NodeMessage, RoomDelta, RoomWhole, Says},
    parts::{OfRoom, Parts},
};
use crate::rooms::{
    hub::OwnMembers,
    own_changes::{Changes, OwnPresence},
};

/// Bytes of an id among others.
const ID_BYTES: usize = 22;
/// Bytes of a member beside the name: an id as text, and the fields' names.
const MEMBER_BYTES: usize = 64;

/// Numbers what a node says, and knows what is due.
#[derive(Debug)]
pub(super) struct Outgoing {
    node: NodeId,
    /// The number of the message that was made last.
    number: u64,
    /// When that was.
    said_at_ms: u64,
    /// When all members were said last.
    whole_at_ms: Option<u64>,
    /// Whether they are to be said again, before their time.
    is_asked: bool,
}

impl Outgoing {
    /// Nothing was said yet.
    pub(super) fn new(node: NodeId, now_ms: u64) -> Self {
        Self {
            node,
            number: 0,
            said_at_ms: now_ms,
            whole_at_ms: None,
            is_asked: false,
        }
    }

    /// All members are to be said soon: another node asks for them.
    pub(super) fn ask_whole(&mut self) {
        self.is_asked = true;
    }

    /// When the node next has something to say by itself.
    pub(super) fn due_at_ms(&self) -> u64 {
        let heartbeat = self.said_at_ms + NODE_HEARTBEAT_MS;
        heartbeat.min(self.whole_due_at_ms())
    }

    fn whole_due_at_ms(&self) -> u64 {
        let interval_ms = if self.is_asked {
            NODE_ASK_MS
        } else {
            NODE_WHOLE_MS
        };
        self.whole_at_ms.map_or(0, |at_ms| at_ms + interval_ms)
    }

    /// Whether all members are to be said now.
    pub(super) fn is_whole_due(&self, now_ms: u64) -> bool {
        self.whole_due_at_ms() <= now_ms
    }

    /// All members of the node, who are these.
    pub(super) fn whole(
        &mut self,
        rooms: Vec<OwnMembers>,
        bytes_max: usize,
        now_ms: u64,
    ) -> Vec<NodeMessage> {
        self.whole_at_ms = Some(now_ms);
        self.is_asked = false;
        let mut parts = Parts::<RoomWhole>::new(bytes_max.min(NODE_MESSAGE_BYTES_MAX));
        for OwnMembers { room, members } in rooms {
            let has_names = members.len() <= PRESENCE_MEMBERS_MAX;
            for Member { member, name } in members {
                if has_names {
                    let part = parts.at(&room, ID_BYTES + name_bytes(&name));
                    part.members.0.push(member);
                    part.names.push(name);
                } else {
                    parts.at(&room, ID_BYTES).members.0.push(member);
                }
            }
        }
        let (parts, first) = (parts.finish(), self.number + 1);
        let last = first + parts.len() as u64 - 1;
        let said = (first..).zip(parts).map(|(number, rooms)| Says::Whole {
            first,
            is_last: number == last,
            rooms,
        });
        said.map(|says| self.say(says, now_ms)).collect()
    }

    /// What has changed, if anything has.
    pub(super) fn delta(
        &mut self,
        changes: Changes,
        bytes_max: usize,
        now_ms: u64,
    ) -> Vec<NodeMessage> {
        let mut parts = Parts::<RoomDelta>::new(bytes_max.min(NODE_MESSAGE_BYTES_MAX));
        for (room, members) in changes.members {
            for (member, presence) in members {
                match presence {
                    OwnPresence::Present(name) => {
                        let part = parts.at(&room, MEMBER_BYTES + name_bytes(&name));
                        part.present.push(Member { member, name });
                    }
                    OwnPresence::Gone => parts.at(&room, ID_BYTES).gone.0.push(member),
                }
            }
        }
        for (room, typing) in changes.typing {
            for member in typing {
                parts.at(&room, ID_BYTES).typing.0.push(member);
            }
        }
        let parts = parts.finish().into_iter().filter(|rooms| !rooms.is_empty());
        let said = parts.map(|rooms| self.say(Says::Delta { rooms }, now_ms));
        said.collect()
    }

    /// That the node lives, if it has said nothing for a while.
    pub(super) fn heartbeat(&mut self, now_ms: u64) -> Option<NodeMessage> {
        let is_due = self.said_at_ms + NODE_HEARTBEAT_MS <= now_ms;
        is_due.then(|| self.say(Says::Delta { rooms: Vec::new() }, now_ms))
    }

    /// Says something, with the next number.
    pub(super) fn say(&mut self, says: Says, now_ms: u64) -> NodeMessage {
        self.number += 1;
        self.said_at_ms = now_ms;
        NodeMessage {
            node: self.node,
            number: self.number,
            says,
        }
    }
}

/// Most bytes of a name in JSON: what is in quotes may have a backslash in front of it.
fn name_bytes(name: &Name) -> usize {
    2 * name.as_str().len() + 3
}

impl OfRoom for RoomDelta {
    fn of(room: RoomId) -> Self {
        Self {
            room,
            present: Vec::new(),
            gone: Ids::default(),
            typing: Ids::default(),
        }
    }

    fn room(&self) -> &RoomId {
        &self.room
    }
}

impl OfRoom for RoomWhole {
    fn of(room: RoomId) -> Self {
        Self {
            room,
            members: Ids::default(),
            names: Vec::new(),
        }
    }

    fn room(&self) -> &RoomId {
        &self.room
    }
}

#[cfg(test)]
mod tests {
    use parlor_shared::MemberId;

    use super::*;

    fn members(count: usize) -> Vec<Member> {
        let member = |n: usize| {
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&n.to_be_bytes());
            Member {
                member: MemberId::from_bytes(bytes),
                name: Name::parse("\"".repeat(64)).unwrap(),
            }
        };
        (0..count).map(member).collect()
    }

    fn room(name: &str) -> RoomId {
        RoomId::parse(name).unwrap()
    }

    fn check_sizes(messages: &[NodeMessage], bytes_max: usize) -> usize {
        let sizes = messages
            .iter()
            .map(|message| message.encode().unwrap().len());
        let sizes: Vec<usize> = sizes.collect();
        assert!(sizes.iter().all(|size| *size <= bytes_max), "{sizes:?}");
        sizes.iter().sum()
    }

    #[test]
    fn all_members_are_said_in_messages_of_bounded_size_and_by_id_in_a_large_room() {
        let mut outgoing = Outgoing::new(NodeId(1), 0);
        let rooms = vec![
            OwnMembers {
                room: room("small"),
                members: members(200),
            },
            OwnMembers {
                room: room("large"),
                members: members(1_000),
            },
        ];
        for bytes_max in [4 * 1024, NODE_MESSAGE_BYTES_MAX, 1024 * 1024] {
            let messages = outgoing.whole(rooms.clone(), bytes_max, 0);
            check_sizes(&messages, bytes_max.min(NODE_MESSAGE_BYTES_MAX));
            let (mut small, mut large) = (0, 0);
            for (n, message) in messages.iter().enumerate() {
                let Says::Whole {
                    first,
                    is_last,
                    rooms,
                } = &message.says
                else {
                    panic!("{message:?}")
                };
                assert_eq!(message.number, first + n as u64);
                assert_eq!(*is_last, n == messages.len() - 1);
                for part in rooms {
                    let count = part.members.0.len();
                    if part.room.as_str() == "small" {
                        assert_eq!(part.names.len(), count);
                        small += count;
                    } else {
                        assert!(part.names.is_empty());
                        large += count;
                    }
                }
            }
            assert_eq!((small, large), (200, 1_000));
        }
        let large = rooms.into_iter().skip(1).collect();
        let bytes = check_sizes(
            &outgoing.whole(large, usize::MAX, 0),
            NODE_MESSAGE_BYTES_MAX,
        );
        assert!(bytes < 22_000, "{bytes} bytes for 1,000 members");
    }

    #[test]
    fn changes_are_said_in_messages_of_bounded_size() {
        let mut outgoing = Outgoing::new(NodeId(1), 0);
        assert_eq!(outgoing.delta(Changes::default(), 4_096, 0), []);
        let mut changes = Changes::default();
        for name in ["a", "b"] {
            let present = |member: Member| (member.member, OwnPresence::Present(member.name));
            let present = members(100).into_iter().map(present).collect();
            changes.members.insert(room(name), present);
            let typing = members(100).into_iter().map(|member| member.member);
            changes.typing.insert(room(name), typing.collect());
        }
        let messages = outgoing.delta(changes, 4_096, 0);
        check_sizes(&messages, 4_096);
        let (mut present, mut typing) = (0, 0);
        for message in messages {
            let Says::Delta { rooms } = message.says else {
                panic!("{message:?}")
            };
            present += rooms.iter().map(|room| room.present.len()).sum::<usize>();
            typing += rooms.iter().map(|room| room.typing.0.len()).sum::<usize>();
        }
        assert_eq!((present, typing), (200, 200));
    }

    #[test]
    fn a_node_says_that_it_lives_and_now_and_then_all_and_is_asked_once_a_second_at_most() {
        let mut outgoing = Outgoing::new(NodeId(1), 0);
        let (mut heartbeats, mut wholes) = (Vec::new(), Vec::new());
        for now_ms in (0..=20_000).step_by(100) {
            if (12_000..13_000).contains(&now_ms) {
                outgoing.ask_whole();
            }
            if outgoing.is_whole_due(now_ms) {
                wholes.push(now_ms);
                assert_eq!(outgoing.whole(Vec::new(), 4_096, now_ms).len(), 1);
            }
            heartbeats.extend(outgoing.heartbeat(now_ms).map(|_| now_ms));
            assert!(outgoing.due_at_ms() > now_ms);
        }
        let all = [0, 10_000, 12_000, 13_000];
        assert_eq!(wholes, all);
        let lives = [2_000, 4_000, 6_000, 8_000, 15_000, 17_000, 19_000];
        assert_eq!(heartbeats, lives);
    }
}
