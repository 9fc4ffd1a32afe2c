//! What clients do in each scenario, and how it is measured.

use std::time::{Duration, Instant};

use anyhow::Context;
use serde::Serialize;

use crate::{
    cores,
    latency::{Latency, Quantiles},
    load::Load,
    meter::{Meter, Run},
    quiet::{OthersCpu, OthersMeter},
    server::{Kind, Server, ServerOptions},
    syscalls::Tracer,
};

/// How many posts the author keeps in flight while it alone is connected.
const AUTHOR_WINDOW: usize = 64;
/// How many posts the server accepts from one connection before the first of them is durable.
const FLOOD_WINDOW: usize = 256;

/// When posts are sent.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pace {
    /// An open loop: each room's posts are due at this rate, whether or not earlier ones have
    /// arrived.
    PerSecond(f64),
    /// A closed loop: each room keeps this many posts in flight. The next one is sent when the
    /// oldest has reached every reader.
    Window(usize),
}

/// Rooms with clients, and the messages that are posted in them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Workload {
    pub(crate) rooms: usize,
    pub(crate) clients_per_room: usize,
    pub(crate) pace: Pace,
    pub(crate) seconds: f64,
    /// How long the clients are connected before the measurement begins.
    pub(crate) warm_up: Duration,
    pub(crate) disturbance: Disturbance,
    /// Whether system calls are counted, which slows the server down.
    pub(crate) is_traced: bool,
}

/// What disturbs the other clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disturbance {
    None,
    /// One client stops reading before the first message.
    StalledReader,
    /// In one room more, a member posts as fast as the server lets it. The latencies of that room
    /// are not recorded.
    Flood,
}

impl Workload {
    /// Measures this workload once, on a server of its own.
    pub(crate) fn run(&self, kind: Kind, options: &ServerOptions) -> anyhow::Result<Run> {
        let server = Server::start(kind, options)?;
        cores::run_on(cores::LOAD, || self.measure(&server))?
    }

    fn measure(&self, server: &Server) -> anyhow::Result<Run> {
        let mut load = Load::new(server)?;
        (0..self.rooms).for_each(|_| load.add_room(self.clients_per_room));
        if self.disturbance == Disturbance::Flood {
            load.add_flooded_room(self.clients_per_room);
        }
        load.wait_until_live()?;
        if self.disturbance == Disturbance::StalledReader {
            load.stall_one();
        }
        load.run_until(Instant::now() + self.warm_up)?;

        let tracer = if self.is_traced {
            server.trace()?
        } else {
            None
        };
        let meter = Meter::start(server, &load)?;
        match self.pace {
            Pace::PerSecond(rate) => self.open_loop(&mut load, rate)?,
            Pace::Window(window) => self.closed_loop(&mut load, window)?,
        }
        load.wait_until_delivered()?;
        let run = meter.stop(load)?;
        let syscalls = tracer.map(Tracer::stop).transpose()?;
        Ok(Run { syscalls, ..run })
    }

    /// Posts at this rate, as each post is due.
    pub(crate) fn open_loop(&self, load: &mut Load, rate: f64) -> anyhow::Result<()> {
        let start = Instant::now();
        let posts = (rate * self.seconds) as usize;
        for number in 0..posts {
            for room in 0..self.rooms {
                // The rooms' posts are spread evenly over the interval.
                let interval = (number as f64 + room as f64 / self.rooms as f64) / rate;
                let due = start + Duration::from_secs_f64(interval);
                self.wait_until(load, due)?;
                load.post(room, due)?;
            }
        }
        Ok(())
    }

    fn wait_until(&self, load: &mut Load, until: Instant) -> anyhow::Result<()> {
        if self.disturbance != Disturbance::Flood {
            return load.run_until(until);
        }
        let flooded_room = self.rooms;
        while Instant::now() < until {
            load.fill_window(flooded_room, FLOOD_WINDOW)?;
            load.poll(until.saturating_duration_since(Instant::now()))?;
        }
        Ok(())
    }

    fn closed_loop(&self, load: &mut Load, window: usize) -> anyhow::Result<()> {
        let end = Instant::now() + Duration::from_secs_f64(self.seconds);
        while Instant::now() < end {
            for room in 0..self.rooms {
                load.fill_window(room, window)?;
            }
            load.poll(Duration::from_millis(100))?;
        }
        Ok(())
    }
}

/// What it costs to read a long room's history back to its beginning.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Scroll {
    pub(crate) entries: usize,
    pub(crate) seconds: f64,
    pub(crate) cpu_seconds: f64,
    /// The latency of each page of a hundred entries.
    pub(crate) page_ms: Quantiles,
    /// What others took of the machine meanwhile.
    pub(crate) others: OthersCpu,
}

/// What idle connections cost.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Idle {
    pub(crate) server: Kind,
    pub(crate) clients: usize,
    pub(crate) bytes_per_connection: u64,
    /// The share of one core that the server uses.
    pub(crate) cpu_share: f64,
    pub(crate) wave: Wave,
}

/// The server's memory before many connections came and after they have gone.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Wave {
    pub(crate) clients: usize,
    pub(crate) bytes_before: u64,
    pub(crate) bytes_with_all: u64,
    pub(crate) bytes_after: u64,
}

/// How many warm-ups after the wave has gone the server's memory is read. Members count as present
/// for 15 seconds, and an allocator takes its time, too.
const WARM_UPS_AFTER_WAVE: u32 = 16;

/// Measures `clients` idle connections, all in one room, and then what the server keeps of a wave
/// of half as many more.
pub(crate) fn idle(
    clients: usize,
    warm_up: Duration,
    kind: Kind,
    options: &ServerOptions,
) -> anyhow::Result<Idle> {
    let server = Server::start(kind, options)?;
    cores::run_on(cores::LOAD, || {
        // The first connections also allocate what all connections share.
        let mut load = Load::new(&server)?;
        load.add_room(10);
        load.wait_until_live()?;
        let before = server.memory()?;
        load.add_room(clients);
        load.wait_until_live()?;
        load.run_until(Instant::now() + 2 * warm_up)?;
        let (cpu, start) = (server.cpu_time()?, Instant::now());
        load.run_until(Instant::now() + warm_up)?;
        let cpu_share = (server.cpu_time()? - cpu).as_secs_f64() / start.elapsed().as_secs_f64();
        let bytes_per_connection = server.memory()?.saturating_sub(before) / clients as u64;

        load.add_room(clients / 2);
        load.wait_until_live()?;
        let with_all = server.memory()?;
        load.disconnect_rooms_after(1);
        load.run_until(Instant::now() + WARM_UPS_AFTER_WAVE * warm_up)?;
        Ok(Idle {
            server: kind,
            clients,
            bytes_per_connection,
            cpu_share,
            wave: Wave {
                clients: clients + clients / 2,
                bytes_before: before,
                bytes_with_all: with_all,
                bytes_after: server.memory()?,
            },
        })
    })?
}

/// Measures a reconnect storm: all readers disconnect, miss `missed` entries, and reconnect at the
/// same time.
pub(crate) fn reconnect_storm(
    clients: usize,
    missed: usize,
    warm_up: Duration,
    kind: Kind,
    options: &ServerOptions,
) -> anyhow::Result<Run> {
    let server = Server::start(kind, options)?;
    cores::run_on(cores::LOAD, || {
        let mut load = Load::new(&server)?;
        load.add_room(clients);
        load.wait_until_live()?;
        load.disconnect_readers();
        for number in 0..missed {
            load.post(0, Instant::now())?;
            load.wait_until_durable(number.saturating_sub(AUTHOR_WINDOW))?;
        }
        load.wait_until_durable(missed)?;
        load.run_until(Instant::now() + warm_up)?;
        let meter = Meter::start(&server, &load)?;
        load.wait_until_delivered()?;
        meter.stop(load)
    })?
}

/// Writes a long room, then reads its history back to the first entry, one page after another.
pub(crate) fn scroll(entries: usize, options: &ServerOptions) -> anyhow::Result<Scroll> {
    let server = Server::start(Kind::Parlor, options)?;
    cores::run_on(cores::LOAD, || {
        let mut load = Load::new(&server)?;
        load.add_room(1);
        load.wait_until_live()?;
        while load.ledgers.iter().any(|room| room.posted() < entries) {
            let left = entries - load.ledgers[0].posted();
            load.fill_window(0, FLOOD_WINDOW.min(left))?;
            load.poll(Duration::from_millis(100))?;
        }
        load.wait_until_delivered()?;
        let faults = load.recorder.faults;
        anyhow::ensure!(faults.is_none(), "the room was not written: {faults:?}");
        let others = OthersMeter::start(&server)?;
        let (cpu, start) = (server.cpu_time()?, Instant::now());
        let mut pages = Latency::new()?;
        let mut before = load.ledgers[0].seq(entries - 1).map_or(0, |seq| seq + 1);
        let mut read = 0;
        while read < entries {
            let asked = Instant::now();
            let page = load.history(0, before)?;
            pages.record(asked, Instant::now());
            let oldest = page
                .first()
                .context("a page before the first entry is empty")?;
            before = oldest.seq.0;
            read += page.len();
        }
        Ok(Scroll {
            entries: read,
            seconds: start.elapsed().as_secs_f64(),
            cpu_seconds: (server.cpu_time()? - cpu).as_secs_f64(),
            page_ms: pages.quantiles(),
            others: others.stop()?,
        })
    })?
}
