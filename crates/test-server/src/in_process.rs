//! The server on a thread of the test.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a server that does not start or stop fails the test"
)]

use std::{
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    sync::mpsc,
    thread::{self, JoinHandle},
};

use clap::Parser;
use parlor_server::{
    config::CommandLine,
    listen::{Listener, Listeners},
};
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::FREE_PORT;

/// Without limits of rate: a test posts as fast as it can. Without limits of one address: all
/// clients of a test have the same.
const DEFAULT_OPTIONS: [&str; 4] = ["--rate-per-second", "0", "--connections-per-address", "0"];

/// A server in this process, with a log of its own in a temporary folder. Stops when dropped.
///
/// Its methods panic where the server does not start or stop, so that the test fails.
#[derive(Debug)]
pub struct TestServer {
    address: SocketAddr,
    admin: Option<SocketAddr>,
    redirect: Option<SocketAddr>,
    data: TempDir,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl TestServer {
    /// Starts one on a free port, without limits of rate.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&DEFAULT_OPTIONS)
    }

    /// Starts one on a free port, with these options of the command line.
    #[must_use]
    pub fn start_with(options: &[&str]) -> Self {
        let mut server = Self::stopped();
        server.run(FREE_PORT, options);
        server
    }

    /// One that has an address and does not run yet; see [`start_again`](Self::start_again).
    #[must_use]
    pub fn stopped() -> Self {
        let free = TcpListener::bind(FREE_PORT).unwrap();
        Self {
            address: free.local_addr().unwrap(),
            admin: None,
            redirect: None,
            data: tempfile::tempdir().unwrap(),
            running: None,
        }
    }

    /// Starts it at the address it had, on the same log, without limits of rate.
    pub fn start_again(&mut self) {
        self.run(self.address, &DEFAULT_OPTIONS);
    }

    /// Starts it at this address, on the same log, without limits of rate.
    pub fn start_at(&mut self, address: SocketAddr) {
        self.run(address, &DEFAULT_OPTIONS);
    }

    /// Stops it as SIGTERM would, and starts it on the same log and another port, without limits of
    /// rate.
    pub fn restart(&mut self) {
        self.restart_with(&DEFAULT_OPTIONS);
    }

    /// Stops it as SIGTERM would, and starts it on the same log and another port, with these
    /// options.
    pub fn restart_with(&mut self, options: &[&str]) {
        self.stop();
        self.run(FREE_PORT, options);
    }

    /// Stops it as SIGTERM would, and waits until it has stopped.
    pub fn stop(&mut self) {
        if let Some(Running { stop, thread }) = self.running.take() {
            // An error says that it has ended already, which the join explains.
            stop.send(()).ok();
            thread.join().unwrap();
        }
    }

    /// Where it listens; another port after each [`restart`](Self::restart).
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its admin address.
    ///
    /// # Panics
    /// If it was started without `--admin`.
    #[must_use]
    pub fn admin(&self) -> SocketAddr {
        self.admin.expect("the server has --admin")
    }

    /// Its address that sends browsers to the one with TLS.
    ///
    /// # Panics
    /// If it was started without `--redirect-http`.
    #[must_use]
    pub fn redirect(&self) -> SocketAddr {
        self.redirect.expect("the server has --redirect-http")
    }

    /// The same as a URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// The file of its log.
    #[must_use]
    pub fn log_file(&self) -> PathBuf {
        self.data.path().join("log/parlor.db")
    }

    /// The folder where it looks for its page when it starts; made by the test that wants a page.
    #[must_use]
    pub fn page_folder(&self) -> PathBuf {
        self.data.path().join("page")
    }

    fn run(&mut self, address: SocketAddr, options: &[&str]) {
        let data = self.data.path().join("log").display().to_string();
        let page = self.page_folder().display().to_string();
        let mut arguments = vec!["parlor", "--data", &data, "--page", &page];
        arguments.extend(options);
        if !options.contains(&"--workers") {
            // Two, so that connections of one test meet on different threads.
            arguments.extend(["--workers", "2"]);
        }
        if !options.contains(&"--access") {
            arguments.extend(["--access", "open"]);
        }
        let config = CommandLine::parse_from(arguments);
        let config = config.into_config().unwrap();
        let listener = TcpListener::bind(address).unwrap();
        self.address = listener.local_addr().unwrap();
        let bind = |address| TcpListener::bind(address).unwrap();
        let admin: Vec<TcpListener> = config.admin.iter().map(bind).collect();
        self.admin = admin.first().map(|admin| admin.local_addr().unwrap());
        let redirect: Vec<TcpListener> = config.redirect_http.iter().map(bind).collect();
        self.redirect = redirect
            .first()
            .map(|redirect| redirect.local_addr().unwrap());
        let rooms = vec![Listener::Tcp(listener)];
        let listeners = Listeners {
            rooms,
            admin,
            redirect,
        };
        let (stop, stopped) = oneshot::channel();
        let (ready, is_ready) = mpsc::sync_channel(1);
        let thread = thread::spawn(move || {
            let ready = move || ready.send(()).unwrap();
            // Resolves as well when the sender is dropped.
            let shutdown = async { stopped.await.unwrap_or(()) };
            let run = parlor_server::run(config, listeners, ready, shutdown);
            actix_web::rt::System::new().block_on(run).unwrap();
        });
        is_ready.recv().expect("the server starts");
        self.running = Some(Running { stop, thread });
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if let Some(Running { stop, thread }) = self.running.take() {
            // Neither error matters any more: a panic here would hide the one that ends the test.
            stop.send(()).ok();
            thread.join().ok();
        }
    }
}
