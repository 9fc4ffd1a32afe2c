//! What operators and owners decide on one node of several, and which one delivers for webhooks.

use std::{path::Path, process::Stdio, time::Duration};

use parlor_server::engine::{Engine, Holder};
use parlor_shared::{Access, ErrorCode, ServerMessage, close::CloseCode, limits::LEASE_MS};
use parlor_test_server::{NatsCluster, ServerProcess, Sync};
use tokio::time::{Instant, interval};

use crate::{
    access::{code, password, run, set_password, token},
    client::{Client, check_chain},
    server::{command, spawn},
    webhooks::receiver::{self, Answer, OPTIONS, Receiver},
};

/// Starts a node with its copy of the log in `data`.
fn start(cluster: &NatsCluster, data: &Path, options: &[&str]) -> ServerProcess {
    let mut command = command(data);
    command
        .args(OPTIONS)
        .args(["--nats-system", &cluster.system_url()])
        .args(options)
        .env("PARLOR_LOG", cluster.urls())
        .stderr(Stdio::piped());
    spawn(&mut command)
}

#[actix_web::test]
async fn what_is_decided_on_one_node_holds_on_the_other() {
    let cluster = NatsCluster::start(3, Sync::Always).unwrap();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [one, two] = folders.each_ref().map(|folder| folder.path());
    // Before there is any node: it is put to the stream.
    set_password(one, "open sesame");
    let options = ["--access", "password"];
    let first = start(&cluster, one, &options);
    let second = start(&cluster, two, &options);
    let mut ann = Client::connect(second.address()).await;
    ann.access = password("open sesame");
    ann.hello("ann").await;

    // A token of one node is good on the other.
    let given = run(one, &["token", "--name", "Ada", "--rights", "*=post"]);
    let mut ada = Client::connect(second.address()).await;
    ada.access = token(&given);
    ada.hello("eve").await;
    ada.join("lobby").await;
    ada.post("lobby", "hello").await;
    assert_eq!(ada.entry().await.name.as_str(), "Ada");

    // An invitation of one use is used once, where both are asked at once.
    let link = run(two, &["invite", "--room", "lobby", "--uses", "1"]);
    while !run(one, &["invitations"]).contains("0 of 1 uses") {}
    let mut guests = [
        Client::connect(first.address()).await,
        Client::connect(second.address()).await,
    ];
    for guest in &mut guests {
        guest.access = Some(Access::Invitation(code(&link)));
        guest.say_hello("guest").await;
    }
    let mut welcomed = 0;
    for guest in &mut guests {
        match guest.next().await {
            ServerMessage::Welcome { .. } => welcomed += 1,
            ServerMessage::Error(refusal) => {
                assert_eq!(refusal.code, ErrorCode::InvitationUsedUp);
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(welcomed, 1);

    // Who is banned on one is sent away from the other.
    run(one, &["ban", &ann.member.to_string(), "--for", "1h"]);
    let closed = u16::from(ann.closed().await.code);
    assert_eq!(closed, CloseCode::Banned.number());
    while !run(two, &["bans"]).contains(&ann.member.to_string()) {}
    drop(first);
    let refused = command(one).args(["unban", "1"]).output().unwrap();
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        !refused.status.success() && why.contains("needs its node"),
        "{why}"
    );
}

#[actix_web::test]
async fn a_lease_is_of_one_node_and_goes_to_another_when_it_is_not_renewed() {
    let cluster = NatsCluster::start(3, Sync::Always).unwrap();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (_, one) = super::node(&cluster, folders[0].path()).await;
    let (_, two) = super::node(&cluster, folders[1].path()).await;
    let [one, two] = [&one, &two].map(|engine| engine.lease().unwrap());
    let mut pauses = interval(Duration::from_millis(100));
    // Servers that have just started may not know yet where the bucket is.
    while one.renew().await != Ok(Holder::This) {
        pauses.tick().await;
    }
    assert_eq!(two.renew().await, Ok(Holder::Another));
    assert_eq!(one.renew().await, Ok(Holder::This));
    let renewed = Instant::now();
    while two.renew().await != Ok(Holder::This) {
        pauses.tick().await;
    }
    assert!(renewed.elapsed() >= Duration::from_millis(LEASE_MS));
    assert_eq!(one.renew().await, Ok(Holder::Another));
    two.release().await;
    assert_eq!(one.renew().await, Ok(Holder::This), "at once");
}

#[actix_web::test]
async fn a_webhook_is_delivered_by_one_node_and_by_another_when_that_is_killed() {
    let cluster = NatsCluster::start(3, Sync::Always).unwrap();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let mut first = start(&cluster, folders[0].path(), &[]);
    let mut receiver = Receiver::start();
    receiver::add(folders[0].path(), &receiver, "lobby");
    let mut ann = Client::welcomed(first.address(), "ann").await;
    ann.join("lobby").await;
    ann.post("lobby", "before").await;
    let before = ann.entry().await;
    receiver.entries(0, 1).await;
    // It delivers, so the next one does not.
    let second = start(&cluster, folders[1].path(), &[]);
    let mut bob = Client::welcomed(second.address(), "bob").await;
    bob.join("lobby").await;
    receiver.answer(Answer::Nothing);
    let mut written = Vec::new();
    for n in 0..5 {
        bob.post("lobby", &n.to_string()).await;
        written.push(bob.entry().await);
    }
    let held = receiver.requests(2).await.remove(1);
    first.kill().unwrap();
    for n in 5..10 {
        bob.post("lobby", &n.to_string()).await;
        written.push(bob.entry().await);
    }
    receiver.answer(Answer::status(200));
    let sent = receiver.entries(2, 10).await;
    let again = &receiver.received()[2];
    assert_eq!((again.id(), &again.body), (held.id(), &held.body));
    let sent: Vec<_> = sent.into_iter().map(|(_, entry)| entry).collect();
    check_chain(before.seq, &sent);
    assert_eq!(sent, written);
    let received = receiver.received();
    let ids: Vec<&str> = received.iter().map(|one| one.id()).collect();
    let repeats = ids.iter().filter(|id| **id == held.id()).count();
    assert_eq!(repeats, 2, "{ids:?}");
}
