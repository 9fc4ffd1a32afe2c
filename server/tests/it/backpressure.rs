//! Whoever takes nothing, or gives without pause, waits; the server does not.

use parlor_shared::{
    ClientMessage, Seq, ServerMessage,
    limits::{HISTORY_ENTRIES_MAX, POSTS_IN_FLIGHT_MAX, SHUTDOWN_TIMEOUT_MS, TEXT_CHARS_MAX},
};
use parlor_test_server::TestServer;

use crate::{
    client::{Client, room, text, welcomed},
    server::start_binary,
};

#[actix_web::test]
async fn a_connection_with_many_posts_on_their_way_is_not_read_on() {
    let server = TestServer::start();
    let [mut ann, mut bob] = welcomed(server.address(), ["ann", "bob"]).await;
    ann.join("lobby").await;
    let file = rusqlite::Connection::open(server.log_file()).unwrap();
    file.execute_batch("BEGIN IMMEDIATE").unwrap();
    // While somebody else holds the file nothing is committed.
    for _ in 1..POSTS_IN_FLIGHT_MAX {
        ann.post("lobby", "hello").await;
    }
    ann.say(&ClientMessage::Ping { t: 1 }).await;
    assert_eq!(
        answer(&mut ann).await,
        ServerMessage::Pong { t: 1 },
        "one more is read"
    );
    ann.post("lobby", "the last one read").await;
    ann.say(&ClientMessage::Ping { t: 2 }).await;
    for _ in 0..20 {
        bob.is_alive().await;
    }
    file.execute_batch("ROLLBACK").unwrap();
    let next = answer(&mut ann).await;
    assert_ne!(next, ServerMessage::Pong { t: 2 }, "read before a commit");
    ann.until(|message| *message == ServerMessage::Pong { t: 2 })
        .await;
}

/// The next message but for who came and went.
async fn answer(client: &mut Client) -> ServerMessage {
    client
        .until(|message| !matches!(message, ServerMessage::Presence { .. }))
        .await
}

const PAGES: usize = 300;

/// Posts long texts, and asks for pages of them without reading.
async fn ask_for_much(stalled: &mut Client) {
    let long = "🙂".repeat(TEXT_CHARS_MAX);
    for _ in 0..5 {
        stalled.post("lobby", &long).await;
        stalled.entry().await;
    }
    for _ in 0..PAGES {
        stalled.say(&a_page()).await;
    }
}

fn a_page() -> ClientMessage {
    ClientMessage::History {
        room: room("lobby"),
        before: Seq(u64::MAX >> 12),
        limit: HISTORY_ENTRIES_MAX,
    }
}

#[actix_web::test]
async fn a_client_that_asks_and_does_not_take_the_answers_costs_no_memory() {
    let data = tempfile::tempdir().unwrap();
    let server = start_binary(data.path());
    let mut stalled = Client::welcomed(server.address(), "stalled").await;
    let mut bob = Client::welcomed(server.address(), "bob").await;
    stalled.join("lobby").await;
    bob.join("lobby").await;
    let before = server.memory_bytes("VmHWM").unwrap();
    ask_for_much(&mut stalled).await;
    stalled.post("lobby", "was that read?").await;
    // As much for another, who takes it: time enough to have answered the first.
    for _ in 0..PAGES {
        bob.say(&a_page()).await;
        bob.until(|message| match message {
            ServerMessage::Entry { entry, .. } => {
                assert_ne!(text(entry), "was that read?", "with its answers untaken");
                false
            }
            other => matches!(other, ServerMessage::History { .. }),
        })
        .await;
    }
    for _ in 0..PAGES {
        stalled
            .until(|message| matches!(message, ServerMessage::History { .. }))
            .await;
    }
    while text(&bob.entry().await) != "was that read?" {}
    let grown = server.memory_bytes("VmHWM").unwrap() - before;
    assert!(grown < 24 << 20, "the server grew by {grown} bytes");
}

#[actix_web::test]
async fn a_client_that_takes_nothing_does_not_keep_the_server_from_stopping() {
    let mut server = TestServer::start();
    let mut stalled = Client::welcomed(server.address(), "stalled").await;
    stalled.join("lobby").await;
    ask_for_much(&mut stalled).await;
    let began = std::time::Instant::now();
    server.stop();
    let took_ms = began.elapsed().as_millis() as u64;
    assert!(took_ms < 3 * SHUTDOWN_TIMEOUT_MS, "{took_ms} ms");
}
