//! One of three servers is down.

use std::{sync::Arc, time::Duration};

use parlor_server::engine::{
    Engine, Promise, StreamCondition,
    jetstream::{JetStreamError, StreamConfig, open},
    replicated::Replicated,
};
use parlor_test_server::{NatsCluster, Sync};
use tokio::time::timeout;

use super::{config, node};
use crate::{client::PATIENCE, repair::say};

/// Waits until the node says this of its stream.
async fn until(engine: &Replicated, is_so: impl FnMut(&StreamCondition) -> bool) {
    let mut condition = engine.stream().unwrap().watch_condition();
    let said = condition.wait_for(is_so);
    timeout(PATIENCE, said).await.unwrap().unwrap();
}

fn is_durable(now: &StreamCondition) -> bool {
    now.promise == Some(Promise::Durable) && now.away.is_none()
}

#[actix_web::test]
async fn a_node_starts_again_while_a_server_is_down_and_takes_its_word_from_before() {
    let mut cluster = NatsCluster::start(3, Sync::Always).unwrap();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [known, new] = folders.each_ref().map(|folder| folder.path());
    let (_, engine) = node(&cluster, known).await;
    until(&engine, is_durable).await;
    engine.close().await;
    // The one that --nats-system names.
    cluster.kill(0).unwrap();
    let (_, engine) = node(&cluster, known).await;
    say(&engine, "with two of three").await;
    let is_away = |now: &StreamCondition| {
        let away = now.away.as_ref();
        now.promise == Some(Promise::Durable)
            && away.is_some_and(|away| away.starts_with("nats-0 does not answer"))
    };
    until(&engine, is_away).await;

    // A node that has never asked it can't know.
    let impatient = StreamConfig {
        wait: Duration::ZERO,
        ..config(&cluster)
    };
    let refused = open(&impatient, new, Arc::new(())).await;
    let Err(JetStreamError::PromiseUnknown(why)) = refused else {
        panic!("{refused:?}")
    };
    assert!(why.contains("the server nats-0"), "{why}");

    // It comes back, and does not keep its word.
    cluster.set_sync(Sync::Later).unwrap();
    cluster.run(0).unwrap();
    let is_less = |now: &StreamCondition| match &now.promise {
        Some(Promise::Replicated(why)) => {
            why.contains("nats-0 acknowledges what is not on its disk")
        }
        Some(Promise::Durable) | None => false,
    };
    until(&engine, is_less).await;
    cluster.kill(0).unwrap();
    cluster.set_sync(Sync::Always).unwrap();
    cluster.run(0).unwrap();
    until(&engine, is_durable).await;
}
