//! The full-text index: a file of its own, which is built again from the log whenever it is
//! missing, damaged or of another log.

use std::{fs, num::NonZeroU32, path::Path};

use parlor_server::engine::{Engine, RetentionPolicy, embedded::Embedded};
use parlor_shared::{Body, Entry, Text};
use tempfile::TempDir;
use tokio::time::timeout;

use crate::{
    client::{PATIENCE, room, text},
    deletion::{SECRET, wait_until_erased},
    engine::{append, open, post},
    server::command,
};

/// Searches until this many entries are found: the index follows the log.
async fn find(engine: &Embedded, words: &str, count: usize) -> Vec<Entry> {
    let lobby = room("lobby");
    let search = async {
        loop {
            if let Ok(found) = engine.search(&lobby, words, 50).await
                && found.entries.len() == count
            {
                return found.entries;
            }
        }
    };
    let found = timeout(PATIENCE, search).await;
    found.unwrap_or_else(|_| panic!("{count} entries with {words}"))
}

async fn close(engine: Embedded) {
    engine.close().await;
    drop(engine);
}

/// A closed log with two messages that have this word, both indexed.
async fn log_of_two(word: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (_, engine) = open(&folder);
    for number in ["one", "two"] {
        let text = format!("{word} {number}");
        append(&engine, &room("lobby"), post(&text)).await.unwrap();
    }
    find(&engine, word, 2).await;
    close(engine).await;
    folder
}

fn index(folder: &Path) -> std::path::PathBuf {
    folder.join("search.db")
}

#[actix_web::test]
async fn an_index_that_is_missing_or_damaged_at_the_start_is_built_again() {
    let folder = log_of_two("needle").await;
    let whole = fs::read(index(folder.path())).unwrap();
    let half = whole[..whole.len() / 2].to_vec();
    let mut overwritten = whole.clone();
    overwritten[4_096..].fill(0xAB);
    let not_sqlite = b"not a database at all, but long enough for a header".repeat(10);
    for damage in [
        None,
        Some(half),
        Some(overwritten),
        Some(not_sqlite),
        Some(vec![]),
    ] {
        match damage {
            Some(bytes) => fs::write(index(folder.path()), bytes).unwrap(),
            None => fs::remove_file(index(folder.path())).unwrap(),
        }
        let (_, engine) = open(&folder);
        let found = find(&engine, "needle", 2).await;
        assert_eq!(
            found.iter().map(text).collect::<Vec<_>>(),
            ["needle two", "needle one"]
        );
        close(engine).await;
    }
}

#[actix_web::test]
async fn an_index_that_is_damaged_while_the_server_runs_is_built_again_and_appends_go_on() {
    let folder = log_of_two("needle").await;
    let (_, engine) = open(&folder);
    let file = rusqlite::Connection::open(index(folder.path())).unwrap();
    file.execute_batch("DELETE FROM words_data; UPDATE words_config SET v = 99")
        .unwrap();
    file.close().unwrap();
    append(&engine, &room("lobby"), post("needle three"))
        .await
        .unwrap();
    find(&engine, "needle", 3).await;
    close(engine).await;
}

#[actix_web::test]
async fn the_index_of_another_log_is_not_used() {
    // A restored log that has grown again: the places are the same, the entries are not.
    let (folder, other) = (log_of_two("needle").await, log_of_two("thread").await);
    fs::copy(index(other.path()), index(folder.path())).unwrap();
    let (_, engine) = open(&folder);
    append(&engine, &room("lobby"), post("needle three"))
        .await
        .unwrap();
    find(&engine, "needle", 3).await;
    close(engine).await;

    // A restored log that ends before the place that the index has.
    let short = tempfile::tempdir().unwrap();
    fs::copy(index(other.path()), index(short.path())).unwrap();
    let (_, engine) = open(&short);
    append(&engine, &room("lobby"), post("needle"))
        .await
        .unwrap();
    find(&engine, "needle", 1).await;
}

#[actix_web::test]
async fn words_that_are_deleted_or_expired_leave_the_index_and_its_files() {
    let folder = tempfile::tempdir().unwrap();
    let (_, engine) = open(&folder);
    let lobby = room("lobby");
    let target = append(&engine, &lobby, post(SECRET))
        .await
        .unwrap()
        .entry
        .id;
    find(&engine, SECRET, 1).await;
    let text = Text::parse(format!("{SECRET}, edited")).unwrap();
    append(&engine, &lobby, Body::Edit { target, text })
        .await
        .unwrap();
    find(&engine, "edited", 1).await;
    append(&engine, &lobby, Body::Deletion { target })
        .await
        .unwrap();
    assert_eq!(engine.search(&lobby, SECRET, 50).await.unwrap().entries, []);
    wait_until_erased(&engine, folder.path(), SECRET).await;

    append(&engine, &lobby, post(&format!("{SECRET} again")))
        .await
        .unwrap();
    append(&engine, &lobby, post("the newest")).await.unwrap();
    find(&engine, SECRET, 1).await;
    let policy = RetentionPolicy {
        entries: NonZeroU32::new(1),
        since_ms: None,
    };
    engine.apply_retention(policy).await.unwrap();
    assert_eq!(engine.search(&lobby, SECRET, 50).await.unwrap().entries, []);
    wait_until_erased(&engine, folder.path(), SECRET).await;
    find(&engine, "newest", 1).await;
}

#[actix_web::test]
async fn of_many_edits_the_last_one_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let (_, engine) = open(&folder);
    let lobby = room("lobby");
    let target = append(&engine, &lobby, post("edit 0"))
        .await
        .unwrap()
        .entry
        .id;
    for n in 1..=700 {
        let text = Text::parse(format!("edit {n}")).unwrap();
        append(&engine, &lobby, Body::Edit { target, text })
            .await
            .unwrap();
    }
    find(&engine, "edit 700", 1).await;
    find(&engine, "edit 699", 0).await;
}

/// What `parlor check` says of the index. The log is whole in all of these tests.
fn checked(folder: &Path) -> String {
    let checked = command(folder).arg("check").output().unwrap();
    assert!(checked.status.success(), "{checked:?}");
    let printed = String::from_utf8(checked.stdout).unwrap();
    let (log, index) = printed.trim_end().split_once('\n').unwrap();
    assert!(log.contains("is whole: 1 rooms"), "{printed}");
    index.to_owned()
}

#[actix_web::test]
async fn the_check_says_what_is_wrong_with_the_index_and_what_to_do() {
    let folder = log_of_two("needle").await;
    let whole = fs::read(index(folder.path())).unwrap();
    assert!(checked(folder.path()).contains("is whole"));

    fs::remove_file(index(folder.path())).unwrap();
    let missing = checked(folder.path());
    assert!(
        missing.contains("is missing; a server builds it again"),
        "{missing}"
    );
    assert!(!index(folder.path()).exists(), "a check creates nothing");

    let half = whole[..whole.len() / 2].to_vec();
    let mut overwritten = whole.clone();
    overwritten[4_096..].fill(0xAB);
    let not_sqlite = b"not a database at all, but long enough for a header".repeat(10);
    for damage in [half, overwritten, not_sqlite] {
        fs::write(index(folder.path()), damage).unwrap();
        let damaged = checked(folder.path());
        assert!(
            damaged.contains("is damaged") && damaged.contains("remove search.db"),
            "{damaged}"
        );
    }
    // Sound as a file; what is wrong is known only to FTS5.
    fs::write(index(folder.path()), &whole).unwrap();
    let change = |sql: &str| {
        let file = rusqlite::Connection::open(index(folder.path())).unwrap();
        file.execute_batch(sql).unwrap();
        file.close().unwrap();
    };
    change("DELETE FROM words_data WHERE id > 10");
    let damaged = checked(folder.path());
    assert!(damaged.contains("is damaged"), "{damaged}");

    fs::write(index(folder.path()), &whole).unwrap();
    change("UPDATE indexed SET until = 1, id = NULL");
    let foreign = checked(folder.path());
    assert!(foreign.contains("is of another log"), "{foreign}");
    change("UPDATE indexed SET until = 0");
    let behind = checked(folder.path());
    assert!(
        behind.contains("lacks the newest 2 entries; a server adds them"),
        "{behind}"
    );
    change("PRAGMA user_version = 99");
    let foreign = checked(folder.path());
    assert!(
        foreign.contains("another version; a server builds it again"),
        "{foreign}"
    );
}
