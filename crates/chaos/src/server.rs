//! The real server: started, killed, its disk filled, its memory watched.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, bail};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    process::{Child, Command},
};

/// How long a server may take to open an existing log.
const START_PATIENCE: Duration = Duration::from_secs(30);
/// How long a server may take to stop: three times what it gives its clients to take their leave.
const STOP_PATIENCE: Duration = Duration::from_secs(15);
/// Lines of what the server says that are kept for a story.
const LAST_WORDS_MAX: usize = 40;

/// One server process on a data folder.
#[derive(Debug)]
pub(crate) struct Server {
    binary: PathBuf,
    data: PathBuf,
    child: Child,
    address: SocketAddr,
    last_words: LastWords,
    rss_bytes_max: Option<u64>,
}

type LastWords = Arc<Mutex<VecDeque<String>>>;

impl Server {
    pub(crate) async fn start(binary: &Path, data: &Path) -> anyhow::Result<Self> {
        let last_words = LastWords::default();
        let (child, address) = spawn(binary, data, &last_words).await?;
        Ok(Self {
            binary: binary.to_owned(),
            data: data.to_owned(),
            child,
            address,
            last_words,
            rss_bytes_max: None,
        })
    }

    /// Where it listens; another place after each start.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// `kill -9`.
    pub(crate) async fn kill(&mut self) -> anyhow::Result<()> {
        self.watch_memory();
        self.child
            .kill()
            .await
            .context("the server can't be killed")
    }

    /// Stops it in good order; says what was not good about it.
    pub(crate) async fn stop(&mut self) -> anyhow::Result<Option<String>> {
        self.watch_memory();
        let Some(id) = self.child.id() else {
            return Ok(None);
        };
        let mut kill = Command::new("kill");
        kill.args(["-TERM", &id.to_string()]).status().await?;
        match tokio::time::timeout(STOP_PATIENCE, self.child.wait()).await {
            Ok(status) => {
                let status = status?;
                Ok((!status.success()).then(|| format!("the server, asked to stop: {status}")))
            }
            Err(_) => {
                self.child.kill().await?;
                let what = format!("the server, asked to stop, did not within {STOP_PATIENCE:?}");
                Ok(Some(what))
            }
        }
    }

    /// Starts it again on the same log, on a free port.
    pub(crate) async fn start_again(&mut self) -> anyhow::Result<()> {
        (self.child, self.address) = spawn(&self.binary, &self.data, &self.last_words).await?;
        Ok(())
    }

    /// Lets no file of the server grow past so many bytes, as a full disk would not; gives whether it worked.
    pub(crate) async fn fill_disk(&self, bytes: u64) -> anyhow::Result<()> {
        self.limit_files(&format!("--fsize={bytes}:")).await
    }

    /// Gives it room again.
    pub(crate) async fn free_disk(&self) -> anyhow::Result<()> {
        self.limit_files("--fsize=unlimited:").await
    }

    async fn limit_files(&self, limit: &str) -> anyhow::Result<()> {
        let Some(id) = self.child.id() else {
            return Ok(());
        };
        let mut prlimit = Command::new("prlimit");
        prlimit.args(["--pid", &id.to_string(), limit]);
        let status = prlimit.stderr(Stdio::null()).status().await?;
        if !status.success() {
            bail!("prlimit {limit} failed: {status}");
        }
        Ok(())
    }

    /// Bytes in the file the server appends to: a disk with less than this is full at once.
    pub(crate) fn appended_bytes(&self) -> u64 {
        std::fs::metadata(self.data.join("parlor.db-wal")).map_or(0, |file| file.len())
    }

    /// Takes note of the most memory this process has used; where the system does not say, of none.
    pub(crate) fn watch_memory(&mut self) {
        let Some(id) = self.child.id() else {
            return;
        };
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        let peak = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .and_then(|rest| rest.split_whitespace().next())
            .and_then(|kilobytes| kilobytes.parse::<u64>().ok())
            .map(|kilobytes| kilobytes * 1024);
        self.rss_bytes_max = self.rss_bytes_max.max(peak);
    }

    /// The most memory any of its processes has used.
    pub(crate) fn rss_bytes_max(&self) -> Option<u64> {
        self.rss_bytes_max
    }

    /// What it said last.
    pub(crate) fn last_words(&self) -> Vec<String> {
        let words = self.last_words.lock();
        let words = words.unwrap_or_else(PoisonError::into_inner);
        words.iter().cloned().collect()
    }
}

/// Why the disk can't be filled on this machine; `None` where it can.
pub(crate) async fn why_no_disk_full() -> Option<String> {
    if !cfg!(target_os = "linux") {
        return Some("left out: only Linux can limit a running process's files".to_owned());
    }
    let mut prlimit = Command::new("prlimit");
    let found = prlimit.arg("--version").stdout(Stdio::null()).status();
    match found.await {
        Ok(status) if status.success() => None,
        Ok(_) | Err(_) => Some("left out: there is no prlimit here (util-linux)".to_owned()),
    }
}

async fn spawn(
    binary: &Path,
    data: &Path,
    last_words: &LastWords,
) -> anyhow::Result<(Child, SocketAddr)> {
    // Past the limit of its files a write is to fail, as on a full disk, and not to end the process by a signal.
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]);
    command.arg(binary);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PARLOR_")) {
        command.env_remove(name);
    }
    let mut child = command
        .args([
            "--listen",
            "127.0.0.1:0",
            "--log",
            "warn",
            "--rate-per-second",
            "0",
        ])
        .arg("--data")
        .arg(data)
        .arg("--page")
        .arg(data.join("no-page"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("{} can't be started", binary.display()))?;
    if let Some(stderr) = child.stderr.take() {
        tokio::spawn(listen(stderr, last_words.clone()));
    }
    let stdout = child.stdout.take().context("the server has no output")?;
    let mut lines = BufReader::new(stdout).lines();
    let line = tokio::time::timeout(START_PATIENCE, lines.next_line())
        .await
        .context("the server does not start")??
        .with_context(|| format!("the server ended at its start: {last_words:?}"))?;
    let address = line
        .strip_prefix("Parlor is open at http://")
        .and_then(|rest| rest.trim_end_matches('/').parse().ok())
        .with_context(|| format!("the server does not say where it is: {line}"))?;
    // What else it prints is read, so that it never waits for us.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Ok((child, address))
}

async fn listen(stderr: impl AsyncRead + Unpin, last_words: LastWords) {
    let mut lines = BufReader::new(stderr).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let words = last_words.lock();
        let mut words = words.unwrap_or_else(PoisonError::into_inner);
        if words.len() >= LAST_WORDS_MAX {
            words.pop_front();
        }
        words.push_back(line);
    }
}
