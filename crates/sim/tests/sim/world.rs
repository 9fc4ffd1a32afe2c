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
};

use parlor_server::sim::{Clock, RoomBan, Server};
use parlor_shared::{MemberId, RoomId, Seq};
use tempfile::TempDir;

use crate::{
    client::{Client, NAMES},
    history::LogStart,
    link::Link,
    oracle::{Frames, Oracle, Violation},
    plan::Plan,
    random::Random,
    stats::Stats,
};

/// Something that happens at its time. Links and clients are named by their numbers.
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
    /// The session registry writes.
    ServerDelivers,
    /// A socket takes bytes again.
    SocketResumes(u64),
    /// The timer of a connection's heartbeat.
    ServerTimer(u64),
    ClientTimer(usize),
    /// A client leaves a room and joins it again at once.
    ClientRejoins(usize),
    Commit,
    Erase,
    Read,
    Presence,
    ServerStarts,
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
    /// How far the server's calendar clock is ahead of its monotonic one.
    pub(crate) unix_ahead_ms: u64,
    pub(crate) clock: Clock,
    queue: BinaryHeap<Reverse<(u64, u64, Event)>>,
    pub(crate) rooms: Vec<RoomId>,
    pub(crate) server: Option<Server>,
    pub(crate) folders: TempDir,
    pub(crate) folder: PathBuf,
    /// What the log in that folder is to the one that a server last had.
    pub(crate) log_start: LogStart,
    /// The folder of the last backup.
    pub(crate) backup: Option<PathBuf>,
    pub(crate) clients: Vec<Client>,
    pub(crate) links: BTreeMap<u64, Link>,
    pub(crate) links_made: u64,
    pub(crate) oracle: Oracle,
    /// The bans that hold.
    pub(crate) bans: Vec<RoomBan>,
    pub(crate) actions_left: u64,
    pub(crate) commit_due: bool,
    pub(crate) erase_due: bool,
    pub(crate) read_due: bool,
    pub(crate) deliver_due: bool,
    pub(crate) disk_fails_until_ms: u64,
    pub(crate) reads_fail_until_ms: u64,
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
const UNIX_MS: u64 = 1_760_000_000_000;

impl World {
    pub(crate) fn new(seed: u64, actions_max: Option<u64>, trace: Trace) -> Self {
        let mut random = Random::new(seed);
        let plan = Plan::new(&mut random);
        let folders = tempfile::tempdir().unwrap();
        let names = ["lobby", "kitchen", "attic"];
        let rooms = names.iter().map(|name| RoomId::parse(name).unwrap());
        let mut world = Self {
            actions_left: actions_max.unwrap_or(plan.actions).min(plan.actions),
            rooms: rooms.take(plan.rooms).collect(),
            random,
            faults: Faults::On,
            now_ms: 0,
            unix_ahead_ms: UNIX_MS,
            clock: Clock::default(),
            queue: BinaryHeap::new(),
            server: None,
            folder: folders.path().join("0"),
            folders,
            log_start: LogStart::Same,
            backup: None,
            clients: Vec::new(),
            links: BTreeMap::new(),
            links_made: 0,
            oracle: Oracle::new(match plan.lossy_one_in {
                0 => Frames::Arrive,
                _ => Frames::GetLost,
            }),
            bans: Vec::new(),
            commit_due: false,
            erase_due: false,
            read_due: false,
            deliver_due: false,
            disk_fails_until_ms: 0,
            reads_fail_until_ms: 0,
            faults_ended_ms: 0,
            drain_ms: 0,
            stats: Stats::default(),
            trace,
            violation: None,
            done: false,
            plan,
        };
        world.set_clock();
        world.start_server();
        world.start_clients();
        world.schedule_in(0, Event::Presence);
        world.schedule_in(1, Event::Action);
        world
    }

    fn start_clients(&mut self) {
        let members: Vec<MemberId> = (0..self.plan.members)
            .map(|_| MemberId::new(self.random.bytes()))
            .collect();
        for (index, name) in NAMES.iter().take(self.plan.clients).enumerate() {
            let member = members[index % members.len()];
            let token = self.server.as_ref().map(|server| server.token(member));
            self.clients.push(Client::new(name, token));
            let room = self.random.pick(&self.rooms).unwrap().clone();
            self.join(index, &room);
            self.drive(index, |session, now_ms, _| session.start(now_ms));
        }
    }

    /// Runs to the end; gives the property that was violated, if one was.
    pub(crate) fn run(&mut self) -> Option<Violation> {
        while self.violation.is_none() && !self.done {
            let Some(Reverse((at_ms, _, event))) = self.queue.pop() else {
                self.violation = Some("the event queue is empty".to_owned());
                break;
            };
            self.now_ms = at_ms;
            self.set_clock();
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
            Event::ServerDelivers => self.server_delivers(),
            Event::SocketResumes(link) => self.socket_resumes(link),
            Event::ServerTimer(link) => self.server_timer(link),
            Event::ClientTimer(client) => self.client_timer(client),
            Event::ClientRejoins(client) => self.leave_and_join(client),
            Event::Commit => self.commit(),
            Event::Erase => self.erase(),
            Event::Read => self.read(),
            Event::Presence => self.flush_presence(),
            Event::ServerStarts => self.start_server(),
        }
    }

    pub(crate) fn set_clock(&self) {
        self.clock
            .set(self.now_ms, self.now_ms + self.unix_ahead_ms);
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

    /// Reads the entries that are newly on the disk into the oracle.
    pub(crate) fn learn_durable(&mut self) {
        let (Some(server), Some(epoch)) = (&self.server, self.oracle.epoch()) else {
            return;
        };
        for room in &self.rooms {
            let head = self.oracle.head(epoch, room);
            let new = server.durable(room, head).unwrap();
            if new.is_empty() {
                continue;
            }
            self.trace("log", || {
                let entries = new.iter();
                let entries: Vec<_> = entries
                    .map(|entry| format!("{} ({})", entry.seq, self.oracle.number(entry.id)))
                    .collect();
                format!("{room} has {}", entries.join(", "))
            });
            let result = self.oracle.append(room, new);
            if let Err(violation) = result {
                self.violation.get_or_insert(violation);
            }
        }
    }

    /// Checks, after a start of the server, that every durable entry is still on the disk; after a
    /// loss of the log's end, every entry up to one place.
    pub(crate) fn check_disk(&mut self) {
        let Some(server) = &self.server else {
            return;
        };
        let rooms = self.rooms.iter();
        let disk: Vec<_> = rooms
            .map(|room| server.durable(room, Seq::ZERO).unwrap())
            .collect();
        self.oracle.start_log(server.epoch(), self.log_start);
        if self.log_start == LogStart::Cut {
            let heads = disk.iter().filter_map(|entries| entries.last());
            let head = heads.map(|entry| entry.seq).max();
            self.oracle.cut(head.unwrap_or(Seq::ZERO));
        }
        self.log_start = LogStart::Same;
        for (room, entries) in self.rooms.iter().zip(disk) {
            if let Err(violation) = self.oracle.check_log(room, entries) {
                self.violation.get_or_insert(violation);
            }
        }
    }
}
