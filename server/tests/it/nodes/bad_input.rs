//! What is wrong with the servers or the stream is said in one sentence, without a password, and
//! nothing is lost by it.

use std::{sync::Arc, time::Duration};

use parlor_server::engine::{
    AppendError, Batch, Engine, Promise,
    jetstream::{NatsAddress, StreamConfig, SystemUser, open},
};
use parlor_shared::{
    Seq,
    limits::{BATCH_BYTES_MAX, BATCH_ENTRIES_MAX, STREAM_PAYLOAD_BYTES_MIN, TEXT_CHARS_MAX},
};
use parlor_test_server::{NatsCluster, Sync};
use serde_json::{Value, json};

use super::{config, node, older_server::appear_older};
use crate::{
    client::{PATIENCE, check_chain, new_id, room},
    engine::{new_entry, post},
    server::command,
    start::complaint,
    storage::library,
};

/// What operators are given.
const CONFIG: &str = include_str!("../../../../deploy/nats.conf");

/// Why a node does not start in an empty folder.
async fn refusal(config: StreamConfig) -> String {
    let folder = tempfile::tempdir().unwrap();
    let opened = open(&config, folder.path(), Arc::new(())).await;
    let why = opened.unwrap_err().to_string();
    assert!(!why.contains("secret") && !why.contains("guess"), "{why}");
    why
}

#[actix_web::test]
async fn each_thing_that_is_wrong_at_a_start_has_its_sentence() {
    let cluster = NatsCluster::start(3, Sync::Always).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let good = config(&cluster);
    let (_record, engine) = node(&cluster, folder.path()).await;
    engine.close().await;
    let guessed = |url: String| -> NatsAddress { url.replace("secret", "guess").parse().unwrap() };
    let away = "nats://parlor:secret@127.0.0.1:1".parse().unwrap();
    let foreign = json!({
        "name": "orders", "subjects": ["orders.new"], "storage": "file", "num_replicas": 1
    });
    let made = cluster.request("$JS.API.STREAM.CREATE.orders", &foreign.to_string());
    assert!(!made.as_ref().unwrap().contains("error"), "{made:?}");
    let older = appear_older(cluster.address(0)).await;
    for (config, said) in [
        (
            StreamConfig {
                servers: vec![away],
                wait: Duration::ZERO,
                ..good.clone()
            },
            "NATS can't be reached at 127.0.0.1:1",
        ),
        (
            StreamConfig {
                servers: vec![guessed(cluster.url(0))],
                ..good.clone()
            },
            "does not let this node in (authorization violation",
        ),
        (
            StreamConfig {
                system: Some(SystemUser::At(guessed(cluster.system_url()))),
                ..good.clone()
            },
            "of --nats-system",
        ),
        (
            StreamConfig {
                credentials: Some("/no/such.creds".into()),
                ..good.clone()
            },
            "the credentials in /no/such.creds can't be used",
        ),
        (
            StreamConfig {
                system: None,
                ..good.clone()
            },
            "name a user of the system account with --nats-system",
        ),
        (
            StreamConfig {
                stream: "single".to_owned(),
                replicas: 1,
                ..good.clone()
            },
            "kept in 1 of its servers, not in 3",
        ),
        (
            StreamConfig {
                stream: "orders".to_owned(),
                ..good.clone()
            },
            "the stream orders is not one of Parlor's",
        ),
        (
            StreamConfig {
                servers: vec![NatsCluster::url_at(older).parse().unwrap()],
                system: Some(SystemUser::At(
                    NatsCluster::system_url_at(older).parse().unwrap(),
                )),
                ..good.clone()
            },
            "has version 2.11.9: update it to 2.12 or later",
        ),
    ] {
        let why = refusal(config).await;
        assert!(why.contains(said), "{why}");
    }
    // A machine whose clock is an hour ahead.
    let ahead = tempfile::tempdir().unwrap();
    let mut ahead = command(ahead.path());
    ahead
        .args(["--nats-system", &cluster.system_url()])
        .env("PARLOR_LOG", cluster.urls())
        .env("LD_PRELOAD", library())
        .env("CLOCK_AHEAD_S", "3600");
    let why = complaint(&ahead.output().unwrap(), 1);
    assert!(
        why.contains(" s ahead of that of the NATS servers"),
        "{why}"
    );
    // What was refused has changed nothing.
    node(&cluster, folder.path()).await;
}

/// Servers that take messages of up to this many bytes.
fn taking(count: usize, bytes: usize) -> NatsCluster {
    let given = "max_payload: 1MB";
    assert!(CONFIG.contains(given));
    let config = CONFIG.replace(given, &format!("max_payload: {bytes}"));
    NatsCluster::start_as(count, &config).unwrap()
}

#[actix_web::test]
async fn servers_that_take_too_small_messages_are_refused_and_the_smallest_that_will_do_take_the_largest_batch()
 {
    let cluster = taking(1, STREAM_PAYLOAD_BYTES_MIN - 1);
    let why = refusal(config(&cluster)).await;
    let taken = format!("up to {} bytes", STREAM_PAYLOAD_BYTES_MIN - 1);
    assert!(why.contains(&taken), "{why}");
    assert!(why.contains("set `max_payload: 1MB`"), "{why}");
    let cluster = taking(3, STREAM_PAYLOAD_BYTES_MIN);
    let folder = tempfile::tempdir().unwrap();
    let (_, engine) = node(&cluster, folder.path()).await;
    let text = "x".repeat(BATCH_BYTES_MAX / BATCH_ENTRIES_MAX);
    let entry = || new_entry(&room("lobby"), new_id(), post(&text));
    let entries = (0..BATCH_ENTRIES_MAX).map(|_| entry()).collect();
    let batch = Batch {
        entries,
        head: None,
    };
    let appended = engine.append_batch(batch).await.unwrap();
    assert_eq!(appended.len(), BATCH_ENTRIES_MAX);
}

/// Changes the configuration of the stream.
pub(super) fn edit(cluster: &NatsCluster, fields: &[(&str, Value)]) {
    let info = cluster.request("$JS.API.STREAM.INFO.parlor", "").unwrap();
    let info: Value = serde_json::from_str(&info).unwrap();
    let mut config = info["config"].clone();
    for (field, value) in fields {
        config[*field] = value.clone();
    }
    let edited = cluster.request("$JS.API.STREAM.UPDATE.parlor", &config.to_string());
    assert!(!edited.as_ref().unwrap().contains("error"), "{edited:?}");
}

#[actix_web::test]
async fn a_promise_that_ends_is_said_while_the_node_runs_and_a_stream_that_may_forget_stops_it() {
    let cluster = NatsCluster::start(3, Sync::Always).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (_record, engine) = node(&cluster, folder.path()).await;
    let mut condition = engine.stream().unwrap().watch_condition();
    let is_durable = condition.wait_for(|now| now.promise == Some(Promise::Durable));
    tokio::time::timeout(PATIENCE, is_durable)
        .await
        .unwrap()
        .unwrap();
    edit(&cluster, &[("num_replicas", json!(1))]);
    let is_less = |promise: &Option<Promise>| match promise {
        Some(Promise::Replicated(why)) => why.contains("kept in 1 of its servers"),
        Some(Promise::Durable) | None => false,
    };
    let changed = condition.wait_for(|now| is_less(&now.promise));
    tokio::time::timeout(PATIENCE, changed)
        .await
        .unwrap()
        .unwrap();
    edit(&cluster, &[("discard", json!("old"))]);
    let failure = tokio::time::timeout(PATIENCE, engine.failed()).await;
    let failure = failure.unwrap().to_string();
    assert!(failure.contains("it forgets old messages"), "{failure}");
}

#[actix_web::test]
async fn where_the_servers_disks_are_full_posts_are_refused_for_now_and_nothing_is_lost() {
    let full = "  max_file_store: 1MB\n";
    let cluster = NatsCluster::start_with(3, Sync::Always, full).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (record, engine) = node(&cluster, folder.path()).await;
    let lobby = room("lobby");
    let long = "x".repeat(TEXT_CHARS_MAX);
    let mut acked = Vec::new();
    let refused = loop {
        assert!(acked.len() < 500, "the disks are never full");
        let entry = new_entry(&lobby, new_id(), post(&long));
        match engine.append(entry).await.unwrap().await {
            Ok(appended) => acked.push(appended.entry),
            Err(refused) => break refused,
        }
    };
    assert_eq!(refused, AppendError::Unavailable);
    let state = engine.stream().unwrap();
    let why = state.condition().unwritable.unwrap();
    assert!(why.contains("resource"), "{why}");
    let shown = record.entries(&lobby);
    assert_eq!(shown[..acked.len()], acked[..]);
    check_chain(Seq::ZERO, &shown);
    let page = engine.read_after(&lobby, Seq::ZERO, 1).await.unwrap();
    assert_eq!(page.entries, acked[..1]);
}
