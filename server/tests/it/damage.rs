//! Damaged files: torn by a power loss, or corrupted by the disk.

use std::{collections::BTreeMap, fs, path::Path, process::Stdio, sync::Arc};

use parlor_server::engine::{Engine, embedded::Embedded};
use parlor_shared::{ClientMessage, Entry, Position, Seq};
use tempfile::TempDir;

use crate::{
    client::{Client, check_chain, new_id, room},
    engine::{Record, append, append_all, new_entry, open, post},
    server::{command, spawn, start_binary, wait_for_end},
    start::complaint,
};

const ENTRIES: usize = 3_000;

/// The size of a page of the SQLite file, and the first byte of a page that holds rows.
const PAGE_BYTES: usize = 4_096;
const TABLE_LEAF: u8 = 0x0D;

/// A log of [`ENTRIES`] entries that was closed cleanly, so that it is one file.
pub(crate) async fn closed_log() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (_, engine) = open(&folder);
    let entries = (0..ENTRIES).map(|n| new_entry(&room("lobby"), new_id(), post(&words(n))));
    append_all(&engine, entries).await;
    // Wait until the index holds all of them.
    while engine
        .search(&room("lobby"), &words(ENTRIES - 1), 1)
        .await
        .unwrap()
        .entries
        .is_empty()
    {}
    engine.close().await;
    folder
}

fn words(n: usize) -> String {
    format!("entry {n} of many")
}

/// The files of the folder by name, except the lock and the memory shared by readers, which hold no
/// data.
pub(crate) fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    files
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read(path).unwrap())
        })
        .filter(|(name, _)| !["parlor.lock", "parlor.db-shm"].contains(&name.as_str()))
        .collect()
}

#[actix_web::test]
async fn a_damaged_log_is_refused_and_left_as_it_is() {
    let whole = closed_log().await;
    let mut server = start_binary(whole.path());
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    ann.post("lobby", "in the write-ahead log").await;
    ann.entry().await;
    server.kill().unwrap();
    let corrupt = |bytes: &mut Vec<u8>| {
        let middle = bytes.len() / 2;
        bytes[middle..].fill(0xAB);
    };
    let cut = |bytes: &mut Vec<u8>| bytes.truncate(bytes.len() / 3);
    let cut_short = |bytes: &mut Vec<u8>| bytes.truncate(1_000);
    for damage in [corrupt, cut, cut_short] as [fn(&mut Vec<u8>); 3] {
        let folder = tempfile::tempdir().unwrap();
        let mut files = contents(whole.path());
        damage(files.get_mut("parlor.db").unwrap());
        for (name, contents) in &files {
            fs::write(folder.path().join(name), contents).unwrap();
        }
        let damaged = complaint(&command(folder.path()).output().unwrap(), 1);
        assert!(
            damaged.contains("is damaged; restore a backup"),
            "{damaged}"
        );
        assert!(contents(folder.path()) == files, "the files were changed");
    }
}

#[actix_web::test]
async fn damage_found_while_running_stops_the_server() {
    let folder = closed_log().await;
    let file = folder.path().join("parlor.db");
    let mut bytes = fs::read(&file).unwrap();
    let old = words(ENTRIES / 2).into_bytes();
    let entry = [br#"{"kind":"post","text":""#, old.as_slice()].concat();
    let holds = |page: &&mut [u8]| {
        page[0] == TABLE_LEAF && page.windows(entry.len()).any(|window| window == entry)
    };
    let page = bytes.chunks_mut(PAGE_BYTES).find(holds);
    page.unwrap().fill(0xAB);
    fs::write(&file, bytes).unwrap();

    let server = spawn(command(folder.path()).stderr(Stdio::piped()));
    let mut ann = Client::welcomed(server.address(), "ann").await;
    assert_eq!(
        ann.join("lobby").await.len(),
        50,
        "the newest entries are intact"
    );
    let mut bob = Client::welcomed(server.address(), "bob").await;
    let (epoch, seq) = (bob.epoch, Seq::ZERO);
    bob.send(&ClientMessage::Join {
        room: room("lobby"),
        after: Some(Position { epoch, seq }),
    })
    .await;
    let complaint = complaint(&wait_for_end(server), 1);
    assert!(
        complaint.contains("is damaged") && complaint.contains("Restore a backup"),
        "{complaint}"
    );
}

/// What a power loss can do to the end of a file.
#[derive(Debug, Clone, Copy)]
enum Tear {
    Cut,
    Garbled,
}

#[actix_web::test]
async fn a_torn_write_ahead_log_keeps_what_was_acknowledged_before_the_tear() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = start_binary(folder.path());
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let wal = folder.path().join("parlor.db-wal");
    let (mut entries, mut bytes_then) = (Vec::new(), Vec::new());
    for n in 0..60 {
        ann.post("lobby", &words(n)).await;
        entries.push(ann.entry().await);
        bytes_then.push(fs::metadata(&wal).unwrap().len() as usize);
    }
    server.kill().unwrap();
    let files = contents(folder.path());
    let all = &files["parlor.db-wal"];
    for (acknowledged, bytes) in bytes_then.iter().enumerate().skip(3).step_by(7) {
        for tear in [Tear::Cut, Tear::Garbled] {
            let torn = tempfile::tempdir().unwrap();
            for (name, contents) in &files {
                fs::write(torn.path().join(name), contents).unwrap();
            }
            let mut tail = all.clone();
            let tear_at = (bytes + 1_500).min(tail.len());
            match tear {
                Tear::Cut => tail.truncate(tear_at),
                Tear::Garbled => tail[tear_at..].fill(0xAB),
            }
            fs::write(torn.path().join("parlor.db-wal"), tail).unwrap();
            let left = read_and_append(&torn).await;
            check_chain(Seq::ZERO, &left);
            assert!(
                left.len() > acknowledged,
                "{tear:?} after {acknowledged}: {} left",
                left.len()
            );
            assert_eq!(left, entries[..left.len()]);
        }
    }
}

/// Opens the log and returns the lobby's entries, after checking that another can be appended.
async fn read_and_append(folder: &TempDir) -> Vec<Entry> {
    let engine = Embedded::open(folder.path(), Arc::new(Record::default())).unwrap();
    let lobby = room("lobby");
    let page = engine.read_after(&lobby, Seq::ZERO, 500).await.unwrap();
    let next = append(&engine, &lobby, post("afterwards")).await.unwrap();
    assert_eq!(next.entry.prev, page.entries.last().unwrap().seq);
    engine.close().await;
    page.entries
}
