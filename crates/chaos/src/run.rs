//! The run: faults, recovery, audit.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use parlor_client::RoomId;
use tokio::{sync::watch, time::Instant};

use crate::{
    audit,
    check::check,
    client::Shared,
    clients::{Clients, Ended},
    entry_cache::EntryCache,
    phase::Phase,
    plan::Plan,
    proxy::Proxy,
    record::Record,
    report::Report,
    rng::{self, Rng},
    servers::Servers,
    stats::Stats,
};

/// How many rooms there are.
const ROOMS: usize = 4;
/// The mean time between two faults of each client's connection.
const LINK_FAULT_INTERVAL_MS: u64 = 2_000;
/// How long all outboxes may take to become empty after the last fault, and then all clients to
/// reach the head: twice the longest time that a client waits for a full disk.
const RECOVERY_TIMEOUT: Duration = Duration::from_secs(60);
/// How often the run checks that the server is still running while it injects no faults.
const SERVER_CHECK_INTERVAL: Duration = Duration::from_millis(250);

/// Runs the plan to its end. Needs tokio's multi-threaded runtime.
///
/// # Errors
/// If the run itself fails, with what has happened until then. What it found is in the [`Report`].
pub async fn run(plan: &Plan) -> anyhow::Result<Report> {
    let run = Run::start(plan)?;
    let stats = run.stats.clone();
    let ended = run.finish().await;
    ended.map_err(|error| anyhow::anyhow!("{error:#}\n{}", stats.server_events()))
}

/// The state of a run.
struct Run<'a> {
    plan: &'a Plan,
    rng: Rng,
    stats: Arc<Stats>,
    rooms: Arc<[RoomId]>,
    servers: Servers,
    /// Tells the proxy where the servers listen.
    addresses: watch::Sender<Vec<SocketAddr>>,
    proxy: Proxy,
    phase: watch::Sender<Phase>,
    clients: Clients,
    failures: Vec<String>,
}

impl<'a> Run<'a> {
    fn start(plan: &'a Plan) -> anyhow::Result<Self> {
        let stats = Arc::new(Stats::new());
        let servers = Servers::start(plan, &stats)?;
        let (addresses, listening) = watch::channel(servers.addresses());
        let proxy = Proxy::start(listening, &stats)?;
        let rooms = (1..=ROOMS).map(|n| RoomId::parse(&format!("room-{n}")));
        let rooms: Arc<[RoomId]> = rooms.collect::<Result<_, _>>()?;
        let (phase, phases) = watch::channel(Phase::Chaos);
        let shared = Shared {
            proxy: proxy.address(),
            rooms: rooms.clone(),
            stats: stats.clone(),
            entries: Arc::new(EntryCache::default()),
        };
        let clients = Clients::start(plan, &shared, &phases)?;
        Ok(Self {
            plan,
            rng: rng::for_part(plan.seed, u64::MAX),
            stats,
            rooms,
            servers,
            addresses,
            proxy,
            phase,
            clients,
            failures: Vec::new(),
        })
    }

    async fn finish(mut self) -> anyhow::Result<Report> {
        let records = match self.inject_faults().await {
            Ok(()) => self.recover().await,
            Err(error) => Err(error),
        };
        match records {
            Ok(records) => self.audit(records).await,
            Err(error) => {
                self.failures.push(format!("{error:#}"));
                let kept = self.servers.keep()?;
                let kept = kept.display();
                anyhow::bail!("{}\nlogs: {kept}", self.failures.join("\n"))
            }
        }
    }

    /// Injects random faults until the planned time is over.
    async fn inject_faults(&mut self) -> anyhow::Result<()> {
        let start = Instant::now();
        let end = start + Duration::from_secs(self.plan.seconds);
        let clients = self.clients.running.len().max(1) as u64;
        let link_fault_ms = (LINK_FAULT_INTERVAL_MS / clients).max(1);
        let mut link_fault_at = start + self.millis(0..2 * link_fault_ms);
        loop {
            let next = self.servers.next_fault().min(link_fault_at).min(end);
            tokio::time::sleep_until(next).await;
            self.restart_if_ended()?;
            let now = Instant::now();
            if now >= end {
                return Ok(());
            }
            if now >= self.servers.next_fault() {
                self.servers.inject_fault(&mut self.failures).await?;
                self.publish_addresses();
            } else {
                self.proxy.inject_fault(&mut self.rng);
                link_fault_at = now + self.millis(0..2 * link_fault_ms);
            }
        }
    }

    fn millis(&mut self, range: std::ops::Range<u64>) -> Duration {
        rng::millis(&mut self.rng, range)
    }

    fn publish_addresses(&self) {
        self.addresses.send_replace(self.servers.addresses());
    }

    /// A server that ends without being killed or stopped is a failure.
    fn restart_if_ended(&mut self) -> anyhow::Result<()> {
        self.servers.restart_if_ended(&mut self.failures)?;
        self.publish_addresses();
        Ok(())
    }

    /// Ends all faults and waits until every client has an empty outbox and is at the head; returns
    /// their records.
    async fn recover(&mut self) -> anyhow::Result<Vec<Record>> {
        self.proxy.lift_faults().await;
        self.stats.log("all faults have ended");
        self.phase.send_replace(Phase::Drain);
        self.servers.mend(&mut self.failures).await?;
        self.publish_addresses();
        let phase = if self.drain().await? {
            let heads = audit::read_heads(&self.servers.urls(), &self.rooms).await?;
            Phase::CatchUp(Arc::new(heads))
        } else {
            Phase::TimedOut
        };
        self.phase.send_replace(phase);
        self.collect_records().await
    }

    /// Waits until every outbox is empty; returns false if the time is up first.
    async fn drain(&mut self) -> anyhow::Result<bool> {
        let deadline = Instant::now() + RECOVERY_TIMEOUT;
        let mut waiting = self.clients.running.len();
        while waiting > 0 {
            if Instant::now() >= deadline {
                return Ok(false);
            }
            tokio::select! {
                drained = self.clients.drained.recv() => {
                    drained.context("every client has failed")?;
                    waiting -= 1;
                }
                () = tokio::time::sleep(SERVER_CHECK_INTERVAL) => self.restart_if_ended()?,
            }
        }
        Ok(true)
    }

    /// Waits until every client has ended.
    async fn collect_records(&mut self) -> anyhow::Result<Vec<Record>> {
        let deadline = Instant::now() + RECOVERY_TIMEOUT;
        let mut records = Vec::new();
        while !self.clients.running.is_empty() {
            tokio::select! {
                Some(ended) = self.clients.running.join_next() => {
                    let Ended { number, outcome } = ended?;
                    match outcome {
                        Ok(record) => records.push(record),
                        Err(error) => {
                            self.failures.push(format!("client {number} failed: {error:#}"));
                        }
                    }
                }
                () = tokio::time::sleep(SERVER_CHECK_INTERVAL) => {
                    self.restart_if_ended()?;
                    if Instant::now() >= deadline {
                        self.phase.send_replace(Phase::TimedOut);
                    }
                }
            }
        }
        records.sort_by_key(|record| record.client);
        Ok(records)
    }

    /// Kills the servers once more, and checks all records against the log that is left. All nodes
    /// must have the same.
    async fn audit(mut self, records: Vec<Record>) -> anyhow::Result<Report> {
        self.servers.kill_and_restart().await?;
        let logs = audit::read_logs(&self.servers.url()?, &self.rooms).await?;
        for (number, url) in self.servers.urls().iter().enumerate().skip(1) {
            if audit::read_logs(url, &self.rooms).await? != logs {
                self.failures
                    .push(format!("node {number} has another log than node 0"));
            }
        }
        let memory_peak_bytes = self.servers.memory_peak_bytes();
        let verdict = check(&logs, &records, self.servers.starts());
        let report = Report::new(
            self.plan,
            &self.stats,
            verdict,
            &self.failures,
            memory_peak_bytes,
        )
        .with_event_log(&records, &logs);
        if report.is_clean() {
            return Ok(report);
        }
        Ok(report.with_kept_log(self.servers.keep()?))
    }
}
