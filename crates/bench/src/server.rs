//! A server under test: a process of its own on a core of its own, and what it uses.
//!
//! CPU time is read from `/proc` directly, which takes fewer lines than a crate would save.

use std::{
    fs, iter,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, ensure};
use parlor_test_server::{FREE_PORT, NatsCluster, ServerProcess, Sync, command};
use serde::Serialize;
use tempfile::TempDir;

use crate::{
    binary::Binary,
    cores,
    packages::{Package, Packages},
    syscalls::Tracer,
};

/// Which server is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// See [`Peer::Floor`](crate::peers::Peer::Floor).
    Floor,
    /// See [`Peer::DurableFloor`](crate::peers::Peer::DurableFloor).
    DurableFloor,
    /// Parlor, with its log on disk.
    Parlor,
    /// Another build of Parlor, given with `--against`.
    OtherParlor,
    /// One node over a stream in three servers of NATS.
    OneNode,
    /// Two of them.
    TwoNodes,
    /// Three of them.
    ThreeNodes,
    /// See [`Peer::ActixText`](crate::peers::Peer::ActixText).
    ActixText,
    /// A server from npm, wanted with `--with`.
    #[serde(untagged)]
    Package(Package),
}

impl Kind {
    /// Every kind, in the order of the tables.
    pub(crate) const ALL: [Self; 11] = [
        Self::Floor,
        Self::DurableFloor,
        Self::Parlor,
        Self::OtherParlor,
        Self::OneNode,
        Self::TwoNodes,
        Self::ThreeNodes,
        Self::ActixText,
        Self::Package(Package::Bun),
        Self::Package(Package::SocketIo),
        Self::Package(Package::Ws),
    ];

    /// The name in tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::DurableFloor => "durable floor",
            Self::Parlor => "Parlor",
            Self::OtherParlor => "Parlor (other)",
            Self::OneNode => "1 node",
            Self::TwoNodes => "2 nodes",
            Self::ThreeNodes => "3 nodes",
            Self::ActixText => "actix-ws text()",
            Self::Package(package) => package.name(),
        }
    }
}

/// How many servers a stream has.
const STREAM_SERVERS: usize = 3;

/// How servers are started.
#[derive(Debug, Clone)]
pub(crate) struct ServerOptions {
    /// Parlor's server.
    pub(crate) parlor: Binary,
    /// Another build of it to compare with.
    pub(crate) other: Option<Binary>,
    /// Servers from npm to compare with.
    pub(crate) packages: Packages,
    /// A folder on the disk that logs are written to.
    pub(crate) disk: PathBuf,
    /// How many threads serve connections.
    pub(crate) workers: usize,
    /// A large log that is there already.
    pub(crate) large_log: Option<PathBuf>,
}

/// Whether a server's limits are in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RateLimits {
    /// As the server has them by default.
    Default,
    /// None, so that the server itself is measured.
    Off,
}

/// A running server, or nodes that share a stream. Dropping it kills the processes.
pub(crate) struct Server {
    pub(crate) kind: Kind,
    process: ServerProcess,
    /// The nodes beside the first.
    others: Vec<ServerProcess>,
    /// The servers of their stream.
    nats: Option<NatsCluster>,
    /// Its folder, unless somebody else keeps it.
    _data: Option<TempDir>,
}

impl Server {
    /// Starts a server on the servers' core, with an empty log.
    pub(crate) fn start(kind: Kind, options: &ServerOptions) -> anyhow::Result<Self> {
        fs::create_dir_all(&options.disk)?;
        let data = tempfile::tempdir_in(&options.disk)?;
        let nodes = match kind {
            Kind::OneNode => 1,
            Kind::TwoNodes => 2,
            Kind::ThreeNodes => 3,
            Kind::Floor
            | Kind::DurableFloor
            | Kind::Parlor
            | Kind::OtherParlor
            | Kind::ActixText
            | Kind::Package(_) => 0,
        };
        if nodes > 0 {
            return Self::start_nodes(kind, nodes, data, options);
        }
        let workers = options.workers;
        let mut command = match kind {
            Kind::Floor => peer("floor")?,
            Kind::DurableFloor => {
                let mut command = peer("durable-floor")?;
                command.arg(data.path().join("journal"));
                command
            }
            Kind::Parlor | Kind::OneNode | Kind::TwoNodes | Kind::ThreeNodes => {
                parlor(&options.parlor, workers, data.path(), RateLimits::Off)
            }
            Kind::OtherParlor => {
                let other = options.other.as_ref().context("no other build")?;
                parlor(other, workers, data.path(), RateLimits::Off)
            }
            Kind::ActixText => peer("actix-text")?,
            Kind::Package(package) => package.command(&options.packages, data.path())?,
        };
        Ok(Self {
            _data: Some(data),
            ..Self::spawn(kind, &mut command)?
        })
    }

    /// Starts nodes over a stream, all on the servers' core: they share it with the three servers
    /// of the stream, whose stores are on the same disk.
    fn start_nodes(
        kind: Kind,
        count: usize,
        data: TempDir,
        options: &ServerOptions,
    ) -> anyhow::Result<Self> {
        let nats = cores::run_on(cores::SERVER, || {
            NatsCluster::start_in(data.path(), STREAM_SERVERS, Sync::Always, "")
        })??;
        let start = |number: usize| {
            let folder = data.path().join(format!("node-{number}"));
            let (parlor_binary, workers) = (&options.parlor, options.workers);
            let mut node = parlor(parlor_binary, workers, &folder, RateLimits::Off);
            node.args(["--log", &nats.urls()])
                .args(["--nats-system", &nats.system_url()]);
            Self::spawn(kind, &mut node)
        };
        let first = start(0)?;
        let others = (1..count).map(|number| Ok(start(number)?.process));
        let others = others.collect::<anyhow::Result<_>>()?;
        Ok(Self {
            others,
            nats: Some(nats),
            _data: Some(data),
            ..first
        })
    }

    /// Starts Parlor on the servers' core, with the log that is in this folder.
    pub(crate) fn start_on(
        data: &Path,
        rate_limits: RateLimits,
        options: &ServerOptions,
    ) -> anyhow::Result<Self> {
        let mut command = parlor(&options.parlor, options.workers, data, rate_limits);
        // What it says of refused clients is no result; if it does not start, the error has it.
        command.stderr(Stdio::piped());
        Self::spawn(Kind::Parlor, &mut command)
    }

    fn spawn(kind: Kind, command: &mut Command) -> anyhow::Result<Self> {
        // The child inherits the affinity.
        let process = cores::run_on(cores::SERVER, || ServerProcess::spawn(command))??;
        Ok(Self {
            kind,
            process,
            others: Vec::new(),
            nats: None,
            _data: None,
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.process.address()
    }

    /// Where each of its nodes listens.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.nodes().map(ServerProcess::address).collect()
    }

    fn nodes(&self) -> impl Iterator<Item = &ServerProcess> {
        iter::once(&self.process).chain(&self.others)
    }

    /// The CPU time of all its threads so far, those of its stream's servers included.
    pub(crate) fn cpu_time(&self) -> anyhow::Result<Duration> {
        let stream = self.nats.iter().flat_map(NatsCluster::ids);
        let ids = self.nodes().map(ServerProcess::id).chain(stream);
        let mut nanos = 0;
        for id in ids {
            for task in fs::read_dir(format!("/proc/{id}/task"))? {
                let stat = fs::read_to_string(task?.path().join("schedstat"))?;
                let on_cpu = stat.split(' ').next().context("schedstat is empty")?;
                nanos += on_cpu.parse::<u64>()?;
            }
        }
        Ok(Duration::from_nanos(nanos))
    }

    /// Starts to count its system calls; `None` if that is not possible here.
    pub(crate) fn trace(&self) -> anyhow::Result<Option<Tracer>> {
        Tracer::attach(self.process.id())
    }

    /// Its resident memory, in bytes; that of its stream's servers does not count.
    pub(crate) fn memory(&self) -> anyhow::Result<u64> {
        let bytes: Option<u64> = self.nodes().map(|node| node.memory_bytes("VmRSS")).sum();
        bytes.context("the system does not report the server's memory")
    }
}

fn parlor(binary: &Binary, workers: usize, data: &Path, rate_limits: RateLimits) -> Command {
    let workers = workers.to_string();
    let mut options = vec![["--workers", &workers]];
    match rate_limits {
        RateLimits::Default => {}
        RateLimits::Off => {
            options.push(["--rate-per-second", "0"]);
            // All clients have the address of this machine.
            options.push(["--connections-per-address", "0"]);
        }
    }
    // A build that lacks one of these limits has nothing to lift.
    options.retain(|[option, _]| binary.has_option(option));
    let mut command = command(&binary.path, data, FREE_PORT);
    command.args(options.iter().flatten());
    command
}

/// This binary, run as a peer.
fn peer(name: &str) -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["peer", name]);
    Ok(command)
}

/// Raises the limit of open files for this process and the servers that it starts.
///
/// # Errors
/// If the hard limit is below `needed`.
pub(crate) fn raise_file_limit(needed: u64) -> anyhow::Result<()> {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit)?;
    let allowed = limit.current.unwrap_or(u64::MAX);
    ensure!(
        allowed >= needed,
        "a process may have {allowed} open files here, and {needed} are needed: raise the limit \
         (ulimit -Hn)"
    );
    Ok(())
}
