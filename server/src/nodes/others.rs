//! What the other nodes have said: who is present there. Pure: times come in as arguments.
//!
//! Messages may be lost, come twice, or late. A node's numbers only grow here, so what is late or a
//! repeat is ignored; where a number is missing, all that the node said so far stands until it has
//! said all of its members again. So a member who is present there all the time is never gone.

use std::collections::{BTreeMap, HashMap};

use parlor_shared::{
    Member, MemberId, Name, RoomId,
    limits::{
        NODE_ASK_MS, NODE_LEASE_MS, NODE_MEMBERS_MAX, NODE_ROOMS_MAX, NODES_MAX, PRESENCE_GRACE_MS,
    },
};

use super::message::{NodeId, NodeMessage, RoomDelta, RoomWhole, Says};
use crate::{
    repeated_line::log_repeated,
    rooms::elsewhere::{MemberChange, MemberElsewhere, RoomNews},
};

/// The other nodes.
#[derive(Debug)]
pub(super) struct Others {
    own: NodeId,
    nodes: BTreeMap<NodeId, Other>,
}

/// What follows from a message.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// What has changed on its node.
    pub(super) news: Vec<RoomNews>,
    /// Whether this node is asked for all of its members.
    pub(super) is_asked: bool,
    /// Whether messages before it are missing.
    pub(super) is_gap: bool,
}

/// What another node has said.
#[derive(Debug)]
struct Other {
    /// The number of the message that comes next.
    next: u64,
    state: State,
    /// When the node counts as dead unless it says something, and its members are leaving.
    lease_ends_ms: u64,
    /// When it was last asked for all of its members.
    asked_at_ms: Option<u64>,
    members: Members,
}

/// How much of what a node says was received.
#[derive(Debug)]
enum State {
    /// Everything since it has said all of its members.
    Current,
    /// Not everything: it is asked for all.
    Missing,
    /// A part of all of its members, from the message with this number on.
    Whole { first: u64, members: Members },
    /// It has stopped, and says nothing more.
    Stopped,
}

/// The members of a node, within bounds.
#[derive(Debug, Default)]
struct Members {
    rooms: HashMap<RoomId, HashMap<MemberId, Option<Name>>>,
    count: usize,
}

impl Others {
    /// There are none yet.
    pub(super) fn new(own: NodeId) -> Self {
        Self {
            own,
            nodes: BTreeMap::new(),
        }
    }

    /// Whether a message is this node's own, which comes back to it.
    pub(super) fn is_own(&self, message: &NodeMessage) -> bool {
        message.node == self.own
    }

    /// Takes in a message of another node.
    pub(super) fn on_message(&mut self, message: NodeMessage, now_ms: u64) -> Outcome {
        let NodeMessage { node, number, says } = message;
        let mut outcome = Outcome::default();
        if self.nodes.len() >= NODES_MAX && !self.nodes.contains_key(&node) {
            log_repeated!(
                warn,
                "the members of more than {NODES_MAX} other nodes are not shown"
            );
            return outcome;
        }
        let is_new = !self.nodes.contains_key(&node);
        let other = self.nodes.entry(node).or_insert_with(Other::new);
        if number < other.next {
            return outcome;
        }
        let is_next = number == other.next;
        outcome.is_gap = !is_next && !is_new;
        other.next = number.saturating_add(1);
        other.lease_ends_ms = now_ms + NODE_LEASE_MS;
        if !is_next {
            other.state = State::Missing;
        }
        match says {
            Says::Delta { rooms } => outcome.news = other.on_delta(rooms),
            Says::Whole {
                first,
                is_last,
                rooms,
            } => {
                if number == first {
                    other.begin_whole(first);
                }
                other.add_part(first, rooms);
                if is_last {
                    outcome.news = other.end_whole();
                }
            }
            Says::Ask { of } => outcome.is_asked = of.is_none_or(|of| of == self.own),
            Says::Stop => {
                other.state = State::Stopped;
                other.lease_ends_ms = now_ms;
            }
            Says::Unknown => {}
        }
        outcome
    }

    /// Forgets the nodes that are dead and whose members had time to come back on another one.
    pub(super) fn expire(&mut self, now_ms: u64) -> Vec<RoomNews> {
        let mut news = Vec::new();
        self.nodes.retain(|_, other| {
            let stays = other.ends_ms() > now_ms;
            if !stays {
                news.extend(other.members.replace(Members::default()));
            }
            stays
        });
        news
    }

    /// The nodes to ask now for all of their members.
    pub(super) fn ask_now(&mut self, now_ms: u64) -> Vec<NodeId> {
        let due = self.nodes.iter_mut().filter_map(|(node, other)| {
            let is_due = other.ask_at_ms(now_ms).is_some_and(|at_ms| at_ms <= now_ms);
            is_due.then(|| {
                other.asked_at_ms = Some(now_ms);
                *node
            })
        });
        due.collect()
    }

    /// When there is next something to do.
    pub(super) fn due_at_ms(&self, now_ms: u64) -> Option<u64> {
        let nodes = self.nodes.values();
        let due = nodes.flat_map(|other| [Some(other.ends_ms()), other.ask_at_ms(now_ms)]);
        due.flatten().min()
    }

    /// How many nodes live.
    pub(super) fn count(&self, now_ms: u64) -> usize {
        let nodes = self.nodes.values();
        nodes.filter(|other| other.lease_ends_ms > now_ms).count()
    }
}

impl Other {
    fn new() -> Self {
        Self {
            next: 0,
            state: State::Missing,
            lease_ends_ms: 0,
            asked_at_ms: None,
            members: Members::default(),
        }
    }

    /// When its members are gone, unless it says something.
    fn ends_ms(&self) -> u64 {
        self.lease_ends_ms + PRESENCE_GRACE_MS
    }

    /// When to ask it for all of its members, if something is missing and it lives.
    fn ask_at_ms(&self, now_ms: u64) -> Option<u64> {
        match self.state {
            State::Missing if self.lease_ends_ms > now_ms => {
                Some(self.asked_at_ms.map_or(0, |at_ms| at_ms + NODE_ASK_MS))
            }
            State::Missing | State::Current | State::Whole { .. } | State::Stopped => None,
        }
    }

    fn on_delta(&mut self, rooms: Vec<RoomDelta>) -> Vec<RoomNews> {
        match self.state {
            State::Current => {}
            // What has changed between two parts is in none of them, or in one.
            State::Whole { .. } => {
                self.state = State::Missing;
                return Vec::new();
            }
            State::Missing | State::Stopped => return Vec::new(),
        }
        let news = rooms.into_iter().map(|delta| self.members.change(delta));
        news.filter(|news| !news.is_empty()).collect()
    }

    fn begin_whole(&mut self, first: u64) {
        let members = Members::default();
        self.state = State::Whole { first, members };
    }

    fn add_part(&mut self, part_of: u64, rooms: Vec<RoomWhole>) {
        match &mut self.state {
            State::Whole { first, members } if *first == part_of => {
                rooms.into_iter().for_each(|room| members.add_all(room));
            }
            // Its first part is missing.
            State::Whole { .. } | State::Current | State::Missing | State::Stopped => {}
        }
    }

    fn end_whole(&mut self) -> Vec<RoomNews> {
        match std::mem::replace(&mut self.state, State::Current) {
            State::Whole { members, .. } => self.members.replace(members),
            other @ (State::Missing | State::Current | State::Stopped) => {
                self.state = other;
                Vec::new()
            }
        }
    }
}

impl Members {
    /// Adds a member of a room, within the bounds; `None` leaves a name that is known. Returns what
    /// has changed.
    fn add(&mut self, room: &RoomId, member: MemberId, name: Option<Name>) -> Option<MemberChange> {
        if !self.rooms.contains_key(room) {
            if self.rooms.len() >= NODE_ROOMS_MAX {
                log_repeated!(
                    warn,
                    "the members of another node are not shown in more than {NODE_ROOMS_MAX} rooms"
                );
                return None;
            }
            self.rooms.insert(room.clone(), HashMap::new());
        }
        let members = self.rooms.get_mut(room)?;
        match members.get_mut(&member) {
            Some(known) if name.is_none() || *known == name => None,
            Some(known) => {
                known.clone_from(&name);
                Some(MemberChange::Renamed(MemberElsewhere { member, name }))
            }
            None if self.count >= NODE_MEMBERS_MAX => {
                log_repeated!(
                    warn,
                    "of another node no more than {NODE_MEMBERS_MAX} members are shown"
                );
                None
            }
            None => {
                self.count += 1;
                members.insert(member, name.clone());
                Some(MemberChange::Entered(MemberElsewhere { member, name }))
            }
        }
    }

    fn add_all(&mut self, whole: RoomWhole) {
        let RoomWhole {
            room,
            members,
            names,
        } = whole;
        let has_names = names.len() == members.0.len();
        let mut names = names.into_iter().filter(|_| has_names);
        for member in members.0 {
            self.add(&room, member, names.next());
        }
    }

    /// Applies what has changed in a room. Returns what that changes here.
    fn change(&mut self, delta: RoomDelta) -> RoomNews {
        let mut news = RoomNews::of(delta.room);
        for Member { member, name } in delta.present {
            news.changes
                .extend(self.add(&news.room, member, Some(name)));
        }
        if let Some(members) = self.rooms.get_mut(&news.room) {
            for member in delta.gone.0 {
                if members.remove(&member).is_some() {
                    self.count -= 1;
                    news.changes.push(MemberChange::Left(member));
                }
            }
            if members.is_empty() {
                self.rooms.remove(&news.room);
            }
        }
        news.typing = delta.typing.0;
        news
    }

    /// Puts all of a node's members in the place of those that it had. Returns what that changes.
    fn replace(&mut self, all: Self) -> Vec<RoomNews> {
        let mut before = std::mem::replace(self, all);
        let mut news = Vec::new();
        for (room, members) in &mut self.rooms {
            let mut was = before.rooms.remove(room).unwrap_or_default();
            let mut of_room = RoomNews::of(room.clone());
            for (member, name) in members {
                let member = *member;
                let change = match was.remove(&member) {
                    None => MemberChange::Entered,
                    // It has a name still: those of a large room are not said.
                    Some(known) if name.is_none() => {
                        *name = known;
                        continue;
                    }
                    Some(known) if known == *name => continue,
                    Some(_) => MemberChange::Renamed,
                };
                let name = name.clone();
                of_room
                    .changes
                    .push(change(MemberElsewhere { member, name }));
            }
            of_room
                .changes
                .extend(was.into_keys().map(MemberChange::Left));
            news.push(of_room);
        }
        for (room, members) in before.rooms {
            let mut of_room = RoomNews::of(room);
            of_room
                .changes
                .extend(members.into_keys().map(MemberChange::Left));
            news.push(of_room);
        }
        news.retain(|news| !news.is_empty());
        news
    }
}

#[cfg(test)]
mod bounds;
#[cfg(test)]
mod tests;
