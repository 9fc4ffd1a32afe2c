//! The directory of rooms.

use parlor_server::engine::{Engine, RetentionPolicy, RoomsQuery};
use parlor_shared::{
    Body, ClientMessage, ErrorCode, Name, RoomInfo, ServerMessage, Topic,
    limits::{ROOMS_CHARS_MAX, ROOMS_PAGE_MAX, ROOMS_SCAN_MAX},
};
use parlor_test_server::TestServer;

use crate::{
    client::{Client, new_id, room, welcomed},
    engine::{append, append_all, new_entry, open, post},
};

const MINUTE_MS: u64 = 60_000;

/// Appends to a room at a minute.
async fn append_at(engine: &dyn Engine, name: &str, minute: u64, body: Body) {
    let mut entry = new_entry(&room(name), new_id(), body);
    entry.at_ms = minute * MINUTE_MS;
    engine.append(entry).await.unwrap().await.unwrap();
}

/// All pages of the directory for these words, of up to `limit` rooms each.
async fn pages(engine: &dyn Engine, text: &str, limit: u16) -> Vec<Vec<RoomInfo>> {
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let query = RoomsQuery {
            text: text.to_owned(),
            after,
            limit,
        };
        let page = engine.rooms(query).await.unwrap();
        pages.push(page.rooms);
        after = page.next;
        if after.is_none() {
            return pages;
        }
    }
}

/// The names of the rooms with these words, in order, of those whose name begins with `dir-`.
async fn listed(engine: &dyn Engine, text: &str) -> Vec<String> {
    let pages = pages(engine, text, ROOMS_PAGE_MAX).await;
    let names = pages.iter().flatten().map(|info| info.room.to_string());
    names.filter(|name| name.starts_with("dir-")).collect()
}

/// Checks the directory of every engine.
async fn check_directory(engine: &dyn Engine) {
    let refused = Body::Deletion { target: new_id() };
    append(engine, &room("dir-none"), refused)
        .await
        .unwrap_err();
    assert_eq!(listed(engine, "dir-none").await, [""; 0]);

    append_at(engine, "dir-old", 30_000_000, post("x")).await;
    append_at(engine, "dir-new", 30_000_002, post("x")).await;
    append_at(engine, "dir-mid", 30_000_001, post("x")).await;
    assert_eq!(listed(engine, "").await, ["dir-new", "dir-mid", "dir-old"]);
    append_at(engine, "dir-old", 30_000_003, post("again")).await;
    let name = Name::parse("Über den Dächern").unwrap();
    let named = Body::RoomName { name: Some(name) };
    append_at(engine, "dir-mid", 30_000_009, named).await;
    let topic = Topic::parse("all about TEA").unwrap();
    let about = Body::Topic { topic: Some(topic) };
    append_at(engine, "dir-set", 29_000_000, about).await;
    assert_eq!(
        listed(engine, "").await,
        ["dir-old", "dir-new", "dir-mid", "dir-set"],
        "by their newest messages, and a room with a topic only"
    );
    for words in ["tea", "dir tea", "#dir-set", "ALL ABOUT", " set "] {
        assert_eq!(listed(engine, words).await, ["dir-set"], "{words}");
    }
    assert_eq!(listed(engine, "ÜBER").await, ["dir-mid"]);
    assert_eq!(listed(engine, "dir- coffee").await, [""; 0]);
    assert_eq!(listed(engine, "dir").await.len(), 4);

    // Page by page, each room once.
    let all = pages(engine, "", 1).await;
    assert!(all.iter().all(|page| page.len() <= 1));
    let mut names: Vec<_> = all.iter().flatten().map(|info| &info.room).collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
    let info = all
        .iter()
        .flatten()
        .find(|info| info.room == room("dir-mid"));
    let info = info.unwrap();
    let expected = (30_000_001 * MINUTE_MS, Some("Über den Dächern"));
    assert_eq!((info.at_ms, info.name.as_ref().map(Name::as_str)), expected);
    let query = RoomsQuery {
        after: Some("nonsense".to_owned()),
        ..RoomsQuery::default()
    };
    assert_eq!(engine.rooms(query).await.unwrap().rooms.len(), 1);

    // A room that has nothing left is not listed; one with a topic is.
    let all = RetentionPolicy {
        entries: None,
        since_ms: Some(u64::MAX / 2),
    };
    engine.apply_retention(all).await.unwrap();
    assert_eq!(listed(engine, "").await, ["dir-mid", "dir-set"]);
    let topic = Some(Topic::parse("back").unwrap());
    append_at(engine, "dir-new", 30_000_011, Body::Topic { topic }).await;
    assert_eq!(listed(engine, "").await, ["dir-new", "dir-mid", "dir-set"]);
}

#[actix_web::test]
async fn the_embedded_engine_lists_its_rooms() {
    let folder = tempfile::tempdir().unwrap();
    check_directory(&open(&folder).1).await;
}

#[actix_web::test]
async fn a_page_compares_so_many_rooms_and_finds_by_the_beginning_in_all() {
    let folder = tempfile::tempdir().unwrap();
    let (_, engine) = open(&folder);
    let entries =
        (0..=ROOMS_SCAN_MAX).map(|n| new_entry(&room(&format!("r{n}-x")), new_id(), post("x")));
    append_all(&engine, entries).await;
    let sizes = async |text| -> Vec<usize> {
        let pages = pages(&engine, text, 10).await;
        pages.iter().map(Vec::len).collect()
    };
    // The oldest room is the last that is looked at.
    assert_eq!(
        sizes("r0").await,
        [1, 1],
        "found by its beginning, and again"
    );
    assert_eq!(sizes("nowhere").await, [0, 0]);
    assert_eq!(sizes("").await.iter().sum::<usize>(), 1_001);
    engine.close().await;
}

#[actix_web::test]
async fn it_says_who_is_there_and_what_a_room_is_called() {
    let server = TestServer::start();
    let [mut ann, mut bob] = welcomed(server.address(), ["ann", "bob"]).await;
    ann.join("lobby").await;
    ann.join("attic").await;
    bob.join("lobby").await;
    assert_eq!(ann.rooms("").await, [], "nobody has written anything");
    ann.post("lobby", "hi").await;
    let name = Some(Name::parse("Front Room").unwrap());
    ann.append("lobby", new_id(), Body::RoomName { name }).await;
    for _ in 0..2 {
        bob.entry().await;
    }
    let mut eve = Client::welcomed(server.address(), "eve").await;
    let [lobby] = &eve.rooms("FRONT").await[..] else {
        panic!("one room is called so")
    };
    assert_eq!((lobby.room.as_str(), lobby.count), ("lobby", 2));
    assert_eq!(lobby.name.as_ref().map(Name::as_str), Some("Front Room"));
}

#[actix_web::test]
async fn it_is_for_members_and_its_words_are_bounded() {
    let server = TestServer::start();
    let mut ann = Client::connect(server.address()).await;
    let ask = |text: String, after| ClientMessage::Rooms { text, after };
    ann.send(&ask(String::new(), None)).await;
    ann.refused(ErrorCode::HelloExpected).await;
    ann.hello("ann").await;
    ann.send(&ask("r".repeat(ROOMS_CHARS_MAX + 1), None)).await;
    ann.refused(ErrorCode::SearchInvalid).await;
    ann.send(&ask("r".repeat(ROOMS_CHARS_MAX), None)).await;
    ann.until(|message| matches!(message, ServerMessage::Rooms { .. }))
        .await;
}
