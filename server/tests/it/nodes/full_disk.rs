//! A node whose own disk is full, while the stream goes on.

use std::net::TcpListener;

use parlor_shared::{Entry, Seq};
use parlor_test_server::{NatsCluster, Sync};

use super::processes::start;
use crate::{
    admin::get,
    client::{Client, check_chain},
    server::spawn,
    storage::{Fault, FaultyDisk},
};

/// Waits until the node says of itself, at /ready, that its disk takes nothing, or does so again.
async fn until_ready_says(admin: std::net::SocketAddr, is_full: bool) {
    let why = "posts are refused for now: what is on it can't be written on this node";
    while get(admin, "/ready").await.body.contains(why) != is_full {}
}

#[actix_web::test]
async fn a_node_whose_own_disk_is_full_says_so_serves_what_it_has_and_catches_up_without_a_gap() {
    let cluster = NatsCluster::start(3, Sync::Always).unwrap();
    let (disk, folder) = (FaultyDisk::new(), tempfile::tempdir().unwrap());
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let admin = free.local_addr().unwrap();
    drop(free);
    let mut full = disk.command();
    full.args(["--nats-system", &cluster.system_url()])
        .args(["--admin", &admin.to_string()])
        .env("PARLOR_LOG", cluster.urls());
    let mut full = spawn(&mut full);
    let healthy = start(&cluster, folder.path());
    let mut ann = Client::welcomed(full.address(), "ann").await;
    let mut bob = Client::welcomed(healthy.address(), "bob").await;
    ann.join("lobby").await;
    bob.join("lobby").await;
    ann.post("lobby", "before").await;
    let mut shown: Vec<Entry> = vec![bob.entry().await];
    assert_eq!(ann.entry().await, shown[0]);

    disk.begin(Fault::Full);
    for n in 0..5 {
        bob.post("lobby", &n.to_string()).await;
        shown.push(bob.entry().await);
    }
    until_ready_says(admin, true).await;
    // What is posted on it stands on the stream, and who is elsewhere sees it.
    ann.post("lobby", "from the full one").await;
    shown.push(bob.entry().await);
    let mut new = Client::welcomed(full.address(), "new").await;
    assert_eq!(new.join("lobby").await, shown[..1]);
    assert!(disk.end(Fault::Full) >= 1);
    for entry in &shown[1..] {
        assert_eq!(ann.entry().await, *entry);
    }
    until_ready_says(admin, false).await;

    // And it has all of it on its disk now.
    full.kill().unwrap();
    let again = start(&cluster, &disk.log());
    let mut ann = Client::welcomed(again.address(), "ann").await;
    let kept = ann.join("lobby").await;
    check_chain(Seq::ZERO, &kept);
    assert_eq!(kept, shown);
}
