//! Servers to test against: in this process, or the real binary.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    thread::{self, JoinHandle},
};

use clap::Parser;
use parlor_server::config::CommandLine;
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::client::{Client, PATIENCE};

/// A server in this process, on a free port, with a log of its own. Stops when dropped.
pub(crate) struct TestServer {
    pub(crate) address: SocketAddr,
    data: TempDir,
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl TestServer {
    pub(crate) fn start() -> Self {
        Self::start_with(&["--rate-per-second", "0"])
    }

    /// With these options of the command line.
    pub(crate) fn start_with(options: &[&str]) -> Self {
        let mut server = Self {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            data: tempfile::tempdir().unwrap(),
            running: None,
        };
        server.run(options);
        server
    }

    fn run(&mut self, options: &[&str]) {
        let data = self.data.path().join("log").display().to_string();
        let page = self.page_folder().display().to_string();
        let own = ["parlor", "--data", &data, "--page", &page, "--workers", "2"];
        let arguments: Vec<String> = own.iter().chain(options).map(|&a| a.to_owned()).collect();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        self.address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let (ready, is_ready) = mpsc::sync_channel(1);
        let thread = thread::spawn(move || {
            let config = CommandLine::parse_from(arguments).into_config().unwrap();
            let ready = move || ready.send(()).unwrap();
            let shutdown = async { drop(stopped.await) };
            let run = parlor_server::run(config, vec![listener], ready, shutdown);
            actix_web::rt::System::new().block_on(run).unwrap();
        });
        is_ready.recv().expect("the server starts");
        self.running = Some((stop, thread));
    }

    /// Stops it as SIGTERM would, and starts it again on the same log.
    pub(crate) fn restart(&mut self) {
        self.restart_with(&["--rate-per-second", "0"]);
    }

    /// The same with these options.
    pub(crate) fn restart_with(&mut self, options: &[&str]) {
        self.stop();
        self.run(options);
    }

    pub(crate) fn stop(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            stop.send(()).ok();
            thread.join().unwrap();
        }
    }

    /// Its log.
    pub(crate) fn log_file(&self) -> PathBuf {
        self.data.path().join("log/parlor.db")
    }

    /// Where its page is looked for.
    pub(crate) fn page_folder(&self) -> PathBuf {
        self.data.path().join("page")
    }

    pub(crate) async fn client(&self, name: &str) -> Client {
        Client::welcomed(self.address, name).await
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            stop.send(()).ok();
            thread.join().ok();
        }
    }
}

/// The real binary, on a free port. Killed when dropped.
pub(crate) struct Binary {
    pub(crate) address: SocketAddr,
    child: Child,
}

impl Binary {
    pub(crate) fn start(data: &Path) -> Self {
        Self::spawn(command(data).args(["--rate-per-second", "0"]))
    }

    /// Runs this command, which ends in the binary with [`command`]'s options.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.next().unwrap().unwrap();
        let address = line.strip_prefix("Parlor is open at http://").expect(&line);
        let address = address.trim_end_matches('/').parse().unwrap();
        Self { address, child }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it ends by itself; gives how, and what it said if its standard error was piped.
    pub(crate) fn ended(mut self) -> Output {
        let stderr = self.child.stderr.take();
        let (told, tells) = mpsc::sync_channel(1);
        thread::spawn(move || {
            let mut text = Vec::new();
            stderr.map(|mut stderr| stderr.read_to_end(&mut text));
            told.send(text).ok();
        });
        let stderr = tells.recv_timeout(PATIENCE).expect("it ends");
        let status = self.child.wait().unwrap();
        let stdout = Vec::new();
        Output {
            status,
            stdout,
            stderr,
        }
    }

    /// Of its memory, what is in `field`: `VmRSS` is held now, `VmHWM` is the most it ever was.
    pub(crate) fn memory_bytes(&self, field: &str) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(field)).unwrap();
        let kib = line.split_whitespace().nth(1).unwrap();
        kib.parse::<usize>().unwrap() * 1024
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Binary {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The binary on a free port, without whatever the environment says.
pub(crate) fn command(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parlor"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PARLOR_")) {
        command.env_remove(name);
    }
    command
        .args(["--listen", "127.0.0.1:0", "--log", "warn", "--data"])
        .arg(data);
    command
}
