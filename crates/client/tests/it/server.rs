//! The real server, in the test's process.

use std::{
    net::{SocketAddr, TcpListener},
    sync::mpsc,
    thread::{self, JoinHandle},
};

use clap::Parser;
use parlor_server::config::CommandLine;
use tempfile::TempDir;
use tokio::sync::oneshot;

/// A server with a log of its own, which can be stopped and started again at the same address.
pub(crate) struct Server {
    address: SocketAddr,
    data: TempDir,
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let mut server = Self::absent();
        server.start_again();
        server
    }

    /// A server that is not started yet.
    pub(crate) fn absent() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        Self {
            address: free.local_addr().unwrap(),
            data: tempfile::tempdir().unwrap(),
            running: None,
        }
    }

    pub(crate) fn start_again(&mut self) {
        let data = self.data.path().join("log").display().to_string();
        let page = self.data.path().join("page").display().to_string();
        let listener = TcpListener::bind(self.address).unwrap();
        let (stop, stopped) = oneshot::channel();
        let (ready, is_ready) = mpsc::sync_channel(1);
        let thread = thread::spawn(move || {
            let own = ["parlor", "--data", &data, "--page", &page];
            let rest = ["--workers", "1", "--rate-per-second", "0"];
            let config = CommandLine::parse_from([&own[..], &rest].concat())
                .into_config()
                .unwrap();
            let ready = move || ready.send(()).unwrap();
            let shutdown = async {
                // A dropped sender stops the server too.
                stopped.await.ok();
            };
            let run = parlor_server::run(config, vec![listener], ready, shutdown);
            actix_web::rt::System::new().block_on(run).unwrap();
        });
        is_ready.recv().expect("the server starts");
        self.running = Some((stop, thread));
    }

    pub(crate) fn stop(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            stop.send(()).ok();
            thread.join().unwrap();
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            stop.send(()).ok();
            thread.join().ok();
        }
    }
}
