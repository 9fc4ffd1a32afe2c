//! Slices of a room's log: what is around a message, a place or a time, and on from there.

use parlor_server::engine::{Engine, NewEntry, Slice};
use parlor_shared::{
    Body, ClientMessage, Emoji, Entry, ErrorCode, MessageId, Place, RoomId, Seq, ServerMessage,
    Text,
    limits::{MESSAGE_CHANGES_MAX, PAGE_BYTES_MAX, SLICE_CHANGES_MAX, TEXT_CHARS_MAX},
};
use parlor_test_server::TestServer;

use crate::{
    client::{Client, new_id, room, text},
    engine::{append, append_all, new_entry, open, post},
};

/// Checks what holds for every engine, in a room that has these posts and no changes of them.
async fn check_slices(engine: &dyn Engine, room: &RoomId, whole: &[Entry]) {
    let read = async |at, limit| engine.read_slice(room, at, limit).await.unwrap().unwrap();
    let last = whole.len() - 1;
    for middle in [0, 1, last / 2, last - 1, last] {
        for limit in [1, 2, 9, 100] {
            let entry = &whole[middle];
            let slice = read(Place::Message(entry.id), limit).await;
            assert_eq!(slice, read(Place::Seq(entry.seq), limit).await);
            let first = whole.iter().position(|entry| *entry == slice.entries[0]);
            let first = first.unwrap();
            let count = slice.entries.len();
            assert_eq!(slice.entries, whole[first..first + count], "without a gap");
            assert!(slice.entries.contains(entry), "{middle} by {limit}");
            let expected = Slice {
                older: first > 0,
                newer: first + count < whole.len(),
                ..slice.clone()
            };
            assert_eq!(slice, expected, "{middle} by {limit}");
            assert!(count <= usize::from(limit));
            assert!(count == usize::from(limit) || middle < usize::from(limit));
        }
    }
    let middle = &whole[last / 2];
    let before = read(Place::Before(middle.seq), 7).await;
    assert_eq!(before.entries, whole[last / 2 - 7..last / 2]);
    let after = read(Place::After(middle.seq), 7).await;
    assert_eq!(after.entries, whole[last / 2 + 1..last / 2 + 8]);
    assert!(before.older && before.newer && after.older && after.newer);
    let end = read(Place::After(whole[last].seq), 7).await;
    assert_eq!((end.entries.len(), end.older, end.newer), (0, true, false));
    let start = read(Place::Before(whole[0].seq), 7).await;
    assert_eq!(
        (start.entries.len(), start.older, start.newer),
        (0, false, true)
    );

    let unknown = Place::Message(new_id());
    assert_eq!(engine.read_slice(room, unknown, 9).await, Ok(None));
    let nowhere = crate::client::room("nobody");
    let known = Place::Message(middle.id);
    assert_eq!(engine.read_slice(&nowhere, known, 9).await, Ok(None));
    let empty = engine.read_slice(&nowhere, Place::Seq(Seq(1)), 9).await;
    assert_eq!(empty, Ok(Some(Slice::default())));
}

#[actix_web::test]
async fn the_embedded_engine_reads_slices_of_any_place_and_size() {
    let folder = tempfile::tempdir().unwrap();
    let (record, engine) = open(&folder);
    let (lobby, attic) = (room("lobby"), room("attic"));
    for n in 0..200 {
        let room = if n % 3 == 0 { &attic } else { &lobby };
        append(&engine, room, post(&format!("{n}"))).await.unwrap();
    }
    check_slices(&engine, &lobby, &record.entries(&lobby)).await;
    check_slices(&engine, &attic, &record.entries(&attic)).await;
}

async fn append_at(engine: &dyn Engine, room: &RoomId, at_ms: u64) -> Entry {
    let new = NewEntry {
        at_ms,
        ..new_entry(room, new_id(), post("words"))
    };
    engine.append(new).await.unwrap().await.unwrap().entry
}

#[actix_web::test]
async fn a_time_leads_to_the_first_entry_from_then_on() {
    let folder = tempfile::tempdir().unwrap();
    let (_, engine) = open(&folder);
    let (lobby, attic) = (room("lobby"), room("attic"));
    let mut entries = Vec::new();
    for n in 0..100 {
        entries.push(append_at(&engine, &lobby, 1_000 + 10 * n).await);
        // Other rooms' entries lie between.
        append_at(&engine, &attic, 7).await;
    }
    for (at_ms, expected) in [
        (0, Some(0)),
        (1_000, Some(0)),
        (1_001, Some(1)),
        (1_500, Some(50)),
        (1_989, Some(99)),
        (1_990, Some(99)),
        (1_991, None),
        (u64::MAX, None),
    ] {
        let slice = engine.read_slice(&lobby, Place::Time(at_ms), 9).await;
        let slice = slice.unwrap().unwrap();
        let found = slice.entries.iter().find(|entry| entry.at_ms >= at_ms);
        assert_eq!(found, expected.map(|n: usize| &entries[n]), "{at_ms}");
        assert!(slice.entries.len() >= 5, "{at_ms}");
    }
    // The server's clock was set back once: the log passes the time twice, and one of the two is
    // found.
    for n in 0..100 {
        append_at(&engine, &lobby, 1_500 + 10 * n).await;
    }
    let slice = engine.read_slice(&lobby, Place::Time(1_700), 1).await;
    assert_eq!(slice.unwrap().unwrap().entries[0].at_ms, 1_700);
}

fn edit(target: MessageId, text: &str) -> Body {
    let text = Text::parse(text).unwrap();
    Body::Edit { target, text }
}

fn reaction(target: MessageId) -> Body {
    Body::Reaction {
        target,
        emoji: Emoji::parse("👍").unwrap(),
        on: true,
    }
}

#[actix_web::test]
async fn a_message_far_back_comes_with_its_later_changes_and_a_deleted_one_without_words() {
    let folder = tempfile::tempdir().unwrap();
    let (_, engine) = open(&folder);
    let lobby = room("lobby");
    let mut posts = Vec::new();
    for _ in 0..50 {
        posts.push(
            append(&engine, &lobby, post("secret"))
                .await
                .unwrap()
                .entry
                .id,
        );
    }
    let (kept, deleted) = (posts[10], posts[11]);
    append(&engine, &lobby, edit(kept, "better")).await.unwrap();
    append(&engine, &lobby, reaction(kept)).await.unwrap();
    append(&engine, &lobby, edit(deleted, "secret"))
        .await
        .unwrap();
    let deletion = Body::Deletion { target: deleted };
    append(&engine, &lobby, deletion).await.unwrap();
    for target in [kept, deleted] {
        let slice = engine.read_slice(&lobby, Place::Message(target), 5).await;
        let slice = slice.unwrap().unwrap();
        let changes: Vec<_> = slice.changes.iter().map(|change| &change.body).collect();
        let blank_edit = edit(deleted, "secret").blanked();
        assert!(changes.contains(&&edit(kept, "better")), "{changes:?}");
        assert!(changes.contains(&&reaction(kept)), "{changes:?}");
        assert!(changes.contains(&&blank_edit), "{changes:?}");
        let of_deleted = slice.entries.iter().find(|entry| entry.id == deleted);
        assert_eq!(of_deleted.unwrap().body, post("secret").blanked());
    }
    // A change that is itself in the slice does not come twice, and only a post is a message.
    let all = engine.read_slice(&lobby, Place::Message(kept), 100).await;
    assert_eq!(all.unwrap().unwrap().changes, []);
    let change = append(&engine, &lobby, reaction(kept)).await.unwrap().entry;
    let of_change = engine
        .read_slice(&lobby, Place::Message(change.id), 9)
        .await;
    assert_eq!(of_change, Ok(None));
}

#[actix_web::test]
async fn the_changes_that_come_with_a_slice_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let (record, engine) = open(&folder);
    let lobby = room("lobby");
    let mut posts = Vec::new();
    for _ in 0..2 * SLICE_CHANGES_MAX / usize::from(MESSAGE_CHANGES_MAX) {
        posts.push(append(&engine, &lobby, post("words")).await.unwrap().entry);
    }
    let changes = posts.iter().flat_map(|post| {
        let change = || new_entry(&lobby, new_id(), reaction(post.id));
        (0..=MESSAGE_CHANGES_MAX).map(move |_| change())
    });
    append_all(&engine, changes).await;
    let one = engine
        .read_slice(&lobby, Place::Message(posts[0].id), 1)
        .await;
    let one = one.unwrap().unwrap();
    assert_eq!(one.changes.len(), usize::from(MESSAGE_CHANGES_MAX));
    let oldest = one.changes.iter().map(|change| change.seq).min();
    let all_of_it = record.entries(&lobby).into_iter();
    let mut all_of_it = all_of_it.filter(|entry| entry.body.target() == Some(posts[0].id));
    assert!(
        oldest > all_of_it.next().map(|first| first.seq),
        "the newest"
    );
    let all = engine
        .read_slice(&lobby, Place::Seq(posts[0].seq), 16)
        .await;
    assert_eq!(all.unwrap().unwrap().changes.len(), SLICE_CHANGES_MAX);
}

#[actix_web::test]
async fn a_slice_of_long_texts_is_short_and_has_the_message() {
    let folder = tempfile::tempdir().unwrap();
    let (_, engine) = open(&folder);
    let lobby = room("lobby");
    let long = "🙂".repeat(TEXT_CHARS_MAX);
    let mut posts = Vec::new();
    for _ in 0..20 {
        posts.push(append(&engine, &lobby, post(&long)).await.unwrap().entry);
    }
    for target in [&posts[0], &posts[10], &posts[19]] {
        let slice = engine
            .read_slice(&lobby, Place::Message(target.id), 100)
            .await;
        let slice = slice.unwrap().unwrap();
        assert!(slice.entries.contains(target));
        let bytes: usize = slice.entries.iter().map(|entry| text(entry).len()).sum();
        assert!(bytes <= PAGE_BYTES_MAX + long.len(), "{bytes}");
        assert!(slice.older || slice.newer);
    }
}

#[actix_web::test]
async fn a_client_reads_a_slice_of_a_room_that_it_is_in() {
    let server = TestServer::start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    let ask = |at| ClientMessage::Slice {
        room: room("lobby"),
        at,
        limit: 4,
    };
    ann.send(&ask(Place::Seq(Seq(1)))).await;
    let refusal = ann.refused(ErrorCode::NotJoined).await;
    assert_eq!(refusal.room, Some(room("lobby")));
    ann.join("lobby").await;
    let mut entries = Vec::new();
    for n in 0..300 {
        ann.post("lobby", &format!("{n}")).await;
        entries.push(ann.entry().await);
    }
    let at = Place::Message(entries[150].id);
    ann.send(&ask(at)).await;
    let answer = ann
        .until(|message| matches!(message, ServerMessage::Slice { .. }))
        .await;
    let expected = ServerMessage::Slice {
        room: room("lobby"),
        at,
        entries: entries[148..152].to_vec(),
        changes: vec![],
        older: true,
        newer: true,
    };
    assert_eq!(answer, expected);
    ann.send(&ask(Place::Message(new_id()))).await;
    let refusal = ann.refused(ErrorCode::TargetUnknown).await;
    assert_eq!(refusal.id, None, "it is about no post of the client's");
}
