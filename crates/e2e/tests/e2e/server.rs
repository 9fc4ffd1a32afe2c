//! The real server with the real page, as a child process.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use parlor_test_server::{FREE_PORT, ServerProcess, command};
use tempfile::TempDir;

use crate::environment::env_var;

/// A name of this machine that no browser takes for one: its pages are insecure contexts.
pub(crate) const NAME: &str = "parlor.test";

/// A server stops within 5 s of SIGTERM.
const STOP_TIMEOUT: Duration = Duration::from_secs(20);

/// A running server, which can be killed and started again on the same log and address.
pub(crate) struct Server {
    process: ServerProcess,
    data: TempDir,
    page: PathBuf,
    /// The path at which it is hosted.
    base: String,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::start_with_page(Path::new(&env_var("PARLOR_PAGE")))
    }

    /// Starts a server that serves the page in this folder.
    pub(crate) fn start_with_page(page: &Path) -> Self {
        Self::start_page_at(page, "/")
    }

    /// Starts a server that is hosted at this path.
    pub(crate) fn start_at(base: &str) -> Self {
        Self::start_page_at(Path::new(&env_var("PARLOR_PAGE")), base)
    }

    fn start_page_at(page: &Path, base: &str) -> Self {
        let data = tempfile::tempdir().unwrap();
        Self {
            process: spawn(data.path(), page, base, FREE_PORT),
            data,
            page: page.to_owned(),
            base: base.to_owned(),
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.process.address()
    }

    /// The URL of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address())
    }

    /// The URL of a path under a name, as in a network without TLS: an insecure context.
    pub(crate) fn named_url(&self, path: &str) -> String {
        format!("http://{NAME}:{}{path}", self.address().port())
    }

    /// Ends the process as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
    }

    /// Stops the process as a service manager does, with SIGTERM.
    pub(crate) fn stop(&mut self) {
        let status = self.process.terminate(STOP_TIMEOUT).unwrap();
        assert!(status.expect("the server stops").success());
    }

    /// Starts the server again after it was killed or stopped.
    pub(crate) fn restart(&mut self) {
        self.process = spawn(self.data.path(), &self.page, &self.base, self.address());
    }
}

/// Runs the binary with rate limits that no test reaches.
fn spawn(data: &Path, page: &Path, base: &str, listen: SocketAddr) -> ServerProcess {
    let binary = env_var("PARLOR_BIN");
    let mut command = command(Path::new(&binary), data, listen);
    command
        .arg("--page")
        .arg(page)
        .args(["--rate-per-second", "10000", "--rate-burst", "10000"])
        .args(["--connections-per-address", "0"])
        .args(["--allow-host", NAME, "--access", "open"])
        .args(["--base-path", base]);
    ServerProcess::spawn(&mut command).unwrap()
}
