//! Unix sockets, and sockets that are handed over as systemd does it.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::{fd::OwnedFd, unix::net::UnixStream},
    path::Path,
    process::{Command, Stdio},
};

use parlor_test_server::ServerProcess;

use crate::{
    client::{Client, PATIENCE},
    raw_socket::{HANDSHAKE, TEXT, frame},
    server::{command, spawn},
};

const HELLO: &str =
    r#"{"type":"hello","protocol":1,"name":"ann","client":{"name":"","version":""}}"#;

/// The binary at this Unix socket, and at a free port, so that the test learns when it is ready.
fn start(folder: &Path, socket: &Path, options: &[&str]) -> ServerProcess {
    let address = format!("unix:{}", socket.display());
    let mut command = command(&folder.join("log"));
    command.args(["--listen", &address, "--access", "open"]);
    spawn(command.args(options))
}

/// Opens a WebSocket for a client whose address a proxy names, says hello, and gives what the
/// server sends up to its welcome or its end.
fn hello(socket: &Path, forwarded_for: &str) -> (UnixStream, String) {
    let mut stream = UnixStream::connect(socket).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = format!(
        "GET /ws HTTP/1.1\r\nhost: chat.example.org\r\nx-forwarded-for: {forwarded_for}\r\n{HANDSHAKE}\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&frame(TEXT, HELLO)).unwrap();
    let mut received = Vec::new();
    let mut buffer = [0; 4_096];
    loop {
        let text = String::from_utf8_lossy(&received).into_owned();
        if text.contains("\"welcome\"") || text.contains("address") {
            return (stream, text);
        }
        match stream.read(&mut buffer).unwrap() {
            0 => return (stream, text),
            count => received.extend_from_slice(&buffer[..count]),
        }
    }
}

#[test]
fn a_unix_socket_is_served_and_its_proxys_clients_have_limits_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("parlor.sock");
    let options = ["--connections-per-address", "1", "--trust-proxy", "unix"];
    let mut server = start(folder.path(), &socket, &options);
    let mut health = Command::new(env!("CARGO_BIN_EXE_parlor"));
    let address = format!("unix:{}", socket.display());
    let said = health.args(["--listen", &address, "health"]).output();
    assert_eq!(said.unwrap().stdout, b"ok\n");
    let (_ann, text) = hello(&socket, "192.0.2.1");
    assert!(text.contains("101 Switching Protocols"), "{text}");
    assert!(text.contains("\"welcome\""), "{text}");
    let (_same, text) = hello(&socket, "192.0.2.1");
    assert!(
        !text.contains("\"welcome\""),
        "one address has one connection: {text}"
    );
    let (_other, text) = hello(&socket, "192.0.2.2");
    assert!(text.contains("\"welcome\""), "{text}");
    assert!(server.terminate(PATIENCE).unwrap().unwrap().success());
    assert!(!socket.exists(), "removed at the end");
}

#[test]
fn a_socket_that_a_kill_left_is_taken_again() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("parlor.sock");
    let mut killed = start(folder.path(), &socket, &[]);
    killed.kill().unwrap();
    assert!(socket.exists());
    let _server = start(folder.path(), &socket, &[]);
    let (_ann, text) = hello(&socket, "192.0.2.1");
    assert!(text.contains("\"welcome\""), "{text}");
}

#[actix_web::test]
async fn a_socket_that_is_handed_over_is_served_and_keeps_clients_that_come_before_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // It comes before there is a server.
    let early = TcpStream::connect(address).unwrap();
    let inner = command(&folder.path().join("log"));
    let mut outer = Command::new("sh");
    // The process that systemd starts has its sockets from file 3 on, and is named by its id.
    let script = "exec 3<&0 0</dev/null; shift 2; LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\" \"$@\"";
    outer
        .args(["-c", script])
        .arg(inner.get_program())
        .args(inner.get_args())
        .args(["--listen", "systemd", "--access", "open"])
        .stdin(Stdio::from(OwnedFd::from(listener)))
        .stdout(Stdio::null());
    let mut server = outer.spawn().unwrap();
    let mut ann = Client::welcomed(address, "ann").await;
    ann.check_alive().await;
    let served = tokio::task::spawn_blocking(move || {
        let mut early = early;
        early.set_read_timeout(Some(PATIENCE)).unwrap();
        let request =
            format!("GET /health HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        early.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        early.read_to_string(&mut answer).unwrap();
        answer
    });
    let answer = served.await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    server.kill().unwrap();
    server.wait().unwrap();
}
