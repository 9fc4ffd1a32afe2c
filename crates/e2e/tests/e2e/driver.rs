//! The browser's driver, chromedriver, as a child process.

use std::{
    env,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

/// The value of a variable that `cargo xtask test` sets.
pub(crate) fn env_var(name: &str) -> String {
    env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: run these tests with cargo xtask test"))
}

/// Waits for a line on the child's standard output that contains `mark`; `None` if the child ends
/// without one.
fn wait_for_line(child: &mut Child, mark: &str) -> Option<String> {
    let mut lines = BufReader::new(child.stdout.take()?).lines();
    lines.find_map(|line| line.ok().filter(|line| line.contains(mark)))
}

/// A running chromedriver. It is killed when dropped.
pub(crate) struct Driver {
    child: Child,
    pub(crate) port: String,
}

impl Driver {
    pub(crate) fn start() -> Self {
        // Chromedriver picks a port that is free for IPv4 and exits where IPv6 has it taken.
        for _ in 0..10 {
            let mut child = Command::new(env_var("CHROMEDRIVER"))
                .arg("--port=0")
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            if let Some(line) = wait_for_line(&mut child, "started successfully on port") {
                let port = line.trim_end_matches('.').rsplit(' ').next().unwrap();
                let port = port.to_owned();
                return Self { child, port };
            }
            child.wait().unwrap();
        }
        panic!("chromedriver does not start");
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
