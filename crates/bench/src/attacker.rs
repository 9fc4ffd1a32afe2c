//! The attacker: ordinary members talk while one member, or one address with many connections,
//! sends the worst of each kind of message as fast as the server takes it. What the members notice
//! of it is measured.

mod attack;
mod author;
mod flood;
mod past;

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::anyhow;
use serde::Serialize;

pub(crate) use self::flood::Traffic;
use self::{
    attack::{Attack, Sender},
    author::Author,
    flood::Flood,
    past::Past,
};
use crate::{
    cores,
    effort::Effort,
    load::Load,
    quiet::{OthersCpu, OthersMeter},
    recorder::Faults,
    scenarios::{Disturbance, Pace, Workload},
    server::{RateLimits, Server, ServerOptions},
};

/// How long the members' 99th percentile may be while somebody attacks, in milliseconds.
pub(crate) const OTHERS_P99_MS_MAX: f64 = 50.0;

/// Rooms in which members talk, and how many in each hear every message.
const ROOMS: usize = 10;
const MEMBERS_PER_ROOM: usize = 5;
/// Posts a second in each of these rooms.
const POSTS_PER_SECOND: f64 = 4.0;
/// How long each attack lasts. A longer one would only add to what is stored, which `past` has.
const SECONDS_MAX: f64 = 3.0;
/// How long the members are connected at most before an attack begins.
const WARM_UP_MAX: Duration = Duration::from_millis(300);
/// The connections of an address that attacks.
const CONNECTIONS: usize = 50;
/// The attackers' address. The members have addresses of their own.
const ATTACKER: Ipv4Addr = Ipv4Addr::new(127, 0, 2, 1);

/// What the members noticed of one attack, and what the attacker sent and got.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Attacked {
    pub(crate) attack: &'static str,
    /// How many connections attacked; none in the run that the others are compared with.
    pub(crate) connections: usize,
    pub(crate) others: OthersLatency,
    pub(crate) traffic: Traffic,
    /// What other programs took of the machine meanwhile.
    pub(crate) others_cpu: OthersCpu,
    /// What the members met that must not happen.
    pub(crate) faults: Faults,
}

impl Attacked {
    /// The attack and how many connections made it.
    pub(crate) fn title(&self) -> String {
        format!("{}, {} connections", self.attack, self.connections)
    }
}

/// From when a member's post was due until the members of its room had it, in milliseconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct OthersLatency {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
    /// How many deliveries this is about.
    pub(crate) count: u64,
}

/// Runs every attack, first by one member, then by many connections from one address. The log is
/// the same in all of them, so that each meets what the earlier ones have stored; the server is
/// restarted, so that nothing else is left over.
pub(crate) fn attacks(effort: Effort, options: &ServerOptions) -> anyhow::Result<Vec<Attacked>> {
    fs::create_dir_all(&options.disk)?;
    let folder = tempfile::tempdir_in(&options.disk)?;
    let past = Past::write(effort, folder.path(), options)?;
    let mut rows = Vec::new();
    let mut row = |attack: Option<Attack>, connections| {
        let number = rows.len() as u8;
        let scene = Scene {
            number,
            effort,
            past: &past,
        };
        rows.push(scene.run(attack, connections, folder.path(), options)?);
        anyhow::Ok(())
    };
    row(None, 0)?;
    for attack in Attack::ALL {
        row(Some(attack), 1)?;
        row(Some(attack), effort.scale(CONNECTIONS).max(2))?;
    }
    Ok(rows)
}

/// One run: some members, and who attacks them.
struct Scene<'a> {
    number: u8,
    effort: Effort,
    past: &'a Past,
}

impl Scene<'_> {
    fn run(
        &self,
        attack: Option<Attack>,
        connections: usize,
        data: &Path,
        options: &ServerOptions,
    ) -> anyhow::Result<Attacked> {
        let server = Server::start_on(data, RateLimits::Default, options)?;
        cores::run_on(cores::LOAD, || {
            let mut load = Load::new(&server)?;
            self.add_members(&mut load);
            load.wait_until_live()?;
            load.run_until(Instant::now() + self.effort.warm_up.min(WARM_UP_MAX))?;
            let end = Instant::now() + Duration::from_secs_f64(self.seconds());
            let address = server.address();
            let others_cpu = OthersMeter::start(&server)?;
            let traffic = thread::scope(|scope| {
                let flood = attack.map(|attack| {
                    scope.spawn(move || {
                        // The attackers yield to the members, whose clock would otherwise measure
                        // how busy this machine's load is. Where the system refuses, they compete.
                        rustix::process::nice(10).ok();
                        self.flood(attack, connections, address)?.run(end)
                    })
                });
                self.members_post(&mut load)?;
                match flood.map(thread::ScopedJoinHandle::join) {
                    None => Ok(Traffic::default()),
                    Some(Ok(traffic)) => traffic,
                    Some(Err(_)) => Err(anyhow!("the attackers' thread panicked")),
                }
            })?;
            let quantiles = load.recorder.delivery.quantiles();
            Ok(Attacked {
                attack: attack.map_or("nobody attacks", Attack::label),
                connections,
                others: OthersLatency {
                    p50: quantiles.p50,
                    p99: quantiles.p99,
                    max: load.recorder.delivery.longest(),
                    count: load.delivered(),
                },
                traffic,
                others_cpu: others_cpu.stop()?,
                faults: load.recorder.faults,
            })
        })?
    }

    fn seconds(&self) -> f64 {
        self.effort.seconds.min(SECONDS_MAX)
    }

    fn room(&self, room: usize) -> String {
        format!("members-{}-{room}", self.number)
    }

    fn add_members(&self, load: &mut Load) {
        for room in 0..ROOMS {
            let member = |n| Ipv4Addr::new(127, 0, 1, (room * MEMBERS_PER_ROOM + n + 1) as u8);
            let members: Vec<Ipv4Addr> = (0..MEMBERS_PER_ROOM).map(member).collect();
            load.add_shared_room(self.room(room), &members);
        }
    }

    fn members_post(&self, load: &mut Load) -> anyhow::Result<()> {
        let workload = Workload {
            rooms: ROOMS,
            clients_per_room: MEMBERS_PER_ROOM,
            pace: Pace::PerSecond(POSTS_PER_SECOND),
            seconds: self.seconds(),
            warm_up: Duration::ZERO,
            disturbance: Disturbance::None,
            is_traced: false,
        };
        workload.open_loop(load, POSTS_PER_SECOND)?;
        load.wait_until_delivered()
    }

    /// The attackers, in the members' rooms and in the one with a past.
    fn flood(
        &self,
        attack: Attack,
        connections: usize,
        address: SocketAddr,
    ) -> anyhow::Result<Flood> {
        let mut flood = Flood::new(address, ATTACKER)?;
        for number in 0..connections {
            // One attacker alone is the author of what is stored, and is in all rooms.
            let (token, mut rooms): (_, Vec<String>) = if connections == 1 {
                let rooms = (0..ROOMS).map(|room| self.room(room)).collect();
                (Some(self.past.token.clone()), rooms)
            } else {
                (None, vec![self.room(number % ROOMS)])
            };
            rooms.push(past::ROOM.to_owned());
            let author = Author::new(self.number, number as u16, token, &rooms);
            flood.add(author, Sender::new(attack, connections == 1));
        }
        Ok(flood)
    }
}
