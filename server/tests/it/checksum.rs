//! Checksums of entries: a bit that has flipped in a file is found, and what the server itself
//! changes is not taken for that.

use std::{fs, num::NonZeroU32, path::Path};

use parlor_server::engine::{Engine, RetentionPolicy};
use parlor_shared::{Body, Seq};
use tempfile::TempDir;

use crate::{
    client::{Client, room},
    deletion::wait_until_erased,
    engine::{append, open, post},
    server::{command, start_binary},
    start::complaint,
    versions::log_of,
};

const TEXT: &str = "meet me at seven";

/// A closed log of three messages, of which the second one has the text.
async fn log() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (_, engine) = open(&folder);
    for text in ["first", TEXT, "last"] {
        append(&engine, &room("lobby"), post(text)).await.unwrap();
    }
    engine.close().await;
    folder
}

/// Flips the lowest bit of the last byte of these words in the log's file, wherever they are.
fn flip(folder: &Path, words: &str) {
    flip_bits(folder, words, 1);
}

/// Flips these bits of the last byte of these words in the log's file, wherever they are.
fn flip_bits(folder: &Path, words: &str, bits: u8) {
    let file = folder.join("parlor.db");
    let mut bytes = fs::read(&file).unwrap();
    let places: Vec<usize> = (0..bytes.len() - words.len())
        .filter(|at| bytes[*at..].starts_with(words.as_bytes()))
        .collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at + words.len() - 1] ^= bits;
    }
    fs::write(&file, bytes).unwrap();
}

fn checked(folder: &Path) -> String {
    let checked = command(folder).arg("check").output().unwrap();
    assert!(checked.status.success(), "{checked:?}");
    String::from_utf8(checked.stdout).unwrap()
}

#[actix_web::test]
async fn check_finds_a_flipped_bit_in_a_text_and_says_where() {
    let log = log().await;
    checked(log.path());
    flip(log.path(), TEXT);
    let check = command(log.path()).arg("check").output().unwrap();
    complaint(&check, 1);
    let report = String::from_utf8(check.stdout).unwrap();
    assert!(
        report.contains("room lobby: entry 2 is not as it was written"),
        "{report}"
    );
    assert_eq!(report.lines().count(), 1, "the others are whole: {report}");

    // The server goes on, and says it: everything else can be read.
    let mut server = crate::server::spawn(command(log.path()).stderr(std::process::Stdio::piped()));
    let mut ann = Client::welcomed(server.address(), "ann").await;
    assert_eq!(ann.join("lobby").await.len(), 3);
    ann.post("lobby", "and on").await;
    ann.entry().await;
    let says = |line: &String| line.contains("not as it was written") && line.contains("seq=2");
    while !server.stderr_lines().iter().any(says) {}
}

/// No JSON any more, and no UTF-8.
#[actix_web::test]
async fn a_text_that_can_not_be_read_keeps_nobody_from_the_others_and_can_be_deleted() {
    const HALF: &str = "meet me at";
    for (words, bits) in [("seven\"}", 1), (TEXT, 0x80)] {
        let log = log().await;
        flip_bits(log.path(), words, bits);
        let check = command(log.path()).arg("check").output().unwrap();
        complaint(&check, 1);
        let (_, engine) = open(&log);
        let lobby = room("lobby");
        let read = engine.read_after(&lobby, Seq::ZERO, 9).await.unwrap();
        let bodies: Vec<Body> = read
            .entries
            .iter()
            .map(|entry| entry.body.clone())
            .collect();
        assert_eq!(bodies, [post("first"), Body::Unknown, post("last")]);
        while engine
            .search(&lobby, "last", 9)
            .await
            .unwrap()
            .entries
            .len()
            != 1
        {}
        let target = read.entries[1].id;
        append(&engine, &lobby, Body::Deletion { target })
            .await
            .unwrap();
        wait_until_erased(&engine, log.path(), HALF).await;
        engine.close().await;
        drop(engine);
        checked(log.path());
    }
}

#[actix_web::test]
async fn what_the_server_changes_itself_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (_, engine) = open(&folder);
    let lobby = room("lobby");
    append(&engine, &lobby, post("expires")).await.unwrap();
    let target = append(&engine, &lobby, post(TEXT)).await.unwrap().entry.id;
    let text = parlor_shared::Text::parse("meet me at eight").unwrap();
    let edit = Body::Edit { target, text };
    append(&engine, &lobby, edit).await.unwrap();
    append(&engine, &lobby, Body::Deletion { target })
        .await
        .unwrap();
    wait_until_erased(&engine, folder.path(), TEXT).await;
    let policy = RetentionPolicy {
        entries: NonZeroU32::new(3),
        since_ms: None,
    };
    assert_eq!(engine.apply_retention(policy).await, Ok(1));
    engine.close().await;
    drop(engine);
    let whole = "is whole: 1 rooms, 3 entries";
    let printed = checked(folder.path());
    assert!(printed.contains(whole), "{printed}");
    assert!(!printed.contains("no checksum"), "{printed}");
    let compacted = command(folder.path()).arg("compact").output().unwrap();
    assert!(compacted.status.success(), "{compacted:?}");
    assert!(checked(folder.path()).contains(whole));
}

#[actix_web::test]
async fn entries_of_earlier_versions_have_none_until_they_are_blanked_and_new_ones_do() {
    for version in 1..crate::versions::NEWEST {
        let folder = log_of(version);
        let mut server = start_binary(folder.path());
        let mut ann = Client::welcomed(server.address(), "ann").await;
        ann.join("lobby").await;
        ann.post("lobby", TEXT).await;
        assert_eq!(ann.entry().await.prev, Seq(7));
        server.kill().unwrap();
        let without = |printed: &str| printed.contains("have no checksum");
        assert!(without(&checked(folder.path())), "version {version}");
        // What was written since is covered.
        let (_, engine) = open(&folder);
        engine.close().await;
        drop(engine);
        flip(folder.path(), TEXT);
        let check = command(folder.path()).arg("check").output().unwrap();
        complaint(&check, 1);
    }
}
