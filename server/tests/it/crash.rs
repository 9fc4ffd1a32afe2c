//! After `kill -9` the log still holds every entry that any client received.

use std::collections::BTreeMap;

use parlor_shared::{Entry, Seq, ServerMessage, codec};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    client::{Client, check_chain},
    server::start_binary,
};

#[actix_web::test]
async fn a_server_killed_during_a_burst_loses_no_entry_that_a_client_received() {
    const ENTRIES_A_ROUND: usize = 500;
    let data = tempfile::tempdir().unwrap();
    let mut seen: BTreeMap<Seq, Entry> = BTreeMap::new();
    for _round in 0..3 {
        let mut server = start_binary(data.path());
        let mut watcher = Client::welcomed(server.address(), "watcher").await;
        watcher.join("lobby").await;
        let mut posters = Vec::new();
        for n in 0..3 {
            let mut poster = Client::welcomed(server.address(), &format!("poster {n}")).await;
            poster.join("lobby").await;
            posters.push(actix_web::rt::spawn(burst(poster)));
        }
        let mut count = 0;
        while count < ENTRIES_A_ROUND {
            let entry = watcher.entry().await;
            seen.insert(entry.seq, entry);
            count += 1;
        }
        server.kill().unwrap();
        seen.extend(
            remaining_entries(&mut watcher)
                .await
                .into_iter()
                .map(|entry| (entry.seq, entry)),
        );
        for poster in posters {
            seen.extend(
                poster
                    .await
                    .unwrap()
                    .into_iter()
                    .map(|entry| (entry.seq, entry)),
            );
        }
    }
    let server = start_binary(data.path());
    let mut after = Client::welcomed(server.address(), "after").await;
    let (_, log) = after.join_after("lobby", Some(Seq::ZERO)).await;
    check_chain(Seq::ZERO, &log);
    let log: BTreeMap<Seq, Entry> = log.into_iter().map(|entry| (entry.seq, entry)).collect();
    for (seq, entry) in &seen {
        assert_eq!(log.get(seq), Some(entry), "received before the kill");
    }
    assert!(seen.len() >= 3 * ENTRIES_A_ROUND);
}

/// Posts, 50 at a time in flight, until the connection is lost. Returns every entry received.
async fn burst(mut poster: Client) -> Vec<Entry> {
    let mut entries = Vec::new();
    for n in 0..50 {
        poster.post("lobby", &format!("first {n}")).await;
    }
    while let Some(message) = poster.next_frame().await {
        let Message::Text(text) = message else {
            continue;
        };
        if let Ok(ServerMessage::Entry { entry, .. }) = codec::decode_server(&text) {
            if entry.member == poster.member && poster.try_post("lobby", "more").await.is_none() {
                entries.push(entry);
                break;
            }
            entries.push(entry);
        }
    }
    entries.extend(remaining_entries(&mut poster).await);
    entries
}

/// The entries that are still in the connection's buffers.
async fn remaining_entries(client: &mut Client) -> Vec<Entry> {
    let mut entries = Vec::new();
    while let Some(message) = client.next_frame().await {
        let Message::Text(text) = message else {
            continue;
        };
        if let Ok(ServerMessage::Entry { entry, .. }) = codec::decode_server(&text) {
            entries.push(entry);
        }
    }
    entries
}
