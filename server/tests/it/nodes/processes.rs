//! Several processes of the server over one stream, with clients on each.

use std::{path::Path, process::Stdio};

use parlor_shared::{AckPromise, Body, ErrorCode, JoinOutcome, Position, Seq, ServerMessage, Text};
use parlor_test_server::{NatsCluster, ServerProcess, Sync};
use serde_json::json;

use crate::{
    access::run,
    admin::get,
    api::http_client::Program,
    client::{Client, check_chain, new_id, text},
    nodes::bad_input::edit,
    server::{command, spawn},
};

/// Starts a node with its copy of the log in `data`.
pub(crate) fn start(cluster: &NatsCluster, data: &Path) -> ServerProcess {
    start_with(cluster, data, &[])
}

/// The same, with more options.
pub(crate) fn start_with(cluster: &NatsCluster, data: &Path, options: &[&str]) -> ServerProcess {
    let mut command = command(data);
    command
        .args(options)
        .args(["--rate-per-second", "0", "--connections-per-address", "0"])
        .args(["--nats-system", &cluster.system_url()])
        .env("PARLOR_LOG", cluster.urls())
        .stderr(Stdio::piped());
    spawn(&mut command)
}

fn body(words: &str) -> Body {
    Body::post(Text::parse(words).unwrap())
}

/// Posts with this id until it is on the log, as a client does it that was refused for now.
pub(crate) async fn post_until_acked(client: &mut Client, words: &str) {
    let id = new_id();
    loop {
        client.append("lobby", id, body(words)).await;
        let is_answer = |message: &ServerMessage| match message {
            // What was sent before may be answered twice.
            ServerMessage::Entry { entry, .. } | ServerMessage::Duplicate { entry, .. } => {
                entry.id == id
            }
            ServerMessage::Error(refusal) => refusal.code == ErrorCode::LogUnavailable,
            _ => false,
        };
        match client.until(is_answer).await {
            ServerMessage::Error(_) => {}
            _ => return,
        }
    }
}

#[actix_web::test]
async fn members_of_two_nodes_are_in_one_room_while_a_node_and_all_servers_are_killed() {
    let mut cluster = NatsCluster::start(3, Sync::Always).unwrap();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let mut first = start(&cluster, folders[0].path());
    let second = start(&cluster, folders[1].path());
    let mut ann = Client::welcomed(first.address(), "ann").await;
    let mut bob = Client::welcomed(second.address(), "bob").await;
    assert_eq!(ann.epoch, bob.epoch);
    ann.join("lobby").await;
    bob.join("lobby").await;
    ann.post("lobby", "one").await;
    let one = bob.entry().await;
    assert_eq!(ann.entry().await, one);

    first.kill().unwrap();
    bob.post("lobby", "two").await;
    let two = bob.entry().await;
    // She goes on at the other node, after what she has read on this one.
    let mut ann = Client::welcomed(second.address(), "ann").await;
    let (joined, missed) = ann.join_after("lobby", Some(one.seq)).await;
    let ServerMessage::Joined { outcome, .. } = joined else {
        panic!("{joined:?}")
    };
    assert_eq!((outcome, missed), (JoinOutcome::Resumed, vec![two.clone()]));
    let first = start(&cluster, folders[0].path());
    let mut cid = Client::welcomed(first.address(), "cid").await;
    let mut caught_up = cid.join("lobby").await;
    while caught_up.len() < 2 {
        caught_up.push(cid.entry().await);
    }
    assert_eq!(caught_up, [one, two.clone()]);

    for n in 0..3 {
        cluster.kill(n).unwrap();
    }
    bob.post("lobby", "never").await;
    bob.refused(ErrorCode::LogUnavailable).await;
    let (page, _) = bob.history("lobby", two.seq.next(), 10).await;
    assert_eq!(page.len(), 2, "what was said can be read");
    let notice = ann.until(|message| matches!(message, ServerMessage::Notice { .. }));
    let ServerMessage::Notice { text: words } = notice.await else {
        unreachable!("it is one");
    };
    assert!(words.contains("The log can't be reached now"), "{words}");
    for n in 0..3 {
        cluster.run(n).unwrap();
    }
    post_until_acked(&mut bob, "three").await;
    let (mut shown, mut last) = (Vec::new(), String::new());
    while last != "three" {
        let entry = cid.entry().await;
        last = text(&entry).to_owned();
        shown.push(entry);
    }
    check_chain(two.seq, &shown);
    // What was refused may have arrived all the same, and once.
    assert!(shown.len() <= 2, "{shown:?}");
}

/// A program that is a member on the first node, and one without a member on the second.
pub(crate) async fn writer_and_reader(nodes: &[ServerProcess; 2]) -> [Program; 2] {
    let [mut writer, reader] = nodes.each_ref().map(|node| Program {
        address: node.address(),
        token: None,
    });
    let made = writer.post("/members", &[], json!({"name": "bot"})).await;
    writer.token = Some(made.json()["token"].as_str().unwrap().to_owned());
    [writer, reader]
}

#[actix_web::test]
async fn who_has_read_on_one_node_goes_on_at_another_without_a_gap() {
    let cluster = NatsCluster::start(3, Sync::Always).unwrap();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let nodes = folders
        .each_ref()
        .map(|folder| start(&cluster, folder.path()));
    let [writer, reader] = writer_and_reader(&nodes).await;
    let said = writer.say(new_id(), "0").await.entry();
    let mut seq = said.seq;
    let page = reader.get("/rooms/lobby/entries?after=start").await;
    let epoch = page.after().parse::<Position>().unwrap().epoch;
    let mut awaited = 0;
    for n in 1..20 {
        // A place that the other node does not have yet: the next group's, if nobody else
        // publishes.
        seq = Seq(seq.0 + 1_024);
        let after = Position { epoch, seq };
        let path = format!("/rooms/lobby/entries?after={after}");
        let words = n.to_string();
        let (page, said) = tokio::join!(reader.get(&path), writer.say(new_id(), &words));
        let said = said.entry().seq;
        if said == seq {
            assert_eq!((page.entries(), page.after()), (vec![], after.to_string()));
            awaited += 1;
        }
        seq = said;
    }
    assert!(awaited > 0);
}

#[actix_web::test]
async fn a_node_says_what_the_stream_promises() {
    let cluster = NatsCluster::start(3, Sync::Always).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let admin = free.local_addr().unwrap();
    drop(free);
    let mut command = command(folder.path());
    command
        .args(["--nats-system", &cluster.system_url()])
        .args(["--log", &cluster.urls(), "--admin", &admin.to_string()]);
    let node = spawn(&mut command);
    let ready = loop {
        let ready = get(admin, "/ready").await;
        if ready.status == 200 {
            break ready.body;
        }
    };
    assert!(
        ready.starts_with("ready: durable, stream parlor"),
        "{ready}"
    );
    assert!(ready.ends_with(", 0 behind\n"), "{ready}");
    let metrics = get(admin, "/metrics").await.body;
    assert!(metrics.contains("parlor_stream_durable 1"), "{metrics}");
    assert_eq!(promised(&node).await, AckPromise::Durable);
    let checked = run(folder.path(), &["check"]);
    assert!(
        checked.contains("the stream's promise was durable"),
        "{checked}"
    );
    // One replica is left: what the node promises is less from now on.
    edit(&cluster, &[("num_replicas", json!(1))]);
    while !get(admin, "/ready").await.body.contains("replicated") {}
    assert_eq!(promised(&node).await, AckPromise::Replicated);
    // It is known without the node, too; a backup says nothing of it.
    drop(node);
    let checked = run(folder.path(), &["check"]);
    assert!(
        checked.contains("the stream's promise was replicated"),
        "{checked}"
    );
    assert!(checked.contains("kept in 1 of its servers"), "{checked}");
    let backup = folder.path().join("backup");
    run(folder.path(), &["backup", backup.to_str().unwrap()]);
    let checked = run(&backup, &["check"]);
    assert!(checked.contains("up to its sequence"), "{checked}");
    assert!(checked.contains("No node has run on it"), "{checked}");
}

/// What a client is told that comes now.
async fn promised(node: &ServerProcess) -> AckPromise {
    let mut client = Client::connect(node.address()).await;
    client.say_hello("ann").await;
    match client.next().await {
        ServerMessage::Welcome { promise, .. } => promise,
        other => panic!("no welcome: {other:?}"),
    }
}
