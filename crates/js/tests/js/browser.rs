//! The JavaScript client in Chromium.

use std::{
    env, fs,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver, SyncSender},
    thread,
    time::Duration,
};

use parlor_js::node::{build, read};
use parlor_test_server::{FREE_PORT, ServerProcess, command};

/// How long the browser may take for a step.
const STEP_TIMEOUT: Duration = Duration::from_secs(60);

/// The reports that may wait for the test.
const REPORTS_MAX: usize = 8;

/// A command that runs the browser that `cargo xtask test` has found, or the one on PATH.
pub(crate) fn chromium(profile: &Path) -> Command {
    let browser = env::var_os("CHROME").unwrap_or_else(|| "chromium".into());
    let mut chromium = Command::new(browser);
    chromium
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
        ])
        .args(["--no-first-run", "--disable-background-networking"])
        .args(["--disable-component-update", "--disable-sync"])
        .arg(format!("--user-data-dir={}", profile.display()));
    chromium
}

/// A browser that runs until it is dropped.
struct Browser(Child);

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Serves a page with the client beside it; returns where, and what the page reports.
fn serve(page: String) -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind(FREE_PORT).unwrap();
    let address = listener.local_addr().unwrap();
    let client = read("clients/js/dist/parlor.js");
    let (sender, reports) = mpsc::sync_channel(REPORTS_MAX);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A browser opens connections that it does not use: each has a thread.
            let (page, client, sender) = (page.clone(), client.clone(), sender.clone());
            thread::spawn(move || answer(stream, &page, &client, &sender));
        }
    });
    (address, reports)
}

/// Answers one request. A connection that ends early has none.
fn answer(stream: TcpStream, page: &str, client: &str, reports: &SyncSender<String>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut request = String::new();
    reader.read_line(&mut request).ok()?;
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let header = header.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(bytes) = header.strip_prefix("content-length:") {
            length = bytes.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let path = request.split(' ').nth(1)?;
    let (kind, content) = match path.split('?').next()? {
        "/" => ("text/html", page),
        "/parlor.js" => ("text/javascript", client),
        "/report" => {
            reports.send(String::from_utf8(body).ok()?).ok()?;
            ("text/plain", "")
        }
        _other => ("text/plain", ""),
    };
    let length = content.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    );
    let mut stream = reader.into_inner();
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(content.as_bytes()).ok()
}

fn server(data: &Path, listen: SocketAddr, page: SocketAddr) -> ServerProcess {
    let binary = env::var("PARLOR_BIN")
        .unwrap_or_else(|_| panic!("PARLOR_BIN is not set: run this with cargo xtask test"));
    let mut command = command(Path::new(&binary), data, listen);
    ServerProcess::spawn(command.args(["--allow-origin", &format!("http://{page}")])).unwrap()
}

#[test]
fn a_post_written_without_the_server_survives_a_reload() {
    build();
    let (page, reports) = serve(read("clients/js/test/reload.html"));
    let folder = tempfile::tempdir().unwrap();
    let (data, profile) = (folder.path().join("data"), folder.path().join("profile"));
    fs::create_dir_all(&data).unwrap();
    // The address of a server that is not there for now.
    let mut running = server(&data, FREE_PORT, page);
    let address = running.address();
    running.kill().unwrap();
    let _browser = Browser(
        chromium(&profile)
            .args(["--remote-debugging-port=0"])
            .arg(format!("http://{page}/?server=http://{address}"))
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let next = || reports.recv_timeout(STEP_TIMEOUT).unwrap();
    assert_eq!(next(), "kept written offline");
    assert_eq!(next(), "restored 1");
    let _running = server(&data, address, page);
    assert_eq!(next(), "acked written offline");
    assert_eq!(next(), "left 0, with a token");
}
