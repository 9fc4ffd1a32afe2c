//! Logs of other versions: older ones are migrated, newer ones are refused.

use std::{fs, path::Path};

use parlor_shared::{JoinOutcome, Position, Seq, ServerMessage, Token};
use tempfile::TempDir;

use crate::{
    client::{Client, check_chain, new_id, text},
    server::{command, start_binary},
    start::complaint,
};

#[path = "../../src/engine/embedded/migrations.rs"]
mod migrations;

/// The newest version.
pub(crate) const NEWEST: usize = migrations::MIGRATIONS.len();

/// A folder with a log of the first version.
fn first_version() -> TempDir {
    log_of(1)
}

/// A folder with a log of this version: six entries in the lobby, of which one is a deleted message
/// and one its deletion, and one in the attic.
pub(crate) fn log_of(version: usize) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = rusqlite::Connection::open(folder.path().join("parlor.db")).unwrap();
    file.execute_batch(include_str!("fixtures/version-1.sql"))
        .unwrap();
    for migration in &migrations::MIGRATIONS[1..version] {
        file.execute_batch(migration).unwrap();
    }
    file.pragma_update(None, "user_version", version as u32)
        .unwrap();
    file.close().unwrap();
    // The ids of its entries are the first ones that `new_id` gives.
    for _ in 0..8 {
        new_id();
    }
    folder
}

pub(crate) fn version(folder: &Path) -> u32 {
    let file = rusqlite::Connection::open(folder.join("parlor.db")).unwrap();
    file.pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap()
}

/// The rules for names became stricter; what was accepted before is on logs.
#[actix_web::test]
async fn a_name_that_would_be_refused_today_is_read() {
    let folder = first_version();
    let file = rusqlite::Connection::open(folder.path().join("parlor.db")).unwrap();
    let name = "a\u{202e}nn";
    file.execute("UPDATE entries SET name = ?1", [name])
        .unwrap();
    drop(file);
    let server = start_binary(folder.path());
    let mut ann = Client::welcomed(server.address(), "ann").await;
    let entries = ann.join("lobby").await;
    assert!(!entries.is_empty() && entries.iter().all(|entry| entry.name.as_str() == name));
}

#[actix_web::test]
async fn a_log_of_the_first_version_is_migrated_and_continues() {
    let folder = first_version();
    let mut server = start_binary(folder.path());
    let mut ann = Client::connect(server.address()).await;
    let token = "p1.gtwLYLjaRNemxcEI8VlqIlXn77azfOYSl2vlOjRQTcJScOuvbpPC5U97kqh0i3a9";
    ann.token = Some(Token::parse(token).unwrap());
    ann.hello("ann").await;
    // The epoch that the log had for all its life is its first one: who was there resumes.
    let epoch = "a0882d9c-8cc7-411f-94b4-eaa6ce40edb4".parse().unwrap();
    let seq = Seq::ZERO;
    let (joined, entries) = ann.join_at("lobby", Position { epoch, seq }).await;
    assert!(
        matches!(
            joined,
            ServerMessage::Joined {
                outcome: JoinOutcome::Resumed,
                ..
            }
        ),
        "{joined:?}"
    );
    check_chain(Seq::ZERO, &entries);
    assert_eq!(entries.len(), 6);
    assert_eq!(
        (text(&entries[0]), entries[0].member),
        ("the quick brown fox", ann.member)
    );
    assert_eq!(ann.join("attic").await.len(), 1);
    let mut listed = ann.rooms("").await;
    listed.sort_by(|one, other| one.room.cmp(&other.room));
    let listed: Vec<_> = listed.iter().map(|info| info.room.as_str()).collect();
    assert_eq!(listed, ["attic", "lobby"]);
    ann.post("lobby", "and on").await;
    assert_eq!(ann.entry().await.prev, entries[5].seq);
    while ann.search("lobby", "on").await.is_empty() {}
    let found = ann.search("lobby", "last").await;
    assert_eq!(found, entries[5..]);
    assert_eq!(ann.search("lobby", "slow fox").await, entries[2..3]);
    assert!(ann.search("lobby", "hare").await.is_empty(), "deleted");
    server.kill().unwrap();
    assert!(version(folder.path()) > 1);
    start_binary(folder.path());
}

#[test]
fn a_migration_that_fails_leaves_the_log_as_it_was() {
    let folder = first_version();
    let path = folder.path().join("parlor.db");
    let file = rusqlite::Connection::open(&path).unwrap();
    // A foreign change that the migration conflicts with.
    file.execute_batch("ALTER TABLE rooms ADD COLUMN start TEXT")
        .unwrap();
    file.close().unwrap();
    let before = fs::read(&path).unwrap();
    let complaint = complaint(&command(folder.path()).output().unwrap(), 1);
    assert!(complaint.contains("can't be opened"), "{complaint}");
    assert!(fs::read(&path).unwrap() == before);
    assert_eq!(version(folder.path()), 1);
}

#[test]
fn a_newer_log_is_refused() {
    let folder = first_version();
    let path = folder.path().join("parlor.db");
    let file = rusqlite::Connection::open(&path).unwrap();
    file.pragma_update(None, "user_version", 1_000).unwrap();
    file.close().unwrap();
    let before = fs::read(&path).unwrap();
    let newer = complaint(&command(folder.path()).output().unwrap(), 1);
    assert!(newer.contains("newer Parlor"), "{newer}");
    assert!(fs::read(&path).unwrap() == before);
}

#[actix_web::test]
async fn an_older_log_is_indexed_again_by_todays_words() {
    let folder = first_version();
    let file = rusqlite::Connection::open(folder.path().join("parlor.db")).unwrap();
    // As the first version indexed it: one word.
    file.execute_batch(
        r#"INSERT INTO entries VALUES (8, 1, 7, X'0199C82CC00070008000000000000008', 1795450940360,
            X'82DC0B60B8DA44D7A6C5C108F1596A22', 'ann', '{"kind":"post","text":"你好世界"}', NULL);
        INSERT INTO words (rowid, text, room, entry) VALUES (8, '你好世界', 'r1', 8);
        UPDATE indexed SET until = 8;"#,
    )
    .unwrap();
    file.close().unwrap();
    let server = start_binary(folder.path());
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    // The index is made again in the background.
    while ann.search("lobby", "世界").await.is_empty() {}
    let found = ann.search("lobby", "slow fox").await;
    assert_eq!(found.len(), 1, "the text of an edit");
    assert!(
        ann.search("lobby", "quick").await.is_empty(),
        "edited or deleted"
    );
}
