//! `parlor migrate`: a log goes into a stream and back, and is the same.

use std::{num::NonZeroU32, path::Path, sync::Arc};

use parlor_server::{
    engine::{
        Authority, Engine, NewEntry, RetentionPolicy, Seen,
        embedded::{AdminFile, Embedded},
    },
    migrate::{MigrateError, from_stream, to_stream},
};
use parlor_shared::{Body, Emoji, Entry, MemberId, MessageId, Name, Position, RoomKind, Seq, Text};
use parlor_test_server::{NatsCluster, Sync};

use crate::{
    access::run,
    client::{new_id, room},
    engine::{append, append_all, new_entry, post},
    nodes::{config, node},
    server::command,
};

/// Appends this as a moderator.
async fn moderate(engine: &Embedded, name: &str, body: Body) -> Entry {
    let new = NewEntry {
        authority: Authority::Moderator,
        ..new_entry(&room(name), new_id(), body)
    };
    engine.append(new).await.unwrap().await.unwrap().entry
}

/// Fills a log with every kind of entry, a message that was deleted, and a room of which the oldest
/// entries were forgotten, but not what they have set.
async fn fill(folder: &Path) {
    let engine = Embedded::open(folder, Arc::new(())).unwrap();
    let lobby = room("lobby");
    let text = |text: &str| Text::parse(text).unwrap();
    let posts: Vec<NewEntry> = (0..300)
        .map(|n| new_entry(&lobby, new_id(), post(&format!("{n}"))))
        .collect();
    let ids: Vec<MessageId> = posts.iter().map(|new| new.id).collect();
    append_all(&engine, posts).await;
    let emoji = Emoji::parse("\u{1F44D}").unwrap();
    for body in [
        Body::Edit {
            target: ids[3],
            text: text("edited"),
        },
        Body::Reaction {
            target: ids[4],
            emoji,
            on: true,
        },
        Body::Deletion { target: ids[5] },
        Body::Pin {
            target: ids[6],
            on: true,
        },
    ] {
        append(&engine, &lobby, body).await.unwrap();
    }
    let muted = Body::Mute {
        member: MemberId::from_bytes([9; 16]),
        name: Name::parse("eve").unwrap(),
        until_ms: Some(u64::MAX / 4),
    };
    let kind = RoomKind::ReadOnly;
    for body in [
        muted,
        Body::RoomKind { kind },
        Body::RoomName {
            name: Some(Name::parse("Old").unwrap()),
        },
        Body::SlowMode { seconds: 30 },
    ] {
        moderate(&engine, "old", body).await;
    }
    let pinned = moderate(&engine, "old", post("pinned")).await;
    let target = pinned.id;
    moderate(&engine, "old", Body::Pin { target, on: true }).await;
    for n in 0..310 {
        moderate(&engine, "old", post(&format!("{n}"))).await;
    }
    let policy = RetentionPolicy {
        entries: NonZeroU32::new(305),
        since_ms: None,
    };
    assert!(engine.apply_retention(policy).await.unwrap() > 5);
    engine
        .keep_seen(Seen {
            member: MemberId::from_bytes([7; 16]),
            room: lobby,
            seq: Seq(100),
            at_ms: 1_760_000_000_000,
        })
        .unwrap();
    engine.close().await;
    AdminFile::open(folder)
        .unwrap()
        .set_password("hashed")
        .unwrap();
}

/// What must be the same.
fn essence(entry: &Entry) -> (MessageId, u64, MemberId, Name, Body) {
    let Entry {
        id,
        at_ms,
        member,
        name,
        body,
        ..
    } = entry.clone();
    (id, at_ms, member, name, body)
}

async fn read(engine: &dyn Engine, name: &str) -> Vec<Entry> {
    let mut all: Vec<Entry> = Vec::new();
    loop {
        let after = all.last().map_or(Seq::ZERO, |entry| entry.seq);
        let page = engine.read_after(&room(name), after, 500).await.unwrap();
        if page.entries.is_empty() {
            return all;
        }
        all.extend(page.entries);
    }
}

#[actix_web::test]
async fn a_log_goes_into_a_stream_and_back_and_is_the_same() {
    let cluster = NatsCluster::start(3, Sync::Always).unwrap();
    let place = tempfile::tempdir().unwrap();
    let folder = |name: &str| place.path().join(name);
    fill(&folder("own")).await;
    let config = config(&cluster);
    let there = to_stream(&folder("own"), &config, &folder("node"))
        .await
        .unwrap();
    assert_eq!(there.rooms, 2);
    // Once more finds that all of it is there.
    let again = to_stream(&folder("own"), &config, &folder("node")).await;
    assert_eq!(again.unwrap(), there);

    let original = Embedded::open(&folder("own"), Arc::new(())).unwrap();
    let (_, one) = node(&cluster, &folder("node")).await;
    let (_, other) = node(&cluster, &folder("other")).await;
    one.reach(&Position {
        epoch: one.epoch(),
        seq: read(&one, "old").await.last().unwrap().seq,
    })
    .await
    .unwrap();
    for name in ["lobby", "old"] {
        let expected: Vec<_> = read(&original, name).await.iter().map(essence).collect();
        let last = read(&one, name).await.last().unwrap().seq;
        let epoch = other.epoch();
        other.reach(&Position { epoch, seq: last }).await.unwrap();
        let mut expected_state = original.room_state(&room(name)).await.unwrap();
        for engine in [&one as &dyn Engine, &other] {
            let copied = read(engine, name).await;
            assert_eq!(copied.iter().map(essence).collect::<Vec<_>>(), expected);
            let mut state = engine.room_state(&room(name)).await.unwrap();
            for state in [&mut state, &mut expected_state] {
                state.seq = Seq::ZERO;
                state.pins.iter_mut().for_each(|pin| pin.seq = Seq::ZERO);
            }
            assert_eq!(state, expected_state);
        }
    }
    let hundredth = read(&one, "lobby").await[99].seq;
    for (engine, name) in [(&one, "node"), (&other, "other")] {
        let member = MemberId::from_bytes([7; 16]);
        let seen = engine.seen(&room("lobby"), member).await.unwrap();
        assert_eq!(
            seen,
            Some(hundredth),
            "the same message is the last one seen"
        );
        assert_eq!(engine.secret(), original.secret(), "tokens stay valid");
        let admin = AdminFile::open(&folder(name)).unwrap();
        assert_eq!(admin.password().unwrap().as_deref(), Some("hashed"));
    }

    let last = append(&one, &room("lobby"), post("over the stream"))
        .await
        .unwrap()
        .entry;
    let read_there = Position {
        epoch: one.epoch(),
        seq: last.seq,
    };
    let expected = read(&one, "lobby").await;
    for engine in [one, other] {
        engine.close().await;
    }
    let back = from_stream(&folder("node"), &config, &folder("back"))
        .await
        .unwrap();
    assert_eq!(back.entries, there.entries + 1);
    let back = Embedded::open(&folder("back"), Arc::new(())).unwrap();
    assert_eq!(read(&back, "lobby").await, expected);
    assert!(back.continues(&read_there), "nobody starts over");
    let next = append(&back, &room("lobby"), post("alone again"))
        .await
        .unwrap()
        .entry;
    assert_eq!(next.prev, last.seq);
}

#[actix_web::test]
async fn a_copy_that_was_killed_goes_on_where_it_was() {
    let cluster = NatsCluster::start(3, Sync::Always).unwrap();
    let place = tempfile::tempdir().unwrap();
    let folder = |name: &str| place.path().join(name);
    fill(&folder("own")).await;
    let engine = Embedded::open(&folder("own"), Arc::new(())).unwrap();
    let many = (0..10_000).map(|_| new_entry(&room("many"), new_id(), post("one of many")));
    append_all(&engine, many).await;
    engine.close().await;
    let url = "https://example.org/hook";
    let hook = ["webhook", "add", url, "--room", "lobby", "--from", "now"];
    run(&folder("own"), &hook);
    let migrate = || {
        let mut command = command(&folder("own"));
        let urls = cluster.urls();
        command
            .args([
                "--nats-system",
                &cluster.system_url(),
                "migrate",
                "--to",
                &urls,
            ])
            .arg(folder("node"));
        command
    };
    let mut killed = migrate().spawn().unwrap();
    loop {
        let asked = cluster.request("$JS.API.STREAM.INFO.parlor", "");
        let info: serde_json::Value =
            serde_json::from_str(&asked.unwrap_or_default()).unwrap_or_default();
        if info["state"]["last_seq"].as_u64() >= Some(5) {
            break;
        }
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    let done = migrate().output().unwrap();
    let said = String::from_utf8(done.stdout).unwrap();
    let all = 304 + 305 + 10_000;
    assert!(said.contains(&format!("3 rooms, {all} entries")), "{said}");
    assert!(
        said.contains("Not copied: webhooks that send entries (1)"),
        "{said}"
    );
    assert!(said.contains("Not copied: the admin log ("), "{said}");
    let (_, engine) = node(&cluster, &folder("node")).await;
    assert_eq!(read(&engine, "many").await.len(), 10_000);
}

#[actix_web::test]
async fn a_stream_with_entries_of_others_takes_no_copy() {
    let cluster = NatsCluster::start(3, Sync::Always).unwrap();
    let place = tempfile::tempdir().unwrap();
    let folder = |name: &str| place.path().join(name);
    fill(&folder("own")).await;
    let (_, other) = node(&cluster, &folder("other")).await;
    append(&other, &room("lobby"), post("mine")).await.unwrap();
    let config = config(&cluster);
    let refused = to_stream(&folder("own"), &config, &folder("node")).await;
    assert!(
        matches!(refused, Err(MigrateError::NotEmpty { .. })),
        "{refused:?}"
    );
    other.close().await;
    let follows = to_stream(&folder("other"), &config, &folder("node")).await;
    assert!(
        matches!(follows, Err(MigrateError::FollowsAlready { .. })),
        "{follows:?}"
    );
}
