//! Behind a real nginx, with the configuration that deploy/nginx.conf offers.

use std::{
    env,
    fmt::Write as _,
    fs,
    io::{BufRead, BufReader},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use parlor_shared::{
    ClientMessage,
    limits::{PING_INTERVAL_MS, PONG_TIMEOUT_MS},
};
use parlor_test_server::TestServer;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::Message;

use crate::{
    admin::send,
    client::{Client, text},
    raw_socket::RawSocket,
    tls::{self, Files},
};

/// What an operator copies.
const CONFIGURATION: &str = include_str!("../../../deploy/nginx.conf");
/// How long nginx waits for the server to say something, in that file.
const READ_TIMEOUT: &str = "proxy_read_timeout 90s;";

/// A running nginx. Stops when dropped.
struct Nginx {
    address: SocketAddr,
    /// Where plain HTTP is redirected.
    redirecting: SocketAddr,
    process: Child,
    _folder: TempDir,
}

impl Nginx {
    /// Starts nginx in front of `server`, with the configuration as `change` makes it.
    fn start(server: SocketAddr, change: impl FnOnce(String) -> String) -> Self {
        Self::start_with(server, None, change)
    }

    /// The same with TLS, where there is a certificate.
    fn start_with(
        server: SocketAddr,
        certificate: Option<&Files>,
        change: impl FnOnce(String) -> String,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [address, redirecting] = free_addresses();
        let site = site(server, address, redirecting, certificate);
        let file = folder.path().join("nginx.conf");
        fs::write(&file, whole(folder.path(), &change(site))).unwrap();
        let mut process = Command::new(program())
            .arg("-p")
            .arg(folder.path())
            .arg("-c")
            .arg(&file)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap()).lines();
        let mut said = String::new();
        while !said.contains("start worker process ") {
            let line = log.next().unwrap_or_else(|| panic!("no nginx: {said}"));
            writeln!(said, "{}", line.unwrap()).unwrap();
        }
        // Read on, or nginx would wait for room in the pipe. The thread ends with nginx.
        std::thread::spawn(move || log.map_while(Result::ok).for_each(drop));
        Self {
            address,
            redirecting,
            process,
            _folder: folder,
        }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // SIGKILL would leave its workers behind. Errors mean that it has ended.
        let id = i32::try_from(self.process.id()).ok();
        if let Some(id) = id.and_then(Pid::from_raw) {
            kill_process(id, Signal::TERM).ok();
        }
        self.process.wait().ok();
    }
}

/// nginx's program: `cargo xtask setup` installs it.
fn program() -> PathBuf {
    let unpacked = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../tools/nginx/usr/sbin/nginx");
    let given = env::var_os("NGINX").map(PathBuf::from);
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).map(|folder| folder.join("nginx"));
    let found = given
        .into_iter()
        .chain(on_path)
        .chain(["/usr/sbin/nginx".into(), unpacked])
        .find(|candidate| candidate.is_file());
    found.expect("no nginx: `cargo xtask setup` installs it, or NGINX names its program")
}

fn free_addresses() -> [SocketAddr; 2] {
    let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap())
}

/// The operator's file for these addresses, with this certificate or without TLS: nothing else of
/// it is changed.
fn site(
    server: SocketAddr,
    address: SocketAddr,
    redirecting: SocketAddr,
    certificate: Option<&Files>,
) -> String {
    let lines = CONFIGURATION.lines().filter_map(|line| {
        let start = line.trim_start();
        let of_file = |name| format!("{} {};", start.split(' ').next().unwrap(), name);
        match certificate {
            _ if start.starts_with("listen [::]") => None,
            Some(files) if start.starts_with("ssl_certificate_key") => {
                Some(of_file(files.path("key.pem").display()))
            }
            Some(files) if start.starts_with("ssl_certificate") => {
                Some(of_file(files.path("cert.pem").display()))
            }
            None if start.starts_with("ssl_") => None,
            Some(_) | None => Some(line.to_owned()),
        }
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    let secure = if certificate.is_some() { " ssl" } else { "" };
    let changes = [
        ("listen 443 ssl;", format!("listen {address}{secure};")),
        ("listen 80;", format!("listen {redirecting};")),
        ("http://127.0.0.1:8080", format!("http://{server}")),
    ];
    changes.into_iter().fold(text, |text, (from, to)| {
        assert_eq!(text.matches(from).count(), 1, "deploy/nginx.conf: {from}");
        text.replace(from, &to)
    })
}

/// The whole configuration, with every file in the folder.
fn whole(folder: &Path, site: &str) -> String {
    let folder = folder.display();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|of| format!("{of}_temp_path {folder}/{of};"))
        .join("\n");
    format!(
        "daemon off;\nworker_processes 1;\npid {folder}/pid;\nerror_log stderr notice;\n\
         events {{ worker_connections 256; }}\n\
         http {{\naccess_log off;\n{temporary}\n{site}\n}}\n"
    )
}

#[actix_web::test]
async fn pages_and_messages_pass_through_nginx_at_once() {
    let server = TestServer::start();
    let nginx = Nginx::start(server.address(), |site| site);
    let mut ann = Client::welcomed(nginx.address, "ann").await;
    ann.join("lobby").await;
    let mut bob = Client::welcomed(server.address(), "bob").await;
    bob.join("lobby").await;
    bob.post("lobby", "from bob").await;
    assert_eq!(text(&ann.entry().await), "from bob");
    let long = "long".repeat(1_500);
    ann.post("lobby", &long).await;
    for client in [&mut ann, &mut bob] {
        while text(&client.entry().await) != long {}
    }

    let (_, head) = RawSocket::request(nginx.address, "GET /health", "").await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    let (_, head) = RawSocket::request(nginx.redirecting, "GET /r/team?at=1", "").await;
    let host = nginx.redirecting.ip();
    assert!(head.starts_with("http/1.1 301"), "{head}");
    let target = format!("location: https://{host}/r/team?at=1\r\n");
    assert!(head.contains(&target), "{head}");
}

#[actix_web::test]
async fn a_page_behind_nginx_has_the_browsers_own_origin_and_no_other_has() {
    let server = TestServer::start();
    let nginx = Nginx::start(server.address(), |site| site);
    let own = format!("http://{}", nginx.address);
    let with_origin = async |origin: &str| {
        let headers = format!("origin: {origin}\r\n{}", crate::raw_socket::HANDSHAKE);
        RawSocket::request(nginx.address, "GET /ws", &headers)
            .await
            .1
    };
    let head = with_origin(&own).await;
    assert!(head.starts_with("http/1.1 101"), "{head}");
    let head = with_origin("http://evil.example").await;
    assert!(head.starts_with("http/1.1 403"), "{head}");
}

#[actix_web::test]
async fn nginxs_clients_have_limits_of_their_own_and_what_they_claim_is_not_believed() {
    let server = TestServer::start_with(&[
        "--connections-per-address",
        "1",
        "--trust-proxy",
        "127.0.0.1",
    ]);
    let nginx = Nginx::start(server.address(), |site| site);
    let connect = async |last: u8, headers: &[(&'static str, &str)]| {
        let source = IpAddr::V4(Ipv4Addr::new(127, 0, 0, last));
        let mut client = Client::connect_from(source, nginx.address, headers).await;
        client.send(&ClientMessage::Ping { t: 0 }).await;
        let is_open = client.next_unless_closed().await.is_some();
        (client, is_open)
    };
    let (_second, is_open) = connect(2, &[]).await;
    assert!(is_open);
    let (_third, is_open) = connect(3, &[]).await;
    assert!(is_open, "another client of nginx has its own limit");
    for claim in [
        ("x-forwarded-for", "192.0.2.7"),
        ("forwarded", "for=192.0.2.7"),
    ] {
        let (_refused, is_open) = connect(2, &[claim]).await;
        assert!(!is_open, "{claim:?}");
    }
}

/// The rooms below a path of nginx's host.
fn below_a_path(site: String) -> String {
    assert_eq!(site.matches("location / {").count(), 1);
    site.replace("location / {", "location /team/chat/ {")
}

#[actix_web::test]
async fn the_rooms_are_below_a_path_of_nginxs_host_over_its_tls() {
    let options = [
        "--base-path",
        "/team/chat",
        "--trust-proxy",
        "127.0.0.1",
        "--connections-per-address",
        "1",
    ];
    let server = TestServer::start_with(&options);
    let files = Files::make();
    let nginx = Nginx::start_with(server.address(), Some(&files), below_a_path);
    let connect = |path| tls::connect_at(nginx.address, files.trusted(), path);
    let mut ann = connect("/team/chat/ws").await.unwrap();
    ann.hello("ann").await;
    ann.join("lobby").await;
    ann.post("lobby", "below a path").await;
    assert_eq!(text(&ann.entry().await), "below a path");
    assert!(
        connect("/ws").await.is_none(),
        "nginx has other things there"
    );
    let get = |path: &'static str| {
        let (address, config) = (nginx.address, files.trusted());
        tokio::task::spawn_blocking(move || tls::get(address, config, path))
    };
    let answer = get("/team/chat/health").await.unwrap();
    assert!(answer.starts_with("http/1.1 200"), "{answer}");
    // Whose address nginx names counts, below a path as well: this one has its connection.
    let mut second = connect("/team/chat/ws").await.unwrap();
    second.send(&ClientMessage::Ping { t: 0 }).await;
    assert!(second.next_unless_closed().await.is_none());
}

#[actix_web::test]
async fn a_path_that_nginx_strips_is_said_to_be_missing() {
    let server = TestServer::start_with(&["--base-path", "/team/chat"]);
    let host = format!("http://{};", server.address());
    let nginx = Nginx::start(server.address(), |site| {
        // With a path behind the address nginx passes on what is behind its own.
        below_a_path(site).replace(&host, &host.replace(';', "/;"))
    });
    let (address, line) = (nginx.address, "GET /team/chat/");
    let answer = tokio::task::spawn_blocking(move || send(address, line, "", ""));
    let answer = answer.await.unwrap();
    assert_eq!(answer.status, 404);
    let why = "a proxy in front of the server must pass on the whole path";
    assert!(answer.body.contains(why), "{}", answer.body);
}

#[actix_web::test]
async fn a_long_silence_does_not_end_a_connection_through_nginx() {
    let silence = Duration::from_millis(PING_INTERVAL_MS + PONG_TIMEOUT_MS);
    assert!(
        silence < Duration::from_secs(90) && CONFIGURATION.contains(READ_TIMEOUT),
        "nginx waits longer than the server is ever silent"
    );
    let server = TestServer::start();
    // Little more than the time after which the server pings, so that the test is short.
    let seconds = PING_INTERVAL_MS / 1_000 + 2;
    let tight = move |site: String| site.replace(READ_TIMEOUT, &timeout(seconds));
    let nginx = Nginx::start(server.address(), tight);
    let impatient = Nginx::start(server.address(), |site| {
        site.replace(READ_TIMEOUT, &timeout(1))
    });
    let mut cut_off = Client::welcomed(impatient.address, "cut off").await;
    let mut silent = Client::welcomed(nginx.address, "silent").await;
    let since = Instant::now();
    assert!(
        cut_off.next_unless_closed().await.is_none(),
        "a shorter timeout ends it, so nginx does look"
    );
    for _ in 0..2 {
        let frame = silent.next_frame().await;
        assert!(matches!(frame, Some(Message::Ping(_))), "{frame:?}");
    }
    assert!(since.elapsed() > Duration::from_secs(seconds));
    silent.join("lobby").await;
}

fn timeout(seconds: u64) -> String {
    format!("proxy_read_timeout {seconds}s;")
}
