//! The scenarios: with which workload, in which rounds and on which servers each is run.

use clap::ValueEnum;
use serde::Serialize;

use crate::{
    attacker::{self, Attacked},
    effort::Effort,
    large::{self, Large},
    meter::Run,
    mixed::Mixed,
    rows::Row,
    scenarios::{self, Disturbance, Idle, Pace, Scroll, Workload},
    server::{Kind, ServerOptions},
};

const ALL: &[Kind] = &[
    Kind::Floor,
    Kind::DurableFloor,
    Kind::Parlor,
    Kind::ActixText,
];
/// Where nothing is appended while it is measured, or where the usual example stops.
const FLOOR_AND_PARLOR: &[Kind] = &[Kind::Floor, Kind::Parlor];
const FLOORS_AND_PARLOR: &[Kind] = &[Kind::Floor, Kind::DurableFloor, Kind::Parlor];
const PARLOR: &[Kind] = &[Kind::Parlor];
/// A log of one server, and those of nodes that share a stream.
const NODES: &[Kind] = &[
    Kind::Parlor,
    Kind::OneNode,
    Kind::TwoNodes,
    Kind::ThreeNodes,
];
/// The rate of deliveries that stays the same while the number of clients or rooms grows.
const DELIVERIES_PER_SECOND: f64 = 20_000.0;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    /// 1,000 clients in one room at 20 messages a second: each message is a write of its own
    Busy,
    /// 1,000 clients in one room, as fast as possible
    Saturated,
    /// 10 clients in one room, as fast as possible
    Group,
    /// From 10 to 10,000 clients in one room, at the same rate of deliveries
    Clients,
    /// From 1 to 1,000 rooms of ten clients, at the same rate of deliveries
    Rooms,
    /// A busy chat: posts, edits, reactions, joins, history, searches, typing
    Mixed,
    /// 10,000 idle connections, and what is kept after a wave of 15,000 has gone
    Idle,
    /// 5,000 clients reconnect at the same time, each having missed 1,000 entries
    Storm,
    /// One of a hundred clients stops reading
    Stalled,
    /// One member posts as fast as possible while ten other rooms talk
    Flood,
    /// Members talk while somebody sends the worst of each kind of message
    Attacker,
    /// The history of a long room, read back to its beginning
    Scroll,
    /// A log of ten million entries beside one of ten thousand: start, history, search, upkeep
    Large,
    /// 1,000 clients in one room, with one worker thread and with two
    Workers,
    /// One, two and three nodes over a stream in three servers of NATS, beside a server with a log
    /// of its own
    Nodes,
    /// System calls per delivery, counted by strace
    Syscalls,
}

/// The result of a scenario.
#[derive(Debug, Serialize)]
#[serde(tag = "measured", rename_all = "snake_case")]
pub(crate) enum Outcome {
    Deliveries { rows: Vec<Row> },
    Syscalls { rows: Vec<Row> },
    Mixed { rows: Vec<Row> },
    Idle { runs: Vec<Idle> },
    Scroll { run: Scroll },
    Attacks { rows: Vec<Attacked> },
    Large { logs: Vec<Large> },
}

impl Scenario {
    /// Runs the scenario.
    pub(crate) fn run(self, effort: Effort, options: &ServerOptions) -> anyhow::Result<Outcome> {
        let suite = Suite { effort, options };
        Ok(match self {
            Self::Idle => Outcome::Idle {
                runs: suite.idle()?,
            },
            Self::Scroll => Outcome::Scroll {
                run: scenarios::scroll(effort.scale(100_000), options)?,
            },
            Self::Large => Outcome::Large {
                logs: large::logs(effort, options, options.large_log.as_deref())?,
            },
            Self::Attacker => Outcome::Attacks {
                rows: attacker::attacks(effort, options)?,
            },
            Self::Storm => Outcome::Deliveries {
                rows: vec![suite.reconnect_storm()?],
            },
            Self::Mixed => Outcome::Mixed {
                rows: vec![suite.mixed()?],
            },
            Self::Syscalls => Outcome::Syscalls {
                rows: suite.syscalls()?,
            },
            Self::Busy
            | Self::Saturated
            | Self::Group
            | Self::Clients
            | Self::Rooms
            | Self::Stalled
            | Self::Flood
            | Self::Nodes
            | Self::Workers => Outcome::Deliveries {
                rows: suite.deliveries(self)?,
            },
        })
    }

    /// The scenario's heading in the report.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Busy => "One busy room, one write per message",
            Self::Saturated => "One busy room, saturated",
            Self::Group => "A small group, saturated",
            Self::Clients => "From 10 to 10,000 clients",
            Self::Rooms => "From 1 to 1,000 rooms of ten clients",
            Self::Mixed => "A busy chat, everything that members do",
            Self::Idle => "Ten thousand idle connections",
            Self::Storm => "A reconnect storm",
            Self::Stalled => "One stalled reader among a hundred",
            Self::Flood => "A flood from one member",
            Self::Attacker => "An attacker, and what others notice",
            Self::Scroll => "A long history, read back to its beginning",
            Self::Large => "A large log beside a small one",
            Self::Workers => "One worker thread and two",
            Self::Nodes => "One, two and three nodes",
            Self::Syscalls => "System calls per delivery",
        }
    }
}

/// What every scenario is run with.
struct Suite<'a> {
    effort: Effort,
    options: &'a ServerOptions,
}

impl Suite<'_> {
    fn workload(&self, rooms: usize, clients_per_room: usize, pace: Pace) -> Workload {
        Workload {
            rooms,
            clients_per_room,
            pace,
            seconds: self.effort.seconds,
            warm_up: self.effort.warm_up,
            disturbance: Disturbance::None,
            is_traced: false,
        }
    }

    /// The scenarios in which clients post and the server delivers.
    fn deliveries(&self, scenario: Scenario) -> anyhow::Result<Vec<Row>> {
        let workload = |rooms, clients, pace| self.workload(rooms, clients, pace);
        let saturated = workload(1, self.effort.scale(1_000), Pace::Window(64));
        let rows = match scenario {
            Scenario::Busy => {
                let busy = workload(1, self.effort.scale(1_000), Pace::PerSecond(20.0));
                vec![self.row("20 messages a second", ALL, busy)]
            }
            Scenario::Saturated => vec![self.row("64 messages in flight", ALL, saturated)],
            Scenario::Group => {
                let group = workload(1, 10, Pace::Window(256));
                vec![self.row("256 messages in flight", ALL, group)]
            }
            Scenario::Clients => [10, 100, 1_000, 10_000]
                .map(|clients| {
                    let pace = Pace::PerSecond(DELIVERIES_PER_SECOND / clients as f64);
                    let workload = workload(1, self.effort.scale(clients), pace);
                    self.row(&format!("{clients} clients"), ALL, workload)
                })
                .into(),
            Scenario::Rooms => [1, 10, 100, 1_000]
                .map(|rooms| {
                    let pace = Pace::PerSecond(DELIVERIES_PER_SECOND / 10.0 / rooms as f64);
                    let workload = workload(self.effort.scale(rooms), 10, pace);
                    self.row(&format!("{rooms} × 10 clients"), ALL, workload)
                })
                .into(),
            Scenario::Stalled => {
                let reading = workload(1, self.effort.scale(100), Pace::Window(64));
                let stalled = Workload {
                    disturbance: Disturbance::StalledReader,
                    ..reading
                };
                vec![
                    self.row("all clients read", FLOORS_AND_PARLOR, reading),
                    self.row("one client stalled", FLOORS_AND_PARLOR, stalled),
                ]
            }
            Scenario::Flood => {
                let calm = workload(10, 10, Pace::PerSecond(10.0));
                let flooded = Workload {
                    disturbance: Disturbance::Flood,
                    ..calm
                };
                vec![
                    self.row("ten rooms, no flood", PARLOR, calm),
                    self.row("ten rooms and a flood", PARLOR, flooded),
                ]
            }
            Scenario::Nodes => self.nodes(),
            Scenario::Workers => vec![
                self.row("one worker", PARLOR, saturated),
                self.with_two_workers("two workers", saturated),
            ],
            Scenario::Mixed
            | Scenario::Idle
            | Scenario::Storm
            | Scenario::Attacker
            | Scenario::Scroll
            | Scenario::Large
            | Scenario::Syscalls => Vec::new(),
        };
        rows.into_iter().collect()
    }

    fn nodes(&self) -> Vec<anyhow::Result<Row>> {
        let clients = self.effort.scale(50);
        let row = |label, clients, pace| self.row(label, NODES, self.workload(6, clients, pace));
        vec![
            row("six rooms at 20 a second", clients, Pace::PerSecond(20.0)),
            row("six rooms, 64 in flight each", clients, Pace::Window(64)),
            row("six rooms of one, 256 in flight", 1, Pace::Window(256)),
        ]
    }

    fn with_two_workers(&self, label: &str, workload: Workload) -> anyhow::Result<Row> {
        let options = ServerOptions {
            workers: 2,
            ..self.options.clone()
        };
        let suite = Suite {
            options: &options,
            ..*self
        };
        suite.row(label, PARLOR, workload)
    }

    fn syscalls(&self) -> anyhow::Result<Vec<Row>> {
        let traced = |label, pace| {
            let mut workload = self.workload(1, self.effort.scale(100), pace);
            workload.is_traced = true;
            self.row(label, ALL, workload)
        };
        Ok(vec![
            traced("20 messages a second", Pace::PerSecond(20.0))?,
            traced("64 messages in flight", Pace::Window(64))?,
        ])
    }

    fn reconnect_storm(&self) -> anyhow::Result<Row> {
        let (clients, missed) = (self.effort.scale(5_000), self.effort.scale(1_000));
        let label = format!("{clients} clients, {missed} entries each");
        self.rounds(&label, FLOOR_AND_PARLOR, |kind| {
            scenarios::reconnect_storm(clients, missed, self.effort.warm_up, kind, self.options)
        })
    }

    fn mixed(&self) -> anyhow::Result<Row> {
        let mixed = Mixed::new(self.effort);
        self.rounds(&mixed.label(), PARLOR, |kind| mixed.run(kind, self.options))
    }

    /// One round, except where two builds of Parlor are compared: they may differ by less than two
    /// runs of the same build do.
    fn idle(&self) -> anyhow::Result<Vec<Idle>> {
        let rounds = match self.options.other {
            Some(_) => self.effort.rounds,
            None => 1,
        };
        let clients = self.effort.scale(10_000);
        (0..rounds)
            .flat_map(|round| self.round_order(ALL, round))
            .map(|kind| scenarios::idle(clients, self.effort.warm_up, kind, self.options))
            .collect()
    }

    fn row(&self, label: &str, kinds: &[Kind], workload: Workload) -> anyhow::Result<Row> {
        self.rounds(label, kinds, |kind| workload.run(kind, self.options))
    }

    /// Runs the servers by turns, so that background load affects all of them alike.
    fn rounds(
        &self,
        label: &str,
        kinds: &[Kind],
        run: impl Fn(Kind) -> anyhow::Result<Run>,
    ) -> anyhow::Result<Row> {
        let round = |round| {
            let order = self.round_order(kinds, round);
            order.into_iter().map(&run).collect()
        };
        let rounds = (0..self.effort.rounds).map(round);
        Ok(Row {
            label: label.to_owned(),
            rounds: rounds.collect::<anyhow::Result<_>>()?,
        })
    }

    /// The servers of one round, in the order in which they run: reversed in every other round. The
    /// other build of Parlor, if there is one, runs next to Parlor. The servers from npm run last,
    /// where the usual example runs too.
    fn round_order(&self, kinds: &[Kind], round: usize) -> Vec<Kind> {
        let mut order = kinds.to_vec();
        let parlor = order.iter().position(|kind| *kind == Kind::Parlor);
        if let (Some(index), Some(_)) = (parlor, &self.options.other) {
            order.insert(index + 1, Kind::OtherParlor);
        }
        if order.contains(&Kind::ActixText) {
            let wanted = self.options.packages.wanted.iter();
            order.extend(wanted.map(|package| Kind::Package(*package)));
        }
        if round % 2 == 1 {
            order.reverse();
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{binary::Binary, packages::Packages};

    #[test]
    fn the_other_build_runs_next_to_parlor_and_every_other_round_is_reversed() {
        let options = ServerOptions {
            parlor: Binary::default(),
            other: Some(Binary::default()),
            packages: Packages::default(),
            disk: "disk".into(),
            workers: 1,
            large_log: None,
        };
        let suite = Suite {
            effort: Effort {
                seconds: 1.0,
                warm_up: Duration::ZERO,
                rounds: 2,
                divisor: 1,
            },
            options: &options,
        };
        let mut order = [
            Kind::Floor,
            Kind::DurableFloor,
            Kind::Parlor,
            Kind::OtherParlor,
            Kind::ActixText,
        ];
        assert_eq!(suite.round_order(ALL, 0), order);
        order.reverse();
        assert_eq!(suite.round_order(ALL, 1), order);
    }
}
