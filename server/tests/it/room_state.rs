//! A room's name, topic and pins: set by entries, kept beside them.

use std::num::NonZeroU32;

use parlor_server::engine::{
    AppendError, Engine, Outcome, RetentionPolicy, embedded::backup, embedded::check,
};
use parlor_shared::{
    Body, ClientMessage, Emoji, ErrorCode, MessageId, Name, RoomId, RoomState, Seq, ServerMessage,
    Text, Topic,
    limits::{PIN_TEXT_CHARS_MAX, PINS_MAX},
};
use parlor_test_server::TestServer;

use crate::{
    client::{Client, new_id, room, welcomed},
    engine::{append, open, post},
};

fn name(name: &str) -> Body {
    let name = Some(Name::parse(name).unwrap());
    Body::RoomName { name }
}

fn topic(topic: &str) -> Body {
    let topic = Some(Topic::parse(topic).unwrap());
    Body::Topic { topic }
}

fn pin(target: MessageId) -> Body {
    Body::Pin { target, on: true }
}

fn unpin(target: MessageId) -> Body {
    Body::Pin { target, on: false }
}

fn edit(target: MessageId, text: &str) -> Body {
    let text = Text::parse(text).unwrap();
    Body::Edit { target, text }
}

/// What is set, as "name / topic / pin, pin".
fn shown(state: &RoomState) -> String {
    let pins: Vec<&str> = state.pins.iter().map(|pin| pin.text.as_str()).collect();
    format!(
        "{} / {} / {}",
        state.name.as_ref().map_or("", Name::as_str),
        state.topic.as_ref().map_or("", Topic::as_str),
        pins.join(", ")
    )
}

async fn state(engine: &dyn Engine, room: &RoomId) -> String {
    shown(&engine.room_state(room).await.unwrap())
}

/// Posts this and returns its id.
async fn say(engine: &dyn Engine, room: &RoomId, text: &str) -> MessageId {
    append(engine, room, post(text)).await.unwrap().entry.id
}

/// Appends what must be accepted.
async fn set(engine: &dyn Engine, room: &RoomId, body: Body) {
    assert_eq!(
        append(engine, room, body).await.unwrap().outcome,
        Outcome::New
    );
}

/// Deletes every entry.
async fn expire_all(engine: &dyn Engine) {
    let all = RetentionPolicy {
        entries: None,
        since_ms: Some(u64::MAX / 2),
    };
    engine.apply_retention(all).await.unwrap();
}

/// Checks what every engine keeps of a room.
async fn check_room_state(engine: &dyn Engine) {
    let (tea, other) = (room("tea"), room("no-tea"));
    assert_eq!(
        engine.room_state(&tea).await.unwrap(),
        RoomState::default(),
        "a room that nobody has written in"
    );
    let [first, second] = [
        say(engine, &tea, "one").await,
        say(engine, &tea, "two").await,
    ];
    say(engine, &other, "coffee").await;
    assert_eq!(state(engine, &tea).await, " /  / ");

    set(engine, &tea, name("Tea Time")).await;
    set(engine, &tea, topic("all about tea")).await;
    set(engine, &tea, pin(second)).await;
    set(engine, &tea, edit(first, "one, mended")).await;
    set(engine, &tea, pin(first)).await;
    assert_eq!(
        state(engine, &tea).await,
        "Tea Time / all about tea / two, one, mended",
        "with the words as they are now"
    );
    set(engine, &tea, edit(second, "2")).await;
    set(engine, &tea, pin(second)).await;
    assert_eq!(
        state(engine, &tea).await,
        "Tea Time / all about tea / one, mended, 2",
        "a message is pinned once, and last where it was pinned last"
    );
    assert_eq!(state(engine, &other).await, " /  / ");
    let known = engine.room_state(&tea).await.unwrap();
    assert_eq!(known.seq, engine.bounds(&tea).await.unwrap().head);

    let unknown: Result<(), _> = Err(AppendError::TargetUnknown);
    for body in [pin(new_id()), unpin(new_id())] {
        assert_eq!(append(engine, &tea, body).await.map(drop), unknown.clone());
    }
    assert!(append(engine, &other, pin(first)).await.is_err());
    let topic = append(engine, &other, topic("no message")).await.unwrap();
    let (target, emoji) = (topic.entry.id, Emoji::parse("👍").unwrap());
    let reaction = Body::Reaction {
        target,
        emoji,
        on: true,
    };
    for body in [
        pin(target),
        edit(target, "x"),
        reaction,
        Body::Deletion { target },
    ] {
        let refused = append(engine, &other, body).await;
        assert_eq!(refused.map(drop), unknown.clone(), "it is no message");
    }
    set(engine, &other, Body::Topic { topic: None }).await;

    // Everything outlives its entries, and can still be changed.
    expire_all(engine).await;
    assert!(
        engine
            .read_after(&tea, Seq::ZERO, 10)
            .await
            .unwrap()
            .entries
            .is_empty()
    );
    assert_eq!(
        state(engine, &tea).await,
        "Tea Time / all about tea / one, mended, 2"
    );
    assert_eq!(
        append(engine, &tea, pin(first)).await.map(drop),
        unknown.clone()
    );
    set(engine, &tea, unpin(first)).await;
    set(engine, &tea, Body::RoomName { name: None }).await;
    set(engine, &tea, Body::Topic { topic: None }).await;
    assert_eq!(state(engine, &tea).await, " /  / 2");

    let third = say(engine, &tea, "three").await;
    set(engine, &tea, pin(third)).await;
    set(engine, &tea, Body::Deletion { target: third }).await;
    assert_eq!(
        state(engine, &tea).await,
        " /  / 2",
        "with its deletion it is unpinned"
    );
    assert_eq!(
        append(engine, &tea, pin(third)).await.map(drop),
        unknown.clone()
    );
    check_pins_max(engine).await;
}

#[actix_web::test]
async fn the_embedded_engine_keeps_what_is_set_for_a_room() {
    let folder = tempfile::tempdir().unwrap();
    check_room_state(&open(&folder).1).await;
}

async fn check_pins_max(engine: &dyn Engine) {
    let full = room("full-of-pins");
    let mut ids = Vec::new();
    for n in 0..=PINS_MAX {
        ids.push(say(engine, &full, &format!("{n}")).await);
    }
    for id in &ids[..PINS_MAX] {
        set(engine, &full, pin(*id)).await;
    }
    let last = ids[PINS_MAX];
    assert_eq!(
        append(engine, &full, pin(last)).await,
        Err(AppendError::TooManyPins)
    );
    set(engine, &full, pin(ids[0])).await;
    set(engine, &full, unpin(ids[1])).await;
    set(engine, &full, pin(last)).await;
    assert_eq!(engine.room_state(&full).await.unwrap().pins.len(), PINS_MAX);
}

#[actix_web::test]
async fn it_outlives_a_restart_and_is_in_a_backup() {
    let folder = tempfile::tempdir().unwrap();
    let (data, copy) = (folder.path().join("log"), folder.path().join("copy"));
    std::fs::create_dir(&data).unwrap();
    let lobby = room("lobby");
    let open = |folder: &std::path::Path| {
        let record = std::sync::Arc::new(crate::engine::Record::default());
        parlor_server::engine::embedded::Embedded::open(folder, record).unwrap()
    };
    let engine = open(&data);
    let id = say(&engine, &lobby, "the rules").await;
    for body in [name("Front Room"), topic("hello"), pin(id)] {
        set(&engine, &lobby, body).await;
    }
    expire_all(&engine).await;
    backup(&data, &copy).unwrap();
    engine.close().await;
    drop(engine);
    for folder in [&data, &copy] {
        assert_eq!(check(folder).unwrap().problems, [""; 0]);
        let engine = open(folder);
        assert_eq!(
            state(&engine, &lobby).await,
            "Front Room / hello / the rules"
        );
        engine.close().await;
    }
}

#[actix_web::test]
async fn the_words_of_a_long_pinned_message_are_kept_up_to_a_bound() {
    let folder = tempfile::tempdir().unwrap();
    let (_, engine) = open(&folder);
    let lobby = room("lobby");
    let long = "ö".repeat(PIN_TEXT_CHARS_MAX + 1);
    let id = say(&engine, &lobby, &long).await;
    set(&engine, &lobby, pin(id)).await;
    let kept = async || {
        let state = engine.room_state(&lobby).await.unwrap();
        state.pins[0].text.as_str().chars().count()
    };
    assert_eq!(kept().await, PIN_TEXT_CHARS_MAX);
    set(&engine, &lobby, edit(id, &"x".repeat(PIN_TEXT_CHARS_MAX))).await;
    assert_eq!(kept().await, PIN_TEXT_CHARS_MAX);
    let spaces = format!("{}x", " ".repeat(PIN_TEXT_CHARS_MAX));
    set(&engine, &lobby, edit(id, &spaces)).await;
    assert_eq!(kept().await, 1);
}

#[actix_web::test]
async fn the_words_of_a_deleted_or_expired_message_that_was_pinned_are_in_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let (_, engine) = open(&folder);
    let lobby = room("lobby");
    let deleted = say(&engine, &lobby, "needle-one").await;
    let expired = say(&engine, &lobby, "needle-two").await;
    for id in [deleted, expired] {
        set(&engine, &lobby, pin(id)).await;
    }
    set(&engine, &lobby, Body::Deletion { target: deleted }).await;
    let newest = RetentionPolicy {
        entries: NonZeroU32::new(1),
        since_ms: None,
    };
    engine.apply_retention(newest).await.unwrap();
    set(&engine, &lobby, unpin(expired)).await;
    let has_needle = || {
        let files = std::fs::read_dir(folder.path()).unwrap();
        files.flatten().any(|file| {
            let bytes = std::fs::read(file.path()).unwrap();
            bytes.windows(7).any(|window| window == b"needle-")
        })
    };
    while has_needle() {
        tokio::task::yield_now().await;
    }
    engine.close().await;
}

/// Joins and returns the state that follows the answer, if one does.
async fn join(client: &mut Client, name: &str) -> Option<RoomState> {
    let (room, after) = (room(name), None);
    client.send(&ClientMessage::Join { room, after }).await;
    let mut found = None;
    loop {
        match client.next().await {
            ServerMessage::State { state, .. } => found = Some(state),
            ServerMessage::Present { .. } => return found,
            _ => {}
        }
    }
}

#[actix_web::test]
async fn everyone_is_told_of_a_change_and_a_newcomer_of_the_state() {
    let server = TestServer::start();
    let [mut ann, mut bob] = welcomed(server.address(), ["ann", "bob"]).await;
    assert_eq!(join(&mut ann, "lobby").await, None);
    assert_eq!(join(&mut bob, "lobby").await, None);
    let said = ann.post("lobby", "the rules").await;
    ann.entry().await;
    bob.entry().await;
    for body in [name("Front Room"), topic("hello"), pin(said)] {
        bob.append("lobby", new_id(), body.clone()).await;
        let entry = ann.entry().await;
        assert_eq!((entry.body, entry.member), (body, bob.member));
    }
    let mut newcomer = Client::welcomed(server.address(), "eve").await;
    let told = join(&mut newcomer, "lobby").await.unwrap();
    assert_eq!(shown(&told), "Front Room / hello / the rules");
    let pinned = &told.pins[0];
    assert_eq!((pinned.id, pinned.member), (said, ann.member));
}

#[actix_web::test]
async fn what_no_room_can_have_is_refused() {
    let server = TestServer::start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let refused = [
        (r#""kind":"topic","topic":"""#, ErrorCode::TopicInvalid),
        (r#""kind":"topic","topic":"a\nb""#, ErrorCode::TopicInvalid),
        (r#""kind":"topic","topic":" a""#, ErrorCode::TopicInvalid),
        (
            r#""kind":"topic","topic":"a\u202eb""#,
            ErrorCode::TopicInvalid,
        ),
        (r#""kind":"room_name","name":"""#, ErrorCode::NameInvalid),
        (
            r#""kind":"room_name","name":"e\u0301""#,
            ErrorCode::NameInvalid,
        ),
        (
            r#""kind":"pin","target":"0199c82c-c000-7101-8101-010101010101","on":true"#,
            ErrorCode::TargetUnknown,
        ),
        (
            r#""kind":"pin","target":"x","on":true"#,
            ErrorCode::IdInvalid,
        ),
    ];
    for (body, code) in refused {
        let id = new_id();
        let frame = format!(r#"{{"type":"post","room":"lobby","id":"{id}","body":{{{body}}}}}"#);
        ann.send_text(&frame).await;
        let refusal = ann.refused(code).await;
        assert_eq!(refusal.id, Some(id), "{body}");
    }
    let attic = room("attic");
    ann.send(&ClientMessage::Post {
        room: attic,
        id: new_id(),
        follows: None,
        body: topic("not mine"),
    })
    .await;
    ann.refused(ErrorCode::NotJoined).await;
}
