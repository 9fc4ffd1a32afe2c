//! Development with `cargo run` in one terminal and `trunk serve` in another.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
};

use parlor_test_server::{ServerProcess, command};
use tempfile::TempDir;

use crate::{environment::env_var, window::Window};

/// The server's default port, and the one that Trunk.toml has Trunk listen on.
const DEFAULT_PORTS: Ports = Ports {
    server: 8080,
    page: 8081,
};

/// The repository, where a developer types both commands.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

#[derive(Clone, Copy, PartialEq)]
struct Ports {
    server: u16,
    page: u16,
}

impl Ports {
    /// The default ports, or two others if somebody on this machine uses one of them.
    fn choose() -> Self {
        let free_port = |port| {
            let listener = TcpListener::bind(("127.0.0.1", port)).ok()?;
            Some(listener.local_addr().unwrap().port())
        };
        let Ports { server, page } = DEFAULT_PORTS;
        match (free_port(server), free_port(page)) {
            (Some(server), Some(page)) => Self { server, page },
            _in_use => Self {
                server: free_port(0).unwrap(),
                page: free_port(0).unwrap(),
            },
        }
    }
}

/// The server of `cargo run`, without a built page, and `trunk serve`.
struct Development {
    ports: Ports,
    trunk: Child,
    _server: ServerProcess,
    _folder: TempDir,
}

impl Development {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ports = Ports::choose();
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, ports.server));
        let binary = env_var("PARLOR_BIN");
        let mut server = command(Path::new(&binary), &folder.path().join("log"), listen);
        server.current_dir(&folder);
        let mut trunk = Command::new("trunk");
        trunk.arg("serve").current_dir(ROOT);
        if ports != DEFAULT_PORTS {
            let origin = format!("http://127.0.0.1:{}", ports.page);
            server.arg("--allow-origin").arg(origin);
            let config = write_config(ports, folder.path());
            trunk.arg("--config").arg(config);
        }
        Self {
            ports,
            _server: ServerProcess::spawn(&mut server).unwrap(),
            trunk: start_trunk(trunk),
            _folder: folder,
        }
    }
}

impl Drop for Development {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.trunk.kill().ok();
        self.trunk.wait().ok();
    }
}

/// Writes a copy of Trunk.toml into `folder`, with other ports and with absolute paths.
fn write_config(ports: Ports, folder: &Path) -> PathBuf {
    let root = fs::canonicalize(ROOT).unwrap();
    let mut config = fs::read_to_string(root.join("Trunk.toml")).unwrap();
    for path in ["frontend", "shared", "crates", "target"] {
        let absolute = root.join(path).display().to_string();
        config = config.replace(&format!("\"{path}"), &format!("\"{absolute}"));
    }
    config = config.replace(&DEFAULT_PORTS.server.to_string(), &ports.server.to_string());
    config = config.replace(&DEFAULT_PORTS.page.to_string(), &ports.page.to_string());
    let file = folder.join("Trunk.toml");
    fs::write(&file, config).unwrap();
    file
}

/// Starts Trunk and waits until it has built the page and serves it.
fn start_trunk(mut command: Command) -> Child {
    // Cargo has compiled all but the page's own crate in this profile for the other tests, and with
    // the same flags. A cold debug build takes minutes.
    command.env("TRUNK_BUILD_CARGO_PROFILE", "wasm-release");
    let mut trunk = command.stdout(Stdio::piped()).spawn().unwrap();
    let output = BufReader::new(trunk.stdout.take().unwrap());
    let (send, received) = mpsc::sync_channel(1);
    // Reads to the end, because Trunk would fail to write to a pipe that nobody reads.
    thread::spawn(move || {
        let mut before = Vec::new();
        for line in output.lines().map_while(Result::ok) {
            if line.contains("server listening at") {
                // The test may have ended.
                send.send(Ok(())).ok();
            }
            before.push(line);
        }
        send.send(Err(before.join("\n"))).ok();
    });
    if let Err(output) = received.recv().unwrap() {
        panic!("trunk serve has ended:\n{output}");
    }
    trunk
}

#[tokio::test]
async fn the_page_of_trunk_serve_is_connected_to_the_server_of_cargo_run() {
    let development = tokio::task::spawn_blocking(Development::start)
        .await
        .unwrap();
    let url = format!("http://127.0.0.1:{}/", development.ports.page);
    let (ann, ben) = tokio::join!(Window::open_url(&url), Window::open_url(&url));
    for window in [&ann, &ben] {
        window.wait_for_status("online").await;
    }
    // Trunk's page has a script that reloads it. The server's page, in another folder, has none.
    let index = Path::new(&env_var("PARLOR_PAGE")).join("index.html");
    let reloads = |html: String| html.contains("__TRUNK_ADDRESS__");
    assert!(reloads(
        fs::read_to_string(format!("{ROOT}/target/trunk/index.html")).unwrap()
    ));
    assert!(!reloads(fs::read_to_string(index).unwrap()));

    ann.post("hello from Trunk's page").await;
    assert_eq!(
        ben.wait_for_messages(1, "sent").await,
        ["hello from Trunk's page"]
    );
}
