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

use crate::{
    rooms::{
        elsewhere::{MemberChange, MemberElsewhere},
        own_changes::OwnPresence,
    },
    shrink::shrink,
};

/// The members of a room, on all nodes, and the changes that have not been sent yet.
#[derive(Debug, Default)]
pub(crate) struct Presence {
    members: HashMap<MemberId, Present>,
    /// How many of them are present on this node.
    own: usize,
    /// Those of them who have come, have another name, or have gone since this was last taken.
    own_changed: BTreeSet<MemberId>,
    /// Members whose connections here are lost, by the time at which they count as gone.
    leaving: BTreeSet<(u64, MemberId)>,
    /// The changes to send; empty while presence is sent as a count.
    pending: BTreeMap<MemberId, Change>,
    /// When the pending changes are due.
    flush_at_ms: Option<u64>,
    /// How presence was last sent.
    sent_as: Scale,
}

#[derive(Debug, Default)]
struct Present {
    /// Not known where only other nodes have the member: see [`MemberElsewhere::name`].
    name: Option<Name>,
    /// Connections to this node.
    connections: u32,
    /// When the member, whose last connection to this node was lost, is not present on it any more.
    gone_at_ms: u64,
    /// Whether another node has the member.
    is_elsewhere: bool,
}

impl Present {
    /// Whether the member is present on this node.
    fn is_own(&self) -> bool {
        self.connections > 0 || self.gone_at_ms > 0
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Here,
    Gone,
}

/// Whether a member is present on this node from now on.
#[derive(Debug)]
pub(crate) struct OwnChange {
    pub(crate) member: MemberId,
    pub(crate) presence: OwnPresence,
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
        let present = self.members.entry(member).or_default();
        let was_own = present.is_own();
        let is_new = !was_own && !present.is_elsewhere;
        let is_renamed = present.name.as_ref() != Some(name);
        self.leaving.remove(&(present.gone_at_ms, member));
        present.gone_at_ms = 0;
        present.connections += 1;
        if is_renamed {
            present.name = Some(name.clone());
        }
        if !was_own {
            self.own += 1;
        }
        if !was_own || is_renamed {
            self.own_changed.insert(member);
        }
        if is_new || is_renamed {
            self.queue(member, Change::Here, now_ms);
        }
    }

    /// Removes a connection of `member`.
    pub(crate) fn leave(&mut self, member: MemberId, departure: Departure, now_ms: u64) {
        let Some(present) = self.members.get_mut(&member) else {
            return;
        };
        if present.connections == 0 {
            return;
        }
        present.connections -= 1;
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
            && present.name.as_ref() != Some(name)
        {
            present.name = Some(name.clone());
            self.own_changed.insert(*member);
            self.queue(*member, Change::Here, now_ms);
        }
    }

    /// Begins with the members of the other nodes, when nobody in the room was sent anything yet.
    pub(crate) fn begin(&mut self, members: impl Iterator<Item = MemberElsewhere>) {
        for MemberElsewhere { member, name } in members {
            let present = self.members.entry(member).or_default();
            present.is_elsewhere = true;
            present.name = name;
        }
    }

    /// Takes in what has changed for all other nodes together. A member who is present on several
    /// nodes has the name that was received last.
    pub(crate) fn change_elsewhere(&mut self, changes: &[MemberChange], now_ms: u64) {
        for change in changes {
            match change {
                MemberChange::Entered(entered) | MemberChange::Renamed(entered) => {
                    self.enter_elsewhere(entered, now_ms);
                }
                MemberChange::Left(member) => self.leave_elsewhere(*member, now_ms),
            }
        }
    }

    fn enter_elsewhere(&mut self, MemberElsewhere { member, name }: &MemberElsewhere, now_ms: u64) {
        let present = self.members.entry(*member).or_default();
        let is_new = !present.is_own() && !present.is_elsewhere;
        let is_renamed = name.is_some() && present.name != *name;
        present.is_elsewhere = true;
        if is_renamed {
            present.name.clone_from(name);
        }
        if is_new || is_renamed {
            self.queue(*member, Change::Here, now_ms);
        }
    }

    fn leave_elsewhere(&mut self, member: MemberId, now_ms: u64) {
        if let Some(present) = self.members.get_mut(&member) {
            present.is_elsewhere = false;
            if !present.is_own() {
                self.remove(member, now_ms);
            }
        }
    }

    /// Takes which members are present on this node otherwise than when this was last called.
    pub(crate) fn take_own_changes(&mut self) -> Vec<OwnChange> {
        let changed = std::mem::take(&mut self.own_changed);
        let changes = changed.into_iter().map(|member| {
            let present = self.members.get(&member);
            let own = present.filter(|present| present.is_own());
            let name = own.and_then(|present| present.name.clone());
            OwnChange {
                member,
                presence: name.map_or(OwnPresence::Gone, OwnPresence::Present),
            }
        });
        changes.collect()
    }

    /// The members who are present on this node.
    pub(crate) fn own_members(&self) -> Vec<Member> {
        let own = self.members.iter().filter(|(_, present)| present.is_own());
        own.filter_map(|(member, _)| self.member(*member)).collect()
    }

    /// Whether members are present on this node, or may still come back to it in time.
    pub(crate) fn has_own(&self) -> bool {
        self.own > 0
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
        let Some((_, member)) = self.leaving.pop_first() else {
            return;
        };
        self.own -= 1;
        self.own_changed.insert(member);
        if let Some(present) = self.members.get_mut(&member) {
            present.gone_at_ms = 0;
            if !present.is_elsewhere {
                self.remove(member, now_ms);
            }
        }
    }

    /// Removes a member whom no node has any more.
    fn remove(&mut self, member: MemberId, now_ms: u64) {
        self.members.remove(&member);
        shrink(&mut self.members);
        self.queue(member, Change::Gone, now_ms);
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
        let name = self.members.get(&member)?.name.clone()?;
        Some(Member { member, name })
    }
}

#[cfg(test)]
mod tests;
