//! The commands `parlor backup` and `parlor check`.

use std::{
    fs,
    path::Path,
    process::Output,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use parlor_shared::{Entry, Position, Seq};

use crate::{
    client::{Client, check_chain},
    damage::{closed_log, contents},
    server::{command, start_binary},
    start::complaint,
};

fn backup(data: &Path, target: &Path) -> Output {
    command(data).arg("backup").arg(target).output().unwrap()
}

fn check(data: &Path) -> Output {
    command(data).arg("check").output().unwrap()
}

/// What a command that succeeded has printed.
fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Posts, 50 at a time in flight, until `stop` is set. Returns the acknowledged entries.
async fn post_until(mut client: Client, stop: Arc<AtomicBool>) -> Vec<Entry> {
    let mut entries = Vec::new();
    for n in 0..50 {
        client.post("lobby", &format!("first {n}")).await;
    }
    while !stop.load(Ordering::Relaxed) {
        client.post("lobby", &"more ".repeat(100)).await;
        entries.push(client.entry().await);
    }
    for _ in 0..50 {
        entries.push(client.entry().await);
    }
    entries
}

async fn whole_room(address: std::net::SocketAddr) -> Vec<Entry> {
    let mut reader = Client::welcomed(address, "reader").await;
    let (_, entries) = reader.join_after("lobby", Some(Seq::ZERO)).await;
    check_chain(Seq::ZERO, &entries);
    entries
}

#[actix_web::test]
async fn a_log_can_be_copied_and_checked_while_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("log");
    let server = start_binary(&data);
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut poster = Client::welcomed(server.address(), "poster").await;
    poster.join("lobby").await;
    let posting = actix_web::rt::spawn(post_until(poster, stop.clone()));

    let mut copies = Vec::new();
    for n in 0..3 {
        let mut before = ann.entry().await;
        for _ in 0..500 {
            before = ann.entry().await;
        }
        let (from, target) = (data.clone(), folder.path().join(format!("copy-{n}")));
        let copy = target.clone();
        let run = move || (backup(&from, &copy), check(&from));
        let (copied, checked) = actix_web::rt::task::spawn_blocking(run).await.unwrap();
        assert!(printed(&copied).contains("is copied"));
        assert!(
            printed(&checked).contains("is whole: 1 rooms"),
            "{checked:?}"
        );
        copies.push((target, before));
    }
    stop.store(true, Ordering::Relaxed);
    posting.await.unwrap();
    let all = whole_room(server.address()).await;
    for (copy, acknowledged_before) in copies {
        assert!(contents(&copy).keys().eq(["admin.db", "parlor.db"]));
        assert!(printed(&check(&copy)).contains("is whole"));
        let server = start_binary(&copy);
        let entries = whole_room(server.address()).await;
        assert!(entries == all[..entries.len()] && entries.contains(&acknowledged_before));
        let mut back = ann.reconnected(server.address(), "ann").await;
        assert_eq!(back.member, ann.member);
        let (epoch, seq) = (ann.epoch, entries.last().unwrap().seq);
        back.join_at("lobby", Position { epoch, seq }).await;
        back.post("lobby", "on the copy").await;
        assert_eq!(back.entry().await.prev, entries.last().unwrap().seq);
    }
}

#[actix_web::test]
async fn a_copy_overwrites_nothing_and_a_failed_one_leaves_nothing() {
    let log = closed_log().await;
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path().join("there");
    fs::create_dir(&there).unwrap();
    let refused = complaint(&backup(log.path(), &there), 1);
    assert!(refused.contains("is there already"), "{refused}");
    let nowhere = folder.path().join("no/such/folder");
    let refused = complaint(&backup(log.path(), &nowhere), 1);
    assert!(refused.contains("can't be copied"), "{refused}");
    let missing = complaint(&backup(&there, &folder.path().join("copy")), 1);
    assert!(missing.contains("there is no log"), "{missing}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(fs::read_dir(&there).unwrap().count(), 0);

    // A damaged log is not copied.
    let file = log.path().join("parlor.db");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..].fill(0xAB);
    fs::write(&file, bytes).unwrap();
    backup(log.path(), &folder.path().join("copy"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[actix_web::test]
async fn check_reports_what_is_wrong_with_a_log() {
    let break_chain = "UPDATE entries SET prev = 7 WHERE seq = 2000";
    let lose_one = "DELETE FROM entries WHERE seq = 1000";
    let repeat_places = "UPDATE sqlite_sequence SET seq = 5 WHERE name = 'entries'";
    let no_json = "UPDATE entries SET body = '{' WHERE seq = 3";
    let cases = [
        (break_chain, "entry 2000 comes after 1999, and names 7"),
        (lose_one, "entry 1001 comes after 999, and names 1000"),
        (repeat_places, "entry 3000 comes after 5"),
        (no_json, "entry 3 can't be read"),
    ];
    for (sql, expected) in cases {
        let log = closed_log().await;
        let file = rusqlite::Connection::open(log.path().join("parlor.db")).unwrap();
        file.execute_batch(sql).unwrap();
        file.close().unwrap();
        let before = contents(log.path());
        let checked = check(log.path());
        complaint(&checked, 1);
        let report = String::from_utf8_lossy(&checked.stdout).into_owned();
        assert!(report.contains(expected), "{report}");
        assert!(contents(log.path())["parlor.db"] == before["parlor.db"]);
    }
    let log = closed_log().await;
    let file = log.path().join("parlor.db");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 4_096].fill(0xAB);
    fs::write(&file, bytes).unwrap();
    let damaged = complaint(&check(log.path()), 1);
    assert!(damaged.contains("restore a backup"), "{damaged}");
}
