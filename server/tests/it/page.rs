//! The page as a browser fetches it over HTTP.

use std::{fs, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use parlor_test_server::TestServer;

const INDEX: &str = "<!doctype html><script type=\"module\">start()</script>";

/// A server with a page of three files, one of them compressed.
fn server() -> TestServer {
    let mut server = TestServer::start();
    let folder = server.page_folder();
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("index.html"), INDEX).unwrap();
    fs::write(folder.join("page-0123456789abcdef_bg.wasm"), "wasm, plain").unwrap();
    fs::write(
        folder.join("page-0123456789abcdef_bg.wasm.br"),
        "wasm, brotli",
    )
    .unwrap();
    fs::write(folder.join("icon.svg"), "<svg/>").unwrap();
    server.restart();
    server
}

/// Sends a request. Returns the response's head in lower case, and its body.
async fn request(address: SocketAddr, line: &str, headers: &str) -> (String, String) {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let request =
        format!("{line} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    socket.read_to_string(&mut response).await.unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    (head.to_lowercase(), body.to_owned())
}

#[actix_web::test]
async fn every_path_of_a_room_serves_the_page_with_a_strict_policy() {
    let server = server();
    for path in ["/", "/r/lobby", "/r/Not%20A%20Room"] {
        let (head, body) = request(server.address(), &format!("GET {path}"), "").await;
        assert!(head.starts_with("http/1.1 200"), "{head}");
        assert_eq!(body, INDEX);
        assert!(head.contains("cache-control: no-cache"), "{head}");
        let policy = head
            .lines()
            .find(|l| l.starts_with("content-security-policy:"))
            .unwrap();
        assert!(
            policy.contains("'sha256-") && policy.contains("'wasm-unsafe-eval'"),
            "{policy}"
        );
        assert!(
            !policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"),
            "{policy}"
        );
    }
    let (head, _) = request(server.address(), "GET /nothing.js", "").await;
    assert!(head.starts_with("http/1.1 404"), "{head}");
}

#[actix_web::test]
async fn files_are_served_compressed_with_type_etag_and_cache_lifetime() {
    let server = server();
    let path = "GET /page-0123456789abcdef_bg.wasm";
    let (head, body) = request(server.address(), path, "accept-encoding: gzip, br\r\n").await;
    assert_eq!(body, "wasm, brotli");
    assert!(head.contains("content-encoding: br") && head.contains("vary: accept-encoding"));
    assert!(
        head.contains("content-type: application/wasm") && head.contains("immutable"),
        "{head}"
    );
    let tag = head
        .lines()
        .find_map(|line| line.strip_prefix("etag: "))
        .unwrap();

    let again = format!("accept-encoding: br\r\nif-none-match: {tag}\r\n");
    let (head, body) = request(server.address(), path, &again).await;
    assert!(
        head.starts_with("http/1.1 304") && body.is_empty(),
        "{head}"
    );
    let (_, body) = request(server.address(), path, "").await;
    assert_eq!(body, "wasm, plain");
    let (head, body) = request(server.address(), &path.replace("GET", "HEAD"), "").await;
    assert!(
        head.contains("content-length: 11") && body.is_empty(),
        "{head}"
    );
}

#[actix_web::test]
async fn without_a_page_the_server_says_which_command_builds_it() {
    let server = TestServer::start();
    let (head, body) = request(server.address(), "GET /", "").await;
    assert!(
        head.starts_with("http/1.1 200") && body.contains("cargo xtask run"),
        "{head}"
    );
    let (_, body) = request(server.address(), "GET /health", "").await;
    assert_eq!(body, "ok");
}
