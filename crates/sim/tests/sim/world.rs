//! The simulated world: a queue of events in simulated time, clients, links and one server.
//!
//! The world takes the next event from the queue, sets the clock to its time and runs it. All
//! random choices come from one seed, so the same seed gives the same world.

use std::{
    cell::RefCell,
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    path::PathBuf,
    rc::Rc,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

use parlor_server::sim::RoomBan;
use parlor_shared::{MemberId, RoomId};
use tempfile::TempDir;

use crate::{
    client::{Client, NAMES},
    files,
    link::Link,
    node::Node,
    oracle::{Frames, Oracle, Violation},
    plan::Plan,
    random::Random,
    shared::Shared,
    stats::Stats,
};

/// Something that happens at its time. Links, clients and nodes are named by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Event {
    /// The next action of the plan is run.
    Action,
    /// From here on nothing fails any more.
    FaultsEnd,
    /// Checks whether all clients have caught up.
    CheckConverged,
    /// Checks whether the last posts have reached all clients.
    CheckDelivered,
    /// A link that a client opened is connected, or is refused.
    LinkOpens(u64),
    ArrivesAtServer(u64),
    ArrivesAtClient(u64),
    /// A connection's own task writes.
    ServerWrites(u64),
    /// A node's session registry writes.
    ServerDelivers(usize),
    /// A socket takes bytes again.
    SocketResumes(u64),
    /// The timer of a connection's heartbeat.
    ServerTimer(u64),
    ClientTimer(usize),
    /// A client leaves a room and joins it again at once.
    ClientRejoins(usize),
    Commit(usize),
    Erase(usize),
    Read(usize),
    Presence(usize),
    ServerStarts(usize),
    /// The stream stores what was published, or loses it.
    StreamStores,
    /// The stream shows a node more of what it has.
    StreamShows(usize),
    /// Time passes for the nodes that share a stream.
    StreamStep,
}

/// The lines of a trace, one a step; `None` unless a trace was requested.
pub(crate) type Trace = Option<Rc<RefCell<Vec<String>>>>;

/// Whether faults are injected at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Faults {
    On,
    Off,
}

pub(crate) struct World {
    pub(crate) random: Random,
    pub(crate) plan: Plan,
    pub(crate) faults: Faults,
    pub(crate) now_ms: u64,
    queue: BinaryHeap<Reverse<(u64, u64, Event)>>,
    pub(crate) rooms: Vec<RoomId>,
    /// One with a log of its own, or those that share a stream.
    pub(crate) nodes: Vec<Node>,
    /// The stream that they share.
    pub(crate) shared: Option<Shared>,
    pub(crate) folders: TempDir,
    /// The folder of the last backup.
    pub(crate) backup: Option<PathBuf>,
    pub(crate) clients: Vec<Client>,
    pub(crate) links: BTreeMap<u64, Link>,
    pub(crate) links_made: u64,
    pub(crate) oracle: Oracle,
    /// The bans that hold.
    pub(crate) bans: Vec<RoomBan>,
    pub(crate) actions_left: u64,
    pub(crate) faults_ended_ms: u64,
    /// How long the rate makes the posts take that were unsent when faults ended.
    pub(crate) drain_ms: u64,
    pub(crate) stats: Stats,
    trace: Trace,
    pub(crate) violation: Option<Violation>,
    pub(crate) done: bool,
}

/// A world that has not ended after this many steps has failed.
const STEPS_MAX: u64 = 300_000;
/// How long clients may take to catch up once faults have ended, apart from what the rate makes
/// their posts take: dead links are found by timeouts, and backoffs run out.
pub(crate) const CONVERGE_MS_MAX: u64 = 240_000;
/// How long a post may take to reach everyone without faults. It is too short for a ping or another
/// periodic task to help a forgotten wake-up along.
pub(crate) const DELIVER_MS_MAX: u64 = 5_000;
/// The calendar clock at the start: a time in 2025.
pub(crate) const UNIX_MS: u64 = 1_760_000_000_000;

impl World {
    pub(crate) fn new(seed: u64, actions_max: Option<u64>, trace: Trace) -> Self {
        let mut random = Random::new(seed);
        let plan = Plan::new(&mut random);
        let folders = files::folder();
        let names = ["lobby", "kitchen", "attic"];
        let rooms = names.iter().map(|name| RoomId::parse(name).unwrap());
        let mut world = Self {
            actions_left: actions_max.unwrap_or(plan.actions).min(plan.actions),
            rooms: rooms.take(plan.rooms).collect(),
            random,
            faults: Faults::On,
            now_ms: 0,
            queue: BinaryHeap::new(),
            nodes: Vec::new(),
            shared: None,
            folders,
            backup: None,
            clients: Vec::new(),
            links: BTreeMap::new(),
            links_made: 0,
            oracle: Oracle::new(match plan.lossy_one_in {
                0 => Frames::Arrive,
                _ => Frames::GetLost,
            }),
            bans: Vec::new(),
            faults_ended_ms: 0,
            drain_ms: 0,
            stats: Stats::default(),
            trace,
            violation: None,
            done: false,
            plan,
        };
        world.start_nodes();
        world.start_clients();
        world.schedule_in(1, Event::Action);
        world
    }

    fn start_nodes(&mut self) {
        if let Some(count) = self.plan.nodes {
            self.begin_stream(count);
        }
        for number in 0..self.plan.nodes.unwrap_or(1) {
            let folder = self.folders.path().join(format!("node {number}"));
            // The clocks of several nodes are not quite the same.
            let ahead_ms = self.plan.nodes.map_or(0, |_| self.random.below(20_000));
            self.nodes.push(Node::new(folder, UNIX_MS + ahead_ms));
            self.set_clocks();
            self.start_server(number);
            self.schedule_in(0, Event::Presence(number));
        }
    }

    fn start_clients(&mut self) {
        let members: Vec<MemberId> = (0..self.plan.members)
            .map(|_| MemberId::new(self.random.bytes()))
            .collect();
        for (index, name) in NAMES.iter().take(self.plan.clients).enumerate() {
            let member = members[index % members.len()];
            let server = self.nodes[0].server.as_ref();
            let token = server.map(|server| server.token(member));
            self.clients.push(Client::new(name, token));
            let room = self.random.pick(&self.rooms).unwrap().clone();
            self.join(index, &room);
            self.drive(index, |session, now_ms, _| session.start(now_ms));
        }
    }

    /// Runs to the end, or until `is_over` is set; gives the property that was violated, if one
    /// was.
    pub(crate) fn run(&mut self, is_over: &AtomicBool) -> Option<Violation> {
        while self.violation.is_none() && !self.done && !is_over.load(Relaxed) {
            let Some(Reverse((at_ms, _, event))) = self.queue.pop() else {
                self.violation = Some("the event queue is empty".to_owned());
                break;
            };
            self.now_ms = at_ms;
            self.set_clocks();
            self.stats.steps += 1;
            if self.stats.steps > STEPS_MAX {
                self.violation = Some(format!("still running after {STEPS_MAX} steps"));
            }
            self.run_event(event);
            self.poll_server();
        }
        self.stats.seeds = 1;
        self.stats.seconds = self.now_ms / 1_000;
        self.stats.entries = self.oracle.entries() as u64;
        if let Some(violation) = &self.violation {
            let violation = violation.clone();
            self.trace("", || format!("BROKEN: {violation}"));
        }
        self.violation.clone()
    }

    fn run_event(&mut self, event: Event) {
        match event {
            Event::Action => self.run_action(),
            Event::FaultsEnd => self.end_faults(),
            Event::CheckConverged => self.check_converged(),
            Event::CheckDelivered => self.check_delivered(),
            Event::LinkOpens(link) => self.link_opens(link),
            Event::ArrivesAtServer(link) => self.arrives_at_server(link),
            Event::ArrivesAtClient(link) => self.arrives_at_client(link),
            Event::ServerWrites(link) => self.server_writes(link),
            Event::ServerDelivers(node) => self.server_delivers(node),
            Event::SocketResumes(link) => self.socket_resumes(link),
            Event::ServerTimer(link) => self.server_timer(link),
            Event::ClientTimer(client) => self.client_timer(client),
            Event::ClientRejoins(client) => self.leave_and_join(client),
            Event::Commit(node) => self.commit(node),
            Event::Erase(node) => self.erase(node),
            Event::Read(node) => self.read(node),
            Event::Presence(node) => self.flush_presence(node),
            Event::ServerStarts(node) => self.start_server(node),
            Event::StreamStores => self.stream_stores(),
            Event::StreamShows(node) => self.stream_shows(node),
            Event::StreamStep => self.stream_step(),
        }
    }

    fn set_clocks(&self) {
        for node in &self.nodes {
            let unix_ms = self.now_ms + node.unix_ahead_ms;
            node.clock.set(self.now_ms, unix_ms);
        }
    }

    /// The time of day, as the first node has it.
    pub(crate) fn unix_ms(&self) -> u64 {
        self.now_ms + self.nodes[0].unix_ahead_ms
    }

    /// Schedules an event after a delay.
    pub(crate) fn schedule_in(&mut self, in_ms: u64, event: Event) {
        let at_ms = self.now_ms + in_ms;
        self.schedule_at(at_ms, event);
    }

    pub(crate) fn schedule_at(&mut self, at_ms: u64, event: Event) {
        // Events of the same time run in a random order, which the seed decides.
        let order = self.random.next_u64();
        self.queue
            .push(Reverse((at_ms.max(self.now_ms), order, event)));
    }

    /// Adds a line to the trace: when, who and what.
    pub(crate) fn trace(&self, who: &str, what: impl FnOnce() -> String) {
        if let Some(trace) = &self.trace {
            let seconds = self.now_ms as f64 / 1_000.0;
            let line = format!("{seconds:>9.3}  {who:<8} {}", what());
            trace.borrow_mut().push(line);
        }
    }

    /// Keeps the first violation.
    pub(crate) fn check(&mut self, result: Result<(), Violation>) {
        if let Err(violation) = result {
            self.violation.get_or_insert(violation);
        }
    }
}
