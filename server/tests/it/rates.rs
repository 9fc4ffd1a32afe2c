//! Rates: everything that comes in has a cost, and what comes in too fast is read later.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use parlor_shared::{
    ClientMessage, ErrorCode, Name, Position, Seq, ServerMessage,
    limits::{
        CATCH_UP_BYTES_PAID_MAX, FRAME_BYTES_MAX, FRAME_BYTES_PER_TOKEN, HELLO_TOKENS, JOIN_TOKENS,
        NEWCOMER_ENTRIES, PAGE_BYTES_MAX, REPLY_BYTES_PER_TOKEN, REQUESTS_BURST,
        REQUESTS_PER_SECOND, ROOMS_TOKENS, SEARCH_TOKENS, SLICE_TOKENS, TEXT_CHARS_MAX,
        TYPING_INTERVAL_MS,
    },
};
use parlor_test_server::TestServer;
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

use crate::{
    client::{Client, check_chain, room, welcomed},
    raw_socket::RawSocket,
};

/// Tokens a second, and at once, of the servers of these tests.
const RATE: u32 = 200;
const BURST: u32 = 50;

/// Starts a server with a rate of [`RATE`] and a burst of [`BURST`] for each member.
fn start() -> TestServer {
    let (rate, burst) = (RATE.to_string(), BURST.to_string());
    TestServer::start_with(&[
        "--rate-per-second",
        &rate,
        "--rate-burst",
        &burst,
        "--connections-per-address",
        "0",
    ])
}

/// How long these tokens take, less those of a full bucket.
fn time_for(tokens: u32) -> Duration {
    Duration::from_secs(1) * tokens.saturating_sub(BURST) / RATE
}

#[actix_web::test]
async fn posts_faster_than_the_rate_come_out_in_order_without_a_refusal() {
    const POSTS: usize = 800;
    let server = start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let started = Instant::now();
    let mut ids = Vec::new();
    for n in 0..POSTS {
        ids.push(ann.post("lobby", &format!("post {n}")).await);
    }
    let mut entries = Vec::new();
    while entries.len() < POSTS {
        match ann.next_but_presence().await {
            ServerMessage::Entry { entry, .. } => entries.push(entry),
            other => panic!("not an entry: {other:?}"),
        }
    }
    check_chain(Seq::ZERO, &entries);
    assert!(entries.iter().map(|entry| entry.id).eq(ids));
    assert!(started.elapsed() >= time_for(POSTS as u32));
}

/// What a client sends again and again, and how many tokens each costs. Each is answered.
struct Flood {
    what: &'static str,
    message: Message,
    tokens: u32,
}

impl Flood {
    fn text(what: &'static str, text: &str, tokens: u32) -> Self {
        let message = Message::text(text);
        Self {
            what,
            message,
            tokens,
        }
    }

    /// Sends it until its tokens take a second, and checks that the last answer takes as long.
    async fn check(self, server: &TestServer) {
        let started = Instant::now();
        let mut client = Client::welcomed(server.address(), self.what).await;
        client.join("lobby").await;
        let before = HELLO_TOKENS + JOIN_TOKENS;
        let count = (RATE + BURST).div_ceil(self.tokens);
        for _ in 0..count {
            client.send_frame(self.message.clone()).await;
        }
        let mut answers = 0;
        while answers < count {
            match client.next_frame().await {
                Some(Message::Pong(_)) => answers += 1,
                Some(Message::Text(text)) if is_answer(&text) => answers += 1,
                Some(Message::Text(_)) => {}
                other => panic!("{}: the connection ended: {other:?}", self.what),
            }
        }
        // What the last one costs is paid by what would come next.
        let paid = before + (count - 1) * self.tokens;
        let (elapsed, expected) = (started.elapsed(), time_for(paid));
        assert!(elapsed >= expected, "{}: {elapsed:?}", self.what);
    }
}

fn is_answer(text: &str) -> bool {
    !["presence", "present", "joined", "entry"]
        .iter()
        .any(|other| text.starts_with(&format!(r#"{{"type":"{other}""#)))
}

#[actix_web::test]
async fn everything_that_comes_in_has_a_cost() {
    let server = start();
    let search = r#"{"type":"search","room":"lobby","text":"word"}"#;
    let history = r#"{"type":"history","room":"lobby","before":9,"limit":100}"#;
    let slice = r#"{"type":"slice","room":"lobby","at":{"seq":9},"limit":100}"#;
    let hello = r#"{"type":"hello","protocol":1,"name":"ann"}"#;
    let large = "x".repeat(10 * FRAME_BYTES_PER_TOKEN + 1);
    let floods = [
        Flood::text("not JSON", "x", 1),
        Flood::text("no text", "", 1),
        Flood::text("large", &large, 11),
        Flood::text("the largest", &"x".repeat(FRAME_BYTES_MAX), BURST),
        Flood::text("unknown", r#"{"type":"dance"}"#, 1),
        Flood::text("hello", hello, 1),
        Flood::text("leave", r#"{"type":"leave","room":"attic"}"#, 1),
        Flood::text("typing", r#"{"type":"typing","room":"attic"}"#, 1),
        Flood::text("ping", r#"{"type":"ping","t":1}"#, 1),
        Flood::text("history", history, 1),
        Flood::text("slice", slice, SLICE_TOKENS),
        Flood::text("search", search, SEARCH_TOKENS),
        Flood::text("rooms", r#"{"type":"rooms"}"#, ROOMS_TOKENS),
        Flood {
            what: "binary",
            message: Message::binary(vec![0; 10]),
            tokens: 1,
        },
        Flood {
            what: "WebSocket ping",
            message: Message::Ping(vec![0; 10].into()),
            tokens: 1,
        },
    ];
    join_all(floods.map(|flood| flood.check(&server))).await;
}

#[actix_web::test]
async fn a_member_is_shown_as_typing_every_three_seconds_at_most() {
    let server = TestServer::start();
    let [mut ann, mut bob] = welcomed(server.address(), ["ann", "bob"]).await;
    let mut anns_phone = ann.reconnected(server.address(), "ann").await;
    bob.join("lobby").await;
    ann.join("lobby").await;
    anns_phone.join("lobby").await;
    let typing = ClientMessage::Typing {
        room: room("lobby"),
    };
    let started = Instant::now();
    for _ in 0..30 {
        ann.send(&typing).await;
        anns_phone.send(&typing).await;
        anns_phone.check_alive().await;
    }
    // Who leaves and joins is still the same member.
    anns_phone
        .send(&ClientMessage::Leave {
            room: room("lobby"),
        })
        .await;
    anns_phone.join("lobby").await;
    anns_phone.send(&typing).await;
    anns_phone.check_alive().await;
    bob.send(&typing).await;
    let last = anns_phone.post("lobby", "done").await;
    let mut heard = Vec::new();
    loop {
        match bob.next().await {
            ServerMessage::Typing { member, .. } => heard.push(member),
            ServerMessage::Entry { entry, .. } if entry.id == last => break,
            _ => {}
        }
    }
    let intervals = started.elapsed().as_millis() as u64 / TYPING_INTERVAL_MS;
    let of_ann = heard.iter().filter(|member| **member == ann.member).count();
    assert!((1..=1 + intervals as usize).contains(&of_ann), "{of_ann}");
    assert!(heard.contains(&bob.member), "each member has an interval");
}

#[actix_web::test]
async fn a_new_name_in_many_rooms_costs_as_much_as_a_post_to_each() {
    const ROOMS: u32 = 40;
    let server = start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    for n in 0..ROOMS {
        ann.join(&format!("r{n}")).await;
    }
    let started = Instant::now();
    for n in 0..6 {
        let name = Name::parse(format!("ann {n}")).unwrap();
        ann.send(&ClientMessage::Rename { name }).await;
    }
    ann.check_alive().await;
    let expected = time_for(6 * (ROOMS + 1));
    assert!(started.elapsed() >= expected, "{:?}", started.elapsed());
}

#[actix_web::test]
async fn each_frame_of_a_message_has_a_cost() {
    let server = start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    let started = Instant::now();
    let fragment = |code, is_last| {
        let frame = Frame::message(Vec::new(), OpCode::Data(code), is_last);
        Message::Frame(frame)
    };
    ann.send_frame(fragment(Data::Text, false)).await;
    for _ in 0..RATE + BURST {
        ann.send_frame(fragment(Data::Continue, false)).await;
    }
    ann.send_frame(fragment(Data::Continue, true)).await;
    ann.refused(ErrorCode::Malformed).await;
    let expected = time_for(RATE + BURST);
    assert!(started.elapsed() >= expected, "{:?}", started.elapsed());
}

/// The bytes that a join brings, up to `present`.
async fn bytes_of_join(client: &mut Client, after: Option<Position>) -> usize {
    let room = room("lobby");
    client.send(&ClientMessage::Join { room, after }).await;
    let mut bytes = 0;
    loop {
        match client.next_frame().await {
            Some(Message::Text(text)) => {
                bytes += text.len();
                if text.starts_with(r#"{"type":"present""#) {
                    return bytes;
                }
            }
            other => panic!("the connection ended: {other:?}"),
        }
    }
}

/// A server whose lobby has this many long messages.
async fn server_with_long_messages(messages: u16) -> TestServer {
    let server = start();
    let mut bob = Client::welcomed(server.address(), "bob").await;
    bob.join("lobby").await;
    let long = "x".repeat(TEXT_CHARS_MAX);
    for _ in 0..messages {
        bob.post("lobby", &long).await;
        bob.entry().await;
    }
    server
}

/// A join brings up to a page of long messages for a request of a few bytes.
#[actix_web::test]
async fn repeated_joins_are_answered_as_fast_as_their_bytes_are_paid_for() {
    const JOINS: u32 = 20;
    let server = server_with_long_messages(NEWCOMER_ENTRIES).await;
    let mut ann = Client::welcomed(server.address(), "ann").await;
    let started = Instant::now();
    let mut bytes = 0;
    for _ in 0..JOINS {
        bytes += bytes_of_join(&mut ann, None).await;
    }
    ann.check_alive().await;
    assert!(bytes > JOINS as usize * PAGE_BYTES_MAX, "{bytes}");
    let tokens = JOINS * JOIN_TOKENS + (bytes / REPLY_BYTES_PER_TOKEN) as u32;
    // What a join brings is not a multiple of what a token pays for.
    let expected = time_for(tokens - JOINS);
    assert!(started.elapsed() >= expected, "{:?}", started.elapsed());
}

#[actix_web::test]
async fn a_long_past_is_free_once_and_paid_for_when_it_is_read_again() {
    const JOINS: u32 = 6;
    let server = server_with_long_messages(3 * NEWCOMER_ENTRIES).await;
    let mut ann = Client::welcomed(server.address(), "ann").await;
    let from_the_start = Some(Position {
        epoch: ann.epoch,
        seq: Seq::ZERO,
    });
    let started = Instant::now();
    let mut bytes = bytes_of_join(&mut ann, from_the_start).await;
    assert!(bytes > 4 * CATCH_UP_BYTES_PAID_MAX, "{bytes}");
    for n in 1..JOINS {
        // It makes no difference whether the room was left in between.
        if n % 2 == 0 {
            let room = room("lobby");
            ann.send(&ClientMessage::Leave { room }).await;
        }
        bytes += bytes_of_join(&mut ann, from_the_start).await;
    }
    ann.check_alive().await;
    let last = bytes / JOINS as usize - CATCH_UP_BYTES_PAID_MAX;
    let tokens = JOINS * JOIN_TOKENS + ((bytes - last) / REPLY_BYTES_PER_TOKEN) as u32;
    let expected = time_for(tokens - 2 * JOINS);
    assert!(started.elapsed() >= expected, "{:?}", started.elapsed());
}

/// The first line of the answer to a request from this address, through a proxy.
async fn request_from(server: &TestServer, address: &str) -> String {
    let forwarded = format!("x-forwarded-for: {address}\r\n");
    let (_, head) = RawSocket::request(server.address(), "GET /health", &forwarded).await;
    head.lines().next().unwrap_or_default().to_owned()
}

#[actix_web::test]
async fn requests_over_http_are_in_a_rate_of_their_address_and_others_are_answered() {
    let server = TestServer::start_with(&["--trust-proxy", "127.0.0.1"]);
    // As many at once as wait for ten seconds after a burst. A slow machine needs several rounds,
    // because the tokens of a round come back meanwhile.
    let at_once = 10 * REQUESTS_PER_SECOND.get();
    let mut sent = 0;
    loop {
        let answers = (0..at_once).map(|_| request_from(&server, "192.0.2.1"));
        let answers = join_all(answers).await;
        sent += at_once;
        let refused = answers.iter().filter(|line| line.contains("429")).count();
        if refused > 0 {
            break assert!(sent > REQUESTS_BURST.get(), "{refused} of {sent}");
        }
    }
    assert!(request_from(&server, "192.0.2.2").await.contains("200"));
}

#[actix_web::test]
async fn a_client_over_its_rate_still_hears_others_and_the_server_stops_in_time() {
    let mut server = TestServer::start_with(&["--rate-per-second", "1", "--rate-burst", "5"]);
    let mut ann = Client::welcomed(server.address(), "ann").await;
    let mut bob = Client::welcomed(server.address(), "bob").await;
    ann.join("lobby").await;
    bob.join("lobby").await;
    for _ in 0..100 {
        ann.send(&ClientMessage::Typing {
            room: room("nowhere"),
        })
        .await;
    }
    let id = bob.post("lobby", "hello").await;
    assert_eq!(ann.entry().await.id, id);
    server.stop();
    assert_eq!(u16::from(ann.closed().await.code), 4000);
}
