//! The run: a storm, a calm, an audit.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context;
use parlor_client::RoomId;
use tempfile::TempDir;
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::Instant,
};

use crate::{
    audit,
    check::check,
    dice::Dice,
    guest::{Guest, Interned, Party, Settled, Stage},
    proxy::Proxy,
    record::{DiskFull, Record},
    report::Report,
    server::{Server, why_no_disk_full},
    tally::{Fault, Tally, unix_ms},
};

/// Rooms of a run.
const ROOMS: usize = 4;
/// Time between two ends of the server: three of four a kill, the fourth in good order.
const KILL_EVERY_MS: std::ops::Range<u64> = 2_500..6_500;
/// Time from a kill to the next start.
const DOWN_MS: std::ops::Range<u64> = 0..500;
/// Time between two times of a full disk.
const FULL_EVERY_MS: std::ops::Range<u64> = 3_000..6_000;
/// How long a disk is full.
const FULL_MS: std::ops::Range<u64> = 300..1_500;
/// How often something happens to the line of each client, about.
const STRIKE_EVERY_MS: u64 = 2_000;
/// Time for all outboxes to become empty once nothing goes wrong any more, and the same again for all to come to the
/// head: the longest wait of a client for a full disk, twice.
const CALM_PATIENCE: Duration = Duration::from_secs(60);
/// How often the server is looked at while nothing is done to it.
const GLANCE: Duration = Duration::from_millis(250);

/// What to run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The server's binary.
    pub server: PathBuf,
    /// How long the storm is.
    pub seconds: u64,
    /// What chance starts from: the same seed does the same things, though never at quite the same moment.
    pub seed: u64,
    /// How many clients.
    pub clients: usize,
}

/// Runs it to the end.
///
/// # Errors
/// Where it could not be run; what it found is in the [`Report`].
pub async fn run(plan: &Plan) -> anyhow::Result<Report> {
    let data = tempfile::tempdir()?;
    let mut scene = Scene::set(plan, &data).await?;
    scene.storm().await?;
    let records = scene.calm().await?;
    scene.report(records, data).await
}

/// Everything there is in a run.
struct Scene<'a> {
    plan: &'a Plan,
    dice: Dice,
    tally: Arc<Tally>,
    rooms: Arc<[RoomId]>,
    server: Server,
    /// Tells the proxy where the server is.
    moved: watch::Sender<SocketAddr>,
    proxy: Proxy,
    no_disk_full: Option<String>,
    full_since_ms: Option<u64>,
    disk_full: Vec<DiskFull>,
    stages: watch::Sender<Stage>,
    settled: mpsc::Receiver<Settled>,
    guests: JoinSet<(usize, anyhow::Result<Record>)>,
    complaints: Vec<String>,
}

impl<'a> Scene<'a> {
    async fn set(plan: &'a Plan, data: &TempDir) -> anyhow::Result<Self> {
        let tally = Arc::new(Tally::new());
        let server = Server::start(&plan.server, data.path()).await?;
        let (moved, address) = watch::channel(server.address());
        let proxy = Proxy::start(address, &tally)?;
        let rooms = (1..=ROOMS).map(|n| RoomId::parse(&format!("room-{n}")));
        let rooms: Arc<[RoomId]> = rooms.collect::<Result<_, _>>()?;
        let (stages, stage) = watch::channel(Stage::Storm);
        let (settles, settled) = mpsc::channel(plan.clients.max(1));
        let party = Party {
            url: format!("ws://{}/ws", proxy.address()),
            rooms: rooms.clone(),
            tally: tally.clone(),
            interned: Arc::new(Interned::default()),
        };
        let mut guests = JoinSet::new();
        for number in 0..plan.clients {
            let guest = Guest::new(number, plan.seed, party.clone())?;
            let living = guest.live(stage.clone(), settles.clone());
            guests.spawn(async move { (number, living.await) });
        }
        Ok(Self {
            plan,
            dice: Dice::of(plan.seed, 0),
            tally,
            rooms,
            server,
            moved,
            proxy,
            no_disk_full: why_no_disk_full().await,
            full_since_ms: None,
            disk_full: Vec::new(),
            stages,
            settled,
            guests,
            complaints: Vec::new(),
        })
    }

    /// Does everything that can go wrong, until the time is over.
    async fn storm(&mut self) -> anyhow::Result<()> {
        let start = Instant::now();
        let end = start + Duration::from_secs(self.plan.seconds);
        let strike_ms = (STRIKE_EVERY_MS / self.plan.clients.max(1) as u64).max(1);
        let mut kill_at = start + self.dice.ms(KILL_EVERY_MS);
        let mut fill_at = start + self.dice.ms(FULL_EVERY_MS);
        let mut strike_at = start + self.dice.ms(0..2 * strike_ms);
        loop {
            let next = kill_at.min(fill_at).min(strike_at).min(end);
            tokio::time::sleep_until(next).await;
            self.revive().await?;
            let now = Instant::now();
            if now >= end {
                return Ok(());
            }
            if now >= kill_at {
                match self.dice.of_range(0..4) {
                    0 => self.stop().await?,
                    _ => self.kill().await?,
                }
                kill_at = Instant::now() + self.dice.ms(KILL_EVERY_MS);
            } else if now >= fill_at {
                let wait = if self.full_since_ms.is_some() {
                    self.free_disk().await?;
                    FULL_EVERY_MS
                } else {
                    self.fill_disk().await?;
                    FULL_MS
                };
                fill_at = Instant::now() + self.dice.ms(wait);
            } else {
                self.proxy.strike(&mut self.dice);
                strike_at = now + self.dice.ms(0..2 * strike_ms);
            }
        }
    }

    async fn kill(&mut self) -> anyhow::Result<()> {
        self.server.kill().await?;
        self.tally.count(Fault::Kill, "the server is killed");
        tokio::time::sleep(self.dice.ms(DOWN_MS)).await;
        self.start_again().await
    }

    async fn stop(&mut self) -> anyhow::Result<()> {
        self.tally.count(Fault::Stop, "the server is asked to stop");
        if let Some(what) = self.server.stop().await? {
            let words = self.server.last_words().join("\n    ");
            self.complaints.push(format!("{what}\n    {words}"));
        }
        self.start_again().await
    }

    async fn start_again(&mut self) -> anyhow::Result<()> {
        self.server.start_again().await?;
        // The new process has no limit.
        self.end_disk_full();
        self.moved.send_replace(self.server.address());
        self.tally.note("the server is there again");
        Ok(())
    }

    /// A server that ended by itself is what this looks for.
    async fn revive(&mut self) -> anyhow::Result<()> {
        if let Some(status) = self.server.ended()? {
            let words = self.server.last_words().join("\n    ");
            self.complaints.push(format!(
                "the server ended by itself ({status}):\n    {words}"
            ));
            self.start_again().await?;
        }
        Ok(())
    }

    async fn fill_disk(&mut self) -> anyhow::Result<()> {
        if self.no_disk_full.is_some() {
            return Ok(());
        }
        let bytes = self.dice.of_range(0..self.server.appended_bytes() + 1);
        self.full_since_ms = Some(unix_ms());
        let told = format!("the disk is full past {bytes} bytes of a file");
        self.tally.count(Fault::DiskFull, told);
        self.server.fill_disk(bytes).await
    }

    async fn free_disk(&mut self) -> anyhow::Result<()> {
        self.server.free_disk().await?;
        self.tally.note("the disk has room again");
        self.end_disk_full();
        Ok(())
    }

    fn end_disk_full(&mut self) {
        if let Some(from_ms) = self.full_since_ms.take() {
            self.disk_full.push(DiskFull {
                from_ms,
                until_ms: unix_ms(),
            });
        }
    }

    /// Lifts every fault, and has every client settle and come to the head; gives their records.
    async fn calm(&mut self) -> anyhow::Result<Vec<Record>> {
        if self.full_since_ms.is_some() {
            self.free_disk().await?;
        }
        self.proxy.lift().await;
        self.tally.note("nothing goes wrong from now on");
        self.stages.send_replace(Stage::Calm);
        let deadline = Instant::now() + CALM_PATIENCE;
        let mut heads: Settled = BTreeMap::new();
        let mut waiting = self.plan.clients;
        while waiting > 0 && Instant::now() < deadline {
            tokio::select! {
                settled = self.settled.recv() => {
                    for (room, seq) in settled.context("every client has failed")? {
                        let head = heads.entry(room).or_default();
                        *head = seq.max(*head);
                    }
                    waiting -= 1;
                }
                () = tokio::time::sleep(GLANCE) => self.revive().await?,
            }
        }
        if waiting == 0 {
            self.stages.send_replace(Stage::Heads(Arc::new(heads)));
        } else {
            self.stages.send_replace(Stage::Over);
        }
        let mut records = Vec::new();
        let deadline = Instant::now() + CALM_PATIENCE;
        while !self.guests.is_empty() {
            tokio::select! {
                Some(ended) = self.guests.join_next() => match ended? {
                    (_, Ok(record)) => records.push(record),
                    (number, Err(error)) => {
                        self.complaints.push(format!("client {number} failed: {error:#}"));
                    }
                },
                () = tokio::time::sleep(GLANCE) => {
                    self.revive().await?;
                    if Instant::now() >= deadline {
                        self.stages.send_replace(Stage::Over);
                    }
                }
            }
        }
        records.sort_by_key(|record| record.client);
        Ok(records)
    }

    /// Kills the server once more, and holds all records against the log that is left.
    async fn report(mut self, records: Vec<Record>, data: TempDir) -> anyhow::Result<Report> {
        self.kill().await?;
        let url = format!("ws://{}/ws", self.server.address());
        let logs = audit::read(&url, &self.rooms).await?;
        self.server.watch_memory();
        let verdict = check(&logs, &records, &self.disk_full);
        let report = Report::new(self.plan, &self.tally, verdict, self.complaints)
            .with_machine(self.server.rss_bytes_max(), self.no_disk_full)
            .with_stories(&records, &logs);
        if report.is_clean() {
            return Ok(report);
        }
        self.server.kill().await?;
        Ok(report.with_log_kept(data.keep()))
    }
}
