//! A stream that is damaged: the nodes notice, say what is missing, and show nothing false; and
//! `parlor repair` puts it right. Each damage is made for real, on the servers' disks or by their
//! API.

mod holes;
mod writing;

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use parlor_server::engine::{
    Engine, EngineFailure,
    embedded::{OpenError, backup, restore},
    jetstream::{
        JetStreamError, open,
        repair::{RepairError, RepairMode, Repaired, repair},
    },
    replicated::Replicated,
};
use parlor_shared::{Entry, JoinOutcome, Position, Seq, ServerMessage};
use parlor_test_server::{NatsCluster, Sync};
use tempfile::TempDir;
use tokio::time::timeout;

use crate::{
    client::{Client, PATIENCE, check_chain, new_id, room, text},
    engine::{new_entry, post},
    nodes::{
        config, node,
        processes::{post_until_acked, start},
    },
    server::{command, wait_for_end},
    start::complaint,
};

pub(crate) const SERVERS: usize = 3;

/// Appends a post as a client does it: what was refused for now is sent again, with its id.
pub(crate) async fn say(engine: &Replicated, text: &str) -> Entry {
    let id = new_id();
    loop {
        let entry = new_entry(&room("lobby"), id, post(text));
        if let Ok(appended) = engine.append(entry).await.unwrap().await {
            return appended.entry;
        }
    }
}

pub(crate) async fn reach(engine: &Replicated, seq: Seq) {
    let epoch = engine.epoch();
    let position = Position { epoch, seq };
    while engine.reach(&position).await.is_err() {}
}

fn kill_all(cluster: &mut NatsCluster) {
    (0..SERVERS).for_each(|n| cluster.kill(n).unwrap());
}

fn run_all(cluster: &mut NatsCluster) {
    (0..SERVERS).for_each(|n| cluster.run(n).unwrap());
}

/// What was copied of the servers' disks at one moment.
struct Copied(TempDir);

impl Copied {
    /// Kills the servers, copies what they have, and starts them again.
    fn of(cluster: &mut NatsCluster) -> Self {
        let copy = Self(tempfile::tempdir().unwrap());
        kill_all(cluster);
        for n in 0..SERVERS {
            cluster.keep_store(n, &copy.folder(n)).unwrap();
        }
        run_all(cluster);
        copy
    }

    fn folder(&self, n: usize) -> PathBuf {
        self.0.path().join(n.to_string())
    }

    /// Kills the servers, puts the copy back, and starts them.
    fn put_back(&self, cluster: &mut NatsCluster) {
        kill_all(cluster);
        for n in 0..SERVERS {
            cluster.put_store_back(n, &self.folder(n)).unwrap();
        }
        run_all(cluster);
    }
}

/// The sentence with which a node stops.
async fn said(engine: &Replicated) -> String {
    let failure = timeout(PATIENCE, engine.failed()).await.unwrap();
    assert!(
        matches!(failure, EngineFailure::StreamDiffers { .. }),
        "{failure}"
    );
    failure.to_string()
}

/// The sentence with which a node does not start.
pub(crate) async fn refused(cluster: &NatsCluster, folder: &Path) -> String {
    let opened = open(&config(cluster), folder, Arc::new(())).await;
    let error = opened.err().unwrap();
    assert!(error.is_damage(), "{error}");
    error.to_string()
}

#[actix_web::test]
async fn a_stream_that_has_lost_its_end_stops_its_nodes_and_gets_it_back_from_one_of_them() {
    let mut cluster = NatsCluster::start(SERVERS, Sync::Always).unwrap();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (_, one) = node(&cluster, folders[0].path()).await;
    let (_, two) = node(&cluster, folders[1].path()).await;
    let early = say(&one, "early").await;
    let copied = Copied::of(&mut cluster);
    let mut last = early.clone();
    for n in 0..5 {
        last = say(if n % 2 == 0 { &one } else { &two }, "late").await;
    }
    reach(&one, last.seq).await;
    reach(&two, last.seq).await;
    copied.put_back(&mut cluster);
    let sentences = [said(&one).await, said(&two).await];
    for sentence in &sentences {
        assert!(sentence.contains("it ends at "), "{sentence}");
        assert!(
            sentence.contains("missing. This node has all of it up to"),
            "{sentence}"
        );
        assert!(sentence.contains("parlor repair"), "{sentence}");
    }
    let other = folders[1].path().display().to_string();
    assert!(sentences[0].contains(&other), "{}", sentences[0]);
    let epoch = one.epoch();
    for engine in [one, two] {
        engine.close().await;
    }
    refused(&cluster, folders[1].path()).await;

    let repaired = repair(&config(&cluster), folders[0].path(), RepairMode::PutBack).await;
    let Repaired::PutBack { first, last: end } = repaired.unwrap() else {
        panic!("nothing was missing");
    };
    // A group may have been published again while the servers were killed.
    assert!(end - first >= 4, "{first} to {end}");
    assert!(end >= last.seq.0 >> 10);
    let again = repair(&config(&cluster), folders[0].path(), RepairMode::NewEpoch).await;
    assert!(matches!(again, Ok(Repaired::Whole { .. })), "{again:?}");
    for folder in &folders {
        let (_, engine) = node(&cluster, folder.path()).await;
        assert_eq!(engine.epoch(), epoch, "nobody starts over");
        let next = say(&engine, "next").await;
        assert!(next.seq > last.seq);
        let page = engine.read_after(&room("lobby"), Seq::ZERO, 100).await;
        check_chain(Seq::ZERO, &page.unwrap().entries);
        engine.close().await;
    }
    let empty = tempfile::tempdir().unwrap();
    let (record, engine) = node(&cluster, empty.path()).await;
    reach(&engine, last.seq).await;
    assert!(record.entries(&room("lobby")).contains(&last));
}

#[actix_web::test]
async fn a_stream_that_gives_places_twice_goes_on_in_a_new_epoch_from_the_node_that_is_chosen() {
    let mut cluster = NatsCluster::start(SERVERS, Sync::Always).unwrap();
    let folders: [TempDir; 4] = std::array::from_fn(|_| tempfile::tempdir().unwrap());
    let (_, one) = node(&cluster, folders[0].path()).await;
    let (_, two) = node(&cluster, folders[1].path()).await;
    say(&one, "early").await;
    let copied = Copied::of(&mut cluster);
    say(&one, "second").await;
    let last = say(&one, "third").await;
    reach(&two, last.seq).await;
    let read = Position {
        epoch: one.epoch(),
        seq: last.seq,
    };
    for engine in [one, two] {
        engine.close().await;
    }
    copied.put_back(&mut cluster);
    // A node that knows of nothing else gives the same places to other entries.
    let (_, three) = node(&cluster, folders[2].path()).await;
    for n in 0..4 {
        say(&three, &format!("other {n}")).await;
    }
    three.close().await;
    let sentence = refused(&cluster, folders[0].path()).await;
    assert!(
        sentence.contains("has something else than this node has applied"),
        "{sentence}"
    );
    let config = config(&cluster);
    let put_back = repair(&config, folders[0].path(), RepairMode::PutBack).await;
    let Err(RepairError::Damaged { damage, why }) = put_back else {
        panic!("{put_back:?}")
    };
    assert!(sentence.contains(&damage), "{sentence}; {damage}");
    assert!(why.contains("taken"), "{why}");

    let repaired = repair(&config, folders[0].path(), RepairMode::NewEpoch).await;
    let Repaired::NewEpoch { epoch, .. } = repaired.unwrap() else {
        panic!("the stream is damaged");
    };
    let mut newest = last.clone();
    for folder in &folders[..2] {
        let (_, engine) = node(&cluster, folder.path()).await;
        assert_eq!(engine.epoch(), epoch);
        assert!(
            engine.continues(&read),
            "who has read this node's history goes on"
        );
        let next = say(&engine, "next").await;
        assert!(next.seq > newest.seq, "no place is given twice");
        newest = next;
        engine.close().await;
    }
    // The node with the other history has no part in it, nor has one that is empty.
    let own = repair(&config, folders[2].path(), RepairMode::NewEpoch).await;
    assert!(
        matches!(own, Err(RepairError::GoesOnElsewhere { .. })),
        "{own:?}"
    );
    for folder in &folders[2..] {
        let opened = open(&config, folder.path(), Arc::new(())).await;
        assert!(
            matches!(
                opened,
                Err(JetStreamError::Log(OpenError::OtherOrigin { .. }))
            ),
            "{opened:?}"
        );
    }
    // A backup of one that has.
    let place = tempfile::tempdir().unwrap();
    let (saved, new) = (place.path().join("backup"), place.path().join("new"));
    backup(folders[1].path(), &saved).unwrap();
    restore(&saved, &new).unwrap();
    let (_, engine) = node(&cluster, &new).await;
    reach(&engine, newest.seq).await;
    let page = engine.read_after(&room("lobby"), Seq::ZERO, 100).await;
    let texts = page.unwrap().entries;
    check_chain(Seq::ZERO, &texts);
    assert_eq!(texts.len(), 5);
}

#[actix_web::test]
async fn a_stream_that_is_gone_or_made_again_is_neither_followed_nor_made_by_its_nodes() {
    let cluster = NatsCluster::start(SERVERS, Sync::Always).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (record, one) = node(&cluster, folder.path()).await;
    let first = say(&one, "first").await;
    let deleted = cluster.request("$JS.API.STREAM.DELETE.parlor", "").unwrap();
    assert!(deleted.contains("\"success\":true"), "{deleted}");
    let sentence = said(&one).await;
    assert!(
        sentence.contains("the stream is gone, and all it had"),
        "{sentence}"
    );
    one.close().await;
    let sentence = refused(&cluster, folder.path()).await;
    assert!(sentence.contains("parlor repair --new-epoch"), "{sentence}");
    // Somebody who knows of nothing makes another one.
    let empty = tempfile::tempdir().unwrap();
    let (_, other) = node(&cluster, empty.path()).await;
    say(&other, "other").await;
    other.close().await;
    let opened = open(&config(&cluster), folder.path(), record.clone()).await;
    assert!(opened.is_err());
    let config = config(&cluster);
    let repaired = repair(&config, folder.path(), RepairMode::PutBack).await;
    assert!(
        matches!(repaired, Err(RepairError::Damaged { .. })),
        "{repaired:?}"
    );
    repair(&config, folder.path(), RepairMode::NewEpoch)
        .await
        .unwrap();
    let (record, one) = node(&cluster, folder.path()).await;
    let next = say(&one, "next").await;
    assert_eq!(next.prev, first.seq);
    assert_eq!(record.entries(&room("lobby")), [next]);
}

/// The command, for a node of these servers with its log in `data`.
fn of_node(cluster: &NatsCluster, data: &Path) -> Command {
    let mut command = command(data);
    command
        .args(["--nats-system", &cluster.system_url()])
        .env("PARLOR_LOG", cluster.urls());
    command
}

#[actix_web::test]
async fn a_server_says_what_is_missing_with_an_exit_code_of_its_own_and_the_command_repairs_it() {
    let mut cluster = NatsCluster::start(SERVERS, Sync::Always).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let server = start(&cluster, folder.path());
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    ann.post("lobby", "early").await;
    let early = ann.entry().await;
    let copied = Copied::of(&mut cluster);
    post_until_acked(&mut ann, "late").await;
    // What was sent twice meanwhile has come before this.
    post_until_acked(&mut ann, "later").await;
    copied.put_back(&mut cluster);
    let said = complaint(&wait_for_end(server), 65);
    assert!(said.contains("it ends at "), "{said}");
    let again = of_node(&cluster, folder.path()).output().unwrap();
    assert!(complaint(&again, 65).contains("it ends at "), "{again:?}");
    let repaired = of_node(&cluster, folder.path())
        .arg("repair")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&repaired.stdout);
    assert!(said.contains("is there again"), "{repaired:?}");

    let server = start(&cluster, folder.path());
    let mut ann = Client::welcomed(server.address(), "ann").await;
    let (joined, missed) = ann.join_after("lobby", Some(early.seq)).await;
    let ServerMessage::Joined { outcome, .. } = joined else {
        panic!("{joined:?}")
    };
    assert_eq!(outcome, JoinOutcome::Resumed);
    assert_eq!(
        missed.iter().map(text).collect::<Vec<_>>(),
        ["late", "later"]
    );
}
