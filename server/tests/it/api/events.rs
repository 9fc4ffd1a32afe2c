//! Streams of events.

use std::time::{Duration, Instant};

use parlor_shared::{
    Entry, Right, RoomKind, Seq,
    limits::{EVENTS_HEARTBEAT_MS, RING_FRAMES_MAX},
};
use parlor_test_server::{
    TestServer,
    http::{EventStream, StreamedEvent},
};
use serde_json::Value;

use super::http_client::Program;
use crate::{
    client::{Client, PATIENCE, check_chain, new_id, text},
    rights::{give, set_kind},
};

const PATH: &str = "/rooms/lobby/entries";

/// A stream of events, as its client reads it.
pub(crate) struct Events {
    stream: EventStream,
    /// The id of the event that was read last.
    pub(crate) last_id: String,
}

impl Events {
    pub(crate) async fn open(program: &Program, path: &str, headers: &[(&str, &str)]) -> Self {
        let opened = Self::try_open(program, path, headers).await;
        opened.expect("the server answers")
    }

    /// The same; `None` if the server can't be reached.
    pub(crate) async fn try_open(
        program: &Program,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Option<Self> {
        let mut all = vec![("accept", "text/event-stream")];
        all.extend(headers);
        let answer = program.try_open("GET", path, &all, "").await?;
        let (head, body) = answer.into_parts();
        assert_eq!(head.status, 200);
        assert_eq!(head.headers["content-type"], "text/event-stream");
        assert_eq!(head.headers["cache-control"], "no-store");
        Some(Self {
            stream: EventStream::new(body),
            last_id: String::new(),
        })
    }

    /// The next event with data; `None` at the stream's end.
    pub(super) async fn next(&mut self) -> Option<StreamedEvent> {
        let event = tokio::time::timeout(PATIENCE, self.stream.next()).await;
        let event = event.expect("the server sends something")?;
        self.last_id = event.id.clone().unwrap_or_default();
        Some(event)
    }

    pub(crate) async fn entry(&mut self) -> Entry {
        let event = self.next().await.expect("an event");
        assert_eq!(event.name, None, "{event:?}");
        let entry: Entry = serde_json::from_str(&event.data).unwrap();
        let id = event.id.unwrap();
        assert!(id.starts_with(&format!("{}.", entry.seq)), "{id}");
        entry
    }

    /// The last event's problem; nothing comes behind it.
    async fn ended(&mut self) -> Value {
        loop {
            let event = self.next().await.expect("an event that says why");
            if event.name.as_deref() == Some("end") {
                assert!(self.next().await.is_none());
                return serde_json::from_str(&event.data).unwrap();
            }
        }
    }
}

#[actix_web::test]
async fn a_stream_has_the_rooms_past_and_then_its_life() {
    let server = TestServer::start();
    let bot = Program::named(&server, "bot").await;
    for n in 0..60 {
        bot.say(new_id(), &format!("{n}")).await;
    }
    let nobody = Program::of(&server);
    let mut events = Events::open(&nobody, PATH, &[]).await;
    let mut past = Vec::new();
    for _ in 0..50 {
        past.push(events.entry().await);
    }
    check_chain(past[0].prev, &past);
    assert_eq!(text(&past[0]), "10");
    let live = bot.say(new_id(), "ünï\ncode").await.entry();
    assert_eq!(events.entry().await, live);
    let mut from_now = Events::open(&nobody, &format!("{PATH}?limit=0"), &[]).await;
    let next = bot.say(new_id(), "next").await.entry();
    assert_eq!(from_now.entry().await, next);
    assert_eq!(events.entry().await, next);
    let mut all = Events::open(&nobody, &format!("{PATH}?after=start"), &[]).await;
    assert_eq!(all.entry().await.prev, Seq::ZERO);
}

#[actix_web::test]
async fn a_stream_goes_on_where_it_was_across_restarts_without_a_gap() {
    let mut server = TestServer::start();
    let mut bot = Program::named(&server, "bot").await;
    let mut received = Vec::new();
    let mut last_id = String::new();
    let total = RING_FRAMES_MAX + 200;
    for round in 0..3 {
        // Longer than the ring: what was missed is read from the log.
        let count = if round == 1 { total } else { 20 };
        post_many(&bot, count).await;
        let headers = [("last-event-id", last_id.as_str())];
        let headers = if round == 0 { &[][..] } else { &headers[..] };
        let path = format!("{PATH}?after=start");
        let mut events = Events::open(&bot, &path, headers).await;
        for _ in 0..count {
            received.push(events.entry().await);
        }
        last_id.clone_from(&events.last_id);
        server.restart();
        bot.address = server.address();
    }
    check_chain(Seq::ZERO, &received);
    assert_eq!(received.len(), total + 40);
}

/// Posts so many texts in batches.
async fn post_many(bot: &Program, count: usize) {
    let line = serde_json::json!({"body": {"kind": "post", "text": "x"}}).to_string();
    let mut left = count;
    while left > 0 {
        let lines = vec![line.as_str(); left.min(100)].join("\n");
        let headers = [("content-type", "application/x-ndjson")];
        let made = bot.send("POST", PATH, &headers, &lines).await;
        assert_eq!(made.status, 201, "{made:?}");
        left -= left.min(100);
    }
}

#[actix_web::test]
async fn a_client_that_reads_slowly_misses_nothing_and_delays_nobody() {
    let server = TestServer::start();
    let bot = Program::named(&server, "bot").await;
    let mut slow = Events::open(&bot, &format!("{PATH}?after=start"), &[]).await;
    let mut fast = Events::open(&bot, &format!("{PATH}?after=start"), &[]).await;
    let long = "x".repeat(7_000);
    let line = serde_json::json!({"body": {"kind": "post", "text": long}}).to_string();
    let lines = vec![line.as_str(); 30].join("\n");
    // Far more than the sockets' buffers and the room's ring have.
    for _ in 0..40 {
        let headers = [("content-type", "application/x-ndjson")];
        assert_eq!(bot.send("POST", PATH, &headers, &lines).await.status, 201);
        for _ in 0..30 {
            fast.entry().await;
        }
    }
    let mut received = Vec::new();
    for _ in 0..1_200 {
        received.push(slow.entry().await);
    }
    check_chain(Seq::ZERO, &received);
}

#[actix_web::test]
async fn a_stream_ends_with_the_right_to_read_and_with_the_server() {
    let mut server = TestServer::start();
    let mut owner = Client::welcomed(server.address(), "owner").await;
    owner.join("lobby").await;
    give(&server, &mut owner, "*", Right::Own).await;
    let bot = Program::named(&server, "bot").await;
    let mut events = Events::open(&bot, PATH, &[]).await;
    let mut elsewhere = Events::open(&bot, "/rooms/attic/entries", &[]).await;
    set_kind(&mut owner, "lobby", RoomKind::Private).await;
    assert_eq!(events.ended().await["code"], "not_allowed");
    let stopping = tokio::task::spawn_blocking(move || server.stop());
    let problem = elsewhere.ended().await;
    assert_eq!(
        (&problem["code"], &problem["retry"]),
        (&"restarting".into(), &true.into())
    );
    stopping.await.unwrap();
}

/// The time is also longer than a client may take nothing of an answer.
#[actix_web::test]
async fn a_silent_stream_has_a_comment_now_and_then() {
    let server = TestServer::start();
    let bot = Program::named(&server, "bot").await;
    let mut events = Events::open(&bot, PATH, &[]).await;
    let begun = Instant::now();
    let comment = loop {
        let block = tokio::time::timeout(PATIENCE, events.stream.next_block()).await;
        if block.unwrap().unwrap().starts_with(b":") {
            break begun.elapsed();
        }
    };
    let expected = Duration::from_millis(EVENTS_HEARTBEAT_MS);
    assert!(comment >= expected - Duration::from_secs(1), "{comment:?}");
    let entry = bot.say(new_id(), "hello").await.entry();
    assert_eq!(events.entry().await, entry);
}

#[actix_web::test]
async fn no_words_of_a_deleted_message_are_in_a_stream() {
    let server = TestServer::start();
    let bot = Program::named(&server, "bot").await;
    let secret = bot.say(new_id(), "secret").await.entry();
    let deletion = serde_json::json!({"body": {"kind": "deletion", "target": secret.id}});
    assert_eq!(bot.post(PATH, &[], deletion).await.status, 201);
    let mut events = Events::open(&bot, &format!("{PATH}?after=start"), &[]).await;
    let blanked = events.next().await.unwrap();
    assert!(
        blanked.data.contains("blanked") && !blanked.data.contains("secret"),
        "{blanked:?}"
    );
    events.entry().await;
}
