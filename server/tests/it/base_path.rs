//! A server that is hosted at a path of its host.

use std::fs;

use parlor_test_server::TestServer;

use crate::{
    admin::{Answer, send},
    raw_socket::{HANDSHAKE, RawSocket},
};

const INDEX: &str = "<!doctype html>\n<html lang=\"en\">\n<head>\n\
    <meta name=\"description\" content=\"words\" />\n<title>Parlor</title>\n\
    <link rel=\"icon\" href=\"/icon.svg\" />\n<link rel=\"manifest\" href=\"/manifest.webmanifest\" />\n\
    <script type=\"module\">import init from '/page-0123456789abcdef.js'; init('/later/x.txt');</script>\n\
    </head>\n<body>/icon.svg</body>\n</html>\n";
const MANIFEST: &str = "{\"id\":\"/\",\"start_url\": \"/\",\"icons\":[{\"src\":\"/icon.svg\"}]}";

fn server() -> TestServer {
    let mut server = TestServer::stopped();
    let folder = server.page_folder();
    fs::create_dir_all(folder.join("later")).unwrap();
    for (name, content) in [
        ("index.html", INDEX),
        ("index.html.br", "compressed before"),
        ("manifest.webmanifest", MANIFEST),
        ("icon.svg", "<svg/>"),
        ("page-0123456789abcdef.js", "js"),
        ("later/x.txt", "words"),
    ] {
        fs::write(folder.join(name), content).unwrap();
    }
    let limits = ["--rate-per-second", "0", "--connections-per-address", "0"];
    server.restart_with(&[&["--base-path", "/team/chat"], &limits[..]].concat());
    server
}

async fn get(server: &TestServer, path: &str) -> Answer {
    let (address, line) = (server.address(), format!("GET {path}"));
    let get = move || send(address, &line, "", "");
    tokio::task::spawn_blocking(get).await.unwrap()
}

/// The sources of the inline scripts that an answer's policy allows.
fn hashes(answer: &Answer) -> usize {
    let policy = answer.head.lines().find(|line| line.contains("script-src"));
    policy.unwrap().matches("'sha256-").count()
}

#[actix_web::test]
async fn the_page_and_its_files_are_below_the_path_and_name_each_other_there() {
    let server = server();
    let page = get(&server, "/team/chat/").await;
    assert_eq!(page.status, 200);
    for named in [
        "<html data-base=\"/team/chat\" lang=\"en\">",
        "href=\"/team/chat/icon.svg\"",
        "href=\"/team/chat/manifest.webmanifest\"",
        "'/team/chat/page-0123456789abcdef.js'",
        "'/team/chat/later/x.txt'",
        "<body>/icon.svg</body>",
    ] {
        assert!(page.body.contains(named), "{named} in {}", page.body);
    }
    assert_eq!(hashes(&page), 1, "of the script as it is now");
    let manifest = get(&server, "/team/chat/manifest.webmanifest").await.body;
    let moved = MANIFEST.replace("\"/\"", "\"/team/chat/\"");
    assert_eq!(manifest, moved.replace("\"/icon", "\"/team/chat/icon"));
    for path in [
        "icon.svg",
        "page-0123456789abcdef.js",
        "later/x.txt",
        "health",
    ] {
        assert_eq!(
            get(&server, &format!("/team/chat/{path}")).await.status,
            200,
            "{path}"
        );
    }
    let room = get(&server, "/team/chat/r/kitchen").await;
    assert!(
        room.body.contains("url=/team/chat/plain/kitchen\""),
        "{}",
        room.body
    );
    assert!(
        room.body.contains("/team/chat/r/kitchen\""),
        "{}",
        room.body
    );
    let plain = get(&server, "/team/chat/plain/kitchen").await;
    assert!(
        plain.body.contains("href=\"/team/chat/r/kitchen\""),
        "{}",
        plain.body
    );
    let (_, head) = RawSocket::request(server.address(), "GET /team/chat/ws", HANDSHAKE).await;
    assert!(head.starts_with("http/1.1 101"), "{head}");
}

/// The server compresses the file again: the form that the build has compressed names other
/// addresses.
#[actix_web::test]
async fn a_browser_that_takes_brotli_gets_the_page_as_it_is_now() {
    let server = server();
    let (mut socket, head) = RawSocket::request(
        server.address(),
        "GET /team/chat/",
        "accept-encoding: br\r\nconnection: close\r\n",
    )
    .await;
    assert!(head.contains("content-encoding: br"), "{head}");
    let mut compressed = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut socket.0, &mut compressed)
        .await
        .unwrap();
    let mut page = Vec::new();
    brotli::BrotliDecompress(&mut &compressed[..], &mut page).unwrap();
    let page = String::from_utf8(page).unwrap();
    assert_eq!(page, get(&server, "/team/chat/").await.body);
}

#[actix_web::test]
async fn what_is_not_below_the_path_says_where_the_rooms_are() {
    let server = server();
    for path in [
        "/",
        "/r/kitchen",
        "/team",
        "/team/chatter/",
        "/icon.svg",
        "/ws",
    ] {
        let answer = get(&server, path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(
            answer.body.contains("href=\"/team/chat/\""),
            "{}",
            answer.body
        );
    }
    let answer = get(&server, "/team/chat?x=1").await;
    assert_eq!(answer.status, 308);
    assert!(
        answer.head.contains("location: /team/chat/?x=1"),
        "{}",
        answer.head
    );
    assert_eq!(get(&server, "/health").await.status, 200, "for probes");
}
