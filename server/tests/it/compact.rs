//! The command `parlor compact`: space goes back to the disk, and nothing is lost.

use std::{
    fs,
    num::NonZeroU32,
    path::{Path, PathBuf},
    process::{Child, Output, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use parlor_server::engine::{Engine, RetentionPolicy};
use parlor_shared::{Entry, Seq};
use tempfile::TempDir;

use crate::{
    client::{Client, check_chain, new_id, room},
    engine::{append_all, new_entry, open, post},
    server::{command, start_binary},
    start::complaint,
    storage::library,
};

const ENTRIES: usize = 12_000;
const KEPT: u32 = 500;
const PAGE_BYTES: u64 = 4_096;

/// A closed log of which retention has deleted almost everything, so that most of its file is free.
async fn mostly_free_log() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (_, engine) = open(&folder);
    let entries = (0..ENTRIES).map(|n| {
        let text = format!("number {n} {}", "of many words ".repeat(20));
        new_entry(&room("lobby"), new_id(), post(&text))
    });
    append_all(&engine, entries).await;
    let policy = RetentionPolicy {
        entries: NonZeroU32::new(KEPT),
        since_ms: None,
    };
    let deleted = engine.apply_retention(policy).await.unwrap();
    assert_eq!(deleted, ENTRIES as u64 - u64::from(KEPT));
    engine.close().await;
    folder
}

/// What an earlier version has left: a file that can't be made smaller in place.
fn make_old(folder: &Path) {
    let file = rusqlite::Connection::open(folder.join("parlor.db")).unwrap();
    file.execute_batch("PRAGMA journal_mode = DELETE; PRAGMA auto_vacuum = NONE; VACUUM")
        .unwrap();
    // Free pages again.
    file.execute_batch(
        "CREATE TABLE filling (bytes BLOB); INSERT INTO filling VALUES (zeroblob(4000000));
        DROP TABLE filling",
    )
    .unwrap();
    file.close().unwrap();
}

fn compact(data: &Path) -> Output {
    command(data).arg("compact").output().unwrap()
}

/// The sizes that the command has printed for a file: before, now, given back.
fn sizes(output: &Output, file: &str) -> [u64; 3] {
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout.clone()).unwrap();
    let line = printed.lines().find(|line| line.starts_with(file)).unwrap();
    let digits = |part: &str| {
        part.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
    };
    let parts: Vec<u64> = line
        .split([',', ':'])
        .skip(1)
        .map(|part| digits(part).parse().unwrap())
        .collect();
    parts.try_into().unwrap()
}

fn size(data: &Path) -> u64 {
    fs::metadata(data.join("parlor.db")).unwrap().len()
}

fn part(data: &Path) -> PathBuf {
    data.join("parlor.db.compact")
}

/// The lobby's entries, from the oldest one that is kept.
async fn kept_entries(data: &Path) -> Vec<Entry> {
    let server = start_binary(data);
    let mut reader = Client::welcomed(server.address(), "reader").await;
    reader.join("lobby").await;
    let (_, entries) = reader.join_after("lobby", Some(Seq(1 << 40))).await;
    entries
}

fn assert_whole(data: &Path) {
    let checked = command(data).arg("check").output().unwrap();
    let printed = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(checked.status.success(), "{checked:?}");
    assert!(
        printed.contains(&format!("is whole: 1 rooms, {KEPT} entries")),
        "{printed}"
    );
}

#[actix_web::test]
async fn without_a_server_the_files_are_written_again_and_their_sizes_are_said() {
    let log = mostly_free_log().await;
    for version in ["this", "earlier"] {
        if version == "earlier" {
            make_old(log.path());
        }
        let before = size(log.path());
        let compacted = compact(log.path());
        let [was, is, freed] = sizes(&compacted, "parlor.db");
        assert_eq!(
            (was, is, freed),
            (before, size(log.path()), before - is),
            "{version}"
        );
        assert!(is < before / 3, "{version}: {before} to {is}");
        let [was, is, _] = sizes(&compacted, "search.db");
        assert!(is <= was);
        assert_whole(log.path());
    }
    let entries = kept_entries(log.path()).await;
    assert_eq!(entries.len(), 50, "the newest page");
    check_chain(entries[0].prev, &entries);

    let empty = tempfile::tempdir().unwrap();
    let missing = complaint(&compact(empty.path()), 1);
    assert!(missing.contains("there is no log"), "{missing}");
    assert_eq!(fs::read_dir(empty.path()).unwrap().count(), 0);
}

/// Posts one after another until `stop` is set. Returns the acknowledged entries.
async fn post_until(mut client: Client, stop: Arc<AtomicBool>) -> Vec<Entry> {
    let mut entries = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        client.post("lobby", "meanwhile").await;
        entries.push(client.entry().await);
    }
    entries
}

#[actix_web::test]
async fn a_running_server_takes_posts_while_its_files_are_made_smaller() {
    let log = mostly_free_log().await;
    let server = start_binary(log.path());
    let mut poster = Client::welcomed(server.address(), "poster").await;
    poster.join("lobby").await;
    let before = size(log.path());
    let stop = Arc::new(AtomicBool::new(false));
    let posting = actix_web::rt::spawn(post_until(poster, stop.clone()));
    let data = log.path().to_owned();
    let compacted = actix_web::rt::task::spawn_blocking(move || compact(&data)).await;
    stop.store(true, Ordering::Relaxed);
    let compacted = compacted.unwrap();
    let posted = posting.await.unwrap();
    assert!(!posted.is_empty());
    check_chain(posted[0].prev, &posted);
    let [was, is, freed] = sizes(&compacted, "parlor.db");
    assert!(was >= before && freed == was - is, "{compacted:?}");
    assert!(
        is < before / 3 && size(log.path()) < before / 3,
        "{before} to {is}"
    );

    // A second time there is nothing left to give back but what the first posts have freed.
    let [was, is, _] = sizes(&compact(log.path()), "parlor.db");
    assert!(is <= was);
    drop(server);
    let checked = command(log.path()).arg("check").output().unwrap();
    assert!(checked.status.success(), "{checked:?}");
}

#[actix_web::test]
async fn a_file_of_an_earlier_version_is_left_alone_while_a_server_runs() {
    let log = mostly_free_log().await;
    make_old(log.path());
    let server = start_binary(log.path());
    let before = size(log.path());
    let refused = complaint(&compact(log.path()), 1);
    assert!(
        refused.contains("stop the server, run this again"),
        "{refused}"
    );
    assert_eq!(size(log.path()), before);
    drop(server);
    assert_whole(log.path());
}

#[actix_web::test]
async fn another_program_that_has_the_file_open_is_not_cut_off_from_it() {
    let log = mostly_free_log().await;
    let before = size(log.path());
    let reader = rusqlite::Connection::open(log.path().join("parlor.db")).unwrap();
    let count = "SELECT count(*) FROM entries";
    let entries = |_: ()| {
        reader
            .query_row(count, [], |row| row.get::<_, u32>(0))
            .unwrap()
    };
    assert_eq!(entries(()), KEPT);
    let refused = complaint(&compact(log.path()), 1);
    assert!(refused.contains("another program has"), "{refused}");
    assert_eq!((entries(()), size(log.path())), (KEPT, before));
}

fn spawn_compact(data: &Path) -> Child {
    let mut command = command(data);
    command.arg("compact").stdout(Stdio::null());
    command.spawn().unwrap()
}

/// Kills the process once it has come as far as `is_far`, or finds that it has ended.
fn kill_when(mut child: Child, is_far: impl Fn() -> bool) {
    while child.try_wait().unwrap().is_none() && !is_far() {}
    child.kill().unwrap();
    child.wait().unwrap();
}

#[actix_web::test]
async fn a_kill_in_the_middle_of_it_loses_nothing() {
    let log = mostly_free_log().await;
    let before = size(log.path());
    // Without a server: while the copy grows, and when it is there.
    for bytes in [0, 50_000, 150_000] {
        let part = part(log.path());
        let is_far = || fs::metadata(&part).is_ok_and(|found| found.len() > bytes);
        kill_when(spawn_compact(log.path()), is_far);
        assert_whole(log.path());
        kept_entries(log.path()).await;
        assert!(!part.exists(), "a start removes what is left over");
        make_old(log.path());
        assert_whole(log.path());
    }
    // While a server runs, and takes posts before and afterwards.
    compact(log.path());
    let log = mostly_free_log().await;
    let mut server = start_binary(log.path());
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    for n in 1..5 {
        let wal = log.path().join("parlor.db-wal");
        let length = || fs::metadata(&wal).map_or(0, |found| found.len());
        let start = length();
        kill_when(spawn_compact(log.path()), || {
            length() > start + n * 20 * PAGE_BYTES || size(log.path()) < before / 2
        });
        ann.post("lobby", "afterwards").await;
        ann.entry().await;
    }
    let [_, is, _] = sizes(&compact(log.path()), "parlor.db");
    assert!(is < before / 3, "the rest was given back: {before} to {is}");
    server.kill().unwrap();
    let checked = command(log.path()).arg("check").output().unwrap();
    assert!(checked.status.success(), "{checked:?}");
}

#[actix_web::test]
async fn a_full_disk_is_said_and_leaves_the_log_as_it_was() {
    let log = mostly_free_log().await;
    make_old(log.path());
    let before = fs::read(log.path().join("parlor.db")).unwrap();
    let faults = tempfile::tempdir().unwrap();
    fs::write(faults.path().join("full"), "").unwrap();
    let refused = command(log.path())
        .arg("compact")
        .env("LD_PRELOAD", library())
        .env("FAULTS", faults.path())
        .output()
        .unwrap();
    let refused = complaint(&refused, 1);
    assert!(refused.contains("the disk is full"), "{refused}");
    assert!(fs::read(log.path().join("parlor.db")).unwrap() == before);
    assert!(!part(log.path()).exists());
    assert_whole(log.path());
}
