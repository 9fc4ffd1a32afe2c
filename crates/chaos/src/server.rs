//! The real server: started, killed, stopped, its disk filled, its memory watched.

use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use anyhow::Context;
use parlor_client::{Position, Seq};
use parlor_test_server::{FREE_PORT, Frozen, ServerProcess, command, without_file_size_signal};
use tokio::task::block_in_place;

use crate::rng::Rng;

/// How long a server may take to stop: three times as long as it gives its clients to disconnect.
const STOP_TIMEOUT: Duration = Duration::from_secs(15);

/// The format of SQLite's write-ahead log: a header, and frames with a page of 4,096 bytes each.
const WAL_HEADER_BYTES: u64 = 32;
const WAL_FRAME_BYTES: u64 = 24 + 4_096;

/// Whether a full disk can be simulated on this system.
pub(crate) const CAN_FILL_DISK: bool = cfg!(target_os = "linux");

/// A server process and its data folder. Its methods block, so they need tokio's multi-threaded
/// runtime.
#[derive(Debug)]
pub(crate) struct Server {
    binary: PathBuf,
    data: PathBuf,
    /// What it is started with beside the rest.
    args: Vec<String>,
    process: ServerProcess,
    memory_peak_bytes: Option<u64>,
}

/// How fast the server lets each client send.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RateLimits {
    per_second: u32,
    burst: u32,
}

impl RateLimits {
    pub(crate) const fn of(per_second: u32, burst: u32) -> Self {
        Self { per_second, burst }
    }
}

/// What a server lets through while faults are injected, one of these after each start: less than
/// its clients send, so that it delays and refuses all the time.
pub(crate) const SMALL_RATES: [RateLimits; 3] = [
    RateLimits::of(15, 15),
    RateLimits::of(30, 60),
    RateLimits::of(50, 200),
];
/// What it lets through afterwards, so that outboxes become empty.
pub(crate) const LARGE_RATE: RateLimits = RateLimits::of(500, 500);

/// Which of these a server gets at its next start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rates {
    Small,
    Large,
}

impl Rates {
    pub(crate) fn draw(self, rng: &mut Rng) -> RateLimits {
        match self {
            Self::Small => SMALL_RATES[rng.usize(0..SMALL_RATES.len())],
            Self::Large => LARGE_RATE,
        }
    }
}

impl Server {
    pub(crate) fn start(
        binary: &Path,
        data: &Path,
        args: Vec<String>,
        rate: RateLimits,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            binary: binary.to_owned(),
            data: data.to_owned(),
            process: spawn(binary, data, &args, rate)?,
            args,
            memory_peak_bytes: None,
        })
    }

    /// Where it listens: on another port after each start.
    pub(crate) fn address(&self) -> SocketAddr {
        self.process.address()
    }

    /// How the process ended; `None` while it runs.
    pub(crate) fn exit_status(&mut self) -> io::Result<Option<ExitStatus>> {
        self.process.try_wait()
    }

    /// Kills it with SIGKILL.
    pub(crate) fn kill(&mut self) -> io::Result<()> {
        self.update_memory_peak();
        block_in_place(|| self.process.kill())
    }

    /// Stops it with SIGTERM, or kills it when it does not stop in time. Returns what went wrong.
    pub(crate) fn stop(&mut self) -> io::Result<Option<String>> {
        self.update_memory_peak();
        match block_in_place(|| self.process.terminate(STOP_TIMEOUT))? {
            Some(status) if status.success() => Ok(None),
            Some(status) => Ok(Some(format!(
                "after SIGTERM the server ended with {status}"
            ))),
            None => {
                self.kill()?;
                let what = format!("after SIGTERM the server ran for {STOP_TIMEOUT:?} more");
                Ok(Some(what))
            }
        }
    }

    /// Starts it again with the same log, on a free port.
    pub(crate) fn restart(&mut self, rate: RateLimits) -> anyhow::Result<()> {
        self.process = spawn(&self.binary, &self.data, &self.args, rate)?;
        Ok(())
    }

    /// The epoch that the server has begun, and the place at which it did. Only right while no
    /// client knows where the server listens.
    pub(crate) fn began(&self) -> anyhow::Result<Position> {
        self.noted_head()
    }

    /// The log's head, as the server has noted it after its newest commit.
    pub(crate) fn noted_head(&self) -> anyhow::Result<Position> {
        let note = fs::read_to_string(self.data.join("parlor.head"))?;
        let (epoch, seq) = note.trim_end().split_once(' ').context("no note")?;
        Ok(Position {
            epoch: epoch.parse()?,
            seq: Seq(seq.trim_start().parse()?),
        })
    }

    /// Copies the running server's log with `parlor backup`.
    pub(crate) fn back_up(&self, target: &Path) -> anyhow::Result<()> {
        let mut backup = command(&self.binary, &self.data, FREE_PORT);
        let output = block_in_place(|| backup.arg("backup").arg(target).output())?;
        anyhow::ensure!(output.status.success(), "no backup: {output:?}");
        Ok(())
    }

    /// Puts a backup in the place of the log. The server must not run.
    pub(crate) fn restore(&self, backup: &Path) -> io::Result<()> {
        fs::remove_dir_all(&self.data)?;
        fs::rename(backup, &self.data)
    }

    /// Cuts the write-ahead log to this part of its length, in thousandths. The server must not
    /// run. Returns how many bytes are left.
    ///
    /// What was copied into the log's file already is not cut: it can't be taken back there, and
    /// half of it would be a damaged log.
    pub(crate) fn cut_log(&self, thousandths: u64) -> anyhow::Result<u64> {
        let path = self.data.join("parlor.db-wal");
        let copied = self.copied_frames()?;
        let file = fs::File::options().write(true).open(path)?;
        let whole = file.metadata()?.len();
        let copied_bytes = (WAL_HEADER_BYTES + copied * WAL_FRAME_BYTES).min(whole);
        let left = match (copied, thousandths) {
            (0, thousandths) => whole * thousandths / 1_000,
            _ => copied_bytes + (whole - copied_bytes) * thousandths / 1_000,
        };
        file.set_len(left)?;
        Ok(left)
    }

    /// How many frames of the write-ahead log a checkpoint has begun to copy, from SQLite's index
    /// of it, which outlives the process: `nBackfillAttempted` of its documented format.
    fn copied_frames(&self) -> anyhow::Result<u64> {
        let index = fs::read(self.data.join("parlor.db-shm"))?;
        let field = index.get(128..132).context("no index")?;
        Ok(u32::from_ne_bytes(field.try_into()?).into())
    }

    /// Makes every write past `bytes` of a file fail, as on a full disk.
    pub(crate) fn fill_disk(&self, bytes: u64) -> anyhow::Result<()> {
        self.process.limit_files(Some(bytes))
    }

    /// Ends what [`fill_disk`](Self::fill_disk) began.
    pub(crate) fn free_disk(&self) -> anyhow::Result<()> {
        self.process.limit_files(None)
    }

    /// The size of the file that the server appends to. A disk that is full at a smaller size than
    /// this is full at once.
    pub(crate) fn appended_bytes(&self) -> u64 {
        std::fs::metadata(self.data.join("parlor.db-wal")).map_or(0, |file| file.len())
    }

    /// Records the current process's peak memory, where the system reports it.
    pub(crate) fn update_memory_peak(&mut self) {
        let peak = self.process.memory_bytes("VmHWM");
        self.memory_peak_bytes = self.memory_peak_bytes.max(peak);
    }

    /// The highest peak of all its processes.
    pub(crate) fn memory_peak_bytes(&self) -> Option<u64> {
        self.memory_peak_bytes
    }

    /// This sentence, and the newest lines of its standard error.
    pub(crate) fn with_stderr(&mut self, what: &str) -> String {
        let stderr = self.process.stderr_lines().join("\n    ");
        format!("{what}\n    {stderr}")
    }

    /// Whether the newest lines of its standard error have this.
    pub(crate) fn says(&mut self, what: &str) -> bool {
        let lines = self.process.stderr_lines();
        lines.iter().any(|line| line.contains(what))
    }

    /// Stops its process where it stands, or lets it go on.
    pub(crate) fn set_frozen(&self, frozen: Frozen) -> io::Result<()> {
        self.process.set_frozen(frozen)
    }
}

fn spawn(
    binary: &Path,
    data: &Path,
    args: &[String],
    rate: RateLimits,
) -> anyhow::Result<ServerProcess> {
    let mut server = command(binary, data, FREE_PORT);
    server
        .args(args)
        .args(["--rate-per-second", &rate.per_second.to_string()])
        .args(["--rate-burst", &rate.burst.to_string()])
        .args(["--connections-per-address", "0"])
        .arg("--page")
        .arg(data.join("no-page"));
    let mut server = without_file_size_signal(&server);
    server.stderr(Stdio::piped());
    block_in_place(|| ServerProcess::spawn(&mut server))
}
