//! The simulated world: an agenda of what happens when, programs, lines, and one server that comes and goes.

use std::{
    cell::RefCell,
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    path::PathBuf,
    rc::Rc,
};

use parlor_server::sim::{Clock, Server};
use parlor_shared::{MemberId, RoomId, Seq};
use tempfile::TempDir;

use crate::{
    chance::Chance,
    counts::Counts,
    plan::Plan,
    program::{NAMES, Program},
    truth::{Broken, Truth},
    wire::Wire,
};

/// Something that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// Something is done to the world.
    Action,
    /// From here on nothing goes wrong any more.
    Calm,
    /// Looks whether all has settled.
    Look,
    /// Looks whether what was posted then is everywhere.
    LookAgain,
    /// A line that was asked for opens, or does not.
    Opens(u64),
    ReachesServer(u64),
    ReachesProgram(u64),
    /// The server writes to a line.
    Writes(u64),
    /// The server finds that a line is dead.
    ServerGivesUp(u64),
    Alarm(usize),
    /// Somebody leaves a room and comes straight back.
    ComesBack(usize),
    Commit,
    Read,
    Presence,
    ServerStarts,
}

/// One line for each step, where somebody wants to read them.
pub(crate) type Trace = Option<Rc<RefCell<Vec<String>>>>;

/// What can go wrong at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weather {
    Rough,
    Calm,
}

pub(crate) struct World {
    pub(crate) chance: Chance,
    pub(crate) plan: Plan,
    pub(crate) weather: Weather,
    pub(crate) now_ms: u64,
    /// People's time on the server, apart from its own.
    pub(crate) unix_ahead_ms: u64,
    pub(crate) clock: Clock,
    agenda: BinaryHeap<Reverse<(u64, u64, Due)>>,
    pub(crate) rooms: Vec<RoomId>,
    pub(crate) server: Option<Server>,
    pub(crate) folders: TempDir,
    pub(crate) folder: PathBuf,
    pub(crate) programs: Vec<Program>,
    pub(crate) wires: BTreeMap<u64, Wire>,
    pub(crate) wires_made: u64,
    pub(crate) truth: Truth,
    pub(crate) actions_left: u64,
    pub(crate) commit_due: bool,
    pub(crate) read_due: bool,
    pub(crate) disk_fails_until_ms: u64,
    pub(crate) reads_fail_until_ms: u64,
    pub(crate) calm_since_ms: u64,
    pub(crate) counts: Counts,
    trace: Trace,
    pub(crate) broken: Option<Broken>,
    pub(crate) settled: Settled,
}

/// Whether all is as it is to be, with nothing left to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settled {
    No,
    Yes,
}

/// Steps after which a world that does not come to rest is broken.
const STEPS_MAX: u64 = 300_000;
/// Time in which all has to settle once nothing goes wrong any more: dead lines are found, waits end.
pub(crate) const CALM_MS_MAX: u64 = 240_000;
/// Time in which everyone sees a post when nothing is in its way; too short for anything that is only done every now
/// and then to help it along.
pub(crate) const POST_MS_MAX: u64 = 5_000;
/// 2025, as people's clocks have it.
const UNIX_MS: u64 = 1_760_000_000_000;

impl World {
    pub(crate) fn new(seed: u64, actions_max: Option<u64>, trace: Trace) -> Self {
        let mut chance = Chance::new(seed);
        let plan = Plan::new(&mut chance);
        let folders = tempfile::tempdir().unwrap();
        let names = ["lobby", "kitchen", "attic"];
        let rooms = names.iter().map(|name| RoomId::parse(name).unwrap());
        let mut world = Self {
            actions_left: actions_max.unwrap_or(plan.actions).min(plan.actions),
            rooms: rooms.take(plan.rooms).collect(),
            chance,
            plan,
            weather: Weather::Rough,
            now_ms: 0,
            unix_ahead_ms: UNIX_MS,
            clock: Clock::default(),
            agenda: BinaryHeap::new(),
            server: None,
            folder: folders.path().join("0"),
            folders,
            programs: Vec::new(),
            wires: BTreeMap::new(),
            wires_made: 0,
            truth: Truth::default(),
            commit_due: false,
            read_due: false,
            disk_fails_until_ms: 0,
            reads_fail_until_ms: 0,
            calm_since_ms: 0,
            counts: Counts::default(),
            trace,
            broken: None,
            settled: Settled::No,
        };
        world.set_clock();
        world.start_server();
        world.people_come();
        world.later(0, Due::Presence);
        world.later(1, Due::Action);
        world
    }

    fn people_come(&mut self) {
        let members: Vec<MemberId> = (0..self.plan.members)
            .map(|_| MemberId::new(self.chance.bytes()))
            .collect();
        for (index, name) in NAMES.iter().take(self.plan.programs).enumerate() {
            let member = members[index % members.len()];
            let token = self.server.as_ref().map(|server| server.token(member));
            self.programs.push(Program::new(name, token));
            let room = self.chance.pick(&self.rooms).unwrap().clone();
            self.join(index, &room);
            self.drive(index, |session, now_ms, _| session.start(now_ms));
        }
    }

    /// Runs to the end; gives the property that did not hold, if one did not.
    pub(crate) fn run(&mut self) -> Option<Broken> {
        while self.broken.is_none() && self.settled == Settled::No {
            let Some(Reverse((at_ms, _, due))) = self.agenda.pop() else {
                self.broken = Some("nothing is due any more".to_owned());
                break;
            };
            self.now_ms = at_ms;
            self.set_clock();
            self.counts.steps += 1;
            if self.counts.steps > STEPS_MAX {
                self.broken = Some(format!("no rest after {STEPS_MAX} steps"));
            }
            self.happen(due);
            self.let_server_work();
        }
        self.counts.seeds = 1;
        self.counts.seconds = self.now_ms / 1_000;
        self.counts.entries = self.truth.entries() as u64;
        if let Some(broken) = &self.broken {
            let broken = broken.clone();
            self.say("", || format!("BROKEN: {broken}"));
        }
        self.broken.clone()
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::Action => self.act(),
            Due::Calm => self.calm_down(),
            Due::Look => self.look(),
            Due::LookAgain => self.look_again(),
            Due::Opens(wire) => self.opens(wire),
            Due::ReachesServer(wire) => self.reaches_server(wire),
            Due::ReachesProgram(wire) => self.reaches_program(wire),
            Due::Writes(wire) => self.server_writes(wire),
            Due::ServerGivesUp(wire) => self.server_gives_up(wire),
            Due::Alarm(program) => self.alarm(program),
            Due::ComesBack(program) => self.leave_and_join(program),
            Due::Commit => self.commit(),
            Due::Read => self.read(),
            Due::Presence => self.tell_presence(),
            Due::ServerStarts => self.start_server(),
        }
    }

    pub(crate) fn set_clock(&self) {
        self.clock
            .set(self.now_ms, self.now_ms + self.unix_ahead_ms);
    }

    pub(crate) fn later(&mut self, in_ms: u64, due: Due) {
        let at_ms = self.now_ms + in_ms;
        self.at(at_ms, due);
    }

    pub(crate) fn at(&mut self, at_ms: u64, due: Due) {
        // What is due at one time happens in any order, but in the same for the same seed.
        let order = self.chance.number();
        self.agenda
            .push(Reverse((at_ms.max(self.now_ms), order, due)));
    }

    pub(crate) fn say(&self, who: &str, what: impl FnOnce() -> String) {
        if let Some(trace) = &self.trace {
            let seconds = self.now_ms as f64 / 1_000.0;
            let line = format!("{seconds:>9.3}  {who:<8} {}", what());
            trace.borrow_mut().push(line);
        }
    }

    pub(crate) fn check(&mut self, result: Result<(), Broken>) {
        if let Err(broken) = result {
            self.broken.get_or_insert(broken);
        }
    }

    /// Looks at the disk: what is new there is true from now on.
    pub(crate) fn learn(&mut self) {
        let (Some(server), Some(epoch)) = (&self.server, self.truth.epoch()) else {
            return;
        };
        for room in &self.rooms {
            let head = self.truth.head(epoch, room);
            let new = server.durable(room, head).unwrap();
            if new.is_empty() {
                continue;
            }
            self.say("log", || {
                let one = |entry: &parlor_shared::Entry| {
                    format!("{} ({})", entry.seq, self.truth.number(entry.id))
                };
                let all: Vec<_> = new.iter().map(one).collect();
                format!("{room} has {}", all.join(", "))
            });
            let result = self.truth.append(room, new);
            if let Err(broken) = result {
                self.broken.get_or_insert(broken);
            }
        }
    }

    /// A server is there again: all that was durable still is.
    pub(crate) fn compare(&mut self) {
        let Some(server) = &self.server else {
            return;
        };
        self.truth.serve(server.epoch());
        for room in &self.rooms {
            let entries = server.durable(room, Seq::ZERO).unwrap();
            if let Err(broken) = self.truth.compare(room, entries) {
                self.broken.get_or_insert(broken);
            }
        }
    }
}
