//! What users do, as measurements.

use std::time::{Duration, Instant};

use anyhow::Context;
use serde::Serialize;

use crate::{
    book::{Book, Faults, Latency, Quantiles},
    cores,
    crowd::Crowd,
    server::{Kind, Place, Server},
    syscalls::Tracer,
};

/// How posts come.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pace {
    /// Each room's next post is due so often, whatever became of the last one.
    PerSecond(f64),
    /// So many posts of each room are under way at any time: the next one comes when everyone has the oldest.
    Window(usize),
}

/// Rooms with clients, and messages in them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chatter {
    pub(crate) rooms: usize,
    /// In each room.
    pub(crate) clients: usize,
    pub(crate) pace: Pace,
    pub(crate) seconds: f64,
    /// How long they are left alone before that.
    pub(crate) settle: Duration,
    /// What disturbs them.
    pub(crate) trouble: Trouble,
    /// Whether system calls are counted, which slows the server down.
    pub(crate) traced: bool,
}

/// What disturbs those who talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    None,
    /// A client stops reading before the first message.
    StalledReader,
    /// In one more room a member posts as fast as the server lets it; that room's latencies are not counted.
    Flood,
}

/// Posts of an author that are under way while nobody else reads.
const AUTHOR_WINDOW: usize = 64;
/// Posts that the server takes from one connection before it has the first of them on its log.
const FLOOD: usize = 256;

/// What one run gave.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Run {
    pub(crate) server: Kind,
    pub(crate) clients: usize,
    pub(crate) rooms: usize,
    /// Posts that were written to the server.
    pub(crate) posted: usize,
    /// Posts that their author had back: on disk, where there is a disk.
    pub(crate) durable: usize,
    /// Entries that clients got, all together.
    pub(crate) delivered: u64,
    pub(crate) seconds: f64,
    /// The server's time on a processor.
    pub(crate) cpu_seconds: f64,
    /// The server's system calls, where they were counted.
    pub(crate) syscalls: Option<u64>,
    pub(crate) durable_ms: Quantiles,
    pub(crate) delivered_ms: Quantiles,
    /// What the server's memory grew by while it was measured, in bytes.
    pub(crate) grown_bytes: i64,
    pub(crate) faults: Faults,
    pub(crate) complaint: Option<String>,
}

impl Run {
    /// Deliveries for each second of the server's time on a processor.
    pub(crate) fn per_cpu_second(&self) -> f64 {
        self.delivered as f64 / self.cpu_seconds
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.delivered as f64 / self.seconds
    }
}

impl Chatter {
    /// Measures it once, on a server of its own.
    pub(crate) fn run(&self, kind: Kind, place: &Place) -> anyhow::Result<Run> {
        let server = Server::start(kind, place)?;
        cores::on(cores::LOAD, || self.load(&server))?
    }

    fn load(&self, server: &Server) -> anyhow::Result<Run> {
        let mut crowd = Crowd::new(server)?;
        (0..self.rooms).for_each(|_| crowd.add_room(self.clients));
        if self.trouble == Trouble::Flood {
            crowd.add_flooded_room(self.clients);
        }
        crowd.gather()?;
        if self.trouble == Trouble::StalledReader {
            crowd.stall_one();
        }
        crowd.run_until(Instant::now() + self.settle)?;

        let tracer = if self.traced { server.trace()? } else { None };
        let meter = Meter::start(server, &crowd)?;
        match self.pace {
            Pace::PerSecond(rate) => self.open_loop(&mut crowd, rate)?,
            Pace::Window(window) => self.closed_loop(&mut crowd, window)?,
        }
        crowd.finish()?;
        let run = meter.stop(crowd)?;
        let syscalls = tracer.map(Tracer::stop).transpose()?;
        Ok(Run { syscalls, ..run })
    }

    /// Posts by the clock: a server that falls behind does not slow down those who wait for it.
    fn open_loop(&self, crowd: &mut Crowd, rate: f64) -> anyhow::Result<()> {
        let start = Instant::now();
        let posts = (rate * self.seconds) as usize;
        for number in 0..posts {
            for room in 0..self.rooms {
                // The rooms take turns within the interval.
                let turn = (number as f64 + room as f64 / self.rooms as f64) / rate;
                let due = start + Duration::from_secs_f64(turn);
                self.wait_until(crowd, due)?;
                crowd.post(room, due)?;
            }
        }
        Ok(())
    }

    fn wait_until(&self, crowd: &mut Crowd, until: Instant) -> anyhow::Result<()> {
        if self.trouble != Trouble::Flood {
            return crowd.run_until(until);
        }
        while Instant::now() < until {
            crowd.fill(self.rooms, FLOOD)?;
            crowd.turn(until.saturating_duration_since(Instant::now()))?;
        }
        Ok(())
    }

    fn closed_loop(&self, crowd: &mut Crowd, window: usize) -> anyhow::Result<()> {
        let end = Instant::now() + Duration::from_secs_f64(self.seconds);
        while Instant::now() < end {
            for room in 0..self.rooms {
                crowd.fill(room, window)?;
            }
            crowd.turn(Duration::from_millis(100))?;
        }
        Ok(())
    }
}

impl Crowd {
    /// Posts as many as may be under way in this room.
    fn fill(&mut self, room: usize, window: usize) -> anyhow::Result<()> {
        let outstanding = self.books.get(room).map_or(0, Book::outstanding);
        for _ in outstanding..window {
            self.post(room, Instant::now())?;
        }
        Ok(())
    }

    /// Waits until the author has so many of its entries back.
    fn until_durable(&mut self, count: usize) -> anyhow::Result<()> {
        while self.books.iter().any(|book| book.durable() < count) {
            self.turn(Duration::from_millis(100))?;
        }
        Ok(())
    }

    fn delivered(&self) -> u64 {
        self.books.iter().map(Book::delivered).sum()
    }
}

/// What a server had used, and delivered, when a measurement began.
struct Meter<'a> {
    server: &'a Server,
    start: Instant,
    cpu: Duration,
    memory: u64,
    delivered: u64,
}

impl<'a> Meter<'a> {
    fn start(server: &'a Server, crowd: &Crowd) -> anyhow::Result<Self> {
        Ok(Self {
            server,
            cpu: server.cpu()?,
            memory: server.memory()?,
            delivered: crowd.delivered(),
            start: Instant::now(),
        })
    }

    fn stop(&self, crowd: Crowd) -> anyhow::Result<Run> {
        Ok(Run {
            server: self.server.kind,
            clients: crowd.clients.len(),
            rooms: crowd.books.len(),
            posted: crowd.books.iter().map(Book::posted).sum(),
            durable: crowd.books.iter().map(Book::durable).sum(),
            delivered: crowd.delivered() - self.delivered,
            seconds: self.start.elapsed().as_secs_f64(),
            cpu_seconds: (self.server.cpu()? - self.cpu).as_secs_f64(),
            syscalls: None,
            durable_ms: crowd.durability.quantiles(),
            delivered_ms: crowd.delivery.quantiles(),
            grown_bytes: self.server.memory()?.cast_signed() - self.memory.cast_signed(),
            faults: crowd.faults,
            complaint: crowd.complaint,
        })
    }
}

/// What a scroll to the beginning of a long room costs.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Scroll {
    pub(crate) entries: usize,
    pub(crate) seconds: f64,
    pub(crate) cpu_seconds: f64,
    /// Each page of a hundred.
    pub(crate) page_ms: Quantiles,
}

/// What connections cost that do nothing.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Idle {
    pub(crate) server: Kind,
    pub(crate) clients: usize,
    pub(crate) bytes_per_connection: u64,
    /// The server's time on a processor for each second of idleness, in seconds.
    pub(crate) cpu_share: f64,
}

/// Measures so many idle connections, all in one room.
pub(crate) fn idle(
    clients: usize,
    settle: Duration,
    kind: Kind,
    place: &Place,
) -> anyhow::Result<Idle> {
    let server = Server::start(kind, place)?;
    cores::on(cores::LOAD, || {
        // The first connections pay for what all share.
        let mut crowd = Crowd::new(&server)?;
        crowd.add_room(10);
        crowd.gather()?;
        let before = server.memory()?;
        crowd.add_room(clients);
        crowd.gather()?;
        crowd.run_until(Instant::now() + 2 * settle)?;
        let (cpu, start) = (server.cpu()?, Instant::now());
        crowd.run_until(Instant::now() + settle)?;
        let cpu_share = (server.cpu()? - cpu).as_secs_f64() / start.elapsed().as_secs_f64();
        Ok(Idle {
            server: kind,
            clients,
            bytes_per_connection: server.memory()?.saturating_sub(before) / clients as u64,
            cpu_share,
        })
    })?
}

/// Everyone drops and comes back at once, having missed so many entries.
pub(crate) fn storm(
    clients: usize,
    missed: usize,
    settle: Duration,
    kind: Kind,
    place: &Place,
) -> anyhow::Result<Run> {
    let server = Server::start(kind, place)?;
    cores::on(cores::LOAD, || {
        let mut crowd = Crowd::new(&server)?;
        crowd.add_room(clients);
        crowd.gather()?;
        crowd.scatter();
        // The author alone reads what the others miss.
        for number in 0..missed {
            crowd.post(0, Instant::now())?;
            crowd.until_durable(number.saturating_sub(AUTHOR_WINDOW))?;
        }
        crowd.until_durable(missed)?;
        crowd.run_until(Instant::now() + settle)?;
        let meter = Meter::start(&server, &crowd)?;
        crowd.finish()?;
        meter.stop(crowd)
    })?
}

/// Writes a long room, then reads it back to its first entry, page by page, as one scrolls.
pub(crate) fn scroll(entries: usize, place: &Place) -> anyhow::Result<Scroll> {
    let server = Server::start(Kind::Parlor, place)?;
    cores::on(cores::LOAD, || {
        let mut crowd = Crowd::new(&server)?;
        crowd.add_room(1);
        crowd.gather()?;
        while crowd.books.iter().any(|book| book.posted() < entries) {
            crowd.fill(0, FLOOD.min(entries - crowd.books[0].posted()))?;
            crowd.turn(Duration::from_millis(100))?;
        }
        crowd.finish()?;
        anyhow::ensure!(
            !crowd.faults.any(),
            "the room was not written: {:?}",
            crowd.faults
        );
        let (cpu, start) = (server.cpu()?, Instant::now());
        let mut pages = Latency::new()?;
        let mut before = crowd.books[0].seq(entries - 1).map_or(0, |seq| seq + 1);
        let mut read = 0;
        while read < entries {
            let asked = Instant::now();
            let page = crowd.history(0, before)?;
            pages.record(asked, Instant::now());
            let oldest = page
                .first()
                .context("a page is empty before the first entry")?;
            before = oldest.seq.0;
            read += page.len();
        }
        Ok(Scroll {
            entries: read,
            seconds: start.elapsed().as_secs_f64(),
            cpu_seconds: (server.cpu()? - cpu).as_secs_f64(),
            page_ms: pages.quantiles(),
        })
    })?
}
