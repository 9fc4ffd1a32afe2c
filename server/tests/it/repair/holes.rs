//! Messages that servers have lost from the middle of the stream, on their disks.

use std::{fs, path::PathBuf, sync::Arc};

use parlor_server::engine::{
    Engine,
    embedded::{backup, restore},
    jetstream::{
        open,
        repair::{RepairError, RepairMode, Repaired, repair},
    },
    replicated::Replicated,
};
use parlor_shared::Seq;
use parlor_test_server::{NatsCluster, Sync};

use super::{SERVERS, reach, run_all, said, say};
use crate::{
    client::{check_chain, room, text},
    nodes::{config, node},
};

/// The file of a server that has the stream's messages.
fn messages_file(cluster: &NatsCluster, n: usize) -> PathBuf {
    let streams = cluster
        .store(n)
        .join("jetstream/PARLOR/streams/parlor/msgs");
    let files = fs::read_dir(&streams)
        .unwrap()
        .map(|file| file.unwrap().path());
    let mut blocks: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|end| end == "blk"))
        .collect();
    blocks.sort();
    blocks.remove(0)
}

/// Stops the servers in order: after a kill they write once more what they have written last, and
/// so mend what is damaged of that.
fn stop_all(cluster: &mut NatsCluster) {
    (0..SERVERS).for_each(|n| cluster.stop(n).unwrap());
}

/// Changes a byte in the text of a message on a server's disk, which must not run. The server does
/// not notice until somebody asks for the message.
fn flip(cluster: &NatsCluster, n: usize, text: &str) {
    let path = messages_file(cluster, n);
    let mut bytes = fs::read(&path).unwrap();
    let found = bytes
        .windows(text.len())
        .position(|part| part == text.as_bytes());
    bytes[found.unwrap()] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[actix_web::test]
async fn a_message_that_one_server_has_lost_is_read_from_another() {
    let mut cluster = NatsCluster::start(SERVERS, Sync::Always).unwrap();
    let place = tempfile::tempdir().unwrap();
    let (_, one) = node(&cluster, &place.path().join("one")).await;
    for n in 0..6 {
        say(&one, &format!("message {n}")).await;
    }
    stop_all(&mut cluster);
    flip(&cluster, 1, "message 2");
    run_all(&mut cluster);
    let last = say(&one, "after it").await;
    // Every server gives the consumers of some of these.
    for name in ["two", "three", "four"] {
        let (record, engine) = node(&cluster, &place.path().join(name)).await;
        reach(&engine, last.seq).await;
        let shown = record.entries(&room("lobby"));
        assert_eq!(shown.len(), 7);
        check_chain(Seq::ZERO, &shown);
    }
}

#[actix_web::test]
async fn a_message_that_no_server_has_any_more_stops_nodes_that_have_it_and_those_that_lack_it() {
    let mut cluster = NatsCluster::start(SERVERS, Sync::Always).unwrap();
    let place = tempfile::tempdir().unwrap();
    let folder = |name: &str| place.path().join(name);
    let (_, one) = node(&cluster, &folder("one")).await;
    let (_, two) = node(&cluster, &folder("two")).await;
    let mut last = say(&one, "message 0").await;
    for n in 1..6 {
        last = say(&one, &format!("message {n}")).await;
    }
    reach(&two, last.seq).await;
    let lost = sequence_of(&one, "message 2").await;
    stop_all(&mut cluster);
    for n in 0..SERVERS {
        flip(&cluster, n, "message 2");
    }
    run_all(&mut cluster);
    // They read on from their ends, and have a look at what is before.
    let newest = last.seq.0 >> 10;
    for (engine, other) in [(&one, "two"), (&two, "one")] {
        let sentence = said(engine).await;
        let missing =
            format!("{lost} is missing in its middle. This node has all of it up to {newest}");
        assert!(sentence.contains(&missing), "{sentence}");
        let other = format!("{} up to {newest}", folder(other).display());
        assert!(sentence.contains(&other), "{sentence}");
    }
    for engine in [one, two] {
        engine.close().await;
    }
    // At once, or with the first check if a server can't be asked at the start.
    let config = config(&cluster);
    let sentence = match open(&config, &folder("one"), Arc::new(())).await {
        Err(error) => error.to_string(),
        Ok(engine) => {
            let sentence = said(&engine).await;
            engine.close().await;
            sentence
        }
    };
    assert!(sentence.contains("is missing in its middle"), "{sentence}");
    // A node that lacks it shows nothing behind it.
    let (record, empty) = node(&cluster, &folder("empty")).await;
    let sentence = said(&empty).await;
    assert!(
        sentence.contains(&format!("{lost} is missing in its middle")),
        "{sentence}"
    );
    let shown = record.entries(&room("lobby"));
    assert!(shown.len() <= 2, "{shown:?}");
    empty.close().await;

    // What has gone from the middle can't be put back; a node that has it goes on with it.
    let put_back = repair(&config, &folder("one"), RepairMode::PutBack).await;
    assert!(
        matches!(put_back, Err(RepairError::Damaged { .. })),
        "{put_back:?}"
    );
    let repaired = repair(&config, &folder("one"), RepairMode::NewEpoch).await;
    assert!(
        matches!(repaired, Ok(Repaired::NewEpoch { .. })),
        "{repaired:?}"
    );
    let (_, one) = node(&cluster, &folder("one")).await;
    let (_, two) = node(&cluster, &folder("two")).await;
    let last = say(&one, "goes on").await;
    backup(&folder("one"), &folder("backup")).unwrap();
    restore(&folder("backup"), &folder("restored")).unwrap();
    let (_, restored) = node(&cluster, &folder("restored")).await;
    for engine in [&one, &two, &restored] {
        reach(engine, last.seq).await;
        let page = engine.read_after(&room("lobby"), Seq::ZERO, 100).await;
        let shown = page.unwrap().entries;
        assert_eq!(shown.len(), 7);
        check_chain(Seq::ZERO, &shown);
    }
}

/// The place in the stream of the message with this text.
async fn sequence_of(engine: &Replicated, words: &str) -> u64 {
    let page = engine.read_after(&room("lobby"), Seq::ZERO, 100).await;
    let entries = page.unwrap().entries;
    let found = entries.iter().find(|entry| text(entry) == words);
    found.unwrap().seq.0 >> 10
}
