//! Memory: whatever is kept for a connection, and however a client fills it, stays below one bound.
//! Measured from outside, on the real binary: the most memory that it ever had.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

use parlor_shared::limits::{
    CONNECTION_BYTES_MAX, FRAME_BYTES_MAX, ROOMS_PER_CONNECTION_MAX, TEXT_CHARS_MAX,
};
use parlor_test_server::ServerProcess;
use tokio::net::TcpSocket;

use crate::{
    client::{Client, PATIENCE, new_id},
    raw_socket::{CONTINUATION, HANDSHAKE, PING, PONG, RawSocket, TEXT, TEXT_START, frame},
    server::{command, spawn},
};

/// Connections that are filled. Many, so that what the server itself needs is a small part.
const CONNECTIONS: usize = 32;

/// A server with one worker, and a client whose requests it answers after it has looked at all that
/// arrived before them.
struct Server {
    process: ServerProcess,
    bob: Client,
    before: u64,
}

impl Server {
    async fn start(data: &Path) -> Self {
        let options = [
            "--rate-per-second",
            "0",
            "--connections-per-address",
            "0",
            "--workers",
            "1",
        ];
        let page = data.join("page");
        let process = spawn(
            command(&data.join("log"))
                .args(options)
                .arg("--page")
                .arg(page),
        );
        let bob = Client::welcomed(process.address(), "bob").await;
        let before = process.memory_bytes("VmRSS").unwrap();
        Self {
            process,
            bob,
            before,
        }
    }

    fn address(&self) -> SocketAddr {
        self.process.address()
    }

    /// Connections whose client's system buffers little, so that it is soon known to read nothing.
    async fn sockets(&self) -> Vec<RawSocket> {
        let mut sockets = Vec::new();
        for _ in 0..CONNECTIONS {
            let socket = TcpSocket::new_v4().unwrap();
            socket.set_recv_buffer_size(4_096).unwrap();
            sockets.push(RawSocket(socket.connect(self.address()).await.unwrap()));
        }
        sockets
    }

    /// WebSockets that have said hello.
    async fn web_sockets(&self) -> Vec<RawSocket> {
        let mut sockets = self.sockets().await;
        let request = format!("GET /ws HTTP/1.1\r\nhost: localhost\r\n{HANDSHAKE}\r\n");
        let hello = frame(TEXT, r#"{"type":"hello","protocol":1,"name":"ann"}"#);
        for socket in &mut sockets {
            socket.send(&[request.as_bytes(), &hello].concat()).await;
            socket.head().await;
            assert!(socket.frame().await.text().contains("welcome"));
        }
        sockets
    }

    /// Sends these bytes on each connection, again and again, until the server takes no more.
    async fn fill(&mut self, sockets: &[RawSocket], bytes: &[u8]) {
        let mut sent = vec![0; sockets.len()];
        let mut rounds_without_progress = 0;
        while rounds_without_progress < 3 {
            rounds_without_progress += 1;
            for (socket, sent) in sockets.iter().zip(&mut sent) {
                while *sent < SENT_BYTES_MAX
                    && let Ok(count) = socket.0.try_write(&bytes[*sent % bytes.len()..])
                {
                    *sent += count;
                    rounds_without_progress = 0;
                }
            }
            self.bob.check_alive().await;
        }
    }

    /// Checks the bound. The connections are open until then.
    async fn check(mut self, sockets: Vec<RawSocket>) {
        self.bob.check_alive().await;
        let grown = self.process.memory_bytes("VmHWM").unwrap() - self.before;
        let each = grown / sockets.len() as u64;
        println!("{each} bytes a connection");
        assert!(each < CONNECTION_BYTES_MAX as u64, "{each} bytes each");
        drop(sockets);
    }
}

/// Bytes that are sent on a connection at most, where the server takes all that comes.
const SENT_BYTES_MAX: usize = 16 << 20;

fn post(room: usize, text: &str) -> Vec<u8> {
    let id = new_id();
    let body = format!(r#"{{"kind":"post","text":"{text}"}}"#);
    frame(
        TEXT,
        format!(r#"{{"type":"post","room":"r{room}","id":"{id}","body":{body}}}"#),
    )
}

fn join(room: usize) -> Vec<u8> {
    frame(TEXT, format!(r#"{{"type":"join","room":"r{room}"}}"#))
}

/// A request for the newest page of the first room.
fn history() -> Vec<u8> {
    let before = 1_u64 << 50;
    frame(
        TEXT,
        format!(r#"{{"type":"history","room":"r0","before":{before},"limit":100}}"#),
    )
}

/// A text that takes as many bytes in a frame as one can: each character is escaped.
fn long_text() -> String {
    "x".to_owned() + &"\\u0001".repeat(TEXT_CHARS_MAX - 1)
}

/// A server whose rooms hold long texts, more in each than a page of the log.
async fn start_with_long_texts(data: &Path, rooms: usize) -> Server {
    let server = Server::start(data).await;
    let mut writer = Client::welcomed(server.address(), "writer").await;
    let text = long_text().replace("\\u0001", "\u{1}");
    for room in 0..rooms {
        writer.join(&format!("r{room}")).await;
        for _ in 0..4 {
            writer.post(&format!("r{room}"), &text).await;
            writer.entry().await;
        }
    }
    drop(server);
    // Started again, so that nothing of it is in memory.
    Server::start(data).await
}

#[actix_web::test]
async fn fragments_with_pongs_between_them() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path()).await;
    let mut sockets = server.web_sockets().await;
    let pongs = frame(PONG, [b'x'; 125]).repeat(60);
    let fragment = [frame(CONTINUATION, "x"), pongs].concat();
    for socket in &mut sockets {
        socket.send(&frame(TEXT_START, "x")).await;
        socket.send(&fragment.repeat(1_000)).await;
        socket.send(&frame(PING, "?")).await;
        assert_eq!(socket.frame().await.first, PONG, "all of it was read");
    }
    server.check(sockets).await;
}

#[actix_web::test]
async fn a_message_and_a_frame_that_are_not_complete() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path()).await;
    let mut sockets = server.web_sockets().await;
    for socket in &mut sockets {
        let most = FRAME_BYTES_MAX - 1;
        socket.send(&frame(TEXT_START, vec![b'x'; most])).await;
        socket.send(&frame(PING, "?")).await;
        assert_eq!(socket.frame().await.first, PONG);
        // The header of a frame for the last byte, and nothing of its body.
        socket.send(&frame(CONTINUATION, "x")[..6]).await;
    }
    server.check(sockets).await;
}

#[actix_web::test]
async fn pings_of_a_client_that_reads_nothing() {
    let data = tempfile::tempdir().unwrap();
    let mut server = Server::start(data.path()).await;
    let sockets = server.web_sockets().await;
    server.fill(&sockets, &frame(PING, "").repeat(1_000)).await;
    server.check(sockets).await;
}

#[actix_web::test]
async fn posts_that_wait_for_their_commit() {
    let data = tempfile::tempdir().unwrap();
    let mut server = Server::start(data.path()).await;
    let mut sockets = server.web_sockets().await;
    for socket in &mut sockets {
        socket.send(&join(0)).await;
        while !socket.frame().await.text().contains("present") {}
    }
    let log = rusqlite::Connection::open(data.path().join("log/parlor.db")).unwrap();
    // Nothing is committed while another connection holds the write lock.
    log.execute_batch("BEGIN IMMEDIATE").unwrap();
    // The ids repeat, which nobody knows before the commit.
    let posts: Vec<u8> = (0..16)
        .flat_map(|_| post(0, &"🙂".repeat(TEXT_CHARS_MAX)))
        .collect();
    server.fill(&sockets, &posts).await;
    let short: Vec<u8> = (0..1_000).flat_map(|_| post(0, "x")).collect();
    server.fill(&sockets, &short).await;
    server.check(sockets).await;
}

#[actix_web::test]
async fn pages_of_history_that_nobody_reads() {
    let data = tempfile::tempdir().unwrap();
    let mut server = start_with_long_texts(data.path(), 1).await;
    let mut sockets = server.web_sockets().await;
    for socket in &mut sockets {
        socket.send(&join(0)).await;
        while !socket.frame().await.text().contains(r#""type":"present""#) {}
    }
    server.fill(&sockets, &history()).await;
    server.check(sockets).await;
}

#[actix_web::test]
async fn many_rooms_that_nobody_reads() {
    let data = tempfile::tempdir().unwrap();
    let mut server = start_with_long_texts(data.path(), ROOMS_PER_CONNECTION_MAX).await;
    let mut sockets = server.web_sockets().await;
    let joins: Vec<u8> = (0..ROOMS_PER_CONNECTION_MAX).flat_map(join).collect();
    for socket in &mut sockets {
        socket.send(&joins).await;
    }
    server.fill(&sockets, &history()).await;
    server.check(sockets).await;
}

#[actix_web::test]
async fn downloads_and_requests_of_a_client_that_reads_nothing() {
    let data = tempfile::tempdir().unwrap();
    fs::create_dir_all(data.path().join("page")).unwrap();
    fs::write(data.path().join("page/index.html"), "<!doctype html>").unwrap();
    fs::write(data.path().join("page/large.wasm"), vec![7; 8 << 20]).unwrap();
    let mut server = Server::start(data.path()).await;
    let sockets = server.sockets().await;
    let padding = format!("x-padding: {}\r\n", "x".repeat(1_000)).repeat(90);
    let request = format!("GET /large.wasm HTTP/1.1\r\nhost: localhost\r\n{padding}\r\n");
    server.fill(&sockets, request.as_bytes()).await;
    let upgrades = server.sockets().await;
    let upgrade = format!("GET /large.wasm HTTP/1.1\r\nhost: localhost\r\n{HANDSHAKE}\r\n");
    server.fill(&upgrades, upgrade.as_bytes()).await;
    server
        .check(sockets.into_iter().chain(upgrades).collect())
        .await;
}

#[actix_web::test]
async fn the_head_of_a_request_that_does_not_end() {
    let data = tempfile::tempdir().unwrap();
    let mut server = Server::start(data.path()).await;
    let mut sockets = server.sockets().await;
    for socket in &mut sockets {
        socket.send(b"GET / HTTP/1.1\r\nhost: localhost\r\n").await;
    }
    let header = format!("x-padding: {}\r\n", "x".repeat(2_000));
    server.fill(&sockets, header.as_bytes()).await;
    server.check(sockets).await;
}

/// The connections of a wave, and how much of what they took may still be the server's afterwards.
const WAVE: usize = 800;
const KEPT_PERCENT_MAX: u64 = 50;

/// A wave of members comes, says hello, joins a room and goes. The system gets back what they took,
/// though nobody sends anything any more and a member who came with them has stayed.
#[actix_web::test]
async fn what_a_wave_of_connections_took_returns_to_the_system() {
    let data = tempfile::tempdir().unwrap();
    let mut server = Server::start(data.path()).await;
    let hello = frame(TEXT, r#"{"type":"hello","protocol":1,"name":"ann"}"#);
    let leave = frame(TEXT, r#"{"type":"leave","room":"r0"}"#);
    let mut sockets = Vec::new();
    for number in 0..WAVE {
        let mut socket = RawSocket::open(server.address()).await;
        socket.send(&[hello.clone(), join(0)].concat()).await;
        while !socket.frame().await.text().contains(r#""type":"present""#) {}
        sockets.push(socket);
        if number == WAVE / 2 {
            server.bob.join("r0").await;
        }
    }
    let with_all = server.process.memory_bytes("VmRSS").unwrap();
    let taken = with_all.saturating_sub(server.before);
    assert!(taken > WAVE as u64 * 2_048, "{taken} bytes can be seen");
    for socket in &mut sockets {
        // A member who has left counts as gone at once.
        socket.send(&leave).await;
    }
    drop(sockets);
    let deadline = Instant::now() + PATIENCE;
    // There is no event to wait for: the system tells nobody that a process has given memory back.
    let mut look = tokio::time::interval(Duration::from_millis(100));
    loop {
        look.tick().await;
        let now = server.process.memory_bytes("VmRSS").unwrap();
        let kept = now.saturating_sub(server.before);
        if kept * 100 <= taken * KEPT_PERCENT_MAX {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "{kept} bytes of {taken} are kept"
        );
    }
}
