//! Several nodes over one stream of real NATS servers: what the log promises holds on each.

mod bad_input;
mod deciding;
mod elsewhere;
mod full_disk;
mod new_nodes;
mod older_server;
mod one_down;
mod presence;
pub(crate) mod processes;
mod secured;
mod versions;

use std::{path::Path, sync::Arc, time::Duration};

use parlor_server::engine::{
    CommitListener, Engine,
    jetstream::{JetStreamError, Promised, StreamConfig, SystemUser, open},
    replicated::Replicated,
};
use parlor_shared::{Position, Seq};
use parlor_test_server::{NatsCluster, Sync};

use crate::{
    client::{check_chain, new_id, room},
    engine::{Record, check_guarantees, new_entry, post},
};

pub(crate) fn config(cluster: &NatsCluster) -> StreamConfig {
    let urls = cluster.urls();
    StreamConfig {
        servers: urls.split(',').map(|url| url.parse().unwrap()).collect(),
        credentials: None,
        system: Some(SystemUser::At(cluster.system_url().parse().unwrap())),
        stream: "parlor".to_owned(),
        replicas: 3,
        accept: Promised::Durable,
        wait: Duration::from_secs(30),
    }
}

pub(crate) async fn node(cluster: &NatsCluster, folder: &Path) -> (Arc<Record>, Replicated) {
    let record = Arc::new(Record::default());
    let opened = open(&config(cluster), folder, record.clone()).await;
    (record, opened.unwrap())
}

#[actix_web::test]
async fn a_node_over_nats_passes_the_suite_of_every_log() {
    let cluster = NatsCluster::start(3, Sync::Always).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (record, engine) = node(&cluster, folder.path()).await;
    check_guarantees(&engine, &record).await;
}

#[actix_web::test]
async fn a_node_does_not_start_where_what_is_acknowledged_is_not_on_the_disks() {
    let cluster = NatsCluster::start(3, Sync::Later).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let listener: Arc<dyn CommitListener> = Arc::new(());
    let mut config = config(&cluster);
    let refused = open(&config, folder.path(), listener.clone()).await;
    let Err(JetStreamError::NotDurable(why)) = refused else {
        panic!("{refused:?}")
    };
    assert!(why.contains("sync_interval: always"), "{why}");
    config.accept = Promised::Replicated;
    open(&config, folder.path(), listener).await.unwrap();
}

#[actix_web::test]
async fn two_nodes_have_one_log_while_the_servers_are_killed() {
    let mut cluster = NatsCluster::start(3, Sync::Always).unwrap();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (record_one, one) = node(&cluster, folders[0].path()).await;
    let (record_two, two) = node(&cluster, folders[1].path()).await;
    let lobby = room("lobby");
    let mut newest = Seq::ZERO;
    for killed in [None, Some(vec![0]), Some(vec![1, 2]), Some(vec![0, 1, 2])] {
        for n in killed.iter().flatten() {
            cluster.kill(*n).unwrap();
        }
        for n in killed.iter().flatten() {
            cluster.run(*n).unwrap();
        }
        for engine in [&one, &two] {
            let id = new_id();
            // As a client does it: what was refused for now is sent again, with its id.
            let appended = loop {
                let entry = new_entry(&lobby, id, post("hello"));
                if let Ok(appended) = engine.append(entry).await.unwrap().await {
                    break appended;
                }
            };
            newest = newest.max(appended.entry.seq);
        }
    }
    for (engine, record) in [(&one, &record_one), (&two, &record_two)] {
        let epoch = engine.epoch();
        engine
            .reach(&Position { epoch, seq: newest })
            .await
            .unwrap();
        let shown = record.entries(&lobby);
        assert_eq!(shown.len(), 8);
        check_chain(Seq::ZERO, &shown);
        assert_eq!(shown, record_one.entries(&lobby));
    }
}
