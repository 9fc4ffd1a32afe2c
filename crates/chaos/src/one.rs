//! The faults of one server with a log of its own: it is killed and stopped, its disk fills up, a
//! backup is restored, and its write-ahead log is cut.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context;
use tempfile::TempDir;
use tokio::time::Instant;

use crate::{
    plan::Plan,
    record::{Loss, Start},
    rng::{self, Rng},
    server::{CAN_FILL_DISK, Rates, SMALL_RATES, Server},
    stats::{Fault, Stats},
};

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
/// One server.
#[derive(Debug)]
pub(crate) struct OneServer {
    server: Server,
    rng: Rng,
    stats: Arc<Stats>,
    rates: Rates,
    is_disk_full: bool,
    starts: Vec<Start>,
    /// The folder of the last backup, and how many starts its log knows.
    backup: Option<Backup>,
    data: TempDir,
    folders: TempDir,
    kill_at: Instant,
    disk_at: Instant,
    backup_at: Instant,
}

/// A backup that can be restored.
#[derive(Debug)]
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

impl OneServer {
    pub(crate) fn start(plan: &Plan, stats: &Arc<Stats>) -> anyhow::Result<Self> {
        let data = tempfile::tempdir()?;
        let server = Server::start(&plan.server, data.path(), Vec::new(), SMALL_RATES[0])?;
        let start = Start {
            epoch: server.began()?.epoch,
            loss: None,
        };
        let mut rng = rng::for_part(plan.seed, 0);
        let now = Instant::now();
        Ok(Self {
            server,
            stats: stats.clone(),
            rates: Rates::Small,
            is_disk_full: false,
            starts: vec![start],
            backup: None,
            data,
            folders: tempfile::tempdir()?,
            kill_at: now + rng::millis(&mut rng, KILL_INTERVAL_MS),
            disk_at: now + rng::millis(&mut rng, DISK_FULL_INTERVAL_MS),
            backup_at: now + rng::millis(&mut rng, BACKUP_INTERVAL_MS),
            rng,
        })
    }

    /// Where it listens.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        vec![self.server.address()]
    }

    /// Every start so far.
    pub(crate) fn starts(&self) -> &[Start] {
        &self.starts
    }

    /// When it has its next fault.
    pub(crate) fn next_fault(&self) -> Instant {
        self.kill_at.min(self.disk_at).min(self.backup_at)
    }

    /// Injects a fault that is due.
    pub(crate) async fn inject_fault(&mut self, failures: &mut Vec<String>) -> anyhow::Result<()> {
        let now = Instant::now();
        if now >= self.kill_at {
            // Each kind early, so that a short run has it, too.
            match self.starts.len() % 6 {
                1 => self.restore_backup()?,
                3 => self.cut_log()?,
                5 => self.stop_and_restart(failures)?,
                _ => self.kill_and_restart().await?,
            }
            self.kill_at = Instant::now() + self.millis(KILL_INTERVAL_MS);
        } else if now >= self.backup_at {
            self.back_up()?;
            self.backup_at = Instant::now() + self.millis(BACKUP_INTERVAL_MS);
        } else if now >= self.disk_at {
            let wait = if self.is_disk_full {
                self.free_disk()?;
                DISK_FULL_INTERVAL_MS
            } else {
                self.fill_disk()?;
                DISK_FULL_MS
            };
            self.disk_at = Instant::now() + self.millis(wait);
        }
        Ok(())
    }

    fn millis(&mut self, range: std::ops::Range<u64>) -> Duration {
        rng::millis(&mut self.rng, range)
    }

    pub(crate) async fn kill_and_restart(&mut self) -> anyhow::Result<()> {
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

    fn stop_and_restart(&mut self, failures: &mut Vec<String>) -> anyhow::Result<()> {
        self.stats.count(Fault::Stop, "the server is stopped");
        if let Some(what) = self.server.stop()? {
            failures.push(self.server.with_stderr(&what));
        }
        self.restart(Left::All)
    }

    fn restart(&mut self, left: Left) -> anyhow::Result<()> {
        self.server.restart(self.rates.draw(&mut self.rng))?;
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
        self.stats.log("the server has restarted");
        Ok(())
    }

    /// A server that ends without being killed or stopped is a failure.
    pub(crate) fn restart_if_ended(&mut self, failures: &mut Vec<String>) -> anyhow::Result<()> {
        if let Some(status) = self.server.exit_status()? {
            let what = format!("the server ended by itself ({status}):");
            failures.push(self.server.with_stderr(&what));
            self.restart(Left::All)?;
        }
        Ok(())
    }

    /// Ends its faults, and has it start with the large rate.
    pub(crate) fn mend(&mut self, failures: &mut Vec<String>) -> anyhow::Result<()> {
        if self.is_disk_full {
            self.free_disk()?;
        }
        self.rates = Rates::Large;
        self.stop_and_restart(failures)
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

    /// The most memory that one of its processes has used.
    pub(crate) fn memory_peak_bytes(&mut self) -> Option<u64> {
        self.server.update_memory_peak();
        self.server.memory_peak_bytes()
    }

    /// Kills it and keeps its log.
    pub(crate) fn keep(mut self) -> anyhow::Result<PathBuf> {
        self.server.kill()?;
        Ok(self.data.keep())
    }
}
