//! The faults of several nodes over a stream in three servers of NATS, all of them real: processes
//! are killed and frozen, a node is cut off from all servers, or a server from the others, a byte
//! of one server's store is flipped, an older copy of all stores is put back. All the while the
//! nodes' connections to the servers have the faults that those of the clients have.

mod links;
mod stream;

use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use parlor_test_server::{Frozen, NatsCluster};
use tempfile::TempDir;
use tokio::{
    task::block_in_place,
    time::{Instant, sleep},
};

use self::links::{ServerLinks, StreamLinks};
use crate::{
    plan::Plan,
    record::Start,
    rng::{self, Rng},
    server::{Rates, SMALL_RATES, Server},
    stats::{Fault, Stats},
};

/// How many servers the stream has.
const STREAM_SERVERS: usize = 3;
/// The time between the end of a fault and the next one.
const FAULT_INTERVAL_MS: std::ops::Range<u64> = 500..2_500;
/// The time from a kill to the next start.
const DOWN_MS: std::ops::Range<u64> = 0..1_500;
/// How long a process stands still. A node is then far behind, and a server of NATS is as one whom
/// no other reaches.
const FROZEN_MS: std::ops::Range<u64> = 500..5_000;
/// How long a node reaches no server of the stream.
const CUT_OFF_MS: std::ops::Range<u64> = 1_000..8_000;
/// With what a node ends whose stream is not the log that it has.
const STREAM_DIFFERS: i32 = 65;

/// The faults in the order of the first round, so that a short run has most of them. Later rounds
/// are random.
const KINDS: [Kind; 11] = [
    Kind::KillNode,
    Kind::KillLeader,
    Kind::Partition,
    Kind::PutCopyBack,
    Kind::CutOff,
    Kind::FlipByte,
    Kind::Freeze,
    Kind::LoseRead,
    Kind::StopNode,
    Kind::KillStream,
    Kind::KillStreamServer,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    KillNode,
    StopNode,
    Freeze,
    CutOff,
    Partition,
    KillStreamServer,
    KillLeader,
    KillStream,
    LoseRead,
    FlipByte,
    PutCopyBack,
}

/// Nodes that share a stream.
#[derive(Debug)]
pub(crate) struct Nodes {
    nats: NatsCluster,
    nodes: Vec<Server>,
    /// The way of each to the servers of the stream.
    links: Vec<StreamLinks>,
    /// The ways of those servers to each other.
    server_links: ServerLinks,
    rng: Rng,
    stats: Arc<Stats>,
    rates: Rates,
    starts: Vec<Start>,
    folders: TempDir,
    injected: usize,
    next_at: Instant,
}

impl Nodes {
    pub(crate) fn start(plan: &Plan, count: usize, stats: &Arc<Stats>) -> anyhow::Result<Self> {
        anyhow::ensure!(count > 0, "--nodes has to be 1 at least");
        let mut server_links = ServerLinks::default();
        let way = |servers, address| server_links.add(servers, address, stats);
        let nats = block_in_place(|| NatsCluster::start_behind_proxies(STREAM_SERVERS, way))?;
        let folders = tempfile::tempdir()?;
        let links = (0..count).map(|_| StreamLinks::start(&nats, STREAM_SERVERS, stats));
        let links = links.collect::<io::Result<Vec<_>>>()?;
        let nodes = links.iter().enumerate().map(|(number, links)| {
            let data = folder_of(folders.path(), number);
            Server::start(&plan.server, &data, links.options(), SMALL_RATES[0])
        });
        let nodes = nodes.collect::<anyhow::Result<Vec<_>>>()?;
        // All of them are in the one epoch of the stream, from the beginning to the end.
        let began = nodes.first().context("there is a node")?.began()?;
        let start = Start {
            epoch: began.epoch,
            loss: None,
        };
        let mut rng = rng::for_part(plan.seed, 0);
        Ok(Self {
            nats,
            nodes,
            links,
            server_links,
            stats: stats.clone(),
            rates: Rates::Small,
            starts: vec![start],
            folders,
            injected: 0,
            next_at: Instant::now() + rng::millis(&mut rng, FAULT_INTERVAL_MS),
            rng,
        })
    }

    /// Where they listen.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(Server::address).collect()
    }

    pub(crate) fn starts(&self) -> &[Start] {
        &self.starts
    }

    /// When they have their next fault.
    pub(crate) fn next_fault(&self) -> Instant {
        self.next_at
    }

    /// Injects a fault.
    pub(crate) async fn inject_fault(&mut self, failures: &mut Vec<String>) -> anyhow::Result<()> {
        let kind = match KINDS.get(self.injected) {
            Some(kind) => *kind,
            None => KINDS[self.rng.usize(0..KINDS.len())],
        };
        self.injected += 1;
        for links in &self.links {
            links.inject_fault(&mut self.rng);
        }
        match kind {
            Kind::KillNode => self.kill_node().await?,
            Kind::StopNode => self.stop_node(failures)?,
            Kind::Freeze => self.freeze().await?,
            Kind::CutOff => self.cut_off().await,
            Kind::Partition => self.partition().await,
            Kind::KillStreamServer => self.kill_stream_server().await?,
            Kind::KillLeader => self.kill_leader().await?,
            Kind::KillStream => self.kill_stream().await?,
            Kind::LoseRead => self.lose_read().await?,
            Kind::FlipByte => self.flip_byte(failures).await?,
            Kind::PutCopyBack => self.put_copy_back(failures).await?,
        }
        self.next_at = Instant::now() + self.millis(FAULT_INTERVAL_MS);
        Ok(())
    }

    fn millis(&mut self, range: std::ops::Range<u64>) -> Duration {
        rng::millis(&mut self.rng, range)
    }

    async fn pause(&mut self, range: std::ops::Range<u64>) {
        sleep(self.millis(range)).await;
    }

    fn draw_node(&mut self) -> usize {
        self.rng.usize(0..self.nodes.len())
    }

    fn restart(&mut self, number: usize) -> anyhow::Result<()> {
        let rate = self.rates.draw(&mut self.rng);
        let restarted = self.nodes[number].restart(rate);
        restarted.with_context(|| format!("node {number} does not start"))?;
        self.stats.log(format!("node {number} has restarted"));
        Ok(())
    }

    async fn kill_node(&mut self) -> anyhow::Result<()> {
        let number = self.draw_node();
        self.nodes[number].kill()?;
        self.stats
            .count(Fault::Kill, format!("node {number} is killed"));
        self.pause(DOWN_MS).await;
        self.restart(number)
    }

    fn stop_node(&mut self, failures: &mut Vec<String>) -> anyhow::Result<()> {
        let number = self.draw_node();
        self.stats
            .count(Fault::Stop, format!("node {number} is stopped"));
        self.stop_and_restart(number, failures)
    }

    fn stop_and_restart(
        &mut self,
        number: usize,
        failures: &mut Vec<String>,
    ) -> anyhow::Result<()> {
        if let Some(what) = self.nodes[number].stop()? {
            let what = format!("node {number}: {what}");
            failures.push(self.nodes[number].with_stderr(&what));
        }
        self.restart(number)
    }

    /// Has a node or a server of the stream stand still for a while.
    async fn freeze(&mut self) -> anyhow::Result<()> {
        let time = self.millis(FROZEN_MS);
        if self.rng.bool() {
            let number = self.draw_node();
            let what = format!("node {number} is frozen for {time:?}");
            self.stats.count(Fault::Freeze, what);
            self.nodes[number].set_frozen(Frozen::Yes)?;
            sleep(time).await;
            self.nodes[number].set_frozen(Frozen::No)?;
        } else {
            let number = self.rng.usize(0..STREAM_SERVERS);
            let what = format!("server {number} of the stream is frozen for {time:?}");
            self.stats.count(Fault::Freeze, what);
            self.nats.set_frozen(number, Frozen::Yes)?;
            sleep(time).await;
            self.nats.set_frozen(number, Frozen::No)?;
        }
        Ok(())
    }

    /// Has a node reach no server of the stream for a while.
    async fn cut_off(&mut self) {
        let (number, time) = (self.draw_node(), self.millis(CUT_OFF_MS));
        let what = format!("node {number} is cut off from the stream for {time:?}");
        self.stats.count(Fault::CutOff, what);
        self.links[number].close().await;
        sleep(time).await;
        self.links[number].open().await;
    }

    /// Starts nodes again that have ended by themselves, which is a failure.
    pub(crate) fn restart_if_ended(&mut self, failures: &mut Vec<String>) -> anyhow::Result<()> {
        for number in 0..self.nodes.len() {
            if let Some(status) = self.nodes[number].exit_status()? {
                let what = format!("node {number} ended by itself ({status}):");
                failures.push(self.nodes[number].with_stderr(&what));
                self.restart(number)?;
            }
        }
        Ok(())
    }

    /// Ends the faults of their connections, and has them start with the large rate.
    pub(crate) async fn mend(&mut self, failures: &mut Vec<String>) -> anyhow::Result<()> {
        self.rates = Rates::Large;
        for links in &self.links {
            links.open().await;
        }
        self.server_links.open().await;
        self.restart_if_ended(failures)?;
        for number in 0..self.nodes.len() {
            self.stop_and_restart(number, failures)?;
        }
        Ok(())
    }

    /// Kills all nodes, and starts them again.
    pub(crate) fn kill_and_restart(&mut self) -> anyhow::Result<()> {
        for node in &mut self.nodes {
            node.kill()?;
        }
        self.stats.count(Fault::Kill, "all nodes are killed");
        (0..self.nodes.len()).try_for_each(|number| self.restart(number))
    }

    /// The most memory that one of their processes has used.
    pub(crate) fn memory_peak_bytes(&mut self) -> Option<u64> {
        let peaks = self.nodes.iter_mut().map(|node| {
            node.update_memory_peak();
            node.memory_peak_bytes()
        });
        peaks.max().flatten()
    }

    /// Kills them and keeps their logs.
    pub(crate) fn keep(mut self) -> anyhow::Result<PathBuf> {
        for node in &mut self.nodes {
            node.kill()?;
        }
        Ok(self.folders.keep())
    }
}

fn folder_of(folders: &Path, number: usize) -> PathBuf {
    folders.join(format!("node-{number}"))
}
