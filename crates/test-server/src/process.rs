//! The server's binary as a child process.

use std::{
    collections::VecDeque,
    fs,
    io::{self, BufRead, BufReader, Read},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use anyhow::{Context, anyhow};
use rustix::process::{Pid, Signal, kill_process};

/// Any free port of this machine.
pub const FREE_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// How long a server may take to open its log and listen.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// The newest lines of standard error that are kept.
const STDERR_LINES_MAX: usize = 40;

/// A command that runs `binary` with its log in the folder `data`, listening on `listen`. No
/// `PARLOR_…` variable of this process's environment reaches it.
#[must_use]
pub fn command(binary: &Path, data: &Path, listen: SocketAddr) -> Command {
    let mut command = Command::new(binary);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PARLOR_") {
            command.env_remove(name);
        }
    }
    command
        .args([
            "--listen",
            &listen.to_string(),
            "--log-filter",
            "warn",
            "--data",
        ])
        .arg(data);
    command
}

/// The same command, run so that a write past the limit of [`ServerProcess::limit_files`] fails, as
/// on a full disk. Without this the system would end the process with SIGXFSZ.
#[must_use]
pub fn without_file_size_signal(inner: &Command) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
        .arg(inner.get_program())
        .args(inner.get_args());
    for (name, value) in inner.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

/// A running server process. Dropping it kills it.
#[derive(Debug)]
pub struct ServerProcess {
    address: SocketAddr,
    child: Child,
    stdout: Receiver<String>,
    stderr: Option<StderrLines>,
}

impl ServerProcess {
    /// Runs the command and waits until it has printed the address that it listens on: the first
    /// line of standard output with an address of the network in it. Standard error is kept for
    /// [`stderr_lines`](Self::stderr_lines) if the command pipes it.
    ///
    /// # Errors
    /// If the command can't be run, ends, prints anything else or prints nothing within a minute.
    pub fn spawn(command: &mut Command) -> anyhow::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command
            .spawn()
            .with_context(|| format!("{} can't be run", command.get_program().display()))?;
        let stdout = child.stdout.take().map(first_line);
        let mut server = Self {
            address: FREE_PORT,
            stdout: stdout.context("standard output is not piped")?,
            stderr: child.stderr.take().map(StderrLines::read),
            child,
        };
        let line = server.stdout.recv_timeout(START_TIMEOUT);
        let line = line.map_err(|error| match error {
            RecvTimeoutError::Timeout => anyhow!("the server does not start"),
            RecvTimeoutError::Disconnected => {
                anyhow!("the server ended at once: {:?}", server.stderr_lines())
            }
        })?;
        server.address = line
            .split_once("://")
            .and_then(|(_, rest)| rest.split('/').next()?.parse().ok())
            .with_context(|| format!("the server does not say where it listens: {line}"))?;
        Ok(server)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The process's id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it has.
    ///
    /// # Errors
    /// If the system does not say.
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Waits until it has ended by itself; `None` if it runs on after `timeout`.
    ///
    /// # Errors
    /// If the system does not say how it ended.
    pub fn wait(&mut self, timeout: Duration) -> io::Result<Option<ExitStatus>> {
        // Its standard output is closed when it ends.
        if let Err(RecvTimeoutError::Timeout) = self.stdout.recv_timeout(timeout) {
            return Ok(None);
        }
        self.child.wait().map(Some)
    }

    /// Sends SIGTERM, as a service manager does, and waits as [`wait`](Self::wait) does.
    ///
    /// # Errors
    /// If the signal can't be sent, or the system does not say how the process ended.
    pub fn terminate(&mut self, timeout: Duration) -> io::Result<Option<ExitStatus>> {
        kill_process(self.pid()?, Signal::TERM)?;
        self.wait(timeout)
    }

    /// Stops the process where it stands (SIGSTOP), or lets it go on (SIGCONT).
    ///
    /// # Errors
    /// If the signal can't be sent.
    pub fn set_frozen(&self, frozen: Frozen) -> io::Result<()> {
        freeze(self.id(), frozen)
    }

    /// Sends SIGHUP.
    ///
    /// # Errors
    /// If the signal can't be sent.
    pub fn hang_up(&self) -> io::Result<()> {
        kill_process(self.pid()?, Signal::HUP)?;
        Ok(())
    }

    /// Ends it with SIGKILL and waits until it has ended.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn kill(&mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(|_| ())
    }

    /// Limits every file that the process writes to `bytes`: to SQLite the same as a full disk.
    /// `None` lifts the limit. See [`without_file_size_signal`].
    ///
    /// # Errors
    /// If the system refuses, and on systems other than Linux.
    #[cfg(target_os = "linux")]
    pub fn limit_files(&self, bytes: Option<u64>) -> anyhow::Result<()> {
        use rustix::process::{Resource, Rlimit, getrlimit, prlimit};
        // Only the soft limit changes: a hard limit, once lowered, could not be lifted again.
        let maximum = getrlimit(Resource::Fsize).maximum;
        let limit = Rlimit {
            current: bytes.or(maximum),
            maximum,
        };
        prlimit(Some(self.pid()?), Resource::Fsize, limit).context("prlimit failed")?;
        Ok(())
    }

    /// Limits every file that the process writes.
    ///
    /// # Errors
    /// Always: only Linux can limit another process's files.
    #[cfg(not(target_os = "linux"))]
    pub fn limit_files(&self, _bytes: Option<u64>) -> anyhow::Result<()> {
        anyhow::bail!("only Linux can limit a running process's files")
    }

    /// A figure of `/proc/<id>/status` in bytes, such as `VmRSS` (memory now) or `VmHWM` (the most
    /// it ever was); `None` if the process has ended, or the system has no such file.
    #[must_use]
    pub fn memory_bytes(&self, field: &str) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with(field))?;
        let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kib * 1024)
    }

    /// The newest lines of its standard error, if that is piped: after its end all that it wrote
    /// last, before that what it has written so far.
    pub fn stderr_lines(&mut self) -> Vec<String> {
        let has_ended = matches!(self.child.try_wait(), Ok(Some(_)));
        self.stderr
            .as_mut()
            .map(|stderr| stderr.newest(has_ended))
            .unwrap_or_default()
    }

    fn pid(&self) -> io::Result<Pid> {
        pid(self.id())
    }
}

/// Whether a process stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frozen {
    /// It does, and does not know it.
    Yes,
    /// It goes on.
    No,
}

/// Stops a process where it stands, or lets it go on.
pub(crate) fn freeze(id: u32, frozen: Frozen) -> io::Result<()> {
    let signal = match frozen {
        Frozen::Yes => Signal::STOP,
        Frozen::No => Signal::CONT,
    };
    Ok(kill_process(pid(id)?, signal)?)
}

/// Asks a process to end.
pub(crate) fn terminate(id: u32) -> io::Result<()> {
    Ok(kill_process(pid(id)?, Signal::TERM)?)
}

fn pid(id: u32) -> io::Result<Pid> {
    let pid = i32::try_from(id).ok().and_then(Pid::from_raw);
    pid.ok_or_else(|| io::ErrorKind::InvalidInput.into())
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // An error says that it has ended already.
        self.kill().ok();
    }
}

/// Reads the first line, and from then on all that follows, so that the writer is never blocked.
/// The channel is closed at the end of the stream.
fn first_line(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::sync_channel(1);
    thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        if stream.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
            // Nobody may be waiting for it any more.
            sender.send(line).ok();
        }
        // A stream that can't be read has ended as well.
        io::copy(&mut stream, &mut io::sink()).ok();
    });
    receiver
}

/// The newest lines of a stream, read on a thread of its own.
#[derive(Debug)]
struct StderrLines {
    lines: Arc<Mutex<VecDeque<String>>>,
    thread: Option<JoinHandle<()>>,
}

impl StderrLines {
    fn read(stream: impl Read + Send + 'static) -> Self {
        let lines = Arc::<Mutex<VecDeque<String>>>::default();
        let kept = lines.clone();
        let thread = thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                if kept.len() >= STDERR_LINES_MAX {
                    kept.pop_front();
                }
                kept.push_back(line);
            }
        });
        Self {
            lines,
            thread: Some(thread),
        }
    }

    fn newest(&mut self, has_ended: bool) -> Vec<String> {
        if let Some(thread) = self.thread.take_if(|_| has_ended) {
            // A panic there has been printed already.
            thread.join().ok();
        }
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().cloned().collect()
    }
}
