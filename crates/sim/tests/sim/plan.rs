//! The plan of a world, drawn from its seed: how large it is, and which actions and faults it has.

use std::num::NonZeroU32;

use parlor_server::sim::{Memory, RateLimits};

use crate::random::Random;

/// Something that clients do or that happens to them, at random times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Post,
    Burst,
    /// An edit, a deletion or a reaction, by any client.
    Change,
    Discard,
    Join,
    Leave,
    LeaveAndJoin,
    /// History, search, typing or a rename.
    Request,
    Probe,
    StopAndStart,
    /// The client restarts with the outbox that it has stored.
    RestartClient,
    /// The client's machine sleeps: its clock jumps ahead.
    Sleep,
    Cut,
    SlowReader,
    Crash,
    StopServer,
    /// The server restarts with an empty log.
    ReplaceLog,
    TakeBackup,
    /// The server restarts with the last backup.
    RestoreBackup,
    /// The server is killed, and loses the end of its write-ahead log.
    CutLog,
    DiskFails,
    ReadsFail,
    ServerClockJumps,
    /// Retention deletes old entries.
    ApplyRetention,
    /// The moderator mutes or bans a member, sets slow mode, or ends one of these.
    Moderate,
    /// The stream stores nothing for a while.
    StreamStalls,
    /// The stream stores a message once more.
    StreamRepeats,
    /// A node does not reach the stream for a while.
    NodeAway,
    /// A node is shown nothing for a while, and falls far behind.
    NodeLags,
    /// A node's tail leaves a message out.
    TailSkips,
    /// The stream gets a hole.
    StreamLosesOne,
    /// The stream loses its end and gives those places again, as where a copy of its store is put
    /// back.
    StreamLosesEnd,
}

impl Action {
    /// Whether it happens only where nodes share a stream.
    fn is_of_stream(self) -> bool {
        match self {
            Self::StreamStalls
            | Self::StreamRepeats
            | Self::NodeAway
            | Self::NodeLags
            | Self::TailSkips
            | Self::StreamLosesOne
            | Self::StreamLosesEnd => true,
            Self::Post
            | Self::Burst
            | Self::Change
            | Self::Discard
            | Self::Join
            | Self::Leave
            | Self::LeaveAndJoin
            | Self::Request
            | Self::Probe
            | Self::StopAndStart
            | Self::RestartClient
            | Self::Sleep
            | Self::Cut
            | Self::SlowReader
            | Self::Crash
            | Self::StopServer
            | Self::ReplaceLog
            | Self::TakeBackup
            | Self::RestoreBackup
            | Self::CutLog
            | Self::DiskFails
            | Self::ReadsFail
            | Self::ServerClockJumps
            | Self::ApplyRetention
            | Self::Moderate => false,
        }
    }
}

/// Each action's weight: how often it is drawn in relation to the others.
const ACTIONS: [(Action, u64); 32] = [
    (Action::Post, 60),
    (Action::Burst, 6),
    (Action::Change, 10),
    (Action::Discard, 2),
    (Action::Join, 4),
    (Action::Leave, 3),
    (Action::LeaveAndJoin, 3),
    (Action::Request, 8),
    (Action::Probe, 2),
    (Action::StopAndStart, 2),
    (Action::RestartClient, 3),
    (Action::Sleep, 2),
    (Action::Cut, 12),
    (Action::SlowReader, 5),
    (Action::Crash, 4),
    (Action::StopServer, 2),
    (Action::ReplaceLog, 1),
    (Action::TakeBackup, 2),
    (Action::RestoreBackup, 2),
    (Action::CutLog, 1),
    (Action::DiskFails, 4),
    (Action::ReadsFail, 2),
    (Action::ServerClockJumps, 1),
    (Action::ApplyRetention, 4),
    (Action::Moderate, 8),
    (Action::StreamStalls, 2),
    (Action::StreamRepeats, 6),
    (Action::NodeAway, 3),
    (Action::NodeLags, 3),
    (Action::TailSkips, 1),
    (Action::StreamLosesOne, 1),
    (Action::StreamLosesEnd, 1),
];

/// A socket takes at least this much for each millisecond of latency: enough for a few of the
/// longest texts within [`DELIVER_MS_MAX`](crate::world::DELIVER_MS_MAX).
const BYTES_PER_LATENCY_MS: usize = 30;

/// Rates from far too small for what clients send up to the default ones. A text of the maximum
/// length costs more than the smallest lets through in a second, so it is refused at first.
const RATES: [RateLimits; 4] = [rates(6, 8), rates(10, 20), rates(20, 10), rates(50, 200)];

const fn rates(per_second: u32, burst: u32) -> RateLimits {
    RateLimits {
        per_second: NonZeroU32::new(per_second).unwrap(),
        burst: NonZeroU32::new(burst).unwrap(),
    }
}

/// The actions of every world. Each of the others is missing from some worlds, so that the
/// remaining ones are frequent there.
const ALWAYS: [Action; 2] = [Action::Post, Action::Join];

/// The size of one world, and its actions.
#[derive(Debug)]
pub(crate) struct Plan {
    /// How many nodes share a stream; `None` for a server with a log of its own.
    pub(crate) nodes: Option<usize>,
    /// The longest time in which the stream stores what is published, and shows what it has.
    pub(crate) stream_ms_max: u64,
    pub(crate) clients: usize,
    pub(crate) members: usize,
    pub(crate) rooms: usize,
    pub(crate) actions: u64,
    /// The longest ordinary pause between two actions.
    pub(crate) pause_ms_max: u64,
    pub(crate) latency_ms_max: u64,
    /// The longest time that an append or a read waits for the disk.
    pub(crate) disk_ms_max: u64,
    /// The longest time that the words of a deleted message wait to be erased: meanwhile only the
    /// readers withhold them.
    pub(crate) erase_ms_max: u64,
    /// How many bytes may be in transit to a client before the server has to wait.
    pub(crate) socket_bytes_max: usize,
    pub(crate) memory: Memory,
    pub(crate) rates: RateLimits,
    /// One entry frame in this many is lost or repeated in transit, which TCP would not do; none if
    /// 0.
    pub(crate) lossy_one_in: u64,
    /// One text in this many has the maximum length.
    pub(crate) long_one_in: u64,
    weights: Vec<(Action, u64)>,
}

impl Plan {
    /// The plan of the world with this seed.
    pub(crate) fn of(seed: u64) -> Self {
        Self::new(&mut Random::new(seed))
    }

    pub(crate) fn new(random: &mut Random) -> Self {
        let clients = random.between(1, 5) as usize;
        let pause_ms_max = *random.pick(&[20, 200, 1_000, 3_000]).unwrap();
        let mut weights = ACTIONS.to_vec();
        weights.retain(|(action, _)| ALWAYS.contains(action) || !random.one_in(3));
        let nodes = random.one_in(3).then(|| random.between(1, 3) as usize);
        weights.retain(|(action, _)| match nodes {
            None => !action.is_of_stream(),
            // The clock of a stream never goes back: one jump would be its time for ever.
            Some(_) => *action != Action::ServerClockJumps,
        });
        let latency_ms_max = *random.pick(&[2, 30, 300]).unwrap();
        let catch_up_entries_max = *random.pick(&[1, 3, 20, 512]).unwrap();
        // Reading the log an entry at a time from a slow disk, a cursor would not catch up before
        // the end.
        let disk_ms_max = match catch_up_entries_max {
            1 | 3 => *random.pick(&[1, 10]).unwrap(),
            _ => *random.pick(&[1, 10, 200]).unwrap(),
        };
        Self {
            nodes,
            stream_ms_max: *random.pick(&[1, 10, 200]).unwrap(),
            clients,
            members: random.between(1, clients as u64) as usize,
            rooms: random.between(1, 3) as usize,
            actions: random.between(20, 150),
            pause_ms_max,
            latency_ms_max,
            disk_ms_max,
            erase_ms_max: *random.pick(&[1, 1_000, 60_000]).unwrap(),
            socket_bytes_max: (*random.pick(&[400, 4_000, 64_000]).unwrap())
                .max(BYTES_PER_LATENCY_MS * latency_ms_max as usize),
            memory: Memory {
                ring_frames_max: *random.pick(&[3, 8, 40, 1_000]).unwrap(),
                ring_bytes_max: *random.pick(&[1_000, 10_000, 1_000_000]).unwrap(),
                catch_up_entries_max,
            },
            rates: *random.pick(&RATES).unwrap(),
            lossy_one_in: *random.pick(&[0, 0, 40]).unwrap(),
            long_one_in: *random.pick(&[20, 1_000, 1_000, 1_000]).unwrap(),
            weights,
        }
    }

    /// How long until the next action: mostly short, sometimes long enough for all to catch up.
    pub(crate) fn pause_ms(&self, random: &mut Random) -> u64 {
        if random.one_in(12) {
            random.between(1_000, 30_000)
        } else {
            random.between(0, self.pause_ms_max)
        }
    }

    /// Whether the world has this action.
    pub(crate) fn has(&self, action: Action) -> bool {
        self.weights.iter().any(|(known, _)| *known == action)
    }

    /// Draws the next action.
    pub(crate) fn action(&self, random: &mut Random) -> Action {
        let mut drawn = random.below(self.weights.iter().map(|(_, weight)| weight).sum());
        for (action, weight) in &self.weights {
            if drawn < *weight {
                return *action;
            }
            drawn -= weight;
        }
        Action::Post
    }
}
