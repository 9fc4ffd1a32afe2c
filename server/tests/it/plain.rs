//! Rooms over plain HTTP: the head of a room's page, and its log as text.

use std::{fs, net::SocketAddr};

use parlor_shared::{Body, MessageId, Name, Topic};
use parlor_test_server::TestServer;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::client::{Client, new_id};

const INDEX: &str = "<!doctype html><head><meta charset=\"utf-8\" />\
    <meta name=\"description\" content=\"A live room\" /><title>Parlor</title>\
    <script>start()</script></head><body></body>";

/// What a user writes to break out of a document.
const HOSTILE: &str = "</title><script>alert(1)</script>\" onload='x' <!--/room--> &lt; \u{202e}x";

fn server() -> TestServer {
    server_with(&[])
}

fn server_with(args: &[&str]) -> TestServer {
    let mut server = TestServer::start();
    fs::create_dir_all(server.page_folder()).unwrap();
    fs::write(server.page_folder().join("index.html"), INDEX).unwrap();
    server.restart_with(args);
    server
}

/// Gets a path. Returns the response's head in lower case, and its body.
async fn get(address: SocketAddr, path: &str) -> (String, String) {
    get_with(address, path, "").await
}

async fn get_with(address: SocketAddr, path: &str, headers: &str) -> (String, String) {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let request =
        format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    socket.read_to_end(&mut response).await.unwrap();
    let response = String::from_utf8_lossy(&response);
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    (head.to_lowercase(), body.to_owned())
}

/// A client in the lobby who has posted this.
async fn posted(server: &TestServer, text: &str) -> (Client, MessageId) {
    let mut ann = Client::welcomed(server.address(), "ann <b>").await;
    ann.join("lobby").await;
    let id = ann.post("lobby", text).await;
    ann.entry().await;
    (ann, id)
}

#[actix_web::test]
async fn a_link_to_a_room_or_message_has_a_preview_and_no_markup_of_a_users() {
    let server = server();
    let (_ann, id) = posted(&server, HOSTILE).await;
    let address = server.address();
    let (head, room) = get(address, "/r/lobby").await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(room.contains("<title>#lobby · Parlor</title>"), "{room}");
    assert!(room.contains("content=\"noindex\""), "{room}");
    assert!(room.contains("url=/plain/lobby\""), "{room}");
    let (head, message) = get(address, &format!("/r/lobby?at={id}")).await;
    assert!(
        head.contains("script-src 'self'"),
        "the page's policy: {head}"
    );
    assert!(
        message.contains("ann &lt;b&gt;\u{2069} in #lobby"),
        "{message}"
    );
    assert!(
        message.contains("og:description\" content=\"\u{2068}&lt;/title&gt;"),
        "{message}"
    );
    assert_eq!(message.matches("<script>").count(), 1, "the page's own");
    assert_eq!(message.matches("<!--/room-->").count(), 1);
    assert!(
        message.contains(&format!("url=/plain/lobby?at={id}#{id}\"")),
        "{message}"
    );
    assert!(message.ends_with("</head><body></body>"), "{message}");
    // What the page caches for all rooms has no room's head.
    let (_, root) = get(address, "/").await;
    assert_eq!(root, INDEX);
    for gone in [
        new_id().to_string(),
        "%3Cscript%3E".to_owned(),
        String::new(),
    ] {
        let (head, page) = get(address, &format!("/r/lobby?at={gone}")).await;
        assert!(head.starts_with("http/1.1 200"), "{head}");
        assert!(page.contains("<title>#lobby · Parlor</title>"), "{page}");
        assert!(!page.contains("%3C"), "{page}");
    }
}

#[actix_web::test]
async fn the_words_of_a_deleted_message_are_in_no_preview_and_on_no_plain_page() {
    let server = server();
    let (mut ann, id) = posted(&server, "secret words").await;
    let paths = [
        format!("/r/lobby?at={id}"),
        "/plain/lobby".to_owned(),
        format!("/plain/lobby?at={id}"),
    ];
    for path in &paths {
        let (_, html) = get(server.address(), path).await;
        assert!(html.contains("secret"), "{path}");
    }
    ann.append("lobby", new_id(), Body::Deletion { target: id })
        .await;
    ann.entry().await;
    for path in &paths {
        let (_, html) = get(server.address(), path).await;
        assert!(
            !html.contains("secret") && html.contains("Message deleted"),
            "{html}"
        );
    }
}

#[actix_web::test]
async fn a_plain_page_has_the_messages_with_links_to_those_before_and_after() {
    let server = server_with(&["--rate-per-second", "0"]);
    let (mut ann, first) = posted(&server, HOSTILE).await;
    for n in 1..=250 {
        ann.post("lobby", &format!("number {n}.")).await;
        ann.entry().await;
    }
    let address = server.address();
    let (head, mut html) = get(address, "/plain/lobby").await;
    assert!(
        head.contains("content-security-policy: default-src 'none'"),
        "{head}"
    );
    assert!(
        head.contains("content-type: text/html; charset=utf-8"),
        "{head}"
    );
    assert!(
        html.contains("number 250.") && !html.contains("number 150."),
        "the end"
    );
    assert!(!html.contains("Later messages"));
    // From page to page, as a reader clicks: every message once.
    let mut pages = vec![html.clone()];
    while let Some((link, _)) = html.split_once("\">Earlier messages") {
        let link = link.rsplit_once('"').unwrap().1.to_owned();
        html = get(address, &link).await.1;
        assert!(html.contains("Later messages"));
        pages.push(html.clone());
    }
    let whole = pages.concat();
    for n in 1..=250 {
        assert_eq!(whole.matches(&format!("number {n}.")).count(), 1, "{n}");
    }
    assert!(!whole.contains("<script"), "{html}");
    assert!(whole.contains("<bdi>ann &lt;b&gt;</bdi>"));
    // And at a message, on to the end.
    let (_, html) = get(address, &format!("/plain/lobby?at={first}")).await;
    assert!(html.contains(&format!("<article id=\"{first}\"")), "{html}");
    assert!(html.contains("Later messages") && !html.contains("Earlier messages"));
}

#[actix_web::test]
async fn an_address_that_leads_nowhere_says_so() {
    let server = server();
    let (_ann, _) = posted(&server, "words").await;
    let unknown = new_id();
    for (path, status, why) in [
        ("/plain/Not-A-Room".to_owned(), 404, "room address"),
        (
            format!("/plain/lobby?at={unknown}"),
            404,
            "no longer available",
        ),
        ("/plain/lobby?at=7".to_owned(), 404, "doesn't lead"),
        ("/plain/lobby?before=x".to_owned(), 404, "doesn't lead"),
        ("/plain/nobody".to_owned(), 200, "No messages here"),
        ("/plain/lobby?before=0".to_owned(), 200, "No messages here"),
        (
            "/plain/lobby?after=18446744073709551615".to_owned(),
            200,
            "No messages",
        ),
    ] {
        let (head, body) = get(server.address(), &path).await;
        assert!(
            head.starts_with(&format!("http/1.1 {status}")),
            "{path}: {head}"
        );
        assert!(body.contains(why), "{path}: {body}");
        assert!(head.contains("nosniff"), "{head}");
    }
}

#[actix_web::test]
async fn a_plain_page_is_compressed_and_not_sent_again_where_it_is_known() {
    let server = server();
    let (mut ann, _) = posted(&server, "words").await;
    let path = "/plain/lobby";
    let (head, _) = get_with(server.address(), path, "accept-encoding: gzip\r\n").await;
    assert!(head.contains("content-encoding: gzip"), "{head}");
    let (head, _) = get(server.address(), path).await;
    let tag = head.lines().find_map(|line| line.strip_prefix("etag: "));
    let known = format!("if-none-match: {}\r\n", tag.unwrap());
    let (head, _) = get_with(server.address(), path, &known).await;
    assert!(head.starts_with("http/1.1 304"), "{head}");
    ann.post("lobby", "more").await;
    ann.entry().await;
    let (head, body) = get_with(server.address(), path, &known).await;
    assert!(
        head.starts_with("http/1.1 200") && body.contains("more"),
        "{head}"
    );
}

#[actix_web::test]
async fn a_room_is_called_by_its_name_and_says_what_it_is_for() {
    let server = server();
    let (mut ann, id) = posted(&server, "words").await;
    let name = Name::parse("<Design> Team").unwrap();
    let topic = Topic::parse("Colours & type").unwrap();
    for body in [
        Body::RoomName { name: Some(name) },
        Body::Topic { topic: Some(topic) },
    ] {
        ann.append("lobby", new_id(), body).await;
        ann.entry().await;
    }
    let (_, room) = get(server.address(), "/r/lobby").await;
    let called = "&lt;Design&gt; Team";
    let title = format!("<title>\u{2068}{called}\u{2069} · Parlor</title>");
    assert!(room.contains(&title), "{room}");
    let topic = "og:description\" content=\"\u{2068}Colours &amp; type\u{2069}\"";
    assert!(room.contains(topic), "{room}");
    let (_, message) = get(server.address(), &format!("/r/lobby?at={id}")).await;
    assert!(
        message.contains(&format!("in \u{2068}{called}\u{2069}\"")),
        "{message}"
    );
    let (_, plain) = get(server.address(), "/plain/lobby").await;
    assert!(plain.contains(&title), "{plain}");
    assert!(
        plain.contains(&format!("<h1>\u{2068}{called}\u{2069}</h1>")),
        "{plain}"
    );
    assert!(plain.contains("#lobby</p>"), "its address as well: {plain}");
    assert!(plain.contains("Colours &amp; type</p>"), "{plain}");
}

#[actix_web::test]
async fn a_link_without_the_page_leads_to_its_message_and_names_the_rooms_own_address() {
    let server = server_with(&["--trust-proxy", "127.0.0.1"]);
    let (mut ann, id) = posted(&server, "words").await;
    let other = ann.post("lobby", "more").await;
    ann.entry().await;
    let address = server.address();
    let (_, page) = get(address, &format!("/r/lobby?at={id}&from=mail")).await;
    assert!(
        page.contains(&format!("url=/plain/lobby?at={id}#{id}\"")),
        "{page}"
    );
    let (_, plain) = get(address, &format!("/plain/lobby?at={id}")).await;
    // Also without the fragment, which a link that was shortened or written by hand lacks.
    assert!(
        plain.contains(&format!("<article id=\"{id}\" tabindex=\"-1\" autofocus>")),
        "{plain}"
    );
    assert!(
        plain.contains(&format!("<article id=\"{other}\">")),
        "{plain}"
    );
    let url = format!("{address}/r/lobby?at={id}\"");
    for html in [&page, &plain] {
        assert!(
            html.contains(&format!("rel=\"canonical\" href=\"http://{url}")),
            "{html}"
        );
        assert!(
            html.contains(&format!("\"og:url\" content=\"http://{url}")),
            "{html}"
        );
    }
    assert!(
        plain.contains(&format!("href=\"/r/lobby?at={id}\">Open")),
        "{plain}"
    );
    // A trusted proxy says that the client has come by https.
    let secure = "x-forwarded-for: 192.0.2.1\r\nx-forwarded-proto: https\r\n";
    let (_, html) = get_with(address, "/r/lobby", secure).await;
    assert!(
        html.contains(&format!("content=\"https://{address}/r/lobby\"")),
        "{html}"
    );
}

#[actix_web::test]
async fn only_a_trusted_proxy_says_that_an_address_is_secure() {
    let server = server();
    let address = server.address();
    let secure = "x-forwarded-proto: https\r\nforwarded: proto=https;host=example.org\r\n";
    let (_, html) = get_with(address, "/plain/lobby", secure).await;
    assert!(
        html.contains(&format!("href=\"http://{address}/r/lobby\"")),
        "{html}"
    );
}
