//! Real servers of NATS, in processes of their own, with the configuration of `deploy/nats.conf`.

mod store;

use std::{
    env, fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;

use crate::process::{Frozen, freeze, terminate};

/// The configuration that operators are given.
const CONFIG: &str = include_str!("../../../deploy/nats.conf");
/// The line of it that makes what a server acknowledges durable.
const SYNC: &str = "  sync_interval: always\n";
/// The line of it after which the tests add [`PROXIED`].
const ROUTES: &str = "  routes: $NATS_ROUTES\n";
/// Keeps servers and clients on the addresses that they were given: a server does not announce the
/// others to its clients, and announces itself to the other servers at a port where nobody listens.
const PROXIED: &str = "  no_advertise: true\n  advertise: \"127.0.0.1:1\"\n";
/// What a server logs when it begins to lead a stream.
const LEADS: &str = "new stream leader for";
/// The servers' passwords.
const PASSWORD: &str = "secret";

/// How long [`NatsCluster::request`] waits.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// Whether the servers sync what they acknowledge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sync {
    /// They do.
    Always,
    /// They do later, as a server that nobody has set up.
    Later,
}

/// Servers that form a cluster. Dropping it kills them.
#[derive(Debug)]
pub struct NatsCluster {
    folder: TempDir,
    servers: Vec<NatsServer>,
}

#[derive(Debug)]
struct NatsServer {
    name: String,
    clients: SocketAddr,
    routes: SocketAddr,
    /// Where it connects to the other servers. Its own address is there, too.
    looks_at: Vec<SocketAddr>,
    process: Option<Child>,
}

impl NatsCluster {
    /// Starts this many servers.
    ///
    /// # Errors
    /// If nats-server is missing or a server does not start.
    pub fn start(count: usize, sync: Sync) -> io::Result<Self> {
        Self::start_with(count, sync, "")
    }

    /// The same, with more lines in the `jetstream` block of each.
    ///
    /// # Errors
    /// If nats-server is missing or a server does not start.
    pub fn start_with(count: usize, sync: Sync, lines: &str) -> io::Result<Self> {
        Self::start_in(&env::temp_dir(), count, sync, lines)
    }

    /// The same, with the servers' stores below this folder.
    ///
    /// # Errors
    /// If nats-server is missing or a server does not start.
    pub fn start_in(folder: &Path, count: usize, sync: Sync, lines: &str) -> io::Result<Self> {
        Self::set_up(folder, count, &config(sync, lines))?.run_all()
    }

    /// Starts this many servers that are reached through proxies alone, and that sync what they
    /// acknowledge. They announce no addresses, so a client stays with the proxies that it was
    /// given. For each two servers, `way` starts the proxy between them and returns its address; it
    /// is given the numbers of both, and the address at which the second takes other servers.
    ///
    /// # Errors
    /// If nats-server is missing, a server does not start, or `way` fails.
    pub fn start_behind_proxies(
        count: usize,
        mut way: impl FnMut([usize; 2], SocketAddr) -> io::Result<SocketAddr>,
    ) -> io::Result<Self> {
        let config = CONFIG.replace(ROUTES, &format!("{ROUTES}{PROXIED}"));
        let mut cluster = Self::set_up(&env::temp_dir(), count, &config)?;
        let routes: Vec<SocketAddr> = cluster.servers.iter().map(|server| server.routes).collect();
        for (n, server) in cluster.servers.iter_mut().enumerate() {
            // One connection is enough for two servers. Without any route a server is no cluster.
            let ways = (0..n).map(|other| way([n, other], routes[other]));
            let ways = ways.collect::<io::Result<Vec<_>>>()?;
            server.looks_at = [routes[n]].into_iter().chain(ways).collect();
        }
        cluster.run_all()
    }

    /// Starts servers with a configuration of their own, of which `$NATS_NAME` and the other names
    /// of `deploy/nats.conf` are known.
    ///
    /// # Errors
    /// If nats-server is missing or a server does not start.
    pub fn start_as(count: usize, config: &str) -> io::Result<Self> {
        Self::set_up(&env::temp_dir(), count, config)?.run_all()
    }

    fn set_up(folder: &Path, count: usize, config: &str) -> io::Result<Self> {
        let folder = TempDir::new_in(folder)?;
        write_config(folder.path(), config)?;
        let servers = (0..count).map(|n| {
            Ok(NatsServer {
                name: format!("nats-{n}"),
                clients: free_address()?,
                routes: free_address()?,
                looks_at: Vec::new(),
                process: None,
            })
        });
        let mut servers = servers.collect::<io::Result<Vec<_>>>()?;
        let routes: Vec<SocketAddr> = servers.iter().map(|server| server.routes).collect();
        for server in &mut servers {
            server.looks_at.clone_from(&routes);
        }
        Ok(Self { folder, servers })
    }

    fn run_all(mut self) -> io::Result<Self> {
        (0..self.servers.len()).try_for_each(|n| self.run(n))?;
        Ok(self)
    }

    /// Changes whether servers that are started from now on sync what they acknowledge.
    ///
    /// # Errors
    /// If their configuration can't be written.
    pub fn set_sync(&self, sync: Sync) -> io::Result<()> {
        write_config(self.folder.path(), &config(sync, ""))
    }

    /// Starts a server that was killed, with what it had on its disk.
    ///
    /// # Errors
    /// If it does not start.
    pub fn run(&mut self, n: usize) -> io::Result<()> {
        let looks_at = self.servers[n].looks_at.iter();
        let routes: Vec<String> = looks_at.map(|at| format!("nats://{at}")).collect();
        let store = self.store(n);
        let log = fs::File::create(self.log(n))?;
        let config = self.folder.path().join("nats.conf");
        let server = &mut self.servers[n];
        let mut command = Command::new(nats_server());
        command
            .arg("-c")
            .arg(config)
            .env("NATS_NAME", &server.name)
            .env("NATS_LISTEN", server.clients.to_string())
            .env("NATS_CLUSTER", server.routes.to_string())
            .env("NATS_ROUTES", format!("[{}]", routes.join(", ")))
            .env("NATS_STORE", store)
            .env("PARLOR_PASSWORD", PASSWORD)
            .env("WATCH_PASSWORD", PASSWORD)
            .stdout(Stdio::null())
            .stderr(log);
        server.process = Some(command.spawn()?);
        Ok(())
    }

    /// Kills a server at once, as a power loss would.
    ///
    /// # Errors
    /// If it can't be killed.
    pub fn kill(&mut self, n: usize) -> io::Result<()> {
        if let Some(mut process) = self.servers[n].process.take() {
            process.kill()?;
            process.wait()?;
        }
        Ok(())
    }

    /// Stops a server in order, as for an update: it has written everything to its files then.
    ///
    /// # Errors
    /// If it does not end.
    pub fn stop(&mut self, n: usize) -> io::Result<()> {
        if let Some(mut process) = self.servers[n].process.take() {
            terminate(process.id())?;
            process.wait()?;
        }
        Ok(())
    }

    /// Asks the servers something as the user of Parlor, such as a request of JetStream's API, and
    /// gives their answer.
    ///
    /// # Errors
    /// If none answers within ten seconds.
    pub fn request(&self, subject: &str, payload: &str) -> io::Result<String> {
        self.request_at(0, subject, payload)
    }

    fn request_at(&self, n: usize, subject: &str, payload: &str) -> io::Result<String> {
        let socket = TcpStream::connect(self.servers[n].clients)?;
        socket.set_read_timeout(Some(ANSWER_TIMEOUT))?;
        let mut writer = socket.try_clone()?;
        write!(
            writer,
            "CONNECT {{\"verbose\":false,\"user\":\"parlor\",\"pass\":\"{PASSWORD}\"}}\r\n\
             SUB answers 1\r\nPUB {subject} answers {}\r\n{payload}\r\n",
            payload.len()
        )?;
        let mut reader = BufReader::new(socket);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 || line.starts_with("-ERR") {
                return Err(io::Error::other(line));
            }
            if line.starts_with("PING") {
                writer.write_all(b"PONG\r\n")?;
            }
            if line.starts_with("MSG ") {
                let length = line.split_whitespace().next_back();
                let length = length.and_then(|length| length.parse().ok());
                let mut answer = vec![0; length.unwrap_or_default()];
                reader.read_exact(&mut answer)?;
                return String::from_utf8(answer).map_err(io::Error::other);
            }
        }
    }

    /// The processes' ids.
    pub fn ids(&self) -> impl Iterator<Item = u32> {
        let running = self.servers.iter().flat_map(|server| &server.process);
        running.map(Child::id)
    }

    /// Stops a server where it stands, as one that no other reaches, or lets it go on.
    ///
    /// # Errors
    /// If the signal can't be sent.
    pub fn set_frozen(&self, n: usize, frozen: Frozen) -> io::Result<()> {
        match &self.servers[n].process {
            Some(process) => freeze(process.id(), frozen),
            None => Ok(()),
        }
    }

    /// Asks the leader of a stream to make this server the leader. The request goes to the next
    /// server, since this one may have just started.
    ///
    /// # Errors
    /// If nobody answers within ten seconds. A refusal is no error.
    pub fn request_leader(&self, stream: &str, n: usize) -> io::Result<()> {
        let name = &self.servers[n].name;
        let wanted = format!(r#"{{"placement":{{"preferred":"{name}"}}}}"#);
        let subject = format!("$JS.API.STREAM.LEADER.STEPDOWN.{stream}");
        let next = (n + 1) % self.servers.len();
        self.request_at(next, &subject, &wanted).map(drop)
    }

    /// The server that has become the leader of a stream last, by what they log; `None` if they say
    /// nothing of it.
    #[must_use]
    pub fn stream_leader(&self) -> Option<usize> {
        let elected = |n: usize| {
            let log = fs::read_to_string(self.log(n)).ok()?;
            let line = log.lines().rev().find(|line| line.contains(LEADS))?;
            // The time is behind the process's number.
            Some((line.split_once(' ')?.1.to_owned(), n))
        };
        let newest = (0..self.servers.len()).filter_map(elected).max();
        newest.map(|(_, n)| n)
    }

    fn log(&self, n: usize) -> PathBuf {
        self.folder.path().join(format!("{n}.log"))
    }

    /// Where a server takes clients.
    #[must_use]
    pub fn address(&self, n: usize) -> SocketAddr {
        self.servers[n].clients
    }

    /// Where a server takes clients, as the user of Parlor.
    #[must_use]
    pub fn url(&self, n: usize) -> String {
        Self::url_at(self.address(n))
    }

    /// The same for a server that is reached at this address.
    #[must_use]
    pub fn url_at(address: SocketAddr) -> String {
        format!("nats://parlor:{PASSWORD}@{address}")
    }

    /// All of them, apart by commas.
    #[must_use]
    pub fn urls(&self) -> String {
        let urls = (0..self.servers.len()).map(|n| self.url(n));
        urls.collect::<Vec<_>>().join(",")
    }

    /// A server's address for the user who may ask what the servers are set to.
    #[must_use]
    pub fn system_url(&self) -> String {
        Self::system_url_at(self.address(0))
    }

    /// The same for a server that is reached at this address.
    #[must_use]
    pub fn system_url_at(address: SocketAddr) -> String {
        format!("nats://watch:{PASSWORD}@{address}")
    }
}

impl Drop for NatsCluster {
    fn drop(&mut self) {
        for n in 0..self.servers.len() {
            // It has ended already, unless the test fails.
            self.kill(n).ok();
        }
    }
}

/// The servers' configuration, with these lines in its `jetstream` block.
fn config(sync: Sync, lines: &str) -> String {
    match sync {
        Sync::Always => CONFIG.replace(SYNC, &format!("{SYNC}{lines}")),
        Sync::Later => CONFIG.replace(SYNC, lines),
    }
}

fn write_config(folder: &Path, config: &str) -> io::Result<()> {
    fs::write(folder.join("nats.conf"), config)
}

/// An address that was free a moment ago: the servers must know those of each other.
fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

/// nats-server: `cargo xtask setup` installs it.
fn nats_server() -> PathBuf {
    if let Some(given) = env::var_os("NATS_SERVER") {
        return given.into();
    }
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/python");
    let environments = fs::read_dir(tools).into_iter().flatten().flatten();
    let found = environments
        .map(|entry| entry.path().join("bin/nats-server"))
        .find(|program| program.is_file());
    found.unwrap_or_else(|| "nats-server".into())
}
