//! Who may use the API: programs with and without tokens, where everyone may come in and where not.

use parlor_shared::{MemberId, Right};
use parlor_test_server::TestServer;
use serde_json::json;

use super::{
    append::now_ms,
    http_client::{Program, post},
};
use crate::{
    access::{run, set_password, with},
    client::{Client, new_id},
    rights::admin,
    server::spawn,
};

const PATH: &str = "/rooms/lobby/entries";

#[actix_web::test]
async fn where_everyone_may_come_in_nobody_needs_a_token_to_read() {
    let server = TestServer::start();
    let bot = Program::named(&server, "bot").await;
    bot.say(new_id(), "hello").await;
    let nobody = Program::of(&server);
    assert_eq!(nobody.get(PATH).await.entries().len(), 1);
    assert_eq!(
        nobody.get("/rooms").await.json()["rooms"][0]["room"],
        "lobby"
    );
    nobody.get("/me").await.refused(401, "token_required");
}

#[actix_web::test]
async fn a_member_is_the_same_over_http_and_the_websocket() {
    let server = TestServer::start();
    let ann = Client::welcomed(server.address(), "ann").await;
    let token = ann.token.clone().unwrap().as_str().to_owned();
    let mut program = Program::of(&server);
    program.token = Some(token.clone());
    let own = program.get("/me").await.json();
    assert_eq!(own["member"], json!(ann.member));
    // A WebSocket's token has no name: it comes with each entry.
    program
        .post(PATH, &[], post("hi"))
        .await
        .refused(400, "name_invalid");
    let mut body = post("hi");
    body["name"] = json!("Ann");
    let made = program.post(PATH, &[], body).await.entry();
    assert_eq!((made.member, made.name.as_str()), (ann.member, "Ann"));
    // Or it gets a token with one.
    let new = json!({"name": "Ann", "token": token});
    let named = program.post("/members", &[], new).await.json();
    assert_eq!(named["member"], json!(ann.member));
    program.token = named["token"].as_str().map(str::to_owned);
    let made = program.post(PATH, &[], post("hi")).await.entry();
    assert_eq!((made.member, made.name.as_str()), (ann.member, "Ann"));
    // And a WebSocket takes that, too.
    let mut again = Client::connect(server.address()).await;
    let token = program.token.clone().unwrap();
    again.token = Some(parlor_shared::Token::parse(token).unwrap());
    again.hello("ann").await;
    assert_eq!(again.member, ann.member);
}

#[actix_web::test]
async fn who_knows_the_password_gets_a_token_that_lets_it_in() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("log");
    set_password(&data, "open sesame");
    let server = spawn(&mut with(&data, &["--access", "password"]));
    let mut program = Program {
        address: server.address(),
        token: None,
    };
    program.get(PATH).await.refused(401, "password_required");
    let new = |password| json!({"name": "bot", "access": {"password": password}});
    let wrong = program.post("/members", &[], new("wrong")).await;
    wrong.refused(401, "password_wrong");
    let made = program.post("/members", &[], new("open sesame")).await;
    assert_eq!(made.status, 201, "{made:?}");
    let token = made.json()["token"].as_str().unwrap().to_owned();
    let member: MemberId = made.json()["member"].as_str().unwrap().parse().unwrap();
    program.token = Some(token.clone());
    let entry = program.say(new_id(), "hello").await.entry();
    assert_eq!((entry.member, entry.name.as_str()), (member, "bot"));
    // The member's part alone does not let it in.
    let (alone, _) = token.split_once('~').unwrap();
    program.token = Some(alone.to_owned());
    program.get(PATH).await.refused(401, "password_required");
}

#[actix_web::test]
async fn an_access_token_says_who_a_program_is_and_what_it_may_do() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("log");
    let server = spawn(&mut with(&data, &["--access", "token"]));
    let mut program = Program {
        address: server.address(),
        token: None,
    };
    program.get(PATH).await.refused(401, "access_required");
    let member = "01920000-0000-7000-8000-000000000000";
    let options = [
        "token",
        "--member",
        member,
        "--name",
        "CI",
        "--rights",
        "team-*=post",
    ];
    program.token = Some(run(&data, &options).trim().to_owned());
    let own = program.get("/me").await.json();
    assert_eq!(
        (&own["member"], &own["name"]),
        (&json!(member), &json!("CI"))
    );
    let path = "/rooms/team-tea/entries";
    let made = program.post(path, &[], post("built")).await.entry();
    assert_eq!(made.name.as_str(), "CI");
    let mut renamed = post("built");
    renamed["name"] = json!("somebody");
    program
        .post(path, &[], renamed)
        .await
        .refused(403, "not_allowed");
    program.get(PATH).await.refused(403, "not_allowed");
}

#[actix_web::test]
async fn a_ban_holds_over_http_at_once() {
    let server = TestServer::start();
    let bot = Program::named(&server, "bot").await;
    bot.say(new_id(), "spam").await;
    let member: MemberId =
        serde_json::from_value(bot.get("/me").await.json()["member"].clone()).unwrap();
    let mut owner = Client::welcomed(server.address(), "owner").await;
    owner.join("lobby").await;
    crate::rights::give(&server, &mut owner, "*", Right::Own).await;
    owner
        .send_text(
            &json!({"type": "moderate", "kind": "ban", "room": "lobby", "ban": {
                "member": member, "name": "bot", "until_ms": now_ms() + 60_000,
                "everywhere": false, "addresses": false, "reason": ""}})
            .to_string(),
        )
        .await;
    owner
        .until(|message| matches!(message, parlor_shared::ServerMessage::Moderated(_)))
        .await;
    bot.say(new_id(), "more spam").await.refused(403, "banned");
    assert_eq!(bot.get("/rooms/attic/entries").await.status, 200);
    assert!(admin(&server).bans(0).unwrap().len() == 1);
}
