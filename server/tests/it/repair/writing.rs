//! A repair while another node still writes.

use parlor_server::engine::{
    Engine,
    jetstream::repair::{RepairMode, Repaired, repair},
};
use parlor_shared::Seq;
use parlor_test_server::{NatsCluster, Sync};
use serde_json::Value;

use super::{SERVERS, say};
use crate::{
    client::{check_chain, room},
    nodes::{config, node},
};

/// Deletes the stream and makes one that says of itself all that this one said.
fn make_again(cluster: &NatsCluster) {
    let ask = |what: &str, of: &str| {
        let answer = cluster.request(&format!("$JS.API.STREAM.{what}.parlor"), of);
        let answer: Value = serde_json::from_str(&answer.unwrap()).unwrap();
        assert!(answer.get("error").is_none(), "{answer}");
        answer
    };
    let info = ask("INFO", "");
    ask("DELETE", "");
    ask("CREATE", &info["config"].to_string());
}

#[actix_web::test]
async fn a_new_epoch_gives_no_place_twice_though_another_node_writes_until_it_begins() {
    let cluster = NatsCluster::start(SERVERS, Sync::Always).unwrap();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (_, one) = node(&cluster, folders[0].path()).await;
    let first = say(&one, "first").await;
    let second = say(&one, "second").await;
    one.close().await;
    make_again(&cluster);
    // A node that knows of nothing else gives the same places to other entries.
    let (_, other) = node(&cluster, folders[1].path()).await;
    let begun = say(&other, "other").await.seq;
    while say(&other, "other").await.seq <= second.seq {}
    let writing = async {
        let mut newest = begun;
        loop {
            tokio::select! {
                biased;
                failure = other.failed() => return (newest, failure.to_string()),
                written = say(&other, "more") => newest = written.seq,
            }
        }
    };
    let config = config(&cluster);
    let repairing = repair(&config, folders[0].path(), RepairMode::NewEpoch);
    let (repaired, (newest, failure)) = tokio::join!(repairing, writing);
    let Repaired::NewEpoch { epoch, after, .. } = repaired.unwrap() else {
        panic!("the stream is damaged");
    };
    assert!(
        failure.contains("it has gone on in a new epoch"),
        "{failure}"
    );
    assert!(newest > begun, "it wrote meanwhile");
    assert!(newest.0 >> 10 <= after, "{newest} is behind {after}");
    other.close().await;

    let (_, one) = node(&cluster, folders[0].path()).await;
    assert_eq!(one.epoch(), epoch);
    let next = say(&one, "next").await;
    assert!(next.seq > newest, "{next:?}");
    let page = one.read_after(&room("lobby"), Seq::ZERO, 100).await;
    let shown = page.unwrap().entries;
    check_chain(Seq::ZERO, &shown);
    assert_eq!(shown, [first, second, next]);
}
