//! A browser's driver as a child process.

use std::{
    io::{BufRead, BufReader},
    net::TcpStream,
    path::Path,
    process::{self, Child, Command, Stdio},
    sync::atomic::{AtomicU16, Ordering},
    thread,
    time::Duration,
};

use crate::{engine::Engine, environment::env_var};

/// Waits for a line on the child's standard output that contains `mark`; `None` if the child ends
/// without one. What follows is read and forgotten: geckodriver panics if it cannot print.
fn wait_for_line(child: &mut Child, mark: &str) -> Option<String> {
    let mut lines = BufReader::new(child.stdout.take()?).lines();
    let line = lines.find_map(|line| line.ok().filter(|line| line.contains(mark)));
    thread::spawn(move || lines.for_each(drop));
    line
}

/// A port that no driver of this process has been given, and that the system gives nobody unasked:
/// whoever connects to such a port before it is open may be connected to themselves.
fn next_port() -> u16 {
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    let process = u16::try_from(process::id() % 1_000).unwrap_or_default();
    20_000 + process * 10 + GIVEN.fetch_add(1, Ordering::Relaxed)
}

/// A running driver of a browser. It is killed when dropped, with the browser that it started.
pub(crate) struct Driver {
    child: Child,
    pub(crate) port: String,
    _display: Option<Display>,
}

impl Driver {
    /// Starts the engine's driver. What the browser keeps beside its profile is kept there, too.
    pub(crate) fn start(engine: Engine, profile: &Path) -> Self {
        // A port that is free may be taken before the driver has it.
        for _ in 0..10 {
            let driver = match engine {
                Engine::Chromium => Self::chromium(),
                Engine::Firefox => Self::firefox(),
                Engine::WebKit => Self::webkit(profile),
            };
            if let Some(driver) = driver {
                return driver;
            }
        }
        panic!("the driver of {engine:?} does not start");
    }

    /// Chromedriver picks a port that is free for IPv4 and exits where IPv6 has it taken.
    fn chromium() -> Option<Self> {
        let mut command = Command::new(env_var("CHROMEDRIVER"));
        Self::on_printed_port(command.arg("--port=0"), "started successfully on port")
    }

    fn firefox() -> Option<Self> {
        let mut command = Command::new(env_var("GECKODRIVER"));
        // Firefox's processes complain when they are killed.
        let command = command.arg("--port=0").stderr(Stdio::null());
        Self::on_printed_port(command, "Listening on")
    }

    /// Runs a driver that prints its port at the end of a line with this mark.
    fn on_printed_port(command: &mut Command, mark: &str) -> Option<Self> {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let Some(line) = wait_for_line(&mut child, mark) else {
            child.wait().unwrap();
            return None;
        };
        let port = line.trim_end_matches('.').rsplit([' ', ':']).next()?;
        let port = port.to_owned();
        Some(Self {
            child,
            port,
            _display: None,
        })
    }

    /// WebKit's driver picks no port, and its browser needs a display.
    fn webkit(profile: &Path) -> Option<Self> {
        let display = Display::start();
        let port = next_port();
        let mut command = Command::new(env_var("WEBKITDRIVER"));
        command
            .arg(format!("--port={port}"))
            .env("DISPLAY", &display.name)
            .env("GDK_BACKEND", "x11")
            // It has no session bus to be accessible on.
            .env("NO_AT_BRIDGE", "1");
        for folder in ["XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
            command.env(folder, profile);
        }
        let mut child = command.spawn().unwrap();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if child.try_wait().unwrap().is_some() {
                return None;
            }
            // It prints nothing that could be waited for.
            thread::sleep(Duration::from_millis(10));
        }
        Some(Self {
            child,
            port: port.to_string(),
            _display: Some(display),
        })
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // The browser would outlive its driver. It may have ended by itself, like the driver.
        Command::new("pkill")
            .args(["-KILL", "-P", &self.child.id().to_string()])
            .status()
            .ok();
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// An X server without a screen, for one window.
struct Display {
    child: Child,
    name: String,
}

impl Display {
    fn start() -> Self {
        let mut child = Command::new(env_var("XVFB"))
            // It picks a free number and prints it.
            .args(["-displayfd", "1", "-nolisten", "tcp"])
            .args(["-screen", "0", "2560x1600x24"])
            .stdout(Stdio::piped())
            // It complains of each number that is taken.
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let number = wait_for_line(&mut child, "").expect("Xvfb starts");
        let name = format!(":{}", number.trim());
        Self { child, name }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        // Unlike a kill, this lets it remove its lock file.
        Command::new("kill")
            .arg(self.child.id().to_string())
            .status()
            // Without the program it ends with the tests.
            .ok();
        self.child.wait().ok();
    }
}
