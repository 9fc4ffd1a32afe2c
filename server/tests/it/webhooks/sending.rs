//! What is written arrives: in order, signed, of the rooms that are named, as it reads then.

use parlor_shared::{Body, Entry, Right, RoomKind};
use parlor_test_server::TestServer;

use super::receiver::{Answer, OPTIONS, Receiver, add, data, until_listed};
use crate::{
    access::run,
    client::{Client, check_chain, new_id, text},
    rights::{give, set_kind},
};

#[actix_web::test]
async fn what_is_written_arrives_in_order_as_on_the_wire_and_signed() {
    let server = TestServer::start_with(&OPTIONS);
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    ann.post("lobby", "before").await;
    let before = ann.entry().await;
    let mut receiver = Receiver::start();
    let made = add(&data(&server), &receiver, "lobby");
    let first = ann.post("lobby", "one").await;
    let mut written = vec![ann.entry().await];
    receiver.requests(1).await;
    ann.post("lobby", "two").await;
    ann.append(
        "lobby",
        new_id(),
        Body::Reaction {
            target: first,
            emoji: parlor_shared::Emoji::parse("👍").unwrap(),
            on: true,
        },
    )
    .await;
    written.extend([ann.entry().await, ann.entry().await]);
    let sent = receiver.entries(0, 3).await;
    let sent: Vec<Entry> = sent.into_iter().map(|(_, entry)| entry).collect();
    assert_eq!(sent, written, "nothing from before it was made");
    check_chain(before.seq, &sent);
    let received = receiver.received();
    for one in &received {
        one.check_signature(&made.secret);
        assert_eq!(
            (one.path.as_str(), one.kind().as_str()),
            ("/hook", "entries")
        );
        assert_eq!(one.json()["data"]["rooms"], "lobby");
    }
    // Each goes on where the one before has ended.
    for pair in received.windows(2) {
        assert_eq!(
            pair[0].json()["data"]["position"],
            pair[1].json()["data"]["after"]
        );
        assert_ne!(pair[0].id(), pair[1].id());
    }
    until_listed(&data(&server), &made, "nothing to send, delivered last").await;

    // Removed, it sends nothing any more; another one still does.
    let mut other = Receiver::start();
    add(&data(&server), &other, "lobby");
    run(&data(&server), &["webhook", "remove", &made.number]);
    // The server knows within a second.
    for n in 1.. {
        let count = receiver.received().len();
        ann.post("lobby", &format!("{n}")).await;
        let entry = ann.entry().await;
        let (_, newest) = other.entries(0, n).await.pop().unwrap();
        assert_eq!(newest, entry);
        if receiver.received().len() == count {
            break;
        }
    }
}

#[actix_web::test]
async fn a_pattern_sends_its_rooms_in_the_order_of_the_log_and_no_private_one() {
    let server = TestServer::start_with(&OPTIONS);
    let mut owner = Client::welcomed(server.address(), "owner").await;
    for room in ["team-a", "team-b", "team-c", "lobby"] {
        owner.join(room).await;
    }
    give(&server, &mut owner, "*", Right::Own).await;
    set_kind(&mut owner, "team-c", RoomKind::Private).await;
    let [mut team, mut secret] = [Receiver::start(), Receiver::start()];
    add(&data(&server), &team, "team-*");
    add(&data(&server), &secret, "team-c");
    let mut expected = Vec::new();
    for n in 0..4 {
        for room in ["team-b", "team-c", "lobby", "team-a"] {
            owner.post(room, &format!("{room} {n}")).await;
            owner.entry().await;
            if room == "team-a" || room == "team-b" {
                expected.push(format!("{room} {n}"));
            }
        }
    }
    let sent = team.entries(0, expected.len()).await;
    let sent: Vec<&str> = sent.iter().map(|(_, entry)| text(entry)).collect();
    assert_eq!(sent, expected);
    let sent = secret.entries(0, 4).await;
    assert!(sent.iter().all(|(room, _)| room == "team-c"), "{sent:?}");
}

#[actix_web::test]
async fn a_message_that_was_deleted_before_it_arrives_has_no_words() {
    let server = TestServer::start_with(&OPTIONS);
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let mut receiver = Receiver::start();
    receiver.answer(Answer::status(503));
    let made = add(&data(&server), &receiver, "lobby");
    let target = ann.post("lobby", "sesame").await;
    ann.entry().await;
    let first = receiver.requests(1).await.remove(0);
    assert!(first.body.contains("sesame"));
    ann.append("lobby", new_id(), Body::Deletion { target })
        .await;
    ann.entry().await;
    let tries = receiver.received().len();
    receiver.answer(Answer::status(200));
    run(&data(&server), &["webhook", "replay", &made.number]);
    let sent = receiver.entries(tries, 2).await;
    assert!(matches!(sent[0].1.body, Body::Blanked { .. }), "{sent:?}");
    let later = &receiver.received()[tries..];
    assert!(later.iter().all(|one| !one.body.contains("sesame")));
    assert_eq!(later[0].id(), first.id(), "it is the same delivery");
}
