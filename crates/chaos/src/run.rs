//! The run: faults, recovery, audit.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context;
use parlor_client::RoomId;
use tempfile::TempDir;
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
    record::{Loss, Record, Start},
    report::Report,
    rng::{self, Rng},
    server::{CAN_FILL_DISK, RateLimits, Server},
    stats::{Fault, Stats},
};

/// How many rooms there are.
const ROOMS: usize = 4;
/// The time between two ends of the server: of six one by SIGTERM, the others by SIGKILL, and one
/// of these with a restored backup and one with a write-ahead log that is cut.
const KILL_INTERVAL_MS: std::ops::Range<u64> = 2_500..6_500;
/// The time from a kill to the next start.
const DOWN_MS: std::ops::Range<u64> = 0..500;
/// The time between two periods with a full disk.
const DISK_FULL_INTERVAL_MS: std::ops::Range<u64> = 3_000..6_000;
/// The time between two backups.
const BACKUP_INTERVAL_MS: std::ops::Range<u64> = 1_500..4_000;
/// How long a disk stays full.
const DISK_FULL_MS: std::ops::Range<u64> = 300..1_500;
/// The mean time between two faults of each client's connection.
const LINK_FAULT_INTERVAL_MS: u64 = 2_000;
/// How long all outboxes may take to become empty after the last fault, and then all clients to
/// reach the head: twice the longest time that a client waits for a full disk.
const RECOVERY_TIMEOUT: Duration = Duration::from_secs(60);
/// What a server lets through while faults are injected, one of these after each start: less than
/// its clients send, so that it delays and refuses all the time.
const SMALL_RATES: [RateLimits; 3] = [
    RateLimits::of(15, 15),
    RateLimits::of(30, 60),
    RateLimits::of(50, 200),
];
/// What it lets through afterwards, so that outboxes become empty.
const LARGE_RATE: RateLimits = RateLimits::of(500, 500);
/// How often the run checks that the server is still running while it injects no faults.
const SERVER_CHECK_INTERVAL: Duration = Duration::from_millis(250);

/// Runs the plan to its end. Needs tokio's multi-threaded runtime.
///
/// # Errors
/// If the run itself fails. What it found is in the [`Report`].
pub async fn run(plan: &Plan) -> anyhow::Result<Report> {
    let data = tempfile::tempdir()?;
    let mut run = Run::start(plan, &data)?;
    run.inject_faults().await?;
    let records = run.recover().await?;
    run.audit(records, data).await
}

/// The state of a run.
struct Run<'a> {
    plan: &'a Plan,
    rng: Rng,
    stats: Arc<Stats>,
    rooms: Arc<[RoomId]>,
    server: Server,
    /// Tells the proxy where the server listens.
    server_address: watch::Sender<SocketAddr>,
    proxy: Proxy,
    is_disk_full: bool,
    phase: watch::Sender<Phase>,
    clients: Clients,
    failures: Vec<String>,
    starts: Vec<Start>,
    /// The folder of the last backup, and how many starts its log knows.
    backup: Option<Backup>,
    folders: TempDir,
}

/// A backup that can be restored.
struct Backup {
    folder: PathBuf,
    starts_known: usize,
}

/// What is left of the log after a loss.
#[derive(Debug, Clone, Copy)]
enum Left {
    All,
    /// What a log holds that knows this many starts.
    Part {
        starts_known: usize,
    },
}

impl<'a> Run<'a> {
    fn start(plan: &'a Plan, data: &TempDir) -> anyhow::Result<Self> {
        let stats = Arc::new(Stats::new());
        let server = Server::start(&plan.server, data.path(), SMALL_RATES[0])?;
        let start = Start {
            epoch: server.began()?.epoch,
            loss: None,
        };
        let (server_address, address) = watch::channel(server.address());
        let proxy = Proxy::start(address, &stats)?;
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
            rng: rng::for_part(plan.seed, 0),
            stats,
            rooms,
            server,
            server_address,
            proxy,
            is_disk_full: false,
            phase,
            clients,
            failures: Vec::new(),
            starts: vec![start],
            backup: None,
            folders: tempfile::tempdir()?,
        })
    }

    /// Injects random faults until the planned time is over.
    async fn inject_faults(&mut self) -> anyhow::Result<()> {
        let start = Instant::now();
        let end = start + Duration::from_secs(self.plan.seconds);
        let clients = self.clients.running.len().max(1) as u64;
        let link_fault_ms = (LINK_FAULT_INTERVAL_MS / clients).max(1);
        let mut kill_at = start + self.millis(KILL_INTERVAL_MS);
        let mut disk_at = start + self.millis(DISK_FULL_INTERVAL_MS);
        let mut link_fault_at = start + self.millis(0..2 * link_fault_ms);
        let mut backup_at = start + self.millis(BACKUP_INTERVAL_MS);
        loop {
            let next = kill_at.min(disk_at).min(link_fault_at).min(backup_at);
            let next = next.min(end);
            tokio::time::sleep_until(next).await;
            self.restart_if_ended()?;
            let now = Instant::now();
            if now >= end {
                return Ok(());
            }
            if now >= kill_at {
                // Each kind early, so that a short run has it, too.
                match self.starts.len() % 6 {
                    1 => self.restore_backup()?,
                    3 => self.cut_log()?,
                    5 => self.stop_and_restart()?,
                    _ => self.kill_and_restart().await?,
                }
                kill_at = Instant::now() + self.millis(KILL_INTERVAL_MS);
            } else if now >= backup_at {
                self.back_up()?;
                backup_at = Instant::now() + self.millis(BACKUP_INTERVAL_MS);
            } else if now >= disk_at {
                let wait = if self.is_disk_full {
                    self.free_disk()?;
                    DISK_FULL_INTERVAL_MS
                } else {
                    self.fill_disk()?;
                    DISK_FULL_MS
                };
                disk_at = Instant::now() + self.millis(wait);
            } else {
                self.proxy.inject_fault(&mut self.rng);
                link_fault_at = now + self.millis(0..2 * link_fault_ms);
            }
        }
    }

    fn millis(&mut self, range: std::ops::Range<u64>) -> Duration {
        rng::millis(&mut self.rng, range)
    }

    async fn kill_and_restart(&mut self) -> anyhow::Result<()> {
        self.server.kill()?;
        self.stats.count(Fault::Kill, "the server is killed");
        tokio::time::sleep(self.millis(DOWN_MS)).await;
        self.restart(Left::All)
    }

    fn back_up(&mut self) -> anyhow::Result<()> {
        let number = self.stats.elapsed().as_millis();
        let folder = self.folders.path().join(number.to_string());
        self.server.back_up(&folder)?;
        self.backup = Some(Backup {
            folder,
            starts_known: self.starts.len(),
        });
        self.stats.log("a backup is taken");
        Ok(())
    }

    fn restore_backup(&mut self) -> anyhow::Result<()> {
        if self.backup.is_none() {
            self.back_up()?;
        }
        let backup = self.backup.take().context("a backup was taken")?;
        self.server.kill()?;
        self.server.restore(&backup.folder)?;
        self.stats
            .count(Fault::Restore, "the last backup is restored");
        let starts_known = backup.starts_known;
        self.restart(Left::Part { starts_known })
    }

    fn cut_log(&mut self) -> anyhow::Result<()> {
        self.server.kill()?;
        let left = self.server.cut_log(self.rng.u64(0..1_000))?;
        let what = format!("the write-ahead log is cut to {left} bytes");
        self.stats.count(Fault::CutLog, what);
        let starts_known = self.starts.len();
        self.restart(Left::Part { starts_known })
    }

    fn stop_and_restart(&mut self) -> anyhow::Result<()> {
        self.stats.count(Fault::Stop, "the server is stopped");
        if let Some(what) = self.server.stop()? {
            self.fail_with_stderr(&what);
        }
        self.restart(Left::All)
    }

    fn restart(&mut self, left: Left) -> anyhow::Result<()> {
        let rate = match *self.phase.borrow() {
            Phase::Chaos => SMALL_RATES[self.rng.usize(0..SMALL_RATES.len())],
            Phase::Drain | Phase::CatchUp(_) | Phase::TimedOut => LARGE_RATE,
        };
        self.server.restart(rate)?;
        let began = self.server.began()?;
        let loss = match left {
            Left::All => None,
            Left::Part { starts_known } => {
                // An older backup is no part of this history.
                self.backup = None;
                let head = began.seq;
                Some(Loss { head, starts_known })
            }
        };
        let epoch = began.epoch;
        self.starts.push(Start { epoch, loss });
        // The new process has no limit on its files.
        self.is_disk_full = false;
        self.server_address.send_replace(self.server.address());
        self.stats.log("the server has restarted");
        Ok(())
    }

    /// A server that ends without being killed or stopped is a failure.
    fn restart_if_ended(&mut self) -> anyhow::Result<()> {
        if let Some(status) = self.server.exit_status()? {
            self.fail_with_stderr(&format!("the server ended by itself ({status}):"));
            self.restart(Left::All)?;
        }
        Ok(())
    }

    fn fail_with_stderr(&mut self, what: &str) {
        let stderr = self.server.stderr_lines().join("\n    ");
        self.failures.push(format!("{what}\n    {stderr}"));
    }

    fn fill_disk(&mut self) -> anyhow::Result<()> {
        if !CAN_FILL_DISK {
            return Ok(());
        }
        let bytes = self.rng.u64(0..=self.server.appended_bytes());
        self.is_disk_full = true;
        let what = format!("the disk is full past {bytes} bytes of a file");
        self.stats.count(Fault::DiskFull, what);
        self.server.fill_disk(bytes)
    }

    fn free_disk(&mut self) -> anyhow::Result<()> {
        self.server.free_disk()?;
        self.stats.log("the disk has space again");
        self.is_disk_full = false;
        Ok(())
    }

    /// Ends all faults and waits until every client has an empty outbox and is at the head; returns
    /// their records.
    async fn recover(&mut self) -> anyhow::Result<Vec<Record>> {
        if self.is_disk_full {
            self.free_disk()?;
        }
        self.proxy.lift_faults().await;
        self.stats.log("all faults have ended");
        self.phase.send_replace(Phase::Drain);
        // With the large rate.
        self.stop_and_restart()?;
        let phase = if self.drain().await? {
            let url = format!("ws://{}/ws", self.server.address());
            let heads = audit::read_heads(&url, &self.rooms).await?;
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

    /// Kills the server once more, and checks all records against the log that is left.
    async fn audit(mut self, records: Vec<Record>, data: TempDir) -> anyhow::Result<Report> {
        self.kill_and_restart().await?;
        let url = format!("ws://{}/ws", self.server.address());
        let logs = audit::read_logs(&url, &self.rooms).await?;
        self.server.update_memory_peak();
        let verdict = check(&logs, &records, &self.starts);
        let memory_peak_bytes = self.server.memory_peak_bytes();
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
        self.server.kill()?;
        Ok(report.with_kept_log(data.keep()))
    }
}
