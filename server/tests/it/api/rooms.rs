//! The directory, rooms, members, search and announcements over HTTP.

use parlor_shared::{Body, Right, ServerMessage, Topic};
use parlor_test_server::TestServer;
use serde_json::json;

use super::http_client::{Program, post};
use crate::{
    client::{Client, new_id},
    rights::give,
};

#[actix_web::test]
async fn rooms_are_listed_and_described() {
    let server = TestServer::start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("tea").await;
    let topic = Some(Topic::parse("Green or black").unwrap());
    ann.append("tea", new_id(), Body::Topic { topic }).await;
    ann.entry().await;
    ann.post("tea", "hello").await;
    ann.entry().await;
    let bot = Program::named(&server, "bot").await;
    bot.post("/rooms/coffee/entries", &[], post("hello")).await;
    let list = bot.get("/rooms?text=black").await.json();
    assert_eq!(list["rooms"].as_array().unwrap().len(), 1);
    assert_eq!(list["rooms"][0]["count"], 1);
    let room = bot.get("/rooms/tea").await.json();
    assert_eq!((&room["head"], &room["right"]), (&json!(2), &json!("post")));
    assert_eq!(room["state"]["topic"], "Green or black");
    let members = bot.get("/rooms/tea/members").await.json();
    assert_eq!(
        members["members"],
        json!([{"member": ann.member, "name": "ann"}])
    );
    // Who reads over HTTP is not present.
    assert_eq!(bot.get("/rooms/coffee/members").await.json()["count"], 0);
    let words = "x".repeat(1_000);
    let refused = bot.get(&format!("/rooms?text={words}")).await;
    refused.refused(400, "search_invalid");
}

#[actix_web::test]
async fn messages_are_found_by_their_words() {
    let server = TestServer::start();
    let bot = Program::named(&server, "bot").await;
    bot.say(new_id(), "a needle").await;
    bot.say(new_id(), "hay").await;
    // The index follows the log.
    let found = loop {
        let found = bot.get("/rooms/lobby/search?text=need").await;
        if !found.entries().is_empty() {
            break found;
        }
    };
    assert_eq!(found.entries().len(), 1);
    bot.get("/rooms/lobby/search")
        .await
        .refused(400, "search_invalid");
}

#[actix_web::test]
async fn a_moderator_announces_to_those_in_the_room() {
    let server = TestServer::start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let token = ann.token.clone().unwrap().as_str().to_owned();
    let program = Program {
        token: Some(token),
        ..Program::of(&server)
    };
    let path = "/rooms/lobby/announce";
    let notice = json!({"text": "Tea is ready"});
    program
        .post(path, &[], notice.clone())
        .await
        .refused(403, "not_allowed");
    give(&server, &mut ann, "lobby", Right::Moderate).await;
    let made = program.post(path, &[], notice).await;
    assert_eq!((made.status, &made.json()["count"]), (200, &json!(1)));
    let text = "Tea is ready";
    ann.until(|message| matches!(message, ServerMessage::Notice { text: told } if told == text))
        .await;
    program
        .post(path, &[], json!({"text": " "}))
        .await
        .refused(400, "out_of_range");
}
