//! Nodes of different versions over one stream.

use parlor_server::engine::{Engine, EngineFailure};
use parlor_test_server::{NatsCluster, Sync};
use tokio::time::timeout;

use super::{node, processes::start};
use crate::{
    client::{Client, PATIENCE, room},
    repair::say,
    server::wait_for_end,
    start::complaint,
};

#[actix_web::test]
async fn a_node_that_meets_what_only_a_later_version_understands_says_to_update_it() {
    let cluster = NatsCluster::start(3, Sync::Always).unwrap();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (record, engine) = node(&cluster, folders[0].path()).await;
    let server = start(&cluster, folders[1].path());
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let known = say(&engine, "known to all").await;
    assert_eq!(ann.entry().await, known);

    let subject = format!("parlor.groups.{}", engine.epoch());
    let stored = cluster.request(&subject, r#"{"version":2,"fly":{"to":"the moon"}}"#);
    assert!(stored.as_ref().unwrap().contains("\"seq\""), "{stored:?}");
    let failure = timeout(PATIENCE, engine.failed()).await.unwrap();
    assert!(
        matches!(failure, EngineFailure::Outdated { .. }),
        "{failure}"
    );
    let place = (known.seq.0 >> 10) + 1;
    assert_eq!(record.entries(&room("lobby")), [known]);
    let said = complaint(&wait_for_end(server), 76);
    assert!(
        said.contains(&format!("at {place} the stream has a group of the form 2")),
        "{said}"
    );
    assert!(said.contains("Update it to the version"), "{said}");
}
