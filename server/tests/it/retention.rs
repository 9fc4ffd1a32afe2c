//! Retention: the entries past their limits are deleted, and no others.

use std::num::NonZeroU32;

use futures_util::future::join;
use parlor_server::engine::{AppendError, Engine, Outcome, RetentionPolicy, embedded::Embedded};
use parlor_shared::{
    Body, Entry, JoinOutcome, RoomId, Seq, ServerMessage,
    limits::{DELETE_RANGE_ENTRIES_MAX, TEXT_CHARS_MAX},
};
use parlor_test_server::TestServer;

use crate::{
    client::{Client, check_chain, new_id, room, text},
    engine::{append, new_entry, open, post},
};

fn newest(count: u32) -> RetentionPolicy {
    RetentionPolicy {
        entries: NonZeroU32::new(count),
        since_ms: None,
    }
}

fn since(since_ms: u64) -> RetentionPolicy {
    RetentionPolicy {
        entries: None,
        since_ms: Some(since_ms),
    }
}

/// Appends "needle 0", "needle 1" and so on.
async fn fill(engine: &Embedded, room: &RoomId, count: usize) -> Vec<Entry> {
    let mut commits = Vec::new();
    for n in 0..count {
        let entry = new_entry(room, new_id(), post(&format!("needle {n}")));
        commits.push(engine.append(entry).await.unwrap());
    }
    let mut entries = Vec::new();
    for commit in commits {
        entries.push(commit.await.unwrap().entry);
    }
    entries
}

/// Appends entries with these times, keeps those from time 100 on, and returns the texts left.
async fn texts_left(engine: &Embedded, times: &[u64]) -> Vec<String> {
    let lobby = room("lobby");
    for at_ms in times {
        let mut entry = new_entry(&lobby, new_id(), post(&format!("{at_ms}")));
        entry.at_ms = *at_ms;
        engine.append(entry).await.unwrap().await.unwrap();
    }
    engine.apply_retention(since(100)).await.unwrap();
    let kept = engine.read_after(&lobby, Seq::ZERO, 500).await.unwrap();
    kept.entries.iter().map(|e| text(e).to_owned()).collect()
}

#[actix_web::test]
async fn the_newest_entries_of_each_room_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (_, engine) = open(&folder);
    let (lobby, attic) = (room("lobby"), room("attic"));
    let above = fill(&engine, &attic, 10).await;
    let all = fill(&engine, &lobby, 1_000).await;
    assert_eq!(engine.apply_retention(newest(100)).await, Ok(900));
    assert_eq!(engine.apply_retention(newest(100)).await, Ok(0));
    let kept = &all[900..];

    let check = async |engine: &Embedded| {
        let bounds = engine.bounds(&lobby).await.unwrap();
        let ends = (bounds.start, bounds.first, bounds.head);
        assert_eq!(ends, (all[899].seq, all[900].seq, all[999].seq));
        let page = engine.read_before(&lobby, Seq(1 << 50), 500).await.unwrap();
        assert!(page.entries == kept && !page.more);
        let page = engine.read_after(&attic, Seq::ZERO, 500).await.unwrap();
        assert_eq!(page.entries, above, "a room with fewer entries");
    };
    check(&engine).await;
    engine.close().await;
    drop(engine);
    check(&open(&folder).1).await;
}

#[actix_web::test]
async fn deleted_entries_are_not_found_and_changes_to_them_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (_, engine) = open(&folder);
    let lobby = room("lobby");
    // The index has not got far when retention deletes the first entries.
    let all = fill(&engine, &lobby, 3_000).await;
    let target = all[0].id;
    let edit = || {
        let text = "needle, edited".to_owned().try_into().unwrap();
        append(&engine, &lobby, Body::Edit { target, text })
    };
    let edited = edit().await.unwrap().entry;
    assert_eq!(engine.apply_retention(newest(5)).await, Ok(2_996));
    let last = append(&engine, &lobby, post("needle, the last")).await;
    let last = last.unwrap().entry;
    let found = loop {
        let found = engine.search(&lobby, "needle", 50).await.unwrap().entries;
        if found.contains(&last) {
            break found;
        }
    };
    let mut expected = all[2_996..].to_vec();
    expected.push(last.clone());
    expected.reverse();
    assert_eq!(found, expected);

    let page = engine.read_after(&lobby, edited.prev, 10).await.unwrap();
    assert_eq!(page.entries, [edited.clone(), last]);
    assert_eq!(edit().await, Err(AppendError::TargetUnknown));
    let again = new_entry(&lobby, all[2_999].id, post("again"));
    let again = engine.append(again).await.unwrap().await.unwrap();
    assert_eq!(
        (again.outcome, again.entry),
        (Outcome::Duplicate, all[2_999].clone())
    );
}

#[actix_web::test]
async fn a_deleted_message_that_has_expired_does_not_come_back_when_it_is_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let (record, engine) = open(&folder);
    let lobby = room("lobby");
    let secret = || post("a secret");
    let [deleted, kept] = [new_id(), new_id()];
    for id in [deleted, kept] {
        let sent = engine.append(new_entry(&lobby, id, secret())).await;
        sent.unwrap().await.unwrap();
    }
    let deletion = Body::Deletion { target: deleted };
    append(&engine, &lobby, deletion).await.unwrap();
    assert_eq!(engine.apply_retention(newest(1)).await, Ok(2));
    let again = async |engine: &Embedded, id| {
        let sent = engine.append(new_entry(&lobby, id, secret())).await;
        sent.unwrap().await.map(|appended| appended.outcome)
    };
    assert_eq!(
        again(&engine, deleted).await,
        Err(AppendError::TargetUnknown)
    );
    // What nobody has deleted comes again: the log no longer knows it.
    assert_eq!(again(&engine, kept).await, Ok(Outcome::New));
    engine.close().await;
    drop((record, engine));
    let (_, engine) = open(&folder);
    assert_eq!(
        again(&engine, deleted).await,
        Err(AppendError::TargetUnknown)
    );
}

#[actix_web::test]
async fn a_room_without_entries_left_continues_at_its_head() {
    let folder = tempfile::tempdir().unwrap();
    let (_, engine) = open(&folder);
    let lobby = room("lobby");
    let head = fill(&engine, &lobby, 10).await[9].seq;
    assert_eq!(engine.apply_retention(since(u64::MAX >> 1)).await, Ok(10));
    engine.close().await;
    drop(engine);

    let (_, engine) = open(&folder);
    let bounds = engine.bounds(&lobby).await.unwrap();
    assert_eq!(
        (bounds.start, bounds.first, bounds.head),
        (head, Seq::ZERO, head)
    );
    assert_eq!(
        engine.read_after(&lobby, head, 10).await,
        Ok(Default::default())
    );
    let next = append(&engine, &lobby, post("needle")).await.unwrap().entry;
    assert_eq!(next.prev, head);
    assert!(next.seq > head);
    while engine.search(&lobby, "needle", 9).await.unwrap().entries != [next.clone()] {}
}

#[actix_web::test]
async fn long_texts_are_deleted_in_smaller_batches() {
    let folder = tempfile::tempdir().unwrap();
    let (_, engine) = open(&folder);
    let lobby = room("lobby");
    for _ in 0..20 {
        let long = post(&"🙂".repeat(TEXT_CHARS_MAX));
        append(&engine, &lobby, long).await.unwrap();
    }
    assert_eq!(engine.apply_retention(newest(1)).await, Ok(19));
    let bounds = engine.bounds(&lobby).await.unwrap();
    assert_eq!(bounds.first, bounds.head);
}

#[actix_web::test]
async fn entries_are_deleted_by_age_up_to_the_first_young_one() {
    let folder = || tempfile::tempdir().unwrap();
    let kept = async |times: &[u64]| texts_left(&open(&folder()).1, times).await.join(" ");
    assert_eq!(kept(&[1, 99, 100, 101]).await, "100 101");
    assert_eq!(kept(&[100, 101]).await, "100 101");
    assert_eq!(kept(&[1, 2]).await, "");
    assert_eq!(
        kept(&[1, 100, 2, 101]).await,
        "100 2 101",
        "the clock was set back once"
    );
}

#[actix_web::test]
async fn appends_continue_while_many_entries_are_deleted() {
    const BATCHES: usize = 20;
    let folder = tempfile::tempdir().unwrap();
    let (record, engine) = open(&folder);
    let (lobby, attic) = (room("lobby"), room("attic"));
    fill(&engine, &lobby, BATCHES * DELETE_RANGE_ENTRIES_MAX).await;
    let posting = async {
        let mut appended = 0;
        loop {
            append(&engine, &attic, post("meanwhile")).await.unwrap();
            if engine.bounds(&lobby).await.unwrap().first
                >= Seq((19 * DELETE_RANGE_ENTRIES_MAX) as u64)
            {
                return appended;
            }
            appended += 1;
        }
    };
    let (deleted, appended) = join(engine.apply_retention(newest(1)), posting).await;
    assert!(deleted.unwrap() >= (BATCHES * DELETE_RANGE_ENTRIES_MAX - 1) as u64);
    assert!(
        appended > BATCHES / 4,
        "only {appended} appends during {BATCHES} batches"
    );
    check_chain(Seq::ZERO, &record.entries(&attic));
}

#[actix_web::test]
async fn a_position_before_the_kept_entries_is_reset() {
    let mut server = TestServer::start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let mut all = Vec::new();
    for n in 0..300 {
        ann.post("lobby", &format!("{n}")).await;
        all.push(ann.entry().await);
    }
    let options = ["--rate-per-second", "0", "--retain-entries", "100"];
    server.restart_with(&options);
    let mut ann = ann.reconnected(server.address(), "ann").await;
    loop {
        // The server applies retention after it has started; join until it has.
        let (joined, _) = ann.join_after("lobby", Some(all[299].seq)).await;
        let ServerMessage::Joined { first, outcome, .. } = joined else {
            panic!("not joined: {joined:?}")
        };
        assert_eq!(outcome, JoinOutcome::Resumed);
        if first == all[200].seq {
            break;
        }
    }
    for (after, expected) in [
        (0, JoinOutcome::Reset),
        (150, JoinOutcome::Reset),
        (199, JoinOutcome::Resumed),
    ] {
        let (joined, entries) = ann.join_after("lobby", Some(all[after].seq)).await;
        let ServerMessage::Joined { outcome, .. } = joined else {
            panic!("not joined: {joined:?}")
        };
        assert_eq!(outcome, expected, "after {after}");
        assert_eq!(entries.last(), all.last());
    }
    let (page, more) = ann.history("lobby", all[250].seq, 100).await;
    assert!(page == all[200..250] && !more);
    let (page, more) = ann.history("lobby", all[200].seq, 100).await;
    assert!(page.is_empty() && !more);
}
