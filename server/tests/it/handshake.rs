//! The WebSocket handshake (RFC 6455, section 4).

use parlor_shared::SUB_PROTOCOL;
use parlor_test_server::TestServer;

use crate::raw_socket::{HANDSHAKE, RawSocket, TEXT, frame};

/// The head of the answer to a handshake with `from` replaced by `to`.
async fn answer(server: &TestServer, from: &str, to: &str) -> String {
    assert!(HANDSHAKE.contains(from));
    let headers = HANDSHAKE.replace(from, to);
    RawSocket::request(server.address(), "GET /ws", &headers)
        .await
        .1
}

#[actix_web::test]
async fn every_form_of_the_request_that_the_rfc_allows_is_accepted() {
    let server = TestServer::start();
    let head = answer(&server, "", "").await;
    assert!(head.starts_with("http/1.1 101"), "{head}");
    let accept = "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=".to_lowercase();
    assert!(head.contains(&accept), "{head}");
    assert!(!head.contains("sec-websocket-protocol"), "{head}");
    let forms = [
        ("upgrade: websocket", "upgrade: WebSocket"),
        ("upgrade: websocket", "upgrade: foo, websocket"),
        ("upgrade: websocket", "Upgrade:  h2c ,WEBSOCKET, foo/2"),
        ("upgrade: websocket", "upgrade: foo\r\nupgrade: websocket"),
        ("upgrade: websocket", "upgrade: websocket\r\nupgrade: foo"),
        ("connection: Upgrade", "connection: keep-alive, Upgrade"),
        ("connection: Upgrade", "Connection: KEEP-ALIVE,UPGRADE"),
        (
            "connection: Upgrade",
            "connection: keep-alive\r\nconnection: upgrade",
        ),
        ("sec-websocket-key", "SEC-WEBSOCKET-KEY"),
    ];
    for (from, to) in forms {
        let head = answer(&server, from, to).await;
        assert!(head.starts_with("http/1.1 101"), "{to}: {head}");
    }
    let offer = format!("{HANDSHAKE}sec-websocket-protocol: other, {SUB_PROTOCOL}\r\n");
    let (_, head) = RawSocket::request(server.address(), "GET /ws", &offer).await;
    let chosen = format!("sec-websocket-protocol: {SUB_PROTOCOL}\r\n");
    assert!(head.contains(&chosen), "{head}");
}

#[actix_web::test]
async fn anything_else_is_refused_with_what_would_be_accepted() {
    let server = TestServer::start();
    let cases = [
        ("version: 13", "version: 8", "426"),
        ("version: 13", "version: 14", "426"),
        ("sec-websocket-version: 13\r\n", "", "426"),
        ("upgrade: websocket\r\n", "", "426"),
        ("upgrade: websocket", "upgrade: notwebsocket", "426"),
        ("upgrade: websocket", "upgrade: foo, h2c", "426"),
        ("connection: Upgrade\r\n", "", "426"),
        ("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ", "400"),
        ("dGhlIHNhbXBsZSBub25jZQ==", "****************", "400"),
        ("sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "", "400"),
    ];
    for (from, to, status) in cases {
        let head = answer(&server, from, to).await;
        let expected = format!("http/1.1 {status}");
        assert!(head.starts_with(&expected), "{from} -> {to}: {head}");
        assert!(head.contains("sec-websocket-version: 13\r\n"), "{head}");
    }
}

#[actix_web::test]
async fn frames_that_come_together_with_the_request_are_read() {
    let server = TestServer::start();
    let ask = frame(TEXT, r#"{"type":"ping","t":7}"#);
    let request = format!("GET /ws HTTP/1.1\r\nhost: localhost\r\n{HANDSHAKE}\r\n");
    let mut socket = RawSocket(
        tokio::net::TcpStream::connect(server.address())
            .await
            .unwrap(),
    );
    socket.send(&[request.as_bytes(), &ask].concat()).await;
    while socket.byte().await != b'}' {}
}
