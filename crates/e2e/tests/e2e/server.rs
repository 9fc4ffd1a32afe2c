//! The real server, as a child process.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use crate::driver::{env_var, wait_for_line};

/// A running server, which can be killed and started again on the same log and address.
pub(crate) struct Server {
    data: TempDir,
    page: PathBuf,
    pub(crate) address: String,
    child: Child,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::start_with_page(Path::new(&env_var("PARLOR_PAGE")))
    }

    /// Starts a server that serves the page in this folder.
    pub(crate) fn start_with_page(page: &Path) -> Self {
        let data = tempfile::tempdir().unwrap();
        let (child, address) = spawn(data.path(), page, "127.0.0.1:0");
        Self {
            data,
            page: page.to_owned(),
            address,
            child,
        }
    }

    /// Kills the process: `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Stops the process as a service manager does, with SIGTERM.
    pub(crate) fn stop(&mut self) {
        let pid = self.child.id().to_string();
        let signalled = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        assert!(signalled.success());
        assert!(self.child.wait().unwrap().success());
    }

    /// Starts the server again after it was killed or stopped.
    pub(crate) fn restart(&mut self) {
        (self.child, self.address) = spawn(self.data.path(), &self.page, &self.address);
    }
}

/// Starts the binary; gives the process and the address that it listens on.
fn spawn(data: &Path, page: &Path, listen: &str) -> (Child, String) {
    let mut child = Command::new(env_var("PARLOR_BIN"))
        .args(["--log", "warn", "--listen", listen, "--data"])
        .arg(data)
        .arg("--page")
        .arg(page)
        .args(["--rate-per-second", "10000", "--rate-burst", "10000"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let line = wait_for_line(&mut child, "Parlor is open at ").unwrap();
    let address = line.rsplit("//").next().unwrap().trim_end_matches('/');
    let address = address.to_owned();
    (child, address)
}

impl Drop for Server {
    fn drop(&mut self) {
        // The test may have killed it already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
