//! The server is killed between a delivery and what it keeps of it.

use parlor_shared::Entry;

use super::receiver::{Answer, OPTIONS, Received, Receiver, add};
use crate::{
    client::{Client, check_chain, text},
    server::{command, spawn},
};

#[actix_web::test]
async fn a_delivery_whose_answer_the_server_did_not_live_to_see_comes_again_as_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let start = || spawn(command(folder.path()).args(OPTIONS));
    let mut server = start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    ann.post("lobby", "before").await;
    let before = ann.entry().await;
    let mut receiver = Receiver::start();
    receiver.answer(Answer::Nothing);
    add(folder.path(), &receiver, "lobby");
    let mut written = Vec::new();
    for n in 0..5 {
        ann.post("lobby", &format!("{n}")).await;
        written.push(ann.entry().await);
    }
    let first = receiver.requests(1).await.remove(0);
    // More is written before the kill, and belongs to no delivery that has begun.
    for n in 5..30 {
        ann.post("lobby", &format!("{n}")).await;
        written.push(ann.entry().await);
    }
    server.kill().unwrap();
    receiver.answer(Answer::status(200));
    let _server = start();
    let sent = receiver.entries(1, 30).await;
    let again = &receiver.received()[1];
    assert_eq!((again.id(), &again.body), (first.id(), &first.body));
    let sent: Vec<Entry> = sent.into_iter().map(|(_, entry)| entry).collect();
    check_chain(before.seq, &sent);
    assert_eq!(sent, written);
}

#[actix_web::test]
async fn across_five_kills_each_entry_arrives_and_a_repeat_has_the_id_of_before() {
    let folder = tempfile::tempdir().unwrap();
    let start = || spawn(command(folder.path()).args(OPTIONS));
    let mut server = start();
    let mut receiver = Receiver::start();
    add(folder.path(), &receiver, "*");
    let mut expected = Vec::new();
    for round in 0..5 {
        let mut ann = Client::welcomed(server.address(), "ann").await;
        ann.join("lobby").await;
        for n in 0..40 {
            ann.post("lobby", &format!("{round} {n}")).await;
            expected.push(format!("{round} {n}"));
        }
        for _ in 0..40 {
            ann.entry().await;
        }
        server.kill().unwrap();
        server = start();
    }
    let sent = receiver.entries(0, expected.len()).await;
    let texts: Vec<&str> = sent.iter().map(|(_, entry)| text(entry)).collect();
    assert_eq!(texts, expected, "in order, and none is missing");
    // What has one id is one thing.
    let received = receiver.received();
    let seqs = |one: &Received| -> Vec<u64> {
        let entries = one.entries();
        entries.iter().map(|(_, entry)| entry.seq.0).collect()
    };
    for one in &received {
        for other in received.iter().filter(|other| other.id() == one.id()) {
            assert_eq!(seqs(one), seqs(other));
        }
    }
}
