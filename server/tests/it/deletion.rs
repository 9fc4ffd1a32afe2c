//! Deleted messages: from the deletion on no reader gets their words, and soon no file has them.

use std::{fs, num::NonZeroU32, path::Path};

use parlor_server::engine::{AppendError, Engine, Outcome, RetentionPolicy, embedded::Embedded};
use parlor_shared::{
    Body, Emoji, Entry, MessageId, RoomId, Seq, ServerMessage, Text,
    limits::{NEWCOMER_ENTRIES, TEXT_CHARS_MAX},
};
use parlor_test_server::TestServer;
use tokio::time::timeout;

use crate::{
    client::{Client, PATIENCE, check_chain, new_id, room, text},
    engine::{append, new_entry, open, post},
    server::{command, start_binary},
};

/// A word that is only in deleted messages.
pub(crate) const SECRET: &str = "xylophonic";

fn edit(target: MessageId, text: &str) -> Body {
    Body::Edit {
        target,
        text: Text::parse(text).unwrap(),
    }
}

fn reaction(target: MessageId) -> Body {
    Body::Reaction {
        target,
        emoji: Emoji::parse("👍").unwrap(),
        on: true,
    }
}

/// The entries without the words of the message with this id.
fn blanked(entries: &[Entry], message: MessageId) -> Vec<Entry> {
    let blank = |entry: &Entry| {
        let is_of = entry.body.target().unwrap_or(entry.id) == message;
        let body = entry.body.clone();
        let body = if is_of { body.blanked() } else { body };
        Entry {
            body,
            ..entry.clone()
        }
    };
    entries.iter().map(blank).collect()
}

async fn whole(engine: &dyn Engine, room: &RoomId) -> Vec<Entry> {
    let page = engine.read_after(room, Seq::ZERO, 500).await.unwrap();
    page.entries
}

/// The files in which the word is.
fn files_with(folder: &Path, word: &str) -> Vec<String> {
    let mut names = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let bytes = fs::read(&path).unwrap_or_default();
        if String::from_utf8_lossy(&bytes).contains(word) {
            names.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    names
}

/// Waits until the word is in no file of the folder; reads the log meanwhile, as clients do.
pub(crate) async fn wait_until_erased(engine: &dyn Engine, folder: &Path, word: &str) {
    let erased = async {
        while !files_with(folder, word).is_empty() {
            whole(engine, &room("lobby")).await;
        }
    };
    let in_time = timeout(PATIENCE, erased).await;
    assert!(in_time.is_ok(), "still in {:?}", files_with(folder, word));
}

/// Appends a post with edits, a reaction, a reply with an edit, and another post. Returns the ids
/// of the post and of the reply.
async fn append_messages(engine: &dyn Engine, room: &RoomId) -> (MessageId, MessageId) {
    let first = append(engine, room, post(&format!("{SECRET} one"))).await;
    let first = first.unwrap().entry.id;
    let reply = Body::Post {
        text: Text::parse(format!("{SECRET} reply")).unwrap(),
        reply_to: Some(first),
    };
    let reply = append(engine, room, reply).await.unwrap().entry.id;
    for body in [
        edit(first, &format!("{SECRET} two")),
        reaction(first),
        edit(reply, &format!("{SECRET} reply, edited")),
        edit(first, &format!("{SECRET} three")),
        post("hello"),
    ] {
        append(engine, room, body).await.unwrap();
    }
    (first, reply)
}

#[actix_web::test]
async fn from_a_deletion_on_no_reader_gets_the_words() {
    let folder = tempfile::tempdir().unwrap();
    let (record, engine) = open(&folder);
    let lobby = room("lobby");
    let (first, reply) = append_messages(&engine, &lobby).await;
    for message in [first, reply] {
        let deletion = Body::Deletion { target: message };
        append(&engine, &lobby, deletion).await.unwrap();
    }
    let committed = record.entries(&lobby);
    let expected = blanked(&blanked(&committed, first), reply);
    let of_reply = &expected[1].body;
    let reply_to = Some(first);
    let (target, blank) = (
        None,
        Body::Blanked {
            target: None,
            reply_to,
        },
    );
    assert_eq!((of_reply, of_reply.target()), (&blank, target));

    assert_eq!(whole(&engine, &lobby).await, expected);
    let before = engine
        .read_before(&lobby, Seq(u64::MAX), 500)
        .await
        .unwrap();
    assert_eq!(before.entries, expected);
    let found = engine.search(&lobby, SECRET, 50).await.unwrap().entries;
    assert_eq!(found, [], "also while the index lags behind");
    for (entry, blank) in committed.iter().zip(&expected) {
        let again = new_entry(&lobby, entry.id, entry.body.clone());
        let again = engine.append(again).await.unwrap().await.unwrap();
        assert_eq!((again.outcome, &again.entry), (Outcome::Duplicate, blank));
    }
    // The same afterwards, when the file has no words of theirs any more.
    wait_until_erased(&engine, folder.path(), SECRET).await;
    assert_eq!(whole(&engine, &lobby).await, expected);
    for body in [
        edit(first, "again"),
        reaction(first),
        Body::Deletion { target: first },
    ] {
        let refused = append(&engine, &lobby, body).await;
        assert_eq!(refused, Err(AppendError::TargetUnknown));
    }
    check_chain(Seq::ZERO, &expected);
}

#[actix_web::test]
async fn a_newcomer_and_a_reader_of_history_get_no_words_of_deleted_messages() {
    let server = TestServer::start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let before = ann.post("lobby", "before").await;
    let target = ann.post("lobby", SECRET).await;
    ann.append(
        "lobby",
        new_id(),
        edit(target, &format!("{SECRET}, edited")),
    )
    .await;
    let mut entries = Vec::new();
    for _ in 0..3 {
        entries.push(ann.entry().await);
    }
    assert_eq!((entries[0].id, text(&entries[1])), (before, SECRET));
    // Bob has the first entry. The ring still holds the others.
    let mut bob = Client::welcomed(server.address(), "bob").await;
    bob.join("lobby").await;
    let bob_at = entries[0].seq;
    let mut gone = bob.reconnected(server.address(), "bob").await;
    drop(bob);

    ann.append("lobby", new_id(), Body::Deletion { target })
        .await;
    entries.push(ann.entry().await);
    let expected = blanked(&entries, target);
    let (_, resumed) = gone.join_after("lobby", Some(bob_at)).await;
    assert_eq!(resumed, expected[1..], "from the ring");
    let mut newcomer = Client::welcomed(server.address(), "newcomer").await;
    assert_eq!(newcomer.join("lobby").await, expected, "from the ring");
    let (page, _) = newcomer.history("lobby", Seq(1 << 50), 50).await;
    assert_eq!(page, expected, "from the log");
    ann.append("lobby", target, post(SECRET)).await;
    let duplicate = ann
        .until(|message| matches!(message, ServerMessage::Duplicate { .. }))
        .await;
    assert!(
        format!("{duplicate:?}").contains("Blanked"),
        "{duplicate:?}"
    );
    assert!(ann.search("lobby", SECRET).await.is_empty());

    // Far behind what the ring holds of the last page.
    for n in 0..NEWCOMER_ENTRIES {
        ann.post("lobby", &format!("{n}")).await;
        ann.entry().await;
    }
    let (_, all) = newcomer.join_after("lobby", Some(Seq::ZERO)).await;
    assert_eq!(all[..4], expected);
}

#[actix_web::test]
async fn only_the_server_blanks_entries() {
    let server = TestServer::start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let target = Some(ann.post("lobby", "mine").await);
    for target in [None, target] {
        let body = Body::Blanked {
            target,
            reply_to: None,
        };
        ann.append("lobby", new_id(), body).await;
        ann.refused(parlor_shared::ErrorCode::Unsupported).await;
    }
}

#[actix_web::test]
async fn many_long_edits_are_erased_also_after_a_kill_and_meanwhile_posts_go_on() {
    let data = tempfile::tempdir().unwrap();
    let mut server = start_binary(data.path());
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let target = ann.post("lobby", SECRET).await;
    let long = format!("{SECRET} {}", "🙂".repeat(TEXT_CHARS_MAX - 100));
    for _ in 0..60 {
        ann.append("lobby", new_id(), edit(target, &long)).await;
        ann.entry().await;
    }
    ann.entry().await;
    ann.append("lobby", new_id(), Body::Deletion { target })
        .await;
    ann.entry().await;
    server.kill().unwrap();
    assert_ne!(files_with(data.path(), SECRET), [""; 0]);

    let server = start_binary(data.path());
    let mut bob = Client::welcomed(server.address(), "bob").await;
    let (_, entries) = bob.join_after("lobby", Some(Seq::ZERO)).await;
    assert!(
        entries[..61]
            .iter()
            .all(|entry| entry.body.text().is_none())
    );
    let mut posted = 0;
    let erased = async {
        while !files_with(data.path(), SECRET).is_empty() {
            bob.post("lobby", "meanwhile").await;
            bob.entry().await;
            posted += 1;
        }
    };
    let in_time = timeout(PATIENCE, erased).await;
    assert!(
        in_time.is_ok(),
        "still in {:?}",
        files_with(data.path(), SECRET)
    );
    assert!(posted > 0);
}

#[actix_web::test]
async fn a_reader_that_holds_the_write_ahead_log_only_delays_the_erasing() {
    let folder = tempfile::tempdir().unwrap();
    let (_, engine) = open(&folder);
    let lobby = room("lobby");
    let (first, reply) = append_messages(&engine, &lobby).await;
    let file = rusqlite::Connection::open(folder.path().join("parlor.db")).unwrap();
    file.execute_batch("BEGIN; SELECT count(*) FROM entries")
        .unwrap();
    let _: i64 = file
        .query_row("SELECT count(*) FROM entries", [], |row| row.get(0))
        .unwrap();
    for target in [first, reply] {
        append(&engine, &lobby, Body::Deletion { target })
            .await
            .unwrap();
    }
    // The writer waits for no reader.
    for n in 0..100 {
        append(&engine, &lobby, post(&format!("{n}")))
            .await
            .unwrap();
    }
    assert_ne!(files_with(folder.path(), SECRET), [""; 0]);
    file.execute_batch("COMMIT").unwrap();
    wait_until_erased(&engine, folder.path(), SECRET).await;
}

#[actix_web::test]
async fn a_message_that_retention_removes_while_its_edits_are_left_is_withheld_and_erased() {
    let folder = tempfile::tempdir().unwrap();
    let (record, engine) = open(&folder);
    let lobby = room("lobby");
    let (first, reply) = append_messages(&engine, &lobby).await;
    for target in [first, reply] {
        append(&engine, &lobby, Body::Deletion { target })
            .await
            .unwrap();
    }
    // The post and the reply go; the edits stay.
    let entries = NonZeroU32::new(7);
    let policy = RetentionPolicy {
        entries,
        since_ms: None,
    };
    engine.apply_retention(policy).await.unwrap();
    let expected = blanked(&blanked(&record.entries(&lobby), first), reply);
    assert_eq!(whole(&engine, &lobby).await, expected[2..]);
    wait_until_erased(&engine, folder.path(), SECRET).await;
    assert_eq!(whole(&engine, &lobby).await, expected[2..]);
}

/// Appends a message, deletes it, and closes the log before its words are erased.
async fn log_with_withheld_words(folder: &tempfile::TempDir) {
    let (_, engine) = open(folder);
    let lobby = room("lobby");
    let target = append(&engine, &lobby, post(SECRET))
        .await
        .unwrap()
        .entry
        .id;
    engine.close().await;
    drop(engine);
    // As a kill right after the commit leaves it.
    let file = rusqlite::Connection::open(folder.path().join("parlor.db")).unwrap();
    let deletion = "INSERT INTO entries (room, prev, id, at_ms, member, name, body, target)
        SELECT room, seq, randomblob(16), at_ms, member, name,
            json_object('kind', 'deletion', 'target', ?1), id FROM entries";
    file.execute(deletion, [target.to_string()]).unwrap();
    let withheld = "INSERT INTO withheld (room, target) SELECT room, target FROM entries
        WHERE target IS NOT NULL";
    file.execute(withheld, []).unwrap();
    file.close().unwrap();
}

#[actix_web::test]
async fn a_backup_has_no_words_of_deleted_messages() {
    let folder = tempfile::tempdir().unwrap();
    log_with_withheld_words(&folder).await;
    // The index has them, too, if the engine had time to write it.
    assert!(files_with(folder.path(), SECRET).contains(&"parlor.db".to_owned()));
    let copy = folder.path().join("copy");
    let backup = command(folder.path())
        .arg("backup")
        .arg(&copy)
        .output()
        .unwrap();
    assert!(backup.status.success(), "{backup:?}");
    assert_eq!(files_with(&copy, SECRET), [""; 0]);
    assert_eq!(fs::read_dir(&copy).unwrap().count(), 1, "one file");
    let check = command(&copy).arg("check").output().unwrap();
    assert!(check.status.success(), "{check:?}");
    let (_, engine) = {
        let record = std::sync::Arc::new(crate::engine::Record::default());
        let engine = Embedded::open(&copy, record.clone()).unwrap();
        (record, engine)
    };
    let entries = whole(&engine, &room("lobby")).await;
    assert_eq!(entries.len(), 2);
    assert!(matches!(entries[0].body, Body::Blanked { .. }));
}

#[actix_web::test]
async fn check_says_how_many_deleted_messages_are_not_erased_yet() {
    let folder = tempfile::tempdir().unwrap();
    log_with_withheld_words(&folder).await;
    let check = command(folder.path()).arg("check").output().unwrap();
    let printed = String::from_utf8(check.stdout).unwrap();
    assert!(printed.contains("1 deleted message"), "{printed}");
}
