//! Secret addresses that take messages as Slack does.

use std::path::Path;

use futures_util::future::join_all;
use parlor_shared::{Body, Name, Right, RoomKind, limits::INCOMING_BYTES_MAX};
use parlor_test_server::TestServer;
use serde_json::json;

use super::receiver::data;
use crate::{
    access::run,
    api::http_client::{Answer, Program},
    client::{Client, new_id, text},
    rights::{give, set_kind},
};

/// A program that knows a secret address.
struct Build {
    program: Program,
    path: String,
    number: String,
}

impl Build {
    /// With an address that posts in this room as CI.
    fn new(server: &TestServer, data: &Path, room: &str) -> Self {
        let said = run(
            data,
            &["webhook", "incoming", "--room", room, "--name", "CI"],
        );
        let address = said
            .split_whitespace()
            .find(|word| word.contains("/hooks/"));
        let (_, secret) = address.unwrap().split_once("/hooks/").unwrap();
        assert!(secret.len() >= 32, "{secret}");
        Self {
            program: Program::of(server),
            path: format!("/../../hooks/{secret}"),
            number: said.split(' ').nth(1).unwrap().to_owned(),
        }
    }

    async fn send(&self, headers: &[(&str, &str)], body: &str) -> Answer {
        self.program.send("POST", &self.path, headers, body).await
    }

    async fn say(&self, body: serde_json::Value) -> Answer {
        let headers = [("content-type", "application/json")];
        self.send(&headers, &body.to_string()).await
    }
}

#[track_caller]
fn check(answer: &Answer, status: u16, word: &str) {
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (status, word),
        "{answer:?}"
    );
}

#[actix_web::test]
async fn what_is_sent_as_to_slack_is_posted_as_the_bot() {
    let server = TestServer::start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("builds").await;
    let build = Build::new(&server, &data(&server), "builds");
    let made = build
        .say(json!({"text": "<https://ci.example/7|build 7> is &lt;done&gt; :tada:"}))
        .await;
    check(&made, 200, "ok");
    let first = ann.entry().await;
    assert_eq!(text(&first), "build 7 (https://ci.example/7) is <done> 🎉");
    assert_eq!(first.name.as_str(), "CI");

    // As a form, under another name, and as curl sends it that is told nothing.
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = "payload=%7B%22text%22%3A%22again%22%2C%22username%22%3A%22Nightly%22%7D";
    check(&build.send(&form, body).await, 200, "ok");
    let second = ann.entry().await;
    assert_eq!((text(&second), second.name.as_str()), ("again", "Nightly"));
    assert_eq!(second.member, first.member, "it is one member");
    check(&build.send(&form, "{\"text\":\"plain\"}").await, 200, "ok");
    assert_eq!(text(&ann.entry().await), "plain");

    // The same key posts once, whatever it is.
    let id = new_id().to_string();
    for key in [id.as_str(), "\"build 7\"", "\u{7bb}"] {
        for _ in 0..2 {
            let headers = [("idempotency-key", key)];
            check(
                &build.send(&headers, "{\"text\":\"once\"}").await,
                200,
                "ok",
            );
        }
        assert_eq!(text(&ann.entry().await), "once");
    }
    check(&build.say(json!({"text": "end"})).await, 200, "ok");
    assert_eq!(text(&ann.entry().await), "end");

    let list = run(&data(&server), &["webhook", "list"]);
    assert!(list.contains("CI: posts in builds"), "{list}");
    run(&data(&server), &["webhook", "remove", &build.number]);
    check(&build.say(json!({"text": "more"})).await, 404, "no_service");
}

#[actix_web::test]
async fn what_can_not_be_posted_is_refused_in_slacks_words() {
    let server = TestServer::start();
    let build = Build::new(&server, &data(&server), "builds");
    let json = [("content-type", "application/json")];
    check(
        &build.send(&json, "{\"text\":").await,
        400,
        "invalid_payload",
    );
    check(&build.say(json!({"text": "  "})).await, 400, "no_text");
    check(&build.say(json!({"blocks": []})).await, 400, "no_text");
    let long = "x".repeat(8_001);
    check(&build.say(json!({"text": long})).await, 400, "msg_too_long");
    let large = format!("{{\"text\":\"{}\"}}", "x".repeat(INCOMING_BYTES_MAX));
    check(&build.send(&json, &large).await, 413, "too_large");
    let program = Program::of(&server);
    let nobody = "/../../hooks/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let unknown = program
        .send("POST", nobody, &json, "{\"text\":\"x\"}")
        .await;
    check(&unknown, 404, "no_service");
    let read = program.send("GET", &build.path, &[], "").await;
    assert_eq!((read.status, read.header("allow")), (405, "POST"));
}

#[actix_web::test]
async fn the_rules_of_its_room_hold_for_it() {
    let server = TestServer::start();
    let mut owner = Client::welcomed(server.address(), "owner").await;
    owner.join("builds").await;
    give(&server, &mut owner, "*", Right::Own).await;
    let build = Build::new(&server, &data(&server), "builds");
    // It was given the right to post in this very room.
    for kind in [RoomKind::ReadOnly, RoomKind::Private] {
        set_kind(&mut owner, "builds", kind).await;
        check(&build.say(json!({"text": "built"})).await, 200, "ok");
        owner.entry().await;
    }
    let slow = Body::SlowMode { seconds: 60 };
    owner.append("builds", new_id(), slow).await;
    owner.entry().await;
    check(&build.say(json!({"text": "built"})).await, 200, "ok");
    let bot = owner.entry().await.member;
    let slowed = build.say(json!({"text": "built"})).await;
    check(&slowed, 429, "rate_limited");
    assert!(slowed.header("retry-after").parse::<u64>().unwrap() <= 61);
    let mute = Body::Mute {
        member: bot,
        name: Name::parse("CI").unwrap(),
        until_ms: Some(far()),
    };
    owner.append("builds", new_id(), mute).await;
    owner.entry().await;
    check(
        &build.say(json!({"text": "built"})).await,
        403,
        "action_prohibited",
    );
}

/// An hour from now, in Unix milliseconds.
fn far() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.unwrap().as_millis() as u64 + 3_600_000
}

#[actix_web::test]
async fn it_has_a_members_rate_and_is_found_below_the_path_of_the_server() {
    let options = [
        "--rate-per-second",
        "1",
        "--rate-burst",
        "2",
        "--base-path",
        "/team/chat",
    ];
    let server = TestServer::start_with(&options);
    let mut build = Build::new(&server, &data(&server), "builds");
    let (_, secret) = build.path.rsplit_once('/').unwrap();
    build.path = format!("/../../team/chat/hooks/{secret}");
    let all = (0..6).map(|n| build.say(json!({"text": n.to_string()})));
    let answers = join_all(all).await;
    let count = |word: &str| answers.iter().filter(|answer| answer.body == word).count();
    // Two at once, and one that waits for a second.
    assert!(count("ok") >= 2, "{answers:?}");
    assert!(count("rate_limited") >= 2, "{answers:?}");
}
