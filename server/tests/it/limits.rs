//! The server's limits: what it refuses, and with which code.

use std::net::Ipv4Addr;

use futures_util::future::join_all;
use parlor_shared::{
    ClientInfo, ClientMessage, ErrorCode, Name, Seq, ServerMessage,
    limits::{
        FRAME_BYTES_MAX, HISTORY_ENTRIES_MAX, ROOMS_PER_CONNECTION_MAX, SEARCH_CHARS_MAX,
        SEARCH_ENTRIES_MAX, TEXT_CHARS_MAX,
    },
};
use parlor_test_server::TestServer;
use tokio_tungstenite::tungstenite::{
    Message,
    client::IntoClientRequest,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

use crate::client::{Client, room};

#[actix_web::test]
async fn a_bad_message_is_refused_with_its_code_and_the_connection_stays_open() {
    let server = TestServer::start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let id = "01900000-0000-7000-8000-000000000001";
    let post =
        |body: &str| format!(r#"{{"type":"post","room":"lobby","id":"{id}","body":{body}}}"#);
    let long = "ä".repeat(TEXT_CHARS_MAX + 1);
    let cases = [
        ("not json".to_owned(), ErrorCode::Malformed),
        ("[]".to_owned(), ErrorCode::Malformed),
        (r#"{"type":"join"}"#.to_owned(), ErrorCode::Malformed),
        (r#"{"type":"dance"}"#.to_owned(), ErrorCode::Unsupported),
        (
            r#"{"type":"join","room":"No Room"}"#.to_owned(),
            ErrorCode::RoomInvalid,
        ),
        (
            r#"{"type":"rename","name":""}"#.to_owned(),
            ErrorCode::NameInvalid,
        ),
        (
            r#"{"type":"post","room":"lobby","id":"x","body":{"kind":"post","text":"a"}}"#
                .to_owned(),
            ErrorCode::IdInvalid,
        ),
        (
            post(r#"{"kind":"post","text":" \n "}"#),
            ErrorCode::TextEmpty,
        ),
        (
            post(&format!(r#"{{"kind":"post","text":"{long}"}}"#)),
            ErrorCode::TextTooLong,
        ),
        (
            post(r#"{"kind":"poll","text":"a"}"#),
            ErrorCode::Unsupported,
        ),
        (
            post(&format!(
                r#"{{"kind":"reaction","target":"{id}","emoji":"nice","on":true}}"#
            )),
            ErrorCode::EmojiInvalid,
        ),
        (
            post(&format!(r#"{{"kind":"deletion","target":"{id}"}}"#)),
            ErrorCode::TargetUnknown,
        ),
        (
            r#"{"type":"search","room":"lobby","text":" "}"#.to_owned(),
            ErrorCode::SearchInvalid,
        ),
        (
            r#"{"type":"typing","room":"attic"}"#.to_owned(),
            ErrorCode::NotJoined,
        ),
        (
            r#"{"type":"hello","protocol":1,"name":"ann"}"#.to_owned(),
            ErrorCode::HelloRepeated,
        ),
    ];
    for (frame, code) in cases {
        ann.send_text(&frame).await;
        let refusal = ann.refused(code).await;
        assert!(!refusal.retry && !refusal.message.is_empty(), "{refusal:?}");
        if frame.contains(r#""type":"post""#) && code != ErrorCode::IdInvalid {
            assert_eq!(
                refusal.id.map(|id| id.to_string()).as_deref(),
                Some(id),
                "{refusal:?}"
            );
        }
    }
    ann.send_frame(Message::binary(vec![1, 2, 3])).await;
    ann.refused(ErrorCode::Malformed).await;
    ann.check_alive().await;
}

#[actix_web::test]
async fn hello_must_come_first_in_time_and_in_a_supported_version() {
    let server = TestServer::start();
    let mut silent = Client::connect(server.address()).await;
    let mut eager = Client::connect(server.address()).await;
    eager
        .send(&ClientMessage::Join {
            room: room("lobby"),
            after: None,
        })
        .await;
    eager.refused(ErrorCode::HelloExpected).await;
    eager.hello("eager").await;

    let mut old = Client::connect(server.address()).await;
    let name = Name::parse("old").unwrap();
    let client = ClientInfo::default();
    old.send(&ClientMessage::Hello {
        protocol: 99,
        name,
        token: None,
        access: None,
        client,
    })
    .await;
    old.refused(ErrorCode::ProtocolVersion).await;
    assert_eq!(u16::from(old.closed().await.code), 4500);
    assert_eq!(u16::from(silent.closed().await.code), 4001);
}

#[actix_web::test]
async fn a_frame_over_the_limit_closes_the_connection() {
    let server = TestServer::start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    ann.send_frame(Message::text(" ".repeat(FRAME_BYTES_MAX)))
        .await;
    ann.refused(ErrorCode::Malformed).await;
    ann.send_frame(Message::text(" ".repeat(FRAME_BYTES_MAX + 1)))
        .await;
    assert_eq!(u16::from(ann.closed().await.code), 1009);

    let mut pieces = Client::welcomed(server.address(), "pieces").await;
    let piece = |code, end| Frame::message(vec![b' '; 40_000], OpCode::Data(code), end);
    pieces
        .send_frame(Message::Frame(piece(Data::Text, false)))
        .await;
    pieces
        .send_frame(Message::Frame(piece(Data::Continue, true)))
        .await;
    assert_eq!(u16::from(pieces.closed().await.code), 1009);

    let mut bytes = Client::welcomed(server.address(), "bytes").await;
    let not_utf8 = Frame::message(vec![0xFF, 0xFE], OpCode::Data(Data::Text), true);
    bytes.send_frame(Message::Frame(not_utf8)).await;
    assert_eq!(u16::from(bytes.closed().await.code), 1007);
}

#[actix_web::test]
async fn a_connection_joins_a_limited_number_of_rooms() {
    let server = TestServer::start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    for n in 0..ROOMS_PER_CONNECTION_MAX {
        ann.send(&ClientMessage::Join {
            room: room(&format!("r{n}")),
            after: None,
        })
        .await;
        ann.until(|message| matches!(message, ServerMessage::Present { .. }))
            .await;
    }
    ann.send(&ClientMessage::Join {
        room: room("one-more"),
        after: None,
    })
    .await;
    ann.refused(ErrorCode::TooManyRooms).await;
    ann.send(&ClientMessage::Leave { room: room("r0") }).await;
    ann.send(&ClientMessage::Join {
        room: room("one-more"),
        after: None,
    })
    .await;
    ann.until(|message| matches!(message, ServerMessage::Joined { .. }))
        .await;
}

#[actix_web::test]
async fn no_answer_holds_more_entries_than_a_page() {
    let server = TestServer::start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    for _ in 0..=HISTORY_ENTRIES_MAX {
        ann.post("lobby", "a needle").await;
    }
    for _ in 0..=HISTORY_ENTRIES_MAX {
        ann.entry().await;
    }
    let (entries, more) = ann.history("lobby", Seq(1 << 50), u16::MAX).await;
    assert_eq!(
        (entries.len(), more),
        (usize::from(HISTORY_ENTRIES_MAX), true)
    );
    // The index lags behind the log, so the test searches until it has caught up.
    let mut found = 0;
    while found < usize::from(SEARCH_ENTRIES_MAX) {
        found = ann.search("lobby", "needle").await.len();
        assert!(found <= usize::from(SEARCH_ENTRIES_MAX));
    }
    let text = "x".repeat(SEARCH_CHARS_MAX + 1);
    let search = ClientMessage::Search {
        room: room("lobby"),
        text,
    };
    ann.send(&search).await;
    ann.refused(ErrorCode::SearchInvalid).await;
}

#[actix_web::test]
async fn a_client_over_its_rate_waits_and_is_refused_where_a_second_is_not_enough() {
    let server = TestServer::start_with(&["--rate-per-second", "1", "--rate-burst", "100"]);
    let mut ann = Client::welcomed(server.address(), "ann").await;
    for t in 0..101 {
        ann.send(&ClientMessage::Ping { t }).await;
    }
    // Another connection has a full bucket of its own and shares the member's, from which the first
    // has taken the tokens of the next second.
    let mut again = ann.reconnected(server.address(), "ann").await;
    again.send(&ClientMessage::Ping { t: 0 }).await;
    let refusal = again.refused(ErrorCode::RateLimited).await;
    assert!(refusal.retry);
    assert!(
        (1..=2_001).contains(&refusal.retry_after_ms.unwrap()),
        "{refusal:?}"
    );
    for t in 0..101 {
        assert_eq!(ann.next().await, ServerMessage::Pong { t }, "only delayed");
    }
}

/// Opens `count` connections at once as a proxy does, each for another client, and pings on each.
/// Returns how many were refused.
async fn refused(server: &TestServer, count: u32) -> usize {
    let clients = (0..count).map(async |n| {
        let forwarded_for = Ipv4Addr::from_bits(0x0A00_0000 + n).to_string();
        let headers = [("x-forwarded-for", forwarded_for.as_str())];
        let mut client = Client::connect_with(server.address(), &headers).await;
        client.send(&ClientMessage::Ping { t: 0 }).await;
        match client.next().await {
            ServerMessage::Pong { .. } => false,
            ServerMessage::Error(refusal) => {
                assert_eq!(refusal.code, ErrorCode::RateLimited);
                true
            }
            other => panic!("neither a pong nor a refusal: {other:?}"),
        }
    });
    let refused = join_all(clients).await;
    refused.into_iter().filter(|refused| *refused).count()
}

#[actix_web::test]
async fn clients_behind_a_trusted_proxy_are_limited_by_their_own_addresses() {
    let options = ["--rate-per-second", "1", "--rate-burst", "2"];
    let direct = TestServer::start_with(&options);
    let proxied = TestServer::start_with(&[&options[..], &["--trust-proxy", "127.0.0.1"]].concat());
    assert!(
        refused(&direct, 100).await > 0,
        "all of them count as the proxy's address"
    );
    assert_eq!(refused(&proxied, 100).await, 0);
}

#[actix_web::test]
async fn a_connection_over_the_limit_is_closed_with_a_code_that_says_retry() {
    let server = TestServer::start_with(&["--connections-max", "1"]);
    let mut first = Client::welcomed(server.address(), "first").await;
    let mut second = Client::connect(server.address()).await;
    assert_eq!(u16::from(second.closed().await.code), 4003);
    first.check_alive().await;
}

#[actix_web::test]
async fn one_address_gets_a_part_of_the_connections_and_its_own_code_beyond() {
    let options = ["--connections-max", "20", "--trust-proxy", "127.0.0.1"];
    let server = TestServer::start_with(&options);
    let connect = async |from: &str| {
        Client::connect_with(server.address(), &[("x-forwarded-for", from)]).await
    };
    let mut held = Vec::new();
    for from in ["2001:db8::1", "2001:db8::2:3:4:5"] {
        let mut client = connect(from).await;
        client.check_alive().await;
        held.push(client);
    }
    let mut third = connect("2001:db8::ffff").await;
    assert_eq!(u16::from(third.closed().await.code), 4004);
    connect("2001:db8:0:1::1").await.check_alive().await;
    connect("192.0.2.1").await.check_alive().await;
    drop(held.pop());
    // The place is free once the server has seen that the connection is gone.
    loop {
        let mut next = connect("2001:db8::ffff").await;
        next.send(&ClientMessage::Ping { t: 1 }).await;
        if let Some(answer) = next.next_unless_closed().await {
            break assert_eq!(answer, ServerMessage::Pong { t: 1 });
        }
    }
}

#[actix_web::test]
async fn a_page_of_another_origin_connects_only_if_it_is_listed() {
    let server = TestServer::start_with(&["--allow-origin", "https://friend.example"]);
    let connect = async |origin: String| {
        let mut request = format!("ws://{}/ws", server.address())
            .into_client_request()
            .unwrap();
        request
            .headers_mut()
            .insert("origin", origin.parse().unwrap());
        tokio_tungstenite::connect_async(request).await
    };
    assert!(
        connect(format!("http://{}", server.address()))
            .await
            .is_ok()
    );
    assert!(connect("https://friend.example".to_owned()).await.is_ok());
    for origin in ["https://evil.example", "null"] {
        let refused = connect(origin.to_owned()).await.unwrap_err().to_string();
        assert!(refused.contains("403"), "{origin}: {refused}");
    }
}

/// The server keeps a refused connection open for a second, so that its client gets the close
/// frame.
#[actix_web::test]
async fn connections_refused_to_one_address_take_no_place_from_another() {
    let options = ["--connections-max", "3", "--connections-per-address", "1"];
    let options = [&options[..], &["--trust-proxy", "127.0.0.1"]].concat();
    let server = TestServer::start_with(&options);
    let connect = async |from: &str| {
        Client::connect_with(server.address(), &[("x-forwarded-for", from)]).await
    };
    let mut flooder = connect("192.0.2.1").await;
    flooder.check_alive().await;
    let mut refused = Vec::new();
    for _ in 0..5 {
        refused.push(connect("192.0.2.1").await);
    }
    connect("192.0.2.2").await.check_alive().await;
    for mut client in refused {
        assert_eq!(u16::from(client.closed().await.code), 4004);
    }
}
