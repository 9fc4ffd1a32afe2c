//! Nodes that begin: with nothing, or from a backup of another one.

use parlor_server::engine::{
    Engine,
    embedded::{backup, restore},
};
use parlor_shared::{Seq, limits::STREAM_BEHIND_MAX};
use parlor_test_server::{NatsCluster, Sync};

use serde_json::{Value, json};

use super::{bad_input::edit, node, processes::start_with};
use crate::{
    admin::get,
    client::{Client, room},
    repair::{SERVERS, reach, refused, say},
};

#[actix_web::test]
async fn a_new_node_starts_from_the_streams_beginning_or_from_a_backup_and_then_the_rest() {
    let cluster = NatsCluster::start(SERVERS, Sync::Always).unwrap();
    let place = tempfile::tempdir().unwrap();
    let folder = |name: &str| place.path().join(name);
    let (_, one) = node(&cluster, &folder("one")).await;
    for n in 0..20 {
        say(&one, &n.to_string()).await;
    }
    backup(&folder("one"), &folder("backup")).unwrap();
    let last = say(&one, "after the backup").await;
    restore(&folder("backup"), &folder("restored")).unwrap();
    let lobby = room("lobby");
    let all = one
        .read_after(&lobby, Seq::ZERO, 100)
        .await
        .unwrap()
        .entries;
    for (name, applied) in [("empty", 21), ("restored", 1)] {
        let (record, engine) = node(&cluster, &folder(name)).await;
        reach(&engine, last.seq).await;
        let page = engine.read_after(&lobby, Seq::ZERO, 100).await;
        assert_eq!(page.unwrap().entries, all);
        assert_eq!(record.entries(&lobby).len(), applied);
        assert_eq!(engine.epoch(), one.epoch());
    }
}

/// The oldest message that the stream has yet.
fn first_sequence(cluster: &NatsCluster) -> u64 {
    let info = cluster.request("$JS.API.STREAM.INFO.parlor", "").unwrap();
    let info: Value = serde_json::from_str(&info).unwrap();
    info["state"]["first_seq"].as_u64().unwrap()
}

#[actix_web::test]
async fn a_node_that_begins_before_what_a_stream_has_forgotten_says_which_backup_it_needs() {
    let cluster = NatsCluster::start(SERVERS, Sync::Always).unwrap();
    let place = tempfile::tempdir().unwrap();
    let folder = |name: &str| place.path().join(name);
    let (_, one) = node(&cluster, &folder("one")).await;
    let early = say(&one, "early").await;
    backup(&folder("one"), &folder("old")).unwrap();
    restore(&folder("old"), &folder("behind")).unwrap();
    let later = say(&one, "later").await;
    edit(
        &cluster,
        &[
            ("duplicate_window", json!(100_000_000)),
            ("max_age", json!(200_000_000)),
        ],
    );
    // The node that runs has all of it, and goes on.
    while first_sequence(&cluster) <= later.seq.0 >> 10 {}
    let newest = say(&one, "newest").await;
    let (had, first) = (early.seq.0 >> 10, first_sequence(&cluster));
    for (name, applied) in [("behind", had), ("empty", 0)] {
        let said = refused(&cluster, &folder(name)).await;
        let missing = format!(
            "this node has applied it up to {applied} only: {} to ",
            applied + 1
        );
        assert!(
            said.contains("it begins at ") && said.contains(&missing),
            "{said}"
        );
        let holder = format!("{} up to ", folder("one").display());
        assert!(
            said.contains(&holder) && said.contains("newer backup"),
            "{said}"
        );
    }
    assert!(first > had + 1);
    backup(&folder("one"), &folder("new")).unwrap();
    restore(&folder("new"), &folder("restored")).unwrap();
    let (_, restored) = node(&cluster, &folder("restored")).await;
    let last = say(&one, "and the rest").await;
    reach(&restored, last.seq).await;
    let page = restored.read_after(&room("lobby"), Seq::ZERO, 100).await;
    assert_eq!(page.unwrap().entries, [early, later, newest, last]);
}

#[actix_web::test]
async fn a_node_is_ready_only_once_it_is_near_the_streams_end() {
    let cluster = NatsCluster::start(SERVERS, Sync::Always).unwrap();
    let place = tempfile::tempdir().unwrap();
    let folder = |name: &str| place.path().join(name);
    let (_, one) = node(&cluster, &folder("one")).await;
    say(&one, "first").await;
    backup(&folder("one"), &folder("backup")).unwrap();
    restore(&folder("backup"), &folder("two")).unwrap();
    // Each is a group of its own.
    let count = 3 * STREAM_BEHIND_MAX;
    let mut last = say(&one, "0").await;
    for n in 1..count {
        last = say(&one, &n.to_string()).await;
    }
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let admin = free.local_addr().unwrap();
    drop(free);
    let two = start_with(&cluster, &folder("two"), &["--admin", &admin.to_string()]);
    let ready = loop {
        let ready = get(admin, "/ready").await;
        if ready.status == 200 {
            break ready.body;
        }
        assert_eq!(ready.status, 503, "{}", ready.body);
    };
    let behind = ready
        .lines()
        .next()
        .unwrap()
        .split_whitespace()
        .rev()
        .nth(1)
        .unwrap();
    assert!(
        behind.parse::<u64>().unwrap() <= STREAM_BEHIND_MAX,
        "{ready}"
    );
    let mut ann = Client::welcomed(two.address(), "ann").await;
    let mut seq = ann.join("lobby").await.last().unwrap().seq;
    while seq < last.seq {
        seq = ann.entry().await.seq;
    }
}
