//! What every answer over HTTP has, a refusal as well: whom the server answers, the headers, and
//! that nobody is waited for without end.

use std::{
    collections::BTreeSet,
    fs,
    io::{Read, Write},
    net::SocketAddr,
    process::Stdio,
    time::Instant,
};

use futures_util::future::join_all;
use parlor_shared::limits::{HTTP_CONNECTIONS_ADDRESS_MAX, HTTP_STALL_MS_MAX};
use parlor_test_server::TestServer;
use tokio::{
    io::Interest,
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    client::PATIENCE,
    raw_socket::{HANDSHAKE, RawSocket},
    server::{command, spawn},
};

/// The first line and the headers of the answer, in lower case.
async fn head(server: &TestServer, line: &str, headers: &str) -> String {
    RawSocket::request(server.address(), line, headers).await.1
}

fn status(head: &str) -> &str {
    head.split(' ').nth(1).unwrap()
}

#[actix_web::test]
async fn a_loopback_server_answers_to_no_name_of_the_internet() {
    let server = TestServer::start();
    let port = server.address().port();
    let paths = [
        "GET /",
        "GET /health",
        "GET /ws",
        "GET /nothing.js",
        "POST /",
    ];
    for host in [
        "evil.test",
        "localhost.evil.test",
        "127.0.0.1.evil.test",
        "",
    ] {
        for path in paths {
            let lines = format!("host: {host}:{port}\r\n");
            assert_eq!(
                status(&head(&server, path, &lines).await),
                "421",
                "{path} {host}"
            );
        }
        // As a page does whose name was given this machine's address.
        let lines = format!("host: {host}:{port}\r\norigin: http://{host}:{port}\r\n{HANDSHAKE}");
        assert_eq!(
            status(&head(&server, "GET /ws", &lines).await),
            "421",
            "{host}"
        );
    }
    let absolute = "GET http://evil.test/";
    assert_eq!(status(&head(&server, absolute, "").await), "421");
    for host in [
        "localhost",
        "127.0.0.1",
        "[::1]",
        "LOCALHOST",
        "room.localhost",
    ] {
        let lines = format!("host: {host}:{port}\r\norigin: http://{host}:{port}\r\n{HANDSHAKE}");
        assert_eq!(
            status(&head(&server, "GET /ws", &lines).await),
            "101",
            "{host}"
        );
        assert_eq!(
            status(
                &head(
                    &server,
                    "GET /health",
                    &lines[..lines.find("origin").unwrap()]
                )
                .await
            ),
            "200"
        );
    }
}

#[actix_web::test]
async fn a_refused_name_is_told_which_option_lists_it() {
    let server = TestServer::start();
    let lines = "host: chat.example.org\r\nconnection: close\r\n";
    let (mut socket, head) = RawSocket::request(server.address(), "GET /", lines).await;
    assert_eq!(status(&head), "421");
    let mut body = String::new();
    socket.0.read_to_string(&mut body).await.unwrap();
    assert!(
        body.contains("chat.example.org") && body.contains("--allow-host"),
        "{body}"
    );

    let server = TestServer::start_with(&["--allow-host", "chat.example.org"]);
    assert_eq!(status(&self::head(&server, "GET /", lines).await), "200");
    let page = format!("host: chat.example.org\r\norigin: https://chat.example.org\r\n{HANDSHAKE}");
    assert_eq!(status(&self::head(&server, "GET /ws", &page).await), "101");
    let server = TestServer::start_with(&["--allow-origin", "https://chat.example.org"]);
    assert_eq!(status(&self::head(&server, "GET /ws", &page).await), "101");
}

/// The set-up of OPERATIONS.md: the proxy passes on the name that the browser uses.
#[actix_web::test]
async fn a_request_that_a_trusted_proxy_forwards_may_have_any_name_unless_names_are_listed() {
    let page = format!("host: chat.example.org\r\norigin: https://chat.example.org\r\n{HANDSHAKE}");
    let forwarded = format!("{page}x-forwarded-for: 192.0.2.1\r\n");
    let proxied = TestServer::start_with(&["--trust-proxy", "127.0.0.1"]);
    assert_eq!(status(&head(&proxied, "GET /ws", &forwarded).await), "101");
    assert_eq!(status(&head(&proxied, "GET /ws", &page).await), "421");
    let listed = [
        "--trust-proxy",
        "127.0.0.1",
        "--allow-host",
        "other.example.org",
    ];
    let listed = TestServer::start_with(&listed);
    assert_eq!(status(&head(&listed, "GET /ws", &forwarded).await), "421");
}

#[actix_web::test]
async fn get_and_head_have_the_same_answer_and_other_methods_are_refused() {
    let server = TestServer::start();
    for path in ["/", "/health", "/r/lobby", "/nothing.js", "/ws"] {
        let get = head(&server, &format!("GET {path}"), "").await;
        let of_head = head(&server, &format!("HEAD {path}"), "").await;
        let same = |head: &str| {
            let lines = head.lines().filter(|line| !line.starts_with("date:"));
            lines.map(str::to_owned).collect::<BTreeSet<_>>()
        };
        assert_eq!(same(&of_head), same(&get), "{path}");
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"] {
            let refused = head(&server, &format!("{method} {path}"), "").await;
            assert_eq!(status(&refused), "405", "{method} {path}");
            assert!(refused.contains("allow: get, head"), "{refused}");
        }
    }
    assert_eq!(status(&head(&server, "HEAD /health", "").await), "200");
}

#[actix_web::test]
async fn every_answer_forbids_a_browser_to_guess_its_type() {
    let server = TestServer::start();
    let foreign = format!("origin: https://evil.test\r\n{HANDSHAKE}");
    let old = HANDSHAKE.replace("version: 13", "version: 8");
    let no_key = HANDSHAKE.replace("sec-websocket-key", "x-key");
    let answers = [
        ("GET /", "", "200"),
        ("GET /health", "", "200"),
        ("GET /nothing.js", "", "404"),
        ("GET /ws", foreign.as_str(), "403"),
        ("GET /ws", no_key.as_str(), "400"),
        ("POST /", "", "405"),
        ("POST /ws", "", "405"),
        ("POST /health", "", "405"),
        ("GET /", "host: evil.test\r\n", "421"),
        ("GET /ws", "", "426"),
        ("GET /ws", old.as_str(), "426"),
    ];
    for (line, headers, expected) in answers {
        let head = head(&server, line, headers).await;
        assert_eq!(status(&head), expected, "{line} {headers}");
        for header in [
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
            "cross-origin-opener-policy: same-origin",
            "cache-control: no-",
            "content-type: text/",
        ] {
            assert!(
                head.contains(header),
                "{line} {headers} lacks {header}: {head}"
            );
        }
        if expected != "200" {
            let policy = "content-security-policy: default-src 'none'";
            assert!(head.contains(policy), "{head}");
        }
    }
}

const FILE_BYTES: usize = 16 << 20;

/// A server with a page whose one file is far larger than the system's buffers.
fn server_with_a_large_file() -> TestServer {
    let mut server = TestServer::start();
    let folder = server.page_folder();
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("index.html"), "<!doctype html>").unwrap();
    fs::write(folder.join("large.wasm"), vec![7; FILE_BYTES]).unwrap();
    server.restart();
    server
}

#[actix_web::test]
async fn a_stalled_download_is_given_up_and_one_that_goes_on_is_whole() {
    let server = server_with_a_large_file();
    let ask = format!("GET /large.wasm HTTP/1.1\r\nhost: {}\r\n", server.address());
    let plain = format!("{ask}\r\n");
    let upgrade = format!("{ask}{HANDSHAKE}\r\n");
    for request in [&plain, &upgrade] {
        let mut stalled = TcpStream::connect(server.address()).await.unwrap();
        stalled.write_all(request.as_bytes()).await.unwrap();
        let start = Instant::now();
        assert_eq!(stalled.read_u8().await.unwrap(), b'H');
        // While the server answers, it does not read this. The system resets a connection that is
        // closed with bytes unread, and that is how the client notices although it reads nothing.
        stalled.write_all(b"x").await.unwrap();
        let reset = tokio::time::timeout(PATIENCE, stalled.ready(Interest::ERROR));
        reset.await.expect("the server gives it up").unwrap();
        assert!(start.elapsed().as_millis() as u64 >= HTTP_STALL_MS_MAX - 1_000);
    }
    let close = format!("{ask}connection: close\r\n\r\n");
    let mut socket = TcpStream::connect(server.address()).await.unwrap();
    socket.write_all(close.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    socket.read_to_end(&mut bytes).await.unwrap();
    assert!(bytes.ends_with(&[7; 1 << 20]) && bytes.len() > FILE_BYTES);
}

#[actix_web::test]
async fn one_address_has_a_part_of_the_sockets_that_speak_http() {
    let server =
        TestServer::start_with(&["--rate-per-second", "0", "--connections-per-address", "2"]);
    let mut open = Vec::new();
    for _ in 0..HTTP_CONNECTIONS_ADDRESS_MAX {
        let (socket, head) = RawSocket::request(server.address(), "GET /health", "").await;
        assert_eq!(status(&head), "200");
        open.push(socket);
    }
    check_one_more_is_closed(&server).await;
    drop(open);
}

/// actix-http hands a socket over for any path.
#[actix_web::test]
async fn a_socket_that_asks_for_another_protocol_counts_until_it_has_its_answer() {
    let mut server = server_with_a_large_file();
    server.restart_with(&["--rate-per-second", "0", "--connections-per-address", "2"]);
    // At once: the server gives up a download that nobody reads.
    let requests = (0..HTTP_CONNECTIONS_ADDRESS_MAX)
        .map(|_| RawSocket::request(server.address(), "GET /large.wasm", HANDSHAKE));
    let open = join_all(requests).await;
    assert!(open.iter().all(|(_, head)| status(head) == "200"));
    check_one_more_is_closed(&server).await;
    drop(open);
}

/// Checks that the server closes a new connection without a word.
async fn check_one_more_is_closed(server: &TestServer) {
    let mut one_more = TcpStream::connect(server.address()).await.unwrap();
    let read = tokio::time::timeout(PATIENCE, one_more.read_u8()).await;
    let refused = read.expect("the server answers");
    assert!(refused.is_err(), "it is closed");
}

/// Sends a request over a connection of its own, and reads the answer to its end.
fn send(address: SocketAddr, request: &str) {
    let mut socket = std::net::TcpStream::connect(address).unwrap();
    socket.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    // The server may reset a connection whose request it has not read to its end.
    socket.read_to_end(&mut answer).ok();
}

#[test]
fn what_clients_do_wrong_does_not_fill_the_servers_log() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = spawn(command(folder.path()).stderr(Stdio::piped()));
    let address = server.address();
    for n in 0..20 {
        let rest = "connection: close\r\n\r\n";
        send(address, &format!("not a request {n}\r\n\r\n"));
        send(
            address,
            &format!("GET / HTTP/1.1\r\nhost: e{n}.test\r\n{rest}"),
        );
        let origin = format!("host: {address}\r\norigin: http://e{n}.test\r\n");
        send(address, &format!("GET /ws HTTP/1.1\r\n{origin}{rest}"));
    }
    server.terminate(PATIENCE).unwrap();
    let lines = server.stderr_lines();
    // No page, one host name and one origin.
    assert!(lines.len() <= 3, "{}", lines.join("\n"));
}
