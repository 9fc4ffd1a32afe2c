//! The real server.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use crate::browser::{first_line_with, named};

/// The real server, which can be killed and started again at the same address.
pub(crate) struct Server {
    data: TempDir,
    page: PathBuf,
    pub(crate) address: String,
    child: Child,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::start_with(Path::new(&named("PARLOR_PAGE")))
    }

    /// With the page in this folder.
    pub(crate) fn start_with(page: &Path) -> Self {
        let data = tempfile::tempdir().unwrap();
        let (child, address) = Self::spawn(data.path(), page, "127.0.0.1:0");
        Self {
            data,
            page: page.to_owned(),
            address,
            child,
        }
    }

    fn spawn(data: &Path, page: &Path, listen: &str) -> (Child, String) {
        let mut child = Command::new(named("PARLOR_BIN"))
            .args(["--log", "warn", "--listen", listen, "--data"])
            .arg(data)
            .arg("--page")
            .arg(page)
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

    /// Stops in order: SIGTERM, as a service manager does it.
    pub(crate) fn stop(&mut self) {
        let pid = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        assert!(asked.success());
        assert!(self.child.wait().unwrap().success());
    }

    pub(crate) fn start_again(&mut self) {
        (self.child, self.address) = Self::spawn(self.data.path(), &self.page, &self.address);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
