//! How much a delivery has, and how often one comes.

use std::time::{Duration, Instant};

use parlor_shared::limits::{TEXT_CHARS_MAX, WEBHOOK_INTERVAL_MS, WEBHOOK_TEXT_BYTES_MAX};
use parlor_test_server::TestServer;

use super::receiver::{Answer, OPTIONS, Receiver, add, data};
use crate::{access::run, client::Client};

#[actix_web::test]
async fn long_texts_come_a_few_at_a_time() {
    let server = TestServer::start_with(&OPTIONS);
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let mut receiver = Receiver::start();
    receiver.answer(Answer::status(503));
    let made = add(&data(&server), &receiver, "lobby");
    let long = "x".repeat(TEXT_CHARS_MAX);
    for _ in 0..30 {
        ann.post("lobby", &long).await;
    }
    for _ in 0..30 {
        ann.entry().await;
    }
    receiver.requests(1).await;
    let count = receiver.received().len();
    receiver.answer(Answer::status(200));
    run(&data(&server), &["webhook", "replay", &made.number]);
    assert_eq!(receiver.entries(count, 30).await.len(), 30);
    let bytes = receiver.received().iter().map(|one| one.body.len()).max();
    // The last text may go over the bound, and each entry has more than its text.
    assert!(
        bytes.unwrap() <= WEBHOOK_TEXT_BYTES_MAX + 2 * TEXT_CHARS_MAX,
        "{bytes:?}"
    );
}

#[actix_web::test]
async fn what_is_written_one_by_one_in_a_moment_goes_out_together() {
    let server = TestServer::start_with(&OPTIONS);
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let mut receiver = Receiver::start();
    add(&data(&server), &receiver, "lobby");
    let begun = Instant::now();
    for n in 0..150 {
        ann.post("lobby", &format!("{n}")).await;
        ann.entry().await;
    }
    receiver.entries(0, 150).await;
    let intervals = begun.elapsed().as_millis() / u128::from(WEBHOOK_INTERVAL_MS);
    let count = receiver.received().len() as u128;
    // A full one is followed at once by the next.
    assert!(
        count <= intervals + 4,
        "{count} deliveries in {intervals} intervals"
    );
    assert!(Duration::from_millis(WEBHOOK_INTERVAL_MS) < Duration::from_secs(1));
}
