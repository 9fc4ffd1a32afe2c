//! Backpressure: a client that does not read, or that sends without pause, waits. The server and
//! its other clients do not.

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
async fn a_connection_with_the_most_posts_in_flight_is_not_read_until_one_is_committed() {
    let server = TestServer::start_with(&["--rate-per-second", "0", "--workers", "1"]);
    let [mut ann, mut bob] = welcomed(server.address(), ["ann", "bob"]).await;
    ann.join("lobby").await;
    let log = rusqlite::Connection::open(server.log_file()).unwrap();
    // Nothing is committed while another connection holds the write lock.
    log.execute_batch("BEGIN IMMEDIATE").unwrap();
    for _ in 1..POSTS_IN_FLIGHT_MAX {
        ann.post("lobby", "hello").await;
    }
    ann.send(&ClientMessage::Ping { t: 1 }).await;
    ann.post("lobby", "the last one read").await;
    ann.send(&ClientMessage::Ping { t: 2 }).await;
    assert_eq!(
        ann.next_but_presence().await,
        ServerMessage::Pong { t: 1 },
        "with one post fewer the connection is read"
    );
    // One worker serves both connections in the order in which their frames arrived. It answers bob
    // only after it has looked at ann's frames, which arrived before his.
    bob.check_alive().await;
    log.execute_batch("ROLLBACK").unwrap();
    let next = ann.next_but_presence().await;
    assert_ne!(next, ServerMessage::Pong { t: 2 }, "read before a commit");
    ann.until(|message| *message == ServerMessage::Pong { t: 2 })
        .await;
}

const PAGES: usize = 300;

/// Posts long texts, then requests [`PAGES`] pages of them without reading the answers.
async fn request_pages(stalled: &mut Client) {
    let long = "🙂".repeat(TEXT_CHARS_MAX);
    for _ in 0..5 {
        stalled.post("lobby", &long).await;
        stalled.entry().await;
    }
    for _ in 0..PAGES {
        stalled.send(&page_request()).await;
    }
}

fn page_request() -> ClientMessage {
    ClientMessage::History {
        room: room("lobby"),
        before: Seq(u64::MAX >> 12),
        limit: HISTORY_ENTRIES_MAX,
    }
}

#[actix_web::test]
async fn a_client_that_does_not_read_its_answers_costs_bounded_memory() {
    let data = tempfile::tempdir().unwrap();
    let server = start_binary(data.path());
    let mut stalled = Client::welcomed(server.address(), "stalled").await;
    let mut bob = Client::welcomed(server.address(), "bob").await;
    stalled.join("lobby").await;
    bob.join("lobby").await;
    let before = server.memory_bytes("VmHWM").unwrap();
    request_pages(&mut stalled).await;
    stalled.post("lobby", "was that read?").await;
    // Bob requests as many pages and reads them. The engine serves its readers in turn, so by the
    // end it would have served the stalled client's requests as well, had the server read them on.
    for _ in 0..PAGES {
        bob.send(&page_request()).await;
        bob.until(|message| match message {
            ServerMessage::Entry { entry, .. } => {
                assert_ne!(
                    text(entry),
                    "was that read?",
                    "read although the answers before it are unread"
                );
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
async fn a_client_that_does_not_read_does_not_delay_the_servers_stop() {
    let mut server = TestServer::start();
    let mut stalled = Client::welcomed(server.address(), "stalled").await;
    stalled.join("lobby").await;
    request_pages(&mut stalled).await;
    let began = std::time::Instant::now();
    server.stop();
    let took_ms = began.elapsed().as_millis() as u64;
    assert!(took_ms < 3 * SHUTDOWN_TIMEOUT_MS, "{took_ms} ms");
}
