//! A server under test: a process of its own on a core of its own, and what it uses.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, ensure};
use serde::Serialize;
use tempfile::TempDir;

use crate::{cores, peers::Peer, syscalls::Tracer};

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// Parlor, with its log on disk.
    Parlor,
    /// Another build of Parlor, given with `--against`, to compare the two.
    OtherParlor,
    /// See [`Peer::Floor`].
    Floor,
    /// See [`Peer::ActixText`].
    ActixText,
}

impl Kind {
    /// As tables name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Parlor => "Parlor",
            Self::OtherParlor => "Parlor (other)",
            Self::Floor => "floor",
            Self::ActixText => "actix-ws text()",
        }
    }
}

/// Where servers come from and go to.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The binary of Parlor's server.
    pub(crate) parlor: PathBuf,
    /// The binary of another build of it, where two are compared.
    pub(crate) other: Option<PathBuf>,
    /// A folder on the disk that logs are to be written to.
    pub(crate) disk: PathBuf,
    /// Threads that serve connections.
    pub(crate) workers: usize,
}

/// A running server.
pub(crate) struct Server {
    pub(crate) kind: Kind,
    pub(crate) address: SocketAddr,
    child: Child,
    _data: TempDir,
}

impl Server {
    /// Starts it on the server's core.
    pub(crate) fn start(kind: Kind, place: &Place) -> anyhow::Result<Self> {
        fs::create_dir_all(&place.disk)?;
        let data = tempfile::tempdir_in(&place.disk)?;
        let mut command = match kind {
            Kind::Parlor => parlor(&place.parlor, place.workers, data.path()),
            Kind::OtherParlor => {
                let other = place.other.as_ref().context("no other server is given")?;
                parlor(other, place.workers, data.path())
            }
            Kind::Floor => peer(Peer::Floor)?,
            Kind::ActixText => peer(Peer::ActixText)?,
        };
        command.stdout(Stdio::piped()).stdin(Stdio::null());
        // The child inherits the cores it may use.
        let mut child = cores::on(cores::SERVER, || command.spawn())?
            .with_context(|| format!("cannot start {command:?}"))?;
        let out = child.stdout.take().context("no output")?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line)?;
        let address = line
            .split("http://")
            .nth(1)
            .and_then(|rest| rest.split('/').next());
        let address = address.with_context(|| format!("no address in '{line}'"))?;
        Ok(Self {
            kind,
            address: address.parse()?,
            child,
            _data: data,
        })
    }

    /// Time on a processor so far, of all threads.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        let mut nanos = 0;
        for task in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let stat = fs::read_to_string(task?.path().join("schedstat"))?;
            let on_cpu = stat.split(' ').next().context("empty schedstat")?;
            nanos += on_cpu.parse::<u64>()?;
        }
        Ok(Duration::from_nanos(nanos))
    }

    /// Begins to count its system calls, where that can be done.
    pub(crate) fn trace(&self) -> anyhow::Result<Option<Tracer>> {
        Tracer::attach(self.child.id())
    }

    /// Memory in use now, in bytes.
    pub(crate) fn memory(&self) -> anyhow::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next());
        Ok(kib.context("no VmRSS")?.parse::<u64>()? * 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        self.child.kill().unwrap_or_default();
        drop(self.child.wait());
    }
}

fn parlor(binary: &Path, workers: usize, data: &Path) -> Command {
    let mut command = Command::new(binary);
    command
        .args([
            "--listen",
            "127.0.0.1:0",
            "--rate-per-second",
            "0",
            "--log",
            "warn",
        ])
        .arg("--workers")
        .arg(workers.to_string())
        .arg("--data")
        .arg(data);
    command
}

fn peer(peer: Peer) -> anyhow::Result<Command> {
    let name = match peer {
        Peer::Floor => "floor",
        Peer::ActixText => "actix-text",
    };
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["peer", name]);
    Ok(command)
}

/// Lets this process, and the servers it starts, have as many sockets as the scenarios need.
pub(crate) fn raise_file_limit(needed: u64) -> anyhow::Result<()> {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit)?;
    let allowed = limit.current.unwrap_or(u64::MAX);
    ensure!(
        allowed >= needed,
        "a process may have {allowed} open files here, and {needed} are needed: raise it (ulimit -Hn), or ask for \
         fewer clients"
    );
    Ok(())
}
