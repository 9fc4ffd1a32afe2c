//! `cargo xtask dev`: the page and the server in debug, both rebuilt when a source changes.
//!
//! Trunk watches, serves and reloads the page, and proxies the WebSocket to the server, as in
//! Trunk.toml. This file watches and restarts the server, which listens on its default address.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, bail};
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::{console, fingerprint, paths, process, setup};

/// The port that Trunk.toml has `trunk serve` listen on.
const PAGE_PORT: u16 = 8081;
/// The sources of the server: a change in one rebuilds it.
const SERVER_SOURCES: [&str; 4] = ["server", "shared", "Cargo.toml", "Cargo.lock"];
/// How often the sources and the children are checked.
const POLL_INTERVAL: Duration = Duration::from_millis(300);
/// How long a child may take to stop before it is killed.
const STOP_TIMEOUT: Duration = Duration::from_secs(8);

/// Runs the server and `trunk serve` until Ctrl-C.
pub(crate) fn run(server_args: &[String]) -> Result<()> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop))
            .context("cannot listen for Ctrl-C")?;
    }
    let tools = setup::for_page()?;
    let mut server = Server::new(server_args);
    server.rebuild()?;
    let mut trunk = tools.trunk();
    let trunk = trunk.current_dir(paths::root()?).arg("serve").spawn();
    let mut trunk = trunk.context("cannot start trunk")?;

    let watched = watch(&stop, &mut server, &mut trunk);
    server.stop();
    stop_child(&mut trunk);
    watched
}

/// Restarts the server when its sources change, until `stop` is set. Prints the page's address once
/// it can be opened.
fn watch(stop: &AtomicBool, server: &mut Server, trunk: &mut Child) -> Result<()> {
    let root = paths::root()?;
    let mut built = newest_source(&root);
    let mut is_announced = false;
    while !stop.load(Ordering::Relaxed) {
        thread::sleep(POLL_INTERVAL);
        if let Some(status) = trunk.try_wait()? {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            bail!("trunk ended ({status}); is port {PAGE_PORT} in use?");
        }
        server.report_exit()?;
        let newest = newest_source(&root);
        if newest != built {
            built = newest;
            console::print_step("dev", "the server's sources changed");
            server.rebuild()?;
        }
        if !is_announced && is_listening(PAGE_PORT) {
            is_announced = true;
            console::print_step(
                "dev",
                &format!("open http://localhost:{PAGE_PORT}/ (Ctrl-C stops)"),
            );
        }
    }
    Ok(())
}

/// When the server's sources were last modified. A file that is being replaced at this moment is
/// skipped; the next check sees it.
fn newest_source(root: &Path) -> Option<SystemTime> {
    let files = SERVER_SOURCES
        .iter()
        .filter_map(|source| fingerprint::files(&root.join(source)).ok());
    let times = files
        .flatten()
        .filter_map(|file| fs::metadata(file).ok()?.modified().ok());
    times.max()
}

fn is_listening(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpStream::connect_timeout(&address, Duration::from_millis(100)).is_ok()
}

/// The server's process; none while the server does not compile or after it has exited.
struct Server<'a> {
    args: &'a [String],
    process: Option<Child>,
}

impl<'a> Server<'a> {
    fn new(args: &'a [String]) -> Self {
        Self {
            args,
            process: None,
        }
    }

    /// Compiles the server and restarts it. If it does not compile, the running one keeps running.
    fn rebuild(&mut self) -> Result<()> {
        let mut build = process::cargo();
        build
            .current_dir(paths::root()?)
            .args(["build", "--package", "parlor-server"]);
        if let Err(error) = process::run(&mut build) {
            let state = if self.process.is_some() {
                "the previous build keeps running"
            } else {
                "no server is running"
            };
            console::print_step("dev", &format!("{error:#}; {state} until a source changes"));
            return Ok(());
        }
        self.stop();
        let mut server = Command::new(paths::target()?.join("debug/parlor"));
        let process = server.args(self.args).spawn();
        self.process = Some(process.context("cannot start the server")?);
        console::print_step("dev", "the server is started");
        Ok(())
    }

    /// Reports once if the server has exited by itself.
    fn report_exit(&mut self) -> Result<()> {
        let Some(process) = &mut self.process else {
            return Ok(());
        };
        if let Some(status) = process.try_wait()? {
            console::print_step(
                "dev",
                &format!("the server exited ({status}); a change restarts it"),
            );
            self.process = None;
        }
        Ok(())
    }

    fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            stop_child(&mut process);
        }
    }
}

/// Sends SIGTERM to the child and waits for it; kills it after [`STOP_TIMEOUT`].
fn stop_child(child: &mut Child) {
    let deadline = Instant::now() + STOP_TIMEOUT;
    // std can only kill. A child that has received Ctrl-C already ignores the second signal.
    let is_signalled = process::succeeds(
        Command::new("kill")
            .arg("-TERM")
            .arg(child.id().to_string()),
    );
    while matches!(child.try_wait(), Ok(None)) {
        if !is_signalled || Instant::now() > deadline {
            // Either fails only if the child has exited in the meantime.
            child.kill().ok();
            child.wait().ok();
            return;
        }
        thread::sleep(Duration::from_millis(20));
    }
}
