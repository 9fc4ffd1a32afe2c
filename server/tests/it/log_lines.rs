//! The server's own log: what clients do wrong does not fill it.

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use parlor_shared::limits::SHUTDOWN_TIMEOUT_MS;
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{
    client::{Client, PATIENCE},
    raw_socket::{HANDSHAKE, RawSocket},
    server::{command, spawn},
};

/// More of each than the server logs lines of any kind in a minute.
const TIMES: usize = 30;

#[actix_web::test]
async fn what_clients_do_wrong_is_logged_once_a_minute_with_a_count() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path());
    command.stderr(Stdio::piped());
    let mut server = spawn(&mut command);
    let address = server.address();
    let endless_header = format!("x-long: {}\r\n", "x".repeat(300_000));
    let head = format!("GET /ws HTTP/1.1\r\nhost: {address}\r\n{HANDSHAKE}");
    for _ in 0..TIMES {
        let origin = format!("{HANDSHAKE}origin: https://evil.example\r\n");
        let (_, answer) = RawSocket::request(address, "GET /ws", &origin).await;
        assert!(answer.starts_with("http/1.1 403"), "{answer}");
        let (_, answer) = RawSocket::request(address, "GET /", "host: evil.example\r\n").await;
        assert!(answer.starts_with("http/1.1 421"), "{answer}");

        for request in [
            "nonsense\r\n\r\n".to_owned(),
            format!("{head}{endless_header}\r\n"),
            format!("{head}content-length: -1\r\n\r\n"),
        ] {
            let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
            // The server may answer and close before it has read all.
            socket.write_all(request.as_bytes()).await.ok();
            let mut answer = Vec::new();
            let read = tokio::time::timeout(PATIENCE, socket.read_to_end(&mut answer)).await;
            // It may also reset the connection.
            read.expect("the server ends it").ok();
        }

        // A connection that is reset while the handshake is answered, and one that is open.
        let socket = tokio::net::TcpStream::connect(address).await.unwrap();
        let reset = SockRef::from(&socket).set_linger(Some(Duration::ZERO));
        reset.unwrap();
        RawSocket(socket)
            .send(format!("{head}\r\n").as_bytes())
            .await;
        let open = RawSocket::open(address).await;
        let reset = SockRef::from(&open.0).set_linger(Some(Duration::ZERO));
        reset.unwrap();
    }
    let timeout = Duration::from_millis(2 * SHUTDOWN_TIMEOUT_MS);
    assert!(server.terminate(timeout).unwrap().unwrap().success());
    let lines = server.stderr_lines();
    assert!(lines.len() <= 6, "{}", lines.join("\n"));
    assert!(lines.iter().any(|line| line.contains("--allow-origin")));
    assert!(lines.iter().any(|line| line.contains("--allow-host")));
}

/// Has a member say and do what has words and secrets in it, and gives all that the server logs of
/// it, at the most that it can log.
async fn logged(filter: &str, format: &str) -> (Vec<String>, String) {
    let folder = tempfile::tempdir().unwrap();
    let quiet = command(folder.path());
    let mut command = Command::new(quiet.get_program());
    let options = quiet.get_args().map(|option| match option.to_str() {
        Some("warn") => filter.into(),
        Some(_) | None => option.to_owned(),
    });
    command.args(options).args(["--log-format", format]);
    command.stderr(Stdio::piped());
    let mut server = spawn(&mut command);
    let mut ann = Client::welcomed(server.address(), "ann").await;
    let token = ann.token.clone().unwrap().as_str().to_owned();
    let mut again = ann.reconnected(server.address(), "ann").await;
    for client in [&mut ann, &mut again] {
        client.join("kitchen").await;
    }
    ann.post("kitchen", "xyzzy-words").await;
    again.entry().await;
    again.search("kitchen", "xyzzy-words").await;
    again.send_text("xyzzy-words").await;
    again.refusal().await;
    let timeout = Duration::from_millis(2 * SHUTDOWN_TIMEOUT_MS);
    assert!(server.terminate(timeout).unwrap().unwrap().success());
    (server.stderr_lines(), token)
}

#[actix_web::test]
async fn no_log_line_has_a_messages_words_or_a_token_at_any_level() {
    for format in ["text", "json"] {
        let (lines, token) = logged("trace,mio=off", format).await;
        assert!(
            lines.iter().any(|line| line.contains("stopping")),
            "{lines:?}"
        );
        for line in lines {
            assert!(!line.contains("xyzzy"), "{line}");
            assert!(!line.contains(&token), "{line}");
        }
    }
}

#[actix_web::test]
async fn in_the_format_for_programs_each_line_is_an_object_with_time_level_and_message() {
    let (lines, _) = logged("info", "json").await;
    assert!(!lines.is_empty());
    for line in lines {
        let object: serde_json::Value = serde_json::from_str(&line).unwrap();
        for key in ["timestamp", "level", "target", "message"] {
            assert!(object[key].is_string(), "{key}: {line}");
        }
    }
}
