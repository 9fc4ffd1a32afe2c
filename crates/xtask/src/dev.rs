//! `cargo xtask dev`: page and server in debug, both rebuilt when a source changes.
//!
//! Trunk watches, serves and reloads the page and passes /ws and /health on to the server
//! (Trunk.toml says where). Watching and restarting the server is done here.

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

use crate::{child, console, paths, setup, stamp};

/// Where the page is opened.
const PAGE_PORT: u16 = 8080;
/// Where the server listens, behind Trunk. Trunk.toml's proxies name the same.
const SERVER_PORT: u16 = 8081;
/// What the server is made from.
const SERVER_SOURCES: [&str; 4] = ["server", "shared", "Cargo.toml", "Cargo.lock"];
/// How often sources and children are looked at.
const PERIOD: Duration = Duration::from_millis(300);
/// How long a server may take to stop before it is killed.
const STOP_PATIENCE: Duration = Duration::from_secs(8);

/// Runs both until Ctrl-C.
pub(crate) fn run(server_args: &[String]) -> Result<()> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop))
            .context("cannot listen for Ctrl-C")?;
    }
    let tools = setup::for_page()?;
    let root = paths::root()?;
    // A folder of its own: a debug build with Trunk's reload script has no place in dist/.
    let dist = paths::target()?.join("dev-page");
    fs::create_dir_all(&dist)?;

    let mut server = Server::new(server_args);
    server.rebuild()?;
    let mut trunk = tools.trunk();
    trunk
        .current_dir(&root)
        .args(["serve", "--address", "127.0.0.1", "--port"]);
    trunk.arg(PAGE_PORT.to_string()).arg("--dist").arg(&dist);
    let mut trunk = trunk.spawn().context("cannot start trunk")?;

    let watched = watch(&stop, &mut server, &mut trunk);
    server.stop();
    end(&mut trunk);
    watched
}

/// Until it is to stop: restarts the server when its sources change, and says once that the page
/// can be opened.
fn watch(stop: &AtomicBool, server: &mut Server, trunk: &mut Child) -> Result<()> {
    let root = paths::root()?;
    let mut seen = newest(&root);
    let mut announced = false;
    while !stop.load(Ordering::Relaxed) {
        thread::sleep(PERIOD);
        if let Some(status) = trunk.try_wait()? {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            bail!("trunk ended ({status}); is port {PAGE_PORT} taken?");
        }
        server.notice_end()?;
        let now = newest(&root);
        if now != seen {
            seen = now;
            console::say("dev", "the server's sources changed");
            server.rebuild()?;
        }
        if !announced && is_answering(PAGE_PORT) {
            announced = true;
            console::say(
                "dev",
                &format!("open http://localhost:{PAGE_PORT}/ (Ctrl-C stops)"),
            );
        }
    }
    Ok(())
}

/// When the server's sources were last touched. A file that is just being replaced is looked at
/// again the next time.
fn newest(root: &Path) -> Option<SystemTime> {
    let files = SERVER_SOURCES
        .iter()
        .filter_map(|source| stamp::files(&root.join(source)).ok());
    let times = files
        .flatten()
        .filter_map(|file| fs::metadata(file).ok()?.modified().ok());
    times.max()
}

fn is_answering(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpStream::connect_timeout(&address, Duration::from_millis(100)).is_ok()
}

/// The server, as long as there is one that compiles and runs.
struct Server<'a> {
    args: &'a [String],
    running: Option<Child>,
}

impl<'a> Server<'a> {
    fn new(args: &'a [String]) -> Self {
        Self {
            args,
            running: None,
        }
    }

    /// Compiles it; if it compiles, the new one takes the old one's place.
    fn rebuild(&mut self) -> Result<()> {
        let mut build = child::cargo();
        build
            .current_dir(paths::root()?)
            .args(["build", "--package", "parlor-server"]);
        if let Err(error) = child::streamed(&mut build) {
            let old = if self.running.is_some() {
                "the old one goes on"
            } else {
                "none runs"
            };
            console::say("dev", &format!("{error:#}: {old} until a source changes"));
            return Ok(());
        }
        self.stop();
        let mut server = Command::new(paths::target()?.join("debug/parlor"));
        server
            .arg("--listen")
            .arg(format!("127.0.0.1:{SERVER_PORT}"));
        // Trunk passes the browser's Origin on, but its own Host; so the origin must be named.
        for host in ["localhost", "127.0.0.1"] {
            server
                .arg("--allow-origin")
                .arg(format!("http://{host}:{PAGE_PORT}"));
        }
        self.running = Some(
            server
                .args(self.args)
                .spawn()
                .context("cannot start the server")?,
        );
        console::say("dev", "the server is started");
        Ok(())
    }

    /// Says so if it has ended by itself.
    fn notice_end(&mut self) -> Result<()> {
        let Some(server) = &mut self.running else {
            return Ok(());
        };
        if let Some(status) = server.try_wait()? {
            console::say(
                "dev",
                &format!("the server ended ({status}); a change restarts it"),
            );
            self.running = None;
        }
        Ok(())
    }

    fn stop(&mut self) {
        if let Some(mut server) = self.running.take() {
            end(&mut server);
        }
    }
}

/// Ends the child in good order, or after a while without.
fn end(child: &mut Child) {
    let deadline = Instant::now() + STOP_PATIENCE;
    // std can only kill; the command asks. Ctrl-C has asked already, and asking twice is harmless.
    let asked = child::succeeds(
        Command::new("kill")
            .arg("-TERM")
            .arg(child.id().to_string()),
    );
    while matches!(child.try_wait(), Ok(None)) {
        if !asked || Instant::now() > deadline {
            // An error means that it has ended meanwhile.
            child.kill().ok();
            child.wait().ok();
            return;
        }
        thread::sleep(Duration::from_millis(20));
    }
}
