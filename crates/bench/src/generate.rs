//! `cargo xtask bench generate`: writes a large log as a busy server would have written it, through
//! the engine's own append path.
//!
//! Rooms are of very unequal sizes (Zipf's law: the second has half the entries of the first). At
//! any time some rooms talk, each for a while. Among the posts are replies, edits, reactions and
//! deletions. The same arguments make the same log, except for its secret and epochs.

mod talk;
mod texts;

use std::{
    collections::VecDeque,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::Context;
use parlor_server::engine::{Commit, Engine, embedded::Embedded};
use parlor_shared::{Body, RoomId, Text, limits::APPEND_GROUP_MAX};

use self::talk::Talk;
pub(crate) use self::{talk::room_id, texts::Vocabulary};
use crate::format::thousands;

/// Appends in flight: enough that a full group waits while another is committed.
const IN_FLIGHT_MAX: usize = 2 * APPEND_GROUP_MAX;
/// How often the progress is printed.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(10);
/// How often the index is asked whether it has the last post.
const INDEX_POLL: Duration = Duration::from_millis(100);

/// What to generate, and where.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Generate {
    /// How many entries to write
    #[arg(long, value_name = "COUNT", default_value_t = 10_000_000)]
    pub(crate) entries: u64,
    /// In how many rooms: room-0 is the largest
    #[arg(long, value_name = "COUNT", default_value_t = 10_000)]
    pub(crate) rooms: usize,
    /// Over how many days up to now the entries are spread
    #[arg(long, value_name = "COUNT", default_value_t = 365)]
    pub(crate) days: u64,
    /// Another number makes another log of the same kind
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub(crate) seed: u64,
    /// End once all entries are on the log. A server that is started on it indexes the rest of them
    #[arg(long)]
    pub(crate) without_index: bool,
    /// The folder of the log, which must have none yet; a server can be started on it
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
}

/// How long it took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Generated {
    /// Until every entry was durable.
    pub(crate) written: Duration,
    /// From then on until the full-text index had all of them.
    pub(crate) indexed: Duration,
}

impl Generate {
    /// Writes the log, waits for its index, and closes it.
    ///
    /// # Errors
    /// If the folder has a log already, or the log can't be written.
    pub(crate) fn run(&self) -> anyhow::Result<Generated> {
        anyhow::ensure!(self.rooms > 0, "a log needs at least one room: see --rooms");
        let there = self.folder.join("parlor.db");
        anyhow::ensure!(
            !there.exists(),
            "{} is there already; choose another folder",
            there.display()
        );
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()?;
        runtime.block_on(async {
            let engine = Embedded::open(&self.folder, Arc::new(()))?;
            let generated = self.fill(&engine).await;
            engine.close().await;
            generated
        })
    }

    async fn fill(&self, engine: &Embedded) -> anyhow::Result<Generated> {
        let start = Instant::now();
        let mut progress = Progress::new(start);
        let now_ms = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as u64;
        let first_ms = now_ms.saturating_sub(self.days * 24 * 60 * 60 * 1_000);
        let mut talk = Talk::new(self.rooms, self.seed);
        let mut in_flight: VecDeque<Commit> = VecDeque::with_capacity(IN_FLIGHT_MAX);
        for number in 0..self.entries {
            let share = u128::from(now_ms - first_ms) * u128::from(number);
            let at_ms = first_ms + (share / u128::from(self.entries)) as u64;
            let new = talk.next(at_ms).context("a generated text is invalid")?;
            in_flight.push_back(engine.append(new).await?);
            if in_flight.len() == IN_FLIGHT_MAX {
                // As the writer commits a group at a time, half of them are soon answered.
                for commit in in_flight.drain(..IN_FLIGHT_MAX / 2) {
                    commit.await?;
                }
                progress.print(number, self.entries);
            }
        }
        for commit in in_flight {
            commit.await?;
        }
        let written = start.elapsed();
        let last = talk.last_words();
        let mut new = talk.next(now_ms).context("a generated text is invalid")?;
        (new.room, new.body) = (room_id(0)?, Body::post(Text::parse(last.clone())?));
        let room = new.room.clone();
        engine.append(new).await?.await?;
        if !self.without_index {
            wait_for_index(engine, &room, &last).await?;
        }
        Ok(Generated {
            written,
            indexed: start.elapsed().saturating_sub(written),
        })
    }
}

/// Waits until the index has the post with these words.
async fn wait_for_index(engine: &Embedded, room: &RoomId, words: &str) -> anyhow::Result<()> {
    while engine.search(room, words, 1).await?.entries.is_empty() {
        tokio::time::sleep(INDEX_POLL).await;
    }
    Ok(())
}

/// Says now and then how far the writing is.
struct Progress {
    start: Instant,
    printed: Instant,
}

impl Progress {
    fn new(start: Instant) -> Self {
        Self {
            start,
            printed: start,
        }
    }

    fn print(&mut self, written: u64, all: u64) {
        if self.printed.elapsed() < PROGRESS_INTERVAL {
            return;
        }
        self.printed = Instant::now();
        let per_second = written as f64 / self.start.elapsed().as_secs_f64();
        println!(
            "{} of {} entries, {} a second",
            thousands(written as f64),
            thousands(all as f64),
            thousands(per_second)
        );
    }
}
