//! The binary is killed at a step of its work on the files: half a write, an fsync, a rename. The
//! next start finds everything that was there.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use parlor_server::engine::Engine;
use parlor_shared::Seq;
use tempfile::TempDir;

use crate::{
    client::{check_chain, new_id, room, text},
    damage::contents,
    engine::{append_all, new_entry, open, post},
    server::{command, spawn},
    storage::library,
    versions::{NEWEST, log_of, version},
};

/// Kills the process of this command at its step of this number.
fn killed_at(step: usize, mut command: Command) -> Command {
    command
        .env("LD_PRELOAD", library())
        .env("KILL_AT", step.to_string());
    command
}

/// The steps at which a long work is killed: close together in the beginning.
fn spread() -> impl Iterator<Item = usize> {
    (1..).map(|n: usize| n + n * n / 4)
}

fn copy_of(files: &Path) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in contents(files) {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

fn check(data: &Path) -> Output {
    command(data).arg("check").output().unwrap()
}

/// Opens the log and checks that the fixture's entries are there, and that appends go on.
async fn assert_fixture_is_whole(folder: &TempDir) {
    let (_, engine) = open(folder);
    let lobby = room("lobby");
    let page = engine.read_after(&lobby, Seq::ZERO, 500).await.unwrap();
    check_chain(Seq::ZERO, &page.entries);
    assert_eq!(page.entries.len(), 6);
    assert_eq!(text(&page.entries[0]), "the quick brown fox");
    let next = engine
        .append(new_entry(&lobby, new_id(), post("afterwards")))
        .await
        .unwrap()
        .await
        .unwrap();
    assert_eq!(next.entry.prev, page.entries[5].seq);
    engine.close().await;
    drop(engine);
    let checked = check(folder.path());
    let printed = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(
        printed.contains("is whole: 2 rooms, 8 entries"),
        "{checked:?}"
    );
}

#[actix_web::test]
async fn a_migration_that_is_killed_at_any_step_is_done_by_the_next_start() {
    for from in 1..NEWEST {
        let old = log_of(from);
        let mut steps = 0;
        loop {
            steps += 1;
            let folder = copy_of(old.path());
            let mut start = killed_at(steps, command(folder.path()));
            // A server that gets as far as to listen has done it.
            let started = parlor_test_server::ServerProcess::spawn(&mut start);
            if let Ok(mut server) = started {
                server.kill().unwrap();
                assert_eq!(version(folder.path()) as usize, NEWEST);
                break;
            }
            let left = version(folder.path()) as usize;
            assert!(
                left == from || left == NEWEST,
                "all of it or nothing: {left}"
            );
            // The write-ahead log may be torn in the middle as well.
            let torn = copy_of(folder.path());
            let wal = torn.path().join("parlor.db-wal");
            if let Ok(bytes) = fs::read(&wal) {
                fs::write(&wal, &bytes[..bytes.len() / 2]).unwrap();
                if left == from {
                    assert_fixture_is_whole(&torn).await;
                }
            }
            assert_fixture_is_whole(&folder).await;
        }
        assert!(steps > 3, "{steps} steps from version {from}");
    }
}

const ENTRIES: usize = 400;
const WORD: &str = "needle";

/// A closed log with so many entries that have the word, of which every second one is left after
/// what retention has deleted.
async fn indexed_log() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (_, engine) = open(&folder);
    let entries = (0..ENTRIES).map(|n| {
        let text = format!("{WORD} {n} {}", "of many words ".repeat(20));
        new_entry(&room("lobby"), new_id(), post(&text))
    });
    append_all(&engine, entries).await;
    wait_for_index(&engine, ENTRIES - 1).await;
    let policy = parlor_server::engine::RetentionPolicy {
        entries: std::num::NonZeroU32::new(ENTRIES as u32 / 2),
        since_ms: None,
    };
    engine.apply_retention(policy).await.unwrap();
    engine.close().await;
    folder
}

/// Searches until the message of this number is found: the index follows the log.
async fn wait_for_index(engine: &dyn Engine, number: usize) {
    let words = format!("{WORD} {number}");
    while engine
        .search(&room("lobby"), &words, 1)
        .await
        .is_ok_and(|found| found.entries.is_empty())
    {}
}

async fn assert_whole(folder: &TempDir) {
    let checked = check(folder.path());
    let printed = String::from_utf8_lossy(&checked.stdout).into_owned();
    let whole = format!("is whole: 1 rooms, {} entries", ENTRIES / 2);
    assert!(printed.contains(&whole), "{checked:?}");
    let (_, engine) = open(folder);
    for number in [ENTRIES / 2, ENTRIES - 1] {
        wait_for_index(&engine, number).await;
    }
    engine.close().await;
}

#[actix_web::test]
async fn a_compact_that_is_killed_at_any_step_loses_nothing() {
    let log = indexed_log().await;
    let (mut kills, mut ended) = (0, false);
    for step in spread() {
        let folder = copy_of(log.path());
        let mut compact = command(folder.path());
        compact.arg("compact");
        let output = killed_at(step, compact).output().unwrap();
        assert_whole(&folder).await;
        if output.status.success() {
            ended = true;
            break;
        }
        kills += 1;
    }
    assert!(ended && kills > 5, "{kills} kills");
}

#[actix_web::test]
async fn an_index_whose_rebuild_is_killed_at_any_step_is_built_by_the_next_start() {
    let log = indexed_log().await;
    fs::remove_file(log.path().join("search.db")).unwrap();
    let mut kills = 0;
    for step in spread() {
        let folder = copy_of(log.path());
        let mut start = killed_at(step, command(folder.path()));
        let started = parlor_test_server::ServerProcess::spawn(&mut start);
        let is_built = |folder: &Path| {
            let checked = check(folder);
            String::from_utf8_lossy(&checked.stdout).contains("search.db, is whole")
        };
        let mut is_done = false;
        if let Ok(mut server) = started {
            while !is_done && server.wait(std::time::Duration::ZERO).unwrap().is_none() {
                is_done = is_built(folder.path());
            }
            if is_done {
                server.kill().unwrap();
            }
        }
        assert_whole(&folder).await;
        if is_done {
            break;
        }
        kills += 1;
    }
    assert!(kills > 5, "{kills} kills");
    // The binary, not only the engine, goes on with it.
    drop(spawn(&mut command(log.path())));
}
