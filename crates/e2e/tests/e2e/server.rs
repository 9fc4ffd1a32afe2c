//! The real server.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use crate::browser::{first_line_with, named};

/// The real server, which can be killed and started again at the same address.
pub(crate) struct Server {
    data: TempDir,
    pub(crate) address: String,
    child: Child,
}

impl Server {
    pub(crate) fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let (child, address) = Self::spawn(data.path(), "127.0.0.1:0");
        Self {
            data,
            address,
            child,
        }
    }

    fn spawn(data: &Path, listen: &str) -> (Child, String) {
        let mut child = Command::new(named("PARLOR_BIN"))
            .args(["--log", "warn", "--listen", listen, "--data"])
            .arg(data)
            .args(["--page", &named("PARLOR_PAGE")])
            .args(["--rate-per-second", "10000", "--rate-burst", "10000"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let line = first_line_with(&mut child, "Parlor is open at ").unwrap();
        let address = line
            .rsplit("//")
            .next()
            .unwrap()
            .trim_end_matches('/')
            .to_owned();
        (child, address)
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn start_again(&mut self) {
        (self.child, self.address) = Self::spawn(self.data.path(), &self.address);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
