//! Three nodes that come and go, over a network that loses, repeats and reorders what they say.

use std::collections::{BTreeMap, BTreeSet};

use parlor_shared::limits::NODE_HEARTBEAT_MS;
use proptest::prelude::*;

use super::*;
use crate::{
    nodes::outgoing::Outgoing,
    rooms::{
        hub::OwnMembers,
        own_changes::{Changes, OwnPresence},
    },
};

const NODES: usize = 3;
const ROOMS: [&str; 2] = ["lobby", "tea"];
const MEMBERS: u8 = 3;
/// So small that what all members are takes several messages.
const BYTES_MAX: usize = 450;

#[derive(Debug, Clone)]
enum Action {
    /// A member comes to a room of a node, or goes if it is there.
    Toggle {
        node: usize,
        room: usize,
        member: u8,
    },
    /// A node says what has changed, and what is due.
    Say {
        node: usize,
    },
    /// Of the messages on their way to a node this one arrives.
    Deliver {
        node: usize,
        message: usize,
    },
    /// It arrives, and is still on its way.
    Repeat {
        node: usize,
        message: usize,
    },
    Lose {
        node: usize,
        message: usize,
    },
    /// All of them arrive in order, everywhere, after each node has said something.
    Run,
    Pass {
        ms: u64,
    },
    /// A node is killed, and another one starts in its place.
    Restart {
        node: usize,
    },
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let node = || 0..NODES;
    let message = || 0..8_usize;
    let action = prop_oneof![
        3 => (node(), 0..ROOMS.len(), 0..MEMBERS)
            .prop_map(|(node, room, member)| Action::Toggle { node, room, member }),
        3 => node().prop_map(|node| Action::Say { node }),
        4 => (node(), message()).prop_map(|(node, message)| Action::Deliver { node, message }),
        1 => (node(), message()).prop_map(|(node, message)| Action::Repeat { node, message }),
        1 => (node(), message()).prop_map(|(node, message)| Action::Lose { node, message }),
        2 => Just(Action::Run),
        2 => (0..4_000_u64).prop_map(|ms| Action::Pass { ms }),
        1 => (0..40_000_u64).prop_map(|ms| Action::Pass { ms }),
        1 => node().prop_map(|node| Action::Restart { node }),
    ];
    prop::collection::vec(action, 0..120)
}

/// The members in each room of a node. Each stay of a member has a name of its own.
type Stays = BTreeMap<String, BTreeMap<MemberId, String>>;

/// A member in a room of another node.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    node: NodeId,
    room: RoomId,
    member: MemberId,
}

/// A node, and what it has been shown of the others.
struct Simulated {
    id: NodeId,
    outgoing: Outgoing,
    others: Others,
    own: Stays,
    changes: Changes,
    /// The stay of each member that it shows.
    shown: BTreeMap<Place, String>,
    /// What is on its way to it.
    inbox: Vec<NodeMessage>,
}

impl Simulated {
    fn new(id: u64, now_ms: u64) -> Self {
        Self {
            id: NodeId(id),
            outgoing: Outgoing::new(NodeId(id), now_ms),
            others: Others::new(NodeId(id)),
            own: Stays::new(),
            changes: Changes::default(),
            shown: BTreeMap::new(),
            inbox: Vec::new(),
        }
    }

    fn own_members(&self) -> Vec<OwnMembers> {
        let own = self.own.iter().map(|(room, members)| OwnMembers {
            room: RoomId::parse(room).unwrap(),
            members: members
                .iter()
                .map(|(member, stay)| Member {
                    member: *member,
                    name: Name::parse(stay.as_str()).unwrap(),
                })
                .collect(),
        });
        own.collect()
    }

    /// Shows what has changed on a node. Returns the stays that have ended by that.
    fn show(&mut self, node: NodeId, news: Vec<RoomNews>) -> Vec<String> {
        let mut ended = Vec::new();
        for RoomNews { room, changes, .. } in news {
            for change in changes {
                let place = |member| Place {
                    node,
                    room: room.clone(),
                    member,
                };
                match change {
                    MemberChange::Entered(MemberElsewhere { member, name }) => {
                        let stay = name.unwrap().to_string();
                        assert_eq!(self.shown.insert(place(member), stay), None);
                    }
                    MemberChange::Renamed(MemberElsewhere { member, name }) => {
                        let stay = name.unwrap().to_string();
                        ended.push(self.shown.insert(place(member), stay).unwrap());
                    }
                    MemberChange::Left(member) => {
                        ended.push(self.shown.remove(&place(member)).unwrap());
                    }
                }
            }
        }
        ended
    }

    /// Forgets those nodes whose time is over.
    fn expire(&mut self, now_ms: u64) {
        let left: usize = self
            .others
            .expire(now_ms)
            .iter()
            .map(|news| news.changes.len())
            .sum();
        let before = self.shown.len();
        self.shown
            .retain(|place, _| self.others.nodes.contains_key(&place.node));
        assert_eq!(before - self.shown.len(), left);
    }
}

struct World {
    nodes: Vec<Simulated>,
    now_ms: u64,
    /// The number of nodes and of stays so far.
    started: u64,
    stays: u64,
    /// The stays that have not ended.
    lasting: BTreeSet<String>,
}

impl World {
    fn new() -> Self {
        let nodes = (0..NODES as u64).map(|id| Simulated::new(id, 0)).collect();
        Self {
            nodes,
            now_ms: 0,
            started: NODES as u64,
            stays: 0,
            lasting: BTreeSet::new(),
        }
    }

    fn apply(&mut self, action: &Action) {
        match *action {
            Action::Toggle { node, room, member } => self.toggle(node, room, member),
            Action::Say { node } => self.say(node),
            Action::Deliver { node, message } => self.deliver(node, message),
            Action::Repeat { node, message } => {
                if let Some(repeated) = self.nodes[node].inbox.get(message).cloned() {
                    self.deliver(node, message);
                    self.nodes[node].inbox.push(repeated);
                }
            }
            Action::Lose { node, message } => {
                if message < self.nodes[node].inbox.len() {
                    self.nodes[node].inbox.remove(message);
                }
            }
            Action::Run => self.run(),
            Action::Pass { ms } => self.pass(ms),
            Action::Restart { node } => {
                for members in self.nodes[node].own.values() {
                    for stay in members.values() {
                        self.lasting.remove(stay);
                    }
                }
                let inbox = std::mem::take(&mut self.nodes[node].inbox);
                self.nodes[node] = Simulated::new(self.started, self.now_ms);
                self.nodes[node].inbox = inbox;
                self.started += 1;
            }
        }
    }

    fn toggle(&mut self, node: usize, room: usize, member: u8) {
        let id = MemberId::from_bytes([member; 16]);
        let simulated = &mut self.nodes[node];
        let members = simulated.own.entry(ROOMS[room].to_owned()).or_default();
        let presence = match members.remove(&id) {
            Some(stay) => {
                self.lasting.remove(&stay);
                OwnPresence::Gone
            }
            None => {
                self.stays += 1;
                let stay = format!("stay {}", self.stays);
                self.lasting.insert(stay.clone());
                members.insert(id, stay.clone());
                OwnPresence::Present(Name::parse(stay).unwrap())
            }
        };
        let room = RoomId::parse(ROOMS[room]).unwrap();
        let changed = simulated.changes.members.entry(room).or_default();
        changed.insert(id, presence);
    }

    /// As the node's task does it.
    fn say(&mut self, node: usize) {
        let now_ms = self.now_ms;
        let simulated = &mut self.nodes[node];
        let changes = std::mem::take(&mut simulated.changes);
        let mut said = simulated.outgoing.delta(changes, BYTES_MAX, now_ms);
        for of in simulated.others.ask_now(now_ms) {
            let of = Some(of);
            said.push(simulated.outgoing.say(Says::Ask { of }, now_ms));
        }
        if simulated.outgoing.is_whole_due(now_ms) {
            let own = simulated.own_members();
            said.extend(simulated.outgoing.whole(own, BYTES_MAX, now_ms));
        }
        said.extend(simulated.outgoing.heartbeat(now_ms));
        let others = self.nodes.iter_mut().enumerate();
        for (_, other) in others.filter(|(n, _)| *n != node) {
            other.inbox.extend(said.iter().cloned());
        }
    }

    fn deliver(&mut self, node: usize, message: usize) {
        let simulated = &mut self.nodes[node];
        if message >= simulated.inbox.len() {
            return;
        }
        let message = simulated.inbox.remove(message);
        let sender = message.node;
        let outcome = simulated.others.on_message(message, self.now_ms);
        if outcome.is_asked {
            simulated.outgoing.ask_whole();
        }
        let ended = simulated.show(sender, outcome.news);
        for stay in ended {
            let lasts = self.lasting.contains(&stay);
            assert!(!lasts, "{stay} is gone, and its member is there");
        }
    }

    fn run(&mut self) {
        for node in 0..NODES {
            self.say(node);
        }
        for node in 0..NODES {
            while !self.nodes[node].inbox.is_empty() {
                self.deliver(node, 0);
            }
        }
    }

    fn pass(&mut self, ms: u64) {
        self.now_ms += ms;
        for simulated in &mut self.nodes {
            simulated.expire(self.now_ms);
        }
    }

    /// Everything arrives for so long.
    fn run_for(&mut self, ms: u64) {
        for _ in 0..ms / 500 {
            self.run();
            self.pass(500);
        }
    }

    /// Each node shows who is present on the others that live. Returns how many it shows of dead
    /// ones.
    fn check(&self) -> usize {
        let live: Vec<NodeId> = self.nodes.iter().map(|node| node.id).collect();
        let mut of_dead = 0;
        for simulated in &self.nodes {
            let (shown, dead): (Vec<&Place>, Vec<&Place>) = simulated
                .shown
                .keys()
                .partition(|place| live.contains(&place.node));
            of_dead += dead.len();
            let mut there = BTreeSet::new();
            for other in self.nodes.iter().filter(|other| other.id != simulated.id) {
                for OwnMembers { room, members } in other.own_members() {
                    there.extend(members.into_iter().map(|one| Place {
                        node: other.id,
                        room: room.clone(),
                        member: one.member,
                    }));
                }
            }
            let shown: BTreeSet<Place> = shown.into_iter().cloned().collect();
            assert_eq!(shown, there, "{:?}", simulated.id);
        }
        of_dead
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nobody_who_stays_is_gone_and_nobody_who_left_stays(actions in actions()) {
        let mut world = World::new();
        for action in &actions {
            world.apply(action);
        }
        // Once everything arrives: a sign of life, the question that it leads to, and the answer.
        world.run_for(NODE_HEARTBEAT_MS + 2 * NODE_ASK_MS + 1_000);
        world.check();
        // Once those that were killed count as dead, and their members had time to come back.
        world.run_for(NODE_LEASE_MS + PRESENCE_GRACE_MS);
        prop_assert_eq!(world.check(), 0);
    }
}
