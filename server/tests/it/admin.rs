//! The admin address: probes, the page and its forms, and who may use them.

use std::{io::Read, io::Write, net::SocketAddr};

use parlor_server::engine::embedded::{BanOrder, Banned, TakesAddresses};
use parlor_shared::{
    ErrorCode, Moderation, Name, ServerMessage,
    limits::{ADMIN_CONNECTIONS_MAX, ADMIN_FORM_BYTES_MAX, ANNOUNCEMENT_CHARS_MAX},
};
use parlor_test_server::TestServer;

use crate::client::{Client, PATIENCE, room, welcomed};

pub(crate) const ADMIN: [&str; 4] = ["--admin", "127.0.0.1:0", "--connections-per-address", "0"];

/// What a server has answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// Sends a request with these header lines, and `Host` unless they have it.
pub(crate) fn send(address: SocketAddr, line: &str, headers: &str, body: &str) -> Answer {
    let mut socket = std::net::TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let host = if headers.contains("host:") {
        String::new()
    } else {
        format!("host: {address}\r\n")
    };
    let length = body.len();
    let request = format!(
        "{line} HTTP/1.1\r\n{host}{headers}connection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    socket.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head: head.to_lowercase(),
        body: body.to_owned(),
    }
}

/// Sends it on a thread of its own, so that the test's clients go on.
pub(crate) async fn get(address: SocketAddr, path: &str) -> Answer {
    ask(address, format!("GET {path}"), String::new(), String::new()).await
}

async fn ask(address: SocketAddr, line: String, headers: String, body: String) -> Answer {
    let send = move || send(address, &line, &headers, &body);
    tokio::task::spawn_blocking(send).await.unwrap()
}

/// What the page puts into its forms.
async fn form_token(address: SocketAddr) -> String {
    let page = get(address, "/").await;
    let (_, rest) = page.body.split_once("name=\"token\" value=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

/// Submits a form as the page's own does.
pub(crate) async fn submit(address: SocketAddr, path: &str, fields: &str) -> Answer {
    let token = form_token(address).await;
    post(address, path, "", &format!("token={token}&{fields}")).await
}

async fn post(address: SocketAddr, path: &str, headers: &str, body: &str) -> Answer {
    let headers = format!("{headers}content-type: application/x-www-form-urlencoded\r\n");
    ask(address, format!("POST {path}"), headers, body.to_owned()).await
}

#[actix_web::test]
async fn a_server_without_the_option_has_no_admin_address_and_one_with_it_answers_probes() {
    let server = TestServer::start_with(&ADMIN);
    let admin = server.admin();
    for (path, body) in [("/live", "live\n"), ("/ready", "ready\n")] {
        let answer = get(admin, path).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, body));
    }
    for path in ["/metrics", "/live", "/ready", "/announce"] {
        assert_eq!(get(server.address(), path).await.status, 404, "{path}");
    }
    assert_eq!(get(admin, "/r/lobby").await.status, 404);
}

#[actix_web::test]
async fn the_page_shows_rooms_and_sessions_and_what_people_write_is_no_markup() {
    let server = TestServer::start_with(&ADMIN);
    let [mut ann, mut eve] = welcomed(server.address(), ["ann", "<b>eve</b>"]).await;
    ann.join("kitchen").await;
    eve.join("garden").await;
    let page = get(server.admin(), "/").await;
    assert_eq!(page.status, 200);
    for shown in [
        "<td>kitchen</td>",
        "<td>garden</td>",
        "ann <span",
        "&lt;b&gt;eve&lt;/b&gt;",
        &ann.member.to_string(),
        "2 connections",
        "2 members",
    ] {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    for header in [
        "x-content-type-options: nosniff",
        "cache-control: no-store",
        "default-src 'none'; style-src 'sha256-",
    ] {
        assert!(page.head.contains(header), "{}", page.head);
    }
}

#[actix_web::test]
async fn an_announcement_reaches_everyone_who_has_said_hello() {
    let server = TestServer::start_with(&ADMIN);
    let mut silent = Client::connect(server.address()).await;
    let [mut ann, mut bob] = welcomed(server.address(), ["ann", "bob"]).await;
    ann.join("kitchen").await;
    let answer = submit(server.admin(), "/announce", "text=Back+at+nine%21").await;
    assert_eq!(answer.status, 303, "{answer:?}");
    assert!(
        answer.head.contains("location: /?announced=2"),
        "{answer:?}"
    );
    for client in [&mut ann, &mut bob] {
        let notice = client
            .until(|message| matches!(message, ServerMessage::Notice { .. }))
            .await;
        let text = "Back at nine!".to_owned();
        assert_eq!(notice, ServerMessage::Notice { text });
    }
    silent.hello("carla").await;
    let long = format!("text={}", "x".repeat(ANNOUNCEMENT_CHARS_MAX + 1));
    for text in ["text=+", long.as_str()] {
        assert_eq!(submit(server.admin(), "/announce", text).await.status, 422);
    }
    let large = format!("text={}", "x".repeat(ADMIN_FORM_BYTES_MAX));
    assert_eq!(
        submit(server.admin(), "/announce", &large).await.status,
        413
    );
}

#[actix_web::test]
async fn the_page_lists_reports_and_bans_and_closes_and_lifts_them() {
    let server = TestServer::start_with(&ADMIN);
    let [mut ann, mut bob] = welcomed(server.address(), ["ann", "bob"]).await;
    ann.join("lobby").await;
    bob.join("lobby").await;
    let target = ann.post("lobby", "spam").await;
    bob.entry().await;
    bob.moderate(Moderation::Report {
        room: room("lobby"),
        target,
        reason: "<b>rude</b>".to_owned(),
    })
    .await;
    bob.moderated().await;
    let ban = BanOrder {
        who: Banned::Member {
            member: ann.member,
            name: Name::parse("ann").unwrap(),
            addresses: TakesAddresses::No,
        },
        room: Some(room("lobby")),
        until_ms: u64::MAX / 4,
        reason: "spam".to_owned(),
        by: "carl".to_owned(),
    };
    crate::rights::admin(&server).ban(&ban, 1).unwrap();
    ann.refused(ErrorCode::Banned).await;
    let page = get(server.admin(), "/").await.body;
    for shown in [
        &target.to_string(),
        "&lt;b&gt;rude&lt;/b&gt;",
        "<td>carl</td>",
        "bob reported",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    let number = |form: &str| {
        let (_, form) = page.split_once(form).unwrap();
        let (_, id) = form.split_once("name=\"id\" value=\"").unwrap();
        id.split_once('"').unwrap().0.to_owned()
    };
    let report = format!("room=lobby&id={}", number("action=\"/resolve\""));
    let ban = format!("id={}", number("action=\"/unban\""));
    assert_eq!(
        submit(server.admin(), "/resolve", &report).await.status,
        303
    );
    assert_eq!(submit(server.admin(), "/unban", &ban).await.status, 303);
    ann.join("lobby").await;
    let page = get(server.admin(), "/").await.body;
    assert!(!page.contains("action=\"/resolve\"") && !page.contains("action=\"/unban\""));
    assert!(page.contains("the operator closed report"), "{page}");
    let forged = post(server.admin(), "/unban", "", "token=x&id=1").await;
    assert_eq!(forged.status, 403);
}

#[actix_web::test]
async fn other_pages_and_other_machines_change_and_see_nothing() {
    let server = TestServer::start_with(&ADMIN);
    let admin = server.admin();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    let token = form_token(admin).await;
    let fields = format!("token={token}&text=hi");
    let foreign = [
        // Another page of the browser: it does not know the token, and its origin gives it away.
        post(admin, "/announce", "", "text=hi").await,
        post(admin, "/announce", "", "token=&text=hi").await,
        post(admin, "/drain", "", "token=0123").await,
        post(admin, "/open", "", "token=0123").await,
        post(admin, "/announce", "origin: http://evil.test\r\n", &fields).await,
        post(admin, "/announce", "origin: null\r\n", &fields).await,
        // A proxy on this machine that forwards for others.
        post(admin, "/announce", "x-forwarded-for: 9.9.9.9\r\n", &fields).await,
        ask(
            admin,
            "GET /".into(),
            "forwarded: for=9.9.9.9\r\n".into(),
            String::new(),
        )
        .await,
    ];
    for answer in &foreign[..] {
        assert!([400, 403].contains(&answer.status), "{answer:?}");
        assert!(!answer.body.contains(&token), "{answer:?}");
    }
    // A page that gives its own name this machine's address.
    for path in ["/", "/metrics", "/live"] {
        let host = "host: evil.test\r\n".to_owned();
        let answer = ask(admin, format!("GET {path}"), host, String::new()).await;
        assert_eq!(answer.status, 421, "{path}");
    }
    ann.check_alive().await;
    let origin = format!("origin: http://{admin}\r\n");
    assert_eq!(post(admin, "/announce", &origin, &fields).await.status, 303);
}

#[actix_web::test]
async fn sockets_that_say_nothing_keep_a_scrape_waiting_and_no_more() {
    let server = TestServer::start_with(&ADMIN);
    let silent: Vec<_> = (0..ADMIN_CONNECTIONS_MAX + 8)
        .map(|_| std::net::TcpStream::connect(server.admin()).unwrap())
        .collect();
    assert_eq!(get(server.admin(), "/metrics").await.status, 200);
    drop(silent);
}
