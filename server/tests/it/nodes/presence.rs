//! Who is present and types on one node is shown on the others.

use std::{iter, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::FutureExt;
use parlor_server::engine::{Broadcast, BroadcastReceiver, Engine};
use parlor_shared::{ClientMessage, MemberId, ServerMessage, limits::NODE_MESSAGES_MAX};
use parlor_test_server::{NatsCluster, Sync};
use tokio::{task::unconstrained, time::timeout};

use super::{node, processes::start};
use crate::{
    api::http_client::Program,
    client::{Client, PATIENCE, room},
};

/// Waits until presence has said that these members are there. Nobody may go meanwhile.
async fn until_present(client: &mut Client, wanted: &[MemberId]) {
    let mut missing = wanted.to_vec();
    while !missing.is_empty() {
        let shown = match client.next().await {
            ServerMessage::Present { members, .. } => members,
            ServerMessage::Presence { here, gone, .. } => {
                assert_eq!(gone, []);
                here
            }
            _ => continue,
        };
        missing.retain(|member| !shown.iter().any(|shown| shown.member == *member));
    }
}

#[actix_web::test]
async fn members_of_all_nodes_see_each_other_and_one_whose_node_is_killed_comes_back_unnoticed() {
    let cluster = NatsCluster::start(3, Sync::Always).unwrap();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let mut first = start(&cluster, folders[0].path());
    let second = start(&cluster, folders[1].path());
    let mut ann = Client::welcomed(first.address(), "ann").await;
    let mut bob = Client::welcomed(second.address(), "bob").await;
    let mut cid = Client::welcomed(first.address(), "cid").await;
    for client in [&mut ann, &mut bob, &mut cid] {
        client.join("lobby").await;
    }
    until_present(&mut bob, &[ann.member, cid.member]).await;
    until_present(&mut ann, &[bob.member]).await;
    ann.post("lobby", "hello").await;
    bob.entry().await;
    let typing = ClientMessage::Typing {
        room: room("lobby"),
    };
    ann.send(&typing).await;
    let typing = |message: &ServerMessage| matches!(message, ServerMessage::Typing { .. });
    let ServerMessage::Typing { member, .. } = bob.until(typing).await else {
        unreachable!("it is one");
    };
    assert_eq!(member, ann.member);
    let program = Program {
        address: second.address(),
        token: None,
    };
    let listed = program.get("/rooms/lobby/members").await.json();
    assert_eq!(listed["count"], 3, "{listed}");
    assert_eq!(listed["members"].as_array().unwrap().len(), 3);

    // Ann comes back on the other node, and cid does not.
    first.kill().unwrap();
    let mut again = ann.reconnected(second.address(), "ann").await;
    assert_eq!(again.member, ann.member);
    again.join("lobby").await;
    let is_gone = |message: &ServerMessage| match message {
        ServerMessage::Presence { gone, .. } => !gone.is_empty(),
        _ => false,
    };
    let ServerMessage::Presence { count, gone, .. } = bob.until(is_gone).await else {
        unreachable!("it is one");
    };
    assert_eq!((count, gone), (2, vec![cid.member]));
}

/// Reads what this has already, however much this task has done in its turn.
fn drain(receiver: &mut Box<dyn BroadcastReceiver>) -> Vec<Bytes> {
    iter::from_fn(|| unconstrained(receiver.next()).now_or_never().flatten()).collect()
}

/// The next message that is not one of [`begin`].
async fn next_after_begin(receiver: &mut Box<dyn BroadcastReceiver>) -> Bytes {
    loop {
        let message = receiver.next().await.unwrap();
        if message != "begins" {
            return message;
        }
    }
}

/// Waits until what this node sends arrives there: the servers tell each other of a subscription
/// after they have accepted it.
async fn begin(from: &Arc<dyn Broadcast>, receiver: &mut Box<dyn BroadcastReceiver>) {
    let begins = Bytes::from_static(b"begins");
    let begun = async {
        loop {
            from.send(begins.clone()).await.unwrap();
            let next = timeout(Duration::from_millis(100), receiver.next()).await;
            if let Ok(message) = next {
                return message.unwrap();
            }
        }
    };
    assert_eq!(timeout(PATIENCE, begun).await.unwrap(), begins);
}

#[actix_web::test]
async fn a_node_that_reads_too_slowly_loses_messages_and_no_memory() {
    let cluster = NatsCluster::start(3, Sync::Always).unwrap();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (_record, one) = node(&cluster, folders[0].path()).await;
    let (_record, two) = node(&cluster, folders[1].path()).await;
    let [one, two] = [&one, &two].map(|engine| engine.broadcast().unwrap());
    let mut slow = two.receive().await.unwrap();
    let mut quick = two.receive().await.unwrap();
    for receiver in [&mut slow, &mut quick] {
        begin(&one, receiver).await;
    }
    let sent: Vec<Bytes> = (0..3 * NODE_MESSAGES_MAX)
        .map(|n| n.to_string().into())
        .collect();
    for messages in sent.chunks(NODE_MESSAGES_MAX / 4) {
        for message in messages {
            one.send(message.clone()).await.unwrap();
        }
        // Messages to one connection keep their order, whatever the subscription.
        for message in messages {
            let next = timeout(PATIENCE, next_after_begin(&mut quick)).await;
            assert_eq!(next.unwrap(), *message);
        }
    }
    let mut kept = drain(&mut slow);
    kept.retain(|message| message != "begins");
    assert!(!kept.is_empty() && kept.len() <= NODE_MESSAGES_MAX + 1);
    assert_eq!(kept, sent[..kept.len()], "the first ones, in order");
    one.send(Bytes::from_static(b"last")).await.unwrap();
    let last = timeout(Duration::from_secs(10), slow.next()).await;
    assert_eq!(last.unwrap().unwrap(), "last");
}
