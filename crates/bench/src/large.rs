//! A large log beside a small one: how long a start, a page of history and a search take, and what
//! posts notice of a backup, of retention and of giving space back to the disk.

mod connection;
mod posts;
mod results;
mod table;

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use fastrand::Rng;
use parlor_shared::{ClientMessage, Seq, limits::HISTORY_ENTRIES_MAX};
use parlor_test_server::{FREE_PORT, ServerProcess};

use self::{
    connection::Connection,
    posts::post_during,
    results::{Searched, Upkeep},
};
pub(crate) use self::{results::Large, table::table};
use crate::{
    cores,
    effort::Effort,
    generate::{Generate, Vocabulary, room_id},
    latency::{Latency, Quantiles},
    server::ServerOptions,
};

/// Entries and rooms of the two logs, and of those of a run that only shows that everything works.
const SIZES: [Size; 2] = [Size::new(10_000, 100), Size::new(10_000_000, 10_000)];
const SMOKE_SIZES: [Size; 2] = [Size::new(300, 10), Size::new(1_500, 30)];
const STARTS: usize = 5;
const PAGES: usize = 3_000;
const SEARCHES: usize = 100;
/// Retention keeps this part of the entries in each room: only the largest have more.
const KEPT_PART: u64 = 50;
/// How long something may take that goes on beside the posts.
const UPKEEP_TIMEOUT: Duration = Duration::from_secs(600);
const UPKEEP_POLL: Duration = Duration::from_millis(20);

#[derive(Debug, Clone, Copy)]
struct Size {
    entries: u64,
    rooms: usize,
}

impl Size {
    const fn new(entries: u64, rooms: usize) -> Self {
        Self { entries, rooms }
    }
}

/// Draws what is searched for.
type Words<'a> = &'a dyn Fn(&mut Rng) -> String;

/// In which rooms is searched.
#[derive(Debug, Clone, Copy)]
enum Rooms {
    Large,
    Small,
}

impl Rooms {
    fn label(self) -> &'static str {
        match self {
            Self::Large => "large rooms",
            Self::Small => "small rooms",
        }
    }
}

/// Measures a small log and a large one. `generated` is a large log that is there already, of
/// `cargo xtask bench generate` with its default numbers; it is changed.
pub(crate) fn logs(
    effort: Effort,
    options: &ServerOptions,
    generated: Option<&Path>,
) -> anyhow::Result<Vec<Large>> {
    fs::create_dir_all(&options.disk)?;
    let is_smoke = effort.divisor > 1;
    let sizes = if is_smoke { SMOKE_SIZES } else { SIZES };
    let mut logs = Vec::new();
    for size in sizes {
        let folder = tempfile::tempdir_in(&options.disk)?;
        let is_large = size.entries == SIZES[1].entries;
        let data = match generated.filter(|_| is_large) {
            Some(generated) => generated.to_owned(),
            None => folder.path().join("log"),
        };
        if !data.join("parlor.db").exists() {
            let generate = Generate {
                entries: size.entries,
                rooms: size.rooms,
                days: 365,
                seed: 1,
                without_index: false,
                folder: data.clone(),
            };
            generate.run()?;
        }
        let log = Log {
            data,
            size,
            effort,
            parlor: options.parlor.path.clone(),
            scratch: folder.path().to_owned(),
        };
        logs.push(log.measure()?);
    }
    Ok(logs)
}

/// A log and the server that is run on it.
struct Log {
    data: PathBuf,
    size: Size,
    effort: Effort,
    parlor: PathBuf,
    scratch: PathBuf,
}

impl Log {
    fn measure(&self) -> anyhow::Result<Large> {
        let mb = |name| fs::metadata(self.data.join(name)).map_or(0.0, |f| f.len() as f64 / 1e6);
        let (log_mb, search_mb) = (mb("parlor.db"), mb("search.db"));
        let mut starts = Latency::new()?;
        for _ in 0..self.effort.scale(STARTS) {
            let since = Instant::now();
            let server = self.start(&[])?;
            Connection::open(server.address())?.join(&room_id(0)?)?;
            starts.record(since, Instant::now());
            stop(server)?;
        }
        let server = self.start(&[])?;
        let (page_ms, searches) = cores::run_on(cores::LOAD, || {
            anyhow::Ok((
                self.pages(server.address())?,
                self.searches(server.address())?,
            ))
        })??;
        let alone = self.upkeep(&server, 1, || Ok(()))?;
        let target = self.scratch.join("backup");
        let backup = self.upkeep(&server, 2, || self.command("backup", &[&target]))?;
        // Not while posts come in: a file system may take a tenth of a second to remove gigabytes.
        fs::remove_dir_all(target)?;
        stop(server)?;
        let retention = self.retention()?;
        let server = self.start(&[])?;
        let compact = self.upkeep(&server, 4, || self.command("compact", &[]))?;
        stop(server)?;
        Ok(Large {
            entries: self.size.entries,
            rooms: self.size.rooms,
            log_mb,
            search_mb,
            start_ms: starts.quantiles(),
            start_longest_ms: starts.longest(),
            page_ms,
            searches,
            alone,
            backup,
            retention,
            compact,
        })
    }

    /// Starts the server on the servers' core.
    fn start(&self, arguments: &[String]) -> anyhow::Result<ServerProcess> {
        let mut command = Command::new(&self.parlor);
        command
            .args([
                "--listen",
                &FREE_PORT.to_string(),
                "--log-filter",
                "warn,parlor_server::retention=debug",
            ])
            .args(["--rate-per-second", "0", "--connections-per-address", "0"])
            .args(["--workers", "1", "--data"])
            .arg(&self.data)
            .args(arguments)
            .stderr(Stdio::piped());
        cores::run_on(cores::SERVER, || ServerProcess::spawn(&mut command))?
    }

    /// Pages at random places: half of them of rooms as they are chosen by chance, and half as they
    /// are talked in, which is of large ones.
    fn pages(&self, address: SocketAddr) -> anyhow::Result<Quantiles> {
        let mut connection = Connection::open(address)?;
        let (mut latency, mut rng) = (Latency::new()?, Rng::with_seed(3));
        for number in 0..self.effort.scale(PAGES) {
            let room = if number % 2 == 0 {
                rng.usize(..self.size.rooms)
            } else {
                self.size.large_room(&mut rng)
            };
            let room = room_id(room)?;
            connection.join(&room)?;
            let before = Seq(rng.u64(2..self.size.entries));
            let history = ClientMessage::History {
                room: room.clone(),
                before,
                limit: HISTORY_ENTRIES_MAX,
            };
            let since = Instant::now();
            connection.ask(&history, "history")?;
            latency.record(since, Instant::now());
            connection.leave(&room)?;
        }
        Ok(latency.quantiles())
    }

    fn searches(&self, address: SocketAddr) -> anyhow::Result<Vec<Searched>> {
        let mut connection = Connection::open(address)?;
        let vocabulary = Vocabulary::new();
        let common = |rng: &mut Rng| vocabulary.word(rng.usize(..20));
        let middle = |rng: &mut Rng| vocabulary.word(rng.usize(100..2_000));
        let rare = |rng: &mut Rng| vocabulary.word(rng.usize(10_000..25_000));
        let kinds: [(&str, Words<'_>); 5] = [
            ("a common word", &common),
            ("a rare word", &rare),
            ("two common words", &|rng| {
                format!("{} {}", common(rng), common(rng))
            }),
            ("a common and a less common word", &|rng| {
                format!("{} {}", common(rng), middle(rng))
            }),
            ("the first two letters of a word", &|rng| {
                middle(rng).chars().take(2).collect()
            }),
        ];
        let mut searched = Vec::new();
        for (kind, words) in kinds {
            for rooms in [Rooms::Large, Rooms::Small] {
                let (mut latency, mut rng) = (Latency::new()?, Rng::with_seed(5));
                for _ in 0..self.effort.scale(SEARCHES) {
                    let room = room_id(self.size.room(&mut rng, rooms))?;
                    let text = words(&mut rng);
                    connection.join(&room)?;
                    let search = ClientMessage::Search {
                        room: room.clone(),
                        text,
                    };
                    let since = Instant::now();
                    connection.ask(&search, "found")?;
                    latency.record(since, Instant::now());
                    connection.leave(&room)?;
                }
                searched.push(Searched {
                    label: format!("{kind}, {}", rooms.label()),
                    ms: latency.quantiles(),
                });
            }
        }
        Ok(searched)
    }

    /// Has posts come in while this goes on.
    fn upkeep(
        &self,
        server: &ServerProcess,
        phase: u8,
        meanwhile: impl FnOnce() -> anyhow::Result<()>,
    ) -> anyhow::Result<Upkeep> {
        let at_least = Duration::from_secs_f64(self.effort.seconds);
        let posted = cores::run_on(cores::LOAD, || {
            post_during(server.address(), phase, at_least, meanwhile)
        })??;
        Ok(posted.into())
    }

    /// Deletes the oldest entries of the largest rooms. The server begins with it when it starts,
    /// and says so when it is done, also where there was nothing to delete.
    fn retention(&self) -> anyhow::Result<Upkeep> {
        let kept = (self.size.entries / KEPT_PART).max(1).to_string();
        let mut server = self.start(&["--retain-entries".to_owned(), kept])?;
        let address = server.address();
        let at_least = Duration::from_secs_f64(self.effort.seconds);
        let posted = cores::run_on(cores::LOAD, || {
            post_during(address, 3, at_least, || {
                wait_for(|| {
                    let lines = server.stderr_lines();
                    Ok(lines
                        .iter()
                        .any(|line| line.contains("past their retention")))
                })
            })
        })??;
        stop(server)?;
        Ok(posted.into())
    }

    /// Runs a command of the server's binary on this log, on the core that the server has: the
    /// worst that it can be.
    fn command(&self, name: &str, arguments: &[&Path]) -> anyhow::Result<()> {
        let mut command = Command::new(&self.parlor);
        command
            .arg(name)
            .args(arguments)
            .arg("--data")
            .arg(&self.data);
        command.stdout(Stdio::null());
        let mut child = cores::run_on(cores::SERVER, || command.spawn())??;
        wait_for(|| Ok(child.try_wait()?.is_some()))?;
        let status = child.wait()?;
        ensure!(status.success(), "parlor {name} has failed");
        Ok(())
    }
}

impl Size {
    /// A room as they are talked in.
    fn large_room(self, rng: &mut Rng) -> usize {
        (rng.f64() * (self.rooms as f64).ln()).exp() as usize - 1
    }

    /// One of the ten largest rooms, or of the smaller half.
    fn room(self, rng: &mut Rng, rooms: Rooms) -> usize {
        match rooms {
            Rooms::Large => rng.usize(..self.rooms.min(10)),
            Rooms::Small => rng.usize(self.rooms / 2..self.rooms),
        }
    }
}

/// Waits until this is so.
fn wait_for(mut is_done: impl FnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let deadline = Instant::now() + UPKEEP_TIMEOUT;
    while !is_done()? {
        ensure!(
            Instant::now() < deadline,
            "not done within {UPKEEP_TIMEOUT:?}"
        );
        std::thread::sleep(UPKEEP_POLL);
    }
    Ok(())
}

fn stop(mut server: ServerProcess) -> anyhow::Result<()> {
    let status = server.terminate(UPKEEP_TIMEOUT)?;
    let status = status.context("the server does not stop")?;
    ensure!(
        status.success(),
        "the server has failed: {:?}",
        server.stderr_lines()
    );
    Ok(())
}
