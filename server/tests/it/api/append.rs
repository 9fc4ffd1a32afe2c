//! Appending over HTTP.

use parlor_shared::{Body, Right, RoomKind, ServerMessage};
use parlor_test_server::TestServer;
use serde_json::json;

use super::http_client::{Program, post};
use crate::{
    client::{Client, new_id, room, text},
    rights::{give, set_kind},
};

#[actix_web::test]
async fn an_entry_is_appended_once_and_everyone_in_the_room_gets_it() {
    let mut server = TestServer::start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let mut bot = Program::named(&server, "Deploy bot").await;
    let id = new_id();
    let made = bot.say(id, "it works").await;
    assert_eq!(made.status, 201, "{made:?}");
    let entry = made.entry();
    assert_eq!((entry.id, entry.name.as_str()), (id, "Deploy bot"));
    assert_eq!(ann.entry().await, entry);
    assert_eq!(made.header("parlor-position"), made.after());

    // The same again is answered with the original, also after a restart and with other words.
    let again = bot.say(id, "other words").await;
    assert_eq!((again.status, again.entry()), (200, entry.clone()));
    server.restart();
    bot.address = server.address();
    let again = bot.say(id, "it works").await;
    assert_eq!((again.status, again.entry()), (200, entry));
    assert_eq!(bot.get("/rooms/lobby/entries").await.entries().len(), 1);
}

#[actix_web::test]
async fn a_text_is_posted_as_it_is_and_the_server_makes_an_id() {
    let server = TestServer::start();
    let bot = Program::named(&server, "bot").await;
    let headers = [("content-type", "text/plain; charset=utf-8")];
    let made = bot
        .send("POST", "/rooms/lobby/entries", &headers, "build\nok\n")
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(text(&made.entry()), "build\nok");
    let other = bot
        .send("POST", "/rooms/lobby/entries", &headers, "build\nok\n")
        .await;
    assert_ne!(other.entry().id, made.entry().id);
}

#[actix_web::test]
async fn every_kind_of_entry_can_be_appended_and_the_wires_rules_hold() {
    let server = TestServer::start();
    let [ann, bob] = [
        Program::named(&server, "ann").await,
        Program::named(&server, "bob").await,
    ];
    let id = new_id();
    ann.say(id, "hello").await;
    let append = async |program: &Program, body| {
        let body = json!({"body": body});
        program.post("/rooms/lobby/entries", &[], body).await
    };
    let reaction = json!({"kind": "reaction", "target": id, "emoji": "❤", "on": true});
    let made = append(&bob, reaction).await.entry();
    assert!(
        matches!(&made.body, Body::Reaction { emoji, .. } if emoji.as_str() == "❤️"),
        "{made:?}"
    );
    let edit = json!({"kind": "edit", "target": id, "text": "hi"});
    append(&bob, edit.clone()).await.refused(403, "not_author");
    assert_eq!(append(&ann, edit).await.status, 201);
    let deletion = json!({"kind": "deletion", "target": id});
    append(&bob, deletion.clone())
        .await
        .refused(403, "not_author");
    assert_eq!(append(&ann, deletion).await.status, 201);
    let reply = json!({"kind": "post", "text": "what was it?", "reply_to": id});
    assert_eq!(append(&bob, reply).await.status, 201);
    let late = json!({"kind": "edit", "target": id, "text": "late"});
    append(&ann, late).await.refused(422, "target_unknown");
    // Nobody gets the words of what was deleted.
    let page = bob.get("/rooms/lobby/entries").await;
    assert_eq!(page.entries().len(), 5);
    assert!(
        !page.body.contains("hello") && !page.body.contains("\"hi\""),
        "{page:?}"
    );
}

#[actix_web::test]
async fn an_entry_that_follows_another_is_appended_only_behind_it() {
    let server = TestServer::start();
    let bot = Program::named(&server, "bot").await;
    let (first, second) = (new_id(), new_id());
    let mut body = post("two");
    body["follows"] = json!(first);
    body["id"] = json!(second);
    let early = bot.post("/rooms/lobby/entries", &[], body.clone()).await;
    let problem = early.refused(409, "out_of_order");
    assert_eq!(
        (&problem["id"], &problem["retry"]),
        (&json!(second), &json!(true))
    );
    bot.say(first, "one").await;
    assert_eq!(
        bot.post("/rooms/lobby/entries", &[], body).await.status,
        201
    );
}

#[actix_web::test]
async fn if_match_appends_only_where_the_head_is_still_that() {
    let server = TestServer::start();
    let bot = Program::named(&server, "bot").await;
    let path = "/rooms/lobby/entries";
    let empty = bot.send("HEAD", path, &[], "").await;
    assert_eq!((empty.status, empty.header("parlor-head")), (200, "0"));
    let head = bot.say(new_id(), "one").await.entry().seq.0;
    let stale = bot.post(path, &[("if-match", "0")], post("two")).await;
    assert_eq!(stale.refused(412, "head_moved")["head"], head);
    let id = new_id().to_string();
    let seq = format!("\"{head}\"");
    let headers = [("if-match", seq.as_str()), ("idempotency-key", &id)];
    let made = bot.post(path, &headers, post("two")).await;
    assert_eq!((made.status, made.entry().prev.0), (201, head));
    // The same again is on the log already, wherever the head is by now.
    assert_eq!(bot.post(path, &headers, post("two")).await.status, 200);
    let tag = bot
        .send("HEAD", path, &[], "")
        .await
        .header("etag")
        .to_owned();
    let with_tag = [("if-match", tag.as_str())];
    assert_eq!(bot.post(path, &with_tag, post("three")).await.status, 201);
    bot.post(path, &with_tag, post("four"))
        .await
        .refused(412, "head_moved");
    // A condition that can't be read is refused: without it the text would be posted.
    for nonsense in ["\"soon\"", "\u{7bb}"] {
        bot.post(path, &[("if-match", nonsense)], post("five"))
            .await
            .refused(400, "out_of_range");
    }
    assert_eq!(bot.get(path).await.entries().len(), 3);
}

#[actix_web::test]
async fn of_many_who_expect_the_same_head_one_appends() {
    let server = TestServer::start();
    let bot = Program::named(&server, "bot").await;
    let appends = (0..20).map(|n| {
        let (bot, text) = (bot.clone(), format!("{n}"));
        async move {
            let headers = [("if-match", "0")];
            bot.post("/rooms/lobby/entries", &headers, post(&text))
                .await
                .status
        }
    });
    let mut statuses = futures_util::future::join_all(appends).await;
    statuses.sort_unstable();
    assert_eq!(statuses[0], 201);
    assert!(
        statuses[1..].iter().all(|status| *status == 412),
        "{statuses:?}"
    );
    assert_eq!(bot.get("/rooms/lobby/entries").await.entries().len(), 1);
}

#[actix_web::test]
async fn rights_mutes_and_slow_mode_hold_as_on_the_wire() {
    let server = TestServer::start();
    let mut owner = Client::welcomed(server.address(), "owner").await;
    owner.join("lobby").await;
    give(&server, &mut owner, "*", Right::Own).await;
    let bot = Program::named(&server, "bot").await;
    let member = bot.get("/me").await.json()["member"].clone();
    let slow = Body::SlowMode { seconds: 60 };
    owner.append("lobby", new_id(), slow).await;
    owner.entry().await;
    assert_eq!(bot.say(new_id(), "one").await.status, 201);
    let slowed = bot.say(new_id(), "two").await;
    assert!(
        slowed.refused(429, "slow_mode")["retry_after_ms"]
            .as_u64()
            .unwrap()
            > 0
    );
    assert!(slowed.header("retry-after").parse::<u64>().unwrap() <= 60);
    let mute = Body::Mute {
        member: serde_json::from_value(member).unwrap(),
        name: parlor_shared::Name::parse("bot").unwrap(),
        until_ms: Some(now_ms() + 60_000),
    };
    owner.append("lobby", new_id(), mute).await;
    owner
        .until(|message| matches!(message, ServerMessage::Entry { entry, .. } if matches!(entry.body, Body::Mute { .. })))
        .await;
    bot.say(new_id(), "three").await.refused(403, "muted");
    let kind = json!({"body": {"kind": "room_kind", "room_kind": "private"}});
    bot.post("/rooms/lobby/entries", &[], kind)
        .await
        .refused(403, "not_allowed");
    set_kind(&mut owner, "lobby", RoomKind::ReadOnly).await;
    let refused = bot.say(new_id(), "four").await;
    assert_eq!(
        refused.refused(403, "not_allowed")["room"],
        json!(room("lobby"))
    );
    assert_eq!(bot.get("/rooms/lobby/entries").await.status, 200);
    set_kind(&mut owner, "lobby", RoomKind::Private).await;
    for path in [
        "/rooms/lobby/entries",
        "/rooms/lobby",
        "/rooms/lobby/search?text=one",
    ] {
        bot.get(path).await.refused(403, "not_allowed");
    }
}

pub(super) fn now_ms() -> u64 {
    let now = std::time::SystemTime::now();
    let now = now.duration_since(std::time::UNIX_EPOCH).unwrap();
    now.as_millis() as u64
}
