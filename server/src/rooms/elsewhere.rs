//! The members who are present on other nodes, in rooms that this node has loaded or not.

use std::collections::HashMap;

use parlor_shared::{MemberId, Name, RoomId};

use crate::shrink::shrink;

/// The members of all other nodes together. Who says what is bounded where it is received.
#[derive(Debug, Default)]
pub(crate) struct Elsewhere {
    rooms: HashMap<RoomId, HashMap<MemberId, OnNodes>>,
}

#[derive(Debug, Default)]
struct OnNodes {
    /// The name that was received last, if any was: see [`MemberElsewhere::name`].
    name: Option<Name>,
    nodes: u32,
}

/// A member who is present on another node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MemberElsewhere {
    pub(crate) member: MemberId,
    /// Not known where the node has too many members in the room to say their names.
    pub(crate) name: Option<Name>,
}

/// What has changed in a room on another node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RoomNews {
    pub(crate) room: RoomId,
    /// A node says of each member alternately that it has come and has gone.
    pub(crate) changes: Vec<MemberChange>,
    /// Who is typing there.
    pub(crate) typing: Vec<MemberId>,
}

/// What has become of a member on another node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MemberChange {
    Entered(MemberElsewhere),
    Renamed(MemberElsewhere),
    Left(MemberId),
}

impl RoomNews {
    /// Nothing has changed in this room so far.
    pub(crate) fn of(room: RoomId) -> Self {
        Self {
            room,
            changes: Vec::new(),
            typing: Vec::new(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.typing.is_empty()
    }
}

impl Elsewhere {
    /// Takes in what has changed on one node. Returns what has changed for all of them together: a
    /// member has left once none of them has it.
    pub(crate) fn apply(&mut self, room: &RoomId, changes: Vec<MemberChange>) -> Vec<MemberChange> {
        let members = self.rooms.entry(room.clone()).or_default();
        let mut changed = Vec::with_capacity(changes.len());
        for change in changes {
            match &change {
                MemberChange::Entered(MemberElsewhere { member, name }) => {
                    let on_nodes = members.entry(*member).or_default();
                    on_nodes.nodes += 1;
                    if name.is_some() {
                        on_nodes.name.clone_from(name);
                    }
                    changed.push(change);
                }
                MemberChange::Renamed(MemberElsewhere { member, name }) => {
                    if let Some(on_nodes) = members.get_mut(member) {
                        on_nodes.name.clone_from(name);
                        changed.push(change);
                    }
                }
                MemberChange::Left(member) => {
                    let Some(on_nodes) = members.get_mut(member) else {
                        continue;
                    };
                    on_nodes.nodes -= 1;
                    if on_nodes.nodes == 0 {
                        members.remove(member);
                        changed.push(change);
                    }
                }
            }
        }
        shrink(members);
        if members.is_empty() {
            self.rooms.remove(room);
            shrink(&mut self.rooms);
        }
        changed
    }

    /// The members of a room.
    pub(crate) fn members(&self, room: &RoomId) -> impl Iterator<Item = MemberElsewhere> {
        let members = self.rooms.get(room).into_iter().flatten();
        members.map(|(member, on_nodes)| MemberElsewhere {
            member: *member,
            name: on_nodes.name.clone(),
        })
    }

    /// How many members a room has.
    pub(crate) fn count(&self, room: &RoomId) -> u32 {
        self.rooms
            .get(room)
            .map_or(0, |members| members.len() as u32)
    }

    /// How many members there are, each counted in each of their rooms.
    pub(crate) fn count_all(&self) -> usize {
        self.rooms.values().map(HashMap::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_has_left_once_no_node_has_it() {
        let mut elsewhere = Elsewhere::default();
        let room = RoomId::parse("lobby").unwrap();
        let member = MemberId::from_bytes([1; 16]);
        let ann = |name: Option<&str>| MemberElsewhere {
            member,
            name: name.map(|name| Name::parse(name).unwrap()),
        };
        let entered = |name| vec![MemberChange::Entered(ann(name))];
        let left = || vec![MemberChange::Left(member)];
        let one = elsewhere.apply(&room, entered(Some("ann")));
        assert_eq!(one, entered(Some("ann")));
        // A node that says no name takes none away.
        elsewhere.apply(&room, entered(None));
        let listed: Vec<_> = elsewhere.members(&room).collect();
        assert_eq!(listed, [ann(Some("ann"))]);
        assert_eq!(elsewhere.apply(&room, left()), []);
        assert_eq!((elsewhere.count(&room), elsewhere.count_all()), (1, 1));
        assert_eq!(elsewhere.apply(&room, left()), left());
        assert_eq!(elsewhere.count(&room), 0);
        assert!(elsewhere.rooms.is_empty());
    }
}
