//! Resuming, history and search, with many missed entries and with slow clients.

use parlor_shared::{
    Body, ClientMessage, Epoch, JoinOutcome, Position, Seq, ServerMessage, Text,
    limits::{NEWCOMER_ENTRIES, RING_BYTES_MAX},
};
use parlor_test_server::TestServer;

use crate::{
    client::{Client, check_chain, new_id, room, text, welcomed},
    server::start_binary,
};

/// Posts `count` messages, at most 200 of them in flight, and waits for the last. Returns its seq.
async fn post_many(client: &mut Client, name: &str, count: usize, filler: &str) -> Seq {
    const WINDOW: usize = 200;
    let mut seen = 0;
    let mut head = Seq::ZERO;
    for n in 0..count {
        client.post(name, &format!("{n} {filler}")).await;
        if n >= WINDOW {
            head = client.entry().await.seq;
            seen += 1;
        }
    }
    for _ in seen..count {
        head = client.entry().await.seq;
    }
    head
}

fn outcome(joined: &ServerMessage) -> JoinOutcome {
    match joined {
        ServerMessage::Joined { outcome, .. } => *outcome,
        other => panic!("not joined: {other:?}"),
    }
}

#[actix_web::test]
async fn a_client_that_missed_ten_thousand_entries_gets_them_without_a_gap_and_is_then_live() {
    let server = TestServer::start();
    let [mut ann, mut bob] = welcomed(server.address(), ["ann", "bob"]).await;
    ann.join("lobby").await;
    bob.join("lobby").await;
    ann.post("lobby", "seen by bob").await;
    let last = bob.entry().await.seq;
    ann.entry().await;
    let mut back = bob.reconnected(server.address(), "bob").await;
    drop(bob);
    // More bytes than the ring holds, so the server has to read the first of them from the log.
    let filler = "x".repeat(RING_BYTES_MAX / 10_000);
    post_many(&mut ann, "lobby", 10_000, &filler).await;

    let (joined, missed) = back.join_after("lobby", Some(last)).await;
    assert_eq!(outcome(&joined), JoinOutcome::Resumed);
    assert_eq!(missed.len(), 10_000);
    check_chain(last, &missed);
    ann.post("lobby", "live").await;
    let live = back.entry().await;
    assert_eq!((live.prev, text(&live)), (missed[9_999].seq, "live"));
}

#[actix_web::test]
async fn a_client_that_resumes_during_a_flood_misses_nothing() {
    let server = TestServer::start();
    let [mut ann, mut bob] = welcomed(server.address(), ["ann", "bob"]).await;
    ann.join("lobby").await;
    post_many(&mut ann, "lobby", 3_000, &"y".repeat(1_000)).await;
    let poster = actix_web::rt::spawn(async move {
        post_many(&mut ann, "lobby", 3_000, &"z".repeat(1_000)).await
    });
    let (_, mut entries) = bob.join_after("lobby", Some(Seq::ZERO)).await;
    while entries.len() < 6_000 {
        entries.push(bob.entry().await);
    }
    assert_eq!(entries.last().unwrap().seq, poster.await.unwrap());
    check_chain(Seq::ZERO, &entries);
}

/// Those who come back after a restart find nothing in memory: one of them reads the log for all.
#[actix_web::test]
async fn what_one_has_read_of_the_log_serves_others_without_the_words_that_were_deleted_since() {
    let mut server = TestServer::start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let secret = ann.post("lobby", "secret").await;
    ann.entry().await;
    post_many(&mut ann, "lobby", 1_000, "hello").await;

    server.restart();
    let mut ann = ann.reconnected(server.address(), "ann").await;
    let [mut bob, mut eve] = welcomed(server.address(), ["bob", "eve"]).await;
    for client in [&mut ann, &mut bob] {
        let (_, missed) = client.join_after("lobby", Some(Seq::ZERO)).await;
        assert_eq!((missed.len(), text(&missed[0])), (1_001, "secret"));
        check_chain(Seq::ZERO, &missed);
    }
    ann.append("lobby", new_id(), Body::Deletion { target: secret })
        .await;
    ann.entry().await;
    let (_, missed) = eve.join_after("lobby", Some(Seq::ZERO)).await;
    assert_eq!(missed.len(), 1_002);
    assert_eq!(missed[0].id, secret);
    assert_eq!(missed[0].body.text(), None, "{:?}", missed[0]);
    check_chain(Seq::ZERO, &missed);
}

#[actix_web::test]
async fn a_newcomer_gets_the_last_page_and_pages_back_from_there() {
    let server = TestServer::start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    post_many(&mut ann, "lobby", 130, "").await;
    let mut bob = Client::welcomed(server.address(), "bob").await;
    let (joined, mut known) = bob.join_after("lobby", None).await;
    assert_eq!(outcome(&joined), JoinOutcome::Reset);
    assert_eq!(known.len(), usize::from(NEWCOMER_ENTRIES));
    loop {
        let (entries, more) = bob.history("lobby", known[0].seq, 50).await;
        known.splice(0..0, entries);
        if !more {
            break;
        }
    }
    assert_eq!(known.len(), 130);
    check_chain(Seq::ZERO, &known);
}

#[actix_web::test]
async fn a_position_in_another_log_or_past_the_head_is_reset() {
    let server = TestServer::start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    ann.post("lobby", "one").await;
    let one = ann.entry().await;
    let other_log = Position {
        epoch: Epoch::new([9; 16]),
        seq: one.seq,
    };
    let beyond = Position {
        epoch: ann.epoch,
        seq: Seq(one.seq.0 + 1_000),
    };
    for after in [other_log, beyond] {
        ann.send(&ClientMessage::Join {
            room: room("lobby"),
            after: Some(after),
        })
        .await;
        let joined = ann
            .until(|message| matches!(message, ServerMessage::Joined { .. }))
            .await;
        assert_eq!(outcome(&joined), JoinOutcome::Reset);
        assert_eq!(ann.entry().await, one);
    }
}

#[actix_web::test]
async fn search_matches_the_current_text_of_messages() {
    let server = TestServer::start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    ann.join("attic").await;
    let edited = ann.post("lobby", "the quick brown fox").await;
    let deleted = ann.post("lobby", "a quick brown hare").await;
    ann.post("lobby", "quick \"brown\" AND badger").await;
    ann.post("attic", "quick brown elsewhere").await;
    let slow = Text::parse("the slow brown fox").unwrap();
    ann.append(
        "lobby",
        new_id(),
        Body::Edit {
            target: edited,
            text: slow,
        },
    )
    .await;
    ann.append("lobby", new_id(), Body::Deletion { target: deleted })
        .await;
    for _ in 0..6 {
        ann.entry().await;
    }
    let found = async |ann: &mut Client, words: &str| -> Vec<String> {
        let entries = ann.search("lobby", words).await;
        entries.iter().map(|entry| text(entry).to_owned()).collect()
    };
    // The index lags behind the log, so the test searches until it has caught up.
    while found(&mut ann, "slow").await.is_empty() {}
    assert_eq!(found(&mut ann, "slow fo").await, ["the slow brown fox"]);
    assert_eq!(found(&mut ann, "hare").await, [""; 0]);
    assert_eq!(
        found(&mut ann, "quick brown").await,
        ["quick \"brown\" AND badger"]
    );
    assert_eq!(
        found(&mut ann, "\"brown AND ( *").await.len(),
        1,
        "the index's query syntax has no effect"
    );
    assert_eq!(found(&mut ann, "the quick").await, [""; 0]);
}

#[actix_web::test]
async fn a_client_that_stops_reading_slows_no_other_and_costs_bounded_memory() {
    const COUNT: usize = 20_000;
    const PART: usize = 2_000;
    let data = tempfile::tempdir().unwrap();
    let server = start_binary(data.path());
    let mut ann = Client::welcomed(server.address(), "ann").await;
    let mut stalled = Client::welcomed(server.address(), "stalled").await;
    ann.join("lobby").await;
    stalled.join("lobby").await;
    let filler = "x".repeat(1_000);
    let mut post_count = async || {
        let mut head = Seq::ZERO;
        for _ in 0..COUNT / PART {
            head = post_many(&mut ann, "lobby", PART, &filler).await;
            // The stalled client reads nothing; its pings keep the connection alive.
            stalled.send(&ClientMessage::Ping { t: 0 }).await;
        }
        head
    };
    // The first round fills the log's cache and the ring, so that only the second is measured.
    post_count().await;
    let before = server.memory_bytes("VmRSS").unwrap();
    // 20 MB that the stalled client does not read. Ann still receives her own.
    let head = post_count().await;
    let grown = server.memory_bytes("VmRSS").unwrap().saturating_sub(before);
    assert!(grown < 12 << 20, "the server grew by {grown} bytes");

    let mut entries = Vec::new();
    while entries
        .last()
        .is_none_or(|last: &parlor_shared::Entry| last.seq < head)
    {
        entries.push(stalled.entry().await);
    }
    assert_eq!(entries.len(), 2 * COUNT);
    check_chain(Seq::ZERO, &entries);
}
