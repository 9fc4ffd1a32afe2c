//! A webhook's place in the log: it outlives the server, is set by the operator, and is never taken
//! for a place of another history.

use std::time::{Duration, Instant};

use parlor_shared::{Entry, JoinOutcome, ServerMessage, limits::WEBHOOK_TIMEOUT_MS};
use parlor_test_server::TestServer;

use super::receiver::{Answer, OPTIONS, Received, Receiver, add, add_from, data, until_listed};
use crate::{
    access::run,
    client::{Client, check_chain, text},
};

/// Posts these words, and gives the entries.
async fn post(client: &mut Client, words: &[&str]) -> Vec<Entry> {
    let mut entries = Vec::new();
    for word in words {
        client.post("lobby", word).await;
        entries.push(client.entry().await);
    }
    entries
}

fn texts(sent: &[(String, Entry)]) -> Vec<&str> {
    sent.iter().map(|(_, entry)| text(entry)).collect()
}

#[actix_web::test]
async fn a_webhook_goes_on_where_it_was_after_a_restart() {
    let mut server = TestServer::start_with(&OPTIONS);
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let mut receiver = Receiver::start();
    let made = add(&data(&server), &receiver, "lobby");
    let first = post(&mut ann, &["one", "two"]).await;
    receiver.entries(0, 2).await;
    until_listed(&data(&server), &made, "nothing to send").await;
    server.stop();
    let count = receiver.received().len();
    server.restart_with(&OPTIONS);
    let mut ann = ann.reconnected(server.address(), "ann").await;
    ann.join("lobby").await;
    post(&mut ann, &["three"]).await;
    let sent = receiver.entries(count, 1).await;
    assert_eq!(
        texts(&sent),
        ["three"],
        "nothing twice, and nothing left out"
    );
    assert_eq!(sent[0].1.prev, first[1].seq);
}

#[actix_web::test]
async fn a_stopping_server_does_not_wait_for_a_receiver_and_sends_again_what_was_under_way() {
    let mut server = TestServer::start_with(&OPTIONS);
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let mut receiver = Receiver::start();
    receiver.answer(Answer::Nothing);
    add(&data(&server), &receiver, "lobby");
    post(&mut ann, &["one"]).await;
    let first = receiver.requests(1).await.remove(0);
    drop(ann);
    let begun = Instant::now();
    server.stop();
    let limit = Duration::from_millis(WEBHOOK_TIMEOUT_MS / 2);
    assert!(begun.elapsed() < limit, "{:?}", begun.elapsed());
    receiver.answer(Answer::status(200));
    server.restart_with(&OPTIONS);
    let again = receiver.requests(2).await.remove(1);
    assert_eq!((again.id(), &again.body), (first.id(), &first.body));
}

#[actix_web::test]
async fn everything_after_a_place_is_sent_again_when_the_operator_wants_it() {
    let server = TestServer::start_with(&OPTIONS);
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let written = post(&mut ann, &["one", "two", "three"]).await;
    let mut receiver = Receiver::start();
    let made = add_from(&data(&server), &receiver, "lobby", "start");
    let sent = receiver.entries(0, 3).await;
    assert_eq!(texts(&sent), ["one", "two", "three"]);
    let received = receiver.received();

    let seq = written[0].seq.to_string();
    let replay = ["webhook", "replay", &made.number, "--after", &seq];
    run(&data(&server), &replay);
    let again = receiver.entries(received.len(), 2).await;
    assert_eq!(texts(&again), ["two", "three"]);
    let later = receiver.received();
    let is_known = |one: &Received| received.iter().any(|known| known.id() == one.id());
    assert!(
        !later[received.len()..].iter().any(is_known),
        "other deliveries"
    );

    let last = later.last().unwrap().json();
    let position = last["data"]["after"].as_str().unwrap();
    let replay = ["webhook", "replay", &made.number, "--after", position];
    run(&data(&server), &replay);
    let again = receiver.entries(later.len(), 2).await;
    assert_eq!(texts(&again), ["two", "three"]);
    // It is live again.
    let count = receiver.received().len();
    post(&mut ann, &["four"]).await;
    assert_eq!(texts(&receiver.entries(count, 1).await), ["four"]);
}

#[actix_web::test]
async fn a_place_of_another_history_is_said_to_be_and_nothing_is_left_out() {
    let server = TestServer::start_with(&OPTIONS);
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    post(&mut ann, &["one", "two"]).await;
    let mut receiver = Receiver::start();
    let made = add(&data(&server), &receiver, "lobby");
    let of_another_log = "7.0199c82c-c000-4101-8101-010101010101";
    let replay = ["webhook", "replay", &made.number, "--after", of_another_log];
    run(&data(&server), &replay);
    let sent = receiver.entries(0, 2).await;
    assert_eq!(texts(&sent), ["one", "two"]);
    let reset = &receiver.received()[0];
    reset.check_signature(&made.secret);
    let json = reset.json();
    assert_eq!(
        (json["type"].as_str(), json["data"]["reason"].as_str()),
        (Some("reset"), Some("history"))
    );
    assert_eq!(json["data"]["after"], of_another_log);
    let position = json["data"]["position"].as_str().unwrap();
    assert!(position.starts_with("0."), "{position}");
}

#[actix_web::test]
async fn entries_that_expired_before_they_were_sent_are_said_to_be_missing() {
    let mut server = TestServer::start_with(&OPTIONS);
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let first = post(&mut ann, &["before"]).await;
    let mut receiver = Receiver::start();
    receiver.answer(Answer::status(503));
    let made = add(&data(&server), &receiver, "lobby");
    let words: Vec<String> = (0..20).map(|n| n.to_string()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let written = post(&mut ann, &words).await;
    receiver.requests(1).await;
    server.restart_with(&[&OPTIONS[..], &["--retain-entries", "5"]].concat());
    let mut ann = ann.reconnected(server.address(), "ann").await;
    loop {
        // The server applies retention after it has started; join until it has.
        let (joined, _) = ann.join_after("lobby", Some(first[0].seq)).await;
        let ServerMessage::Joined { outcome, .. } = joined else {
            panic!("not joined: {joined:?}")
        };
        if outcome == JoinOutcome::Reset {
            break;
        }
    }
    let count = receiver.received().len();
    receiver.answer(Answer::status(200));
    run(&data(&server), &["webhook", "replay", &made.number]);
    let sent: Vec<Entry> = receiver
        .entries(count, 5)
        .await
        .into_iter()
        .map(|(_, entry)| entry)
        .collect();
    assert_eq!(sent, written[15..]);
    check_chain(written[14].seq, &sent);
    let reset = receiver.received()[count].json();
    let data = &reset["data"];
    assert_eq!(
        (reset["type"].as_str(), data["reason"].as_str()),
        (Some("reset"), Some("expired"))
    );
    assert_eq!(data["room"], "lobby");
    let position = data["position"].as_str().unwrap();
    assert!(
        position.starts_with(&format!("{}.", written[15].seq.0 - 1)),
        "{position}"
    );
}
