//! Which scenarios there are, and for which servers.

use std::time::Duration;

use clap::ValueEnum;
use serde::Serialize;

use crate::{
    scenarios::{self, Chatter, Idle, Pace, Run, Scroll, Trouble},
    server::{Kind, Place},
};

const ALL: &[Kind] = &[Kind::Floor, Kind::Parlor, Kind::ActixText];
const BESIDE_FLOOR: &[Kind] = &[Kind::Floor, Kind::Parlor];
/// Deliveries a second while the number of clients or rooms grows.
const DELIVERIES: f64 = 20_000.0;
const PARLOR: &[Kind] = &[Kind::Parlor];

/// What users do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    /// A thousand in one room; every message is a write of its own
    Busy,
    /// A thousand in one room, as fast as it goes
    Saturated,
    /// Ten in one room, as fast as it goes
    Group,
    /// From 10 to 10,000 clients in one room, with as many deliveries a second
    Clients,
    /// From 1 to 1,000 rooms of ten, with as many deliveries a second
    Rooms,
    /// Ten thousand who say nothing
    Idle,
    /// Five thousand drop and come back at once, having missed a thousand entries each
    Storm,
    /// One of a hundred stops reading
    Stalled,
    /// One member posts as fast as it goes in another room
    Flood,
    /// A long room, scrolled back to its beginning
    Scroll,
    /// A thousand in one room, on one worker and on two
    Workers,
    /// A hundred in one room, while strace counts
    Syscalls,
}

/// One row of a scenario: what was run, and what each round of each server gave.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) rounds: Vec<Vec<Run>>,
}

/// What a scenario gave.
#[derive(Debug, Serialize)]
#[serde(tag = "measured", rename_all = "snake_case")]
pub(crate) enum Outcome {
    Deliveries { rows: Vec<Row> },
    Syscalls { rows: Vec<Row> },
    Idle { runs: Vec<Idle> },
    Scroll { run: Scroll },
}

/// How long, and how often.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    pub(crate) seconds: f64,
    /// Before anything is measured, so that who came is told and told of.
    pub(crate) settle: Duration,
    pub(crate) rounds: usize,
    /// Divides the numbers of clients and entries: to see that everything works.
    pub(crate) divisor: usize,
}

impl Scenario {
    /// Runs it.
    pub(crate) fn run(self, effort: Effort, place: &Place) -> anyhow::Result<Outcome> {
        let bench = Bench { effort, place };
        Ok(match self {
            Self::Idle => {
                let idle = |kind: &Kind| {
                    scenarios::idle(effort.count(10_000), effort.settle, *kind, place)
                };
                // One round shows enough of the peers, but two builds may differ by less than two runs do.
                let rounds = place.other.as_ref().map_or(1, |_| effort.rounds);
                let rounds = (0..rounds).flat_map(|round| bench.turn(ALL, round));
                let runs = rounds
                    .map(|kind| idle(&kind))
                    .collect::<anyhow::Result<_>>()?;
                Outcome::Idle { runs }
            }
            Self::Scroll => Outcome::Scroll {
                run: scenarios::scroll(effort.count(100_000), place)?,
            },
            Self::Storm => Outcome::Deliveries {
                rows: vec![bench.storm()?],
            },
            Self::Syscalls => Outcome::Syscalls {
                rows: bench.traced()?,
            },
            Self::Busy
            | Self::Saturated
            | Self::Group
            | Self::Clients
            | Self::Rooms
            | Self::Stalled
            | Self::Flood
            | Self::Workers => Outcome::Deliveries {
                rows: bench.talk(self)?,
            },
        })
    }

    /// As the report names it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Busy => "One busy room, each message a write of its own",
            Self::Saturated => "One busy room, saturated",
            Self::Group => "A small group, saturated",
            Self::Clients => "From 10 to 10,000 clients",
            Self::Rooms => "From 1 to 1,000 rooms of ten",
            Self::Idle => "Ten thousand idle connections",
            Self::Storm => "A storm of reconnects",
            Self::Stalled => "One stalled reader among a hundred",
            Self::Flood => "A flood from one member",
            Self::Scroll => "A long history, scrolled back",
            Self::Workers => "One worker and two",
            Self::Syscalls => "System calls for each delivery",
        }
    }
}

/// What every scenario is run with.
struct Bench<'a> {
    effort: Effort,
    place: &'a Place,
}

impl Effort {
    fn count(self, full: usize) -> usize {
        full.div_ceil(self.divisor)
    }
}

impl Bench<'_> {
    fn chatter(&self, rooms: usize, clients: usize, pace: Pace) -> Chatter {
        Chatter {
            rooms,
            clients,
            pace,
            seconds: self.effort.seconds,
            settle: self.effort.settle,
            trouble: Trouble::None,
            traced: false,
        }
    }

    /// A hundred talk while system calls are counted.
    fn traced(&self) -> anyhow::Result<Vec<Row>> {
        let traced = |what, pace| {
            let chatter = self.chatter(1, self.effort.count(100), pace);
            let traced = true;
            self.row(what, ALL, Chatter { traced, ..chatter })
        };
        Ok(vec![
            traced("20 messages a second", Pace::PerSecond(20.0))?,
            traced("64 messages under way", Pace::Window(64))?,
        ])
    }

    /// The scenarios in which people talk.
    fn talk(&self, scenario: Scenario) -> anyhow::Result<Vec<Row>> {
        let count = |full| self.effort.count(full);
        let chatter = |rooms, clients, pace| self.chatter(rooms, clients, pace);
        let troubled = |chatter, trouble| Chatter { trouble, ..chatter };
        let saturated = chatter(1, count(1_000), Pace::Window(64));
        let hundred = chatter(1, count(100), Pace::Window(64));
        let quiet = chatter(10, 10, Pace::PerSecond(10.0));
        let two_workers = Place {
            workers: 2,
            ..self.place.clone()
        };
        let rows = match scenario {
            Scenario::Busy => {
                let busy = chatter(1, count(1_000), Pace::PerSecond(20.0));
                vec![self.row("20 messages a second", ALL, busy)]
            }
            Scenario::Saturated => vec![self.row("64 messages under way", ALL, saturated)],
            Scenario::Group => {
                let group = chatter(1, 10, Pace::Window(256));
                vec![self.row("256 messages under way", ALL, group)]
            }
            Scenario::Clients => [10, 100, 1_000, 10_000]
                .map(|clients| {
                    let pace = Pace::PerSecond(DELIVERIES / clients as f64);
                    let chatter = chatter(1, count(clients), pace);
                    self.row(&format!("{clients} clients"), BESIDE_FLOOR, chatter)
                })
                .into(),
            Scenario::Rooms => [1, 10, 100, 1_000]
                .map(|rooms| {
                    let pace = Pace::PerSecond(DELIVERIES / 10.0 / rooms as f64);
                    let chatter = chatter(count(rooms), 10, pace);
                    self.row(&format!("{rooms} × 10 clients"), BESIDE_FLOOR, chatter)
                })
                .into(),
            Scenario::Stalled => {
                let stalled = troubled(hundred, Trouble::StalledReader);
                vec![
                    self.row("all read", BESIDE_FLOOR, hundred),
                    self.row("one has stopped", BESIDE_FLOOR, stalled),
                ]
            }
            Scenario::Flood => vec![
                self.row("ten rooms, no flood", PARLOR, quiet),
                self.row(
                    "ten rooms, and a flood",
                    PARLOR,
                    troubled(quiet, Trouble::Flood),
                ),
            ],
            Scenario::Workers => {
                let two = Bench {
                    effort: self.effort,
                    place: &two_workers,
                };
                vec![
                    self.row("one worker", PARLOR, saturated),
                    two.row("two workers", PARLOR, saturated),
                ]
            }
            Scenario::Idle | Scenario::Storm | Scenario::Scroll | Scenario::Syscalls => Vec::new(),
        };
        rows.into_iter().collect()
    }

    /// Runs the servers in turn, so that what else the machine does meets them all.
    fn row(&self, what: &str, kinds: &[Kind], chatter: Chatter) -> anyhow::Result<Row> {
        self.rounds(what, kinds, |kind| chatter.run(kind, self.place))
    }

    /// The servers of one round in their order, which every other round reverses; with them the other build of Parlor,
    /// where one is given.
    fn turn(&self, kinds: &[Kind], round: usize) -> Vec<Kind> {
        let mut turn = kinds.to_vec();
        let parlor = turn.iter().position(|kind| *kind == Kind::Parlor);
        if let (Some(place), Some(_)) = (parlor, &self.place.other) {
            turn.insert(place + 1, Kind::OtherParlor);
        }
        if round % 2 == 1 {
            turn.reverse();
        }
        turn
    }

    fn storm(&self) -> anyhow::Result<Row> {
        let (clients, missed) = (self.effort.count(5_000), self.effort.count(1_000));
        let what = format!("{clients} clients, {missed} entries each");
        self.rounds(&what, BESIDE_FLOOR, |kind| {
            scenarios::storm(clients, missed, self.effort.settle, kind, self.place)
        })
    }

    fn rounds(
        &self,
        what: &str,
        kinds: &[Kind],
        run: impl Fn(Kind) -> anyhow::Result<Run>,
    ) -> anyhow::Result<Row> {
        let round = |round| self.turn(kinds, round).into_iter().map(&run).collect();
        let rounds = (0..self.effort.rounds).map(round);
        Ok(Row {
            what: what.to_owned(),
            rounds: rounds.collect::<anyhow::Result<_>>()?,
        })
    }
}

impl Row {
    /// The round that is in the middle by this server's deliveries for each second on a processor.
    pub(crate) fn median(&self, kind: Kind) -> Option<&Run> {
        let runs = self.rounds.iter().flatten();
        let mut runs: Vec<&Run> = runs.filter(|run| run.server == kind).collect();
        runs.sort_by(|one, two| one.per_cpu_second().total_cmp(&two.per_cpu_second()));
        runs.get(runs.len() / 2).copied()
    }

    /// A server's deliveries for each second on a processor by the floor's of the same round: the median.
    pub(crate) fn of_floor(&self, kind: Kind) -> Option<f64> {
        let mut ratios = self.ratios(kind, Kind::Floor);
        ratios.sort_by(f64::total_cmp);
        ratios.get(ratios.len() / 2).copied()
    }

    /// For each round, one server's deliveries for each second on a processor divided by another's.
    pub(crate) fn ratios(&self, kind: Kind, base: Kind) -> Vec<f64> {
        let by = |round: &Vec<Run>, kind| {
            let run = round.iter().find(|run| run.server == kind);
            run.map(Run::per_cpu_second)
        };
        let ratio = |round| Some(by(round, kind)? / by(round, base)?);
        self.rounds.iter().filter_map(ratio).collect()
    }

    /// The servers that were run.
    pub(crate) fn kinds(&self) -> Vec<Kind> {
        let first = self.rounds.first().into_iter().flatten();
        first.map(|run| run.server).collect()
    }
}
