//! What the API refuses, and how.

use parlor_shared::limits::{FRAME_BYTES_MAX, TEXT_CHARS_MAX};
use parlor_test_server::TestServer;
use serde_json::json;

use super::http_client::{Program, post};
use crate::client::{Client, new_id};

const PATH: &str = "/rooms/lobby/entries";

#[actix_web::test]
async fn a_refusal_has_the_wires_code_and_says_what_to_do() {
    let server = TestServer::start();
    let bot = Program::named(&server, "bot").await;
    let nobody = Program::of(&server);
    let refused = nobody.post(PATH, &[], post("hello")).await;
    let problem = refused.refused(401, "token_required");
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains("/api/v1/members")
    );
    assert!(refused.header("www-authenticate").starts_with("Bearer"));

    let long = "t".repeat(TEXT_CHARS_MAX + 1);
    for (body, code) in [
        (post(" "), "text_empty"),
        (post("\u{200B}"), "text_empty"),
        (post(&long), "text_too_long"),
        (json!({"body": {"kind": "post"}}), "malformed"),
        (json!({"text": "hello"}), "malformed"),
        (json!("hello"), "malformed"),
        (
            json!({"body": {"kind": "post", "text": "a"}, "id": "7"}),
            "id_invalid",
        ),
        (
            json!({"body": {"kind": "edit", "target": "7", "text": "a"}}),
            "id_invalid",
        ),
        (json!({"body": {"kind": "blanked"}}), "unsupported"),
        (json!({"body": {"kind": "song"}}), "unsupported"),
        (
            json!({"body": {"kind": "post", "text": "a"}, "name": "\u{202E}"}),
            "name_invalid",
        ),
        (
            json!({"body": {"kind": "post", "text": "a"}, "name": 7}),
            "name_invalid",
        ),
    ] {
        bot.post(PATH, &[], body).await.refused(400, code);
    }
    let key = [("idempotency-key", "7")];
    bot.post(PATH, &key, post("a"))
        .await
        .refused(400, "id_invalid");
    let mut body = post("a");
    body["id"] = json!(new_id());
    let key = new_id().to_string();
    let key = [("idempotency-key", key.as_str())];
    bot.post(PATH, &key, body).await.refused(400, "id_invalid");
    let invalid = bot.get("/rooms/No%20room/entries").await;
    invalid.refused(400, "room_invalid");
    assert_eq!(bot.get(PATH).await.entries(), [], "nothing was appended");
}

#[actix_web::test]
async fn addresses_methods_and_media_types_that_there_are_not_are_refused() {
    let server = TestServer::start();
    let bot = Program::named(&server, "bot").await;
    for path in ["", "/", "/room", "/rooms/lobby/nothing"] {
        bot.get(path).await.refused(404, "not_found");
    }
    let refused = bot.send("DELETE", PATH, &[], "").await;
    refused.refused(405, "method_unknown");
    assert_eq!(refused.header("allow"), "GET, HEAD, POST");
    bot.get("/members").await.refused(405, "method_unknown");
    for media_type in ["application/x-www-form-urlencoded", "text/html", ""] {
        let headers = [("content-type", media_type)];
        let refused = bot.send("POST", PATH, &headers, "a=b").await;
        refused.refused(415, "media_type_unknown");
    }
    let headers = [("content-type", "application/json")];
    let large = format!("{{\"body\":\"{}\"}}", "x".repeat(FRAME_BYTES_MAX));
    let refused = bot.send("POST", PATH, &headers, &large).await;
    refused.refused(413, "too_large");
}

#[actix_web::test]
async fn a_token_that_is_no_good_is_refused_also_where_none_is_needed() {
    let server = TestServer::start();
    let mut bot = Program::named(&server, "bot").await;
    let good = bot.token.clone().unwrap();
    for (token, code) in [
        ("p1.AAAA".to_owned(), "token_invalid"),
        (good.replacen("p2.", "p1.", 1), "token_invalid"),
        (format!("{good}A"), "token_invalid"),
        ("nonsense".to_owned(), "access_invalid"),
        (format!("{good}~nonsense"), "access_invalid"),
    ] {
        bot.token = Some(token);
        bot.get(PATH).await.refused(401, code);
    }
    bot.token = None;
    let basic = [("authorization", "Basic YTpi")];
    bot.get_with(PATH, &basic)
        .await
        .refused(401, "token_invalid");
    let lower = format!("bearer {good}");
    let lower = [("authorization", lower.as_str())];
    assert_eq!(bot.get_with("/me", &lower).await.json()["name"], "bot");
}

#[actix_web::test]
async fn a_request_costs_tokens_of_the_same_buckets_as_a_frame() {
    let server = TestServer::start_with(&["--rate-per-second", "1", "--rate-burst", "20"]);
    let bot = Program::named(&server, "bot").await;
    let made = bot.say(new_id(), "one").await;
    assert_eq!(made.header("ratelimit-policy"), "\"tokens\";q=20;w=20");
    let left = |answer: &super::http_client::Answer| {
        let header = answer.header("ratelimit").to_owned();
        let (_, rest) = header.split_once("r=").unwrap();
        rest.split(';').next().unwrap().parse::<u32>().unwrap()
    };
    let before = left(&made);
    let after = left(&bot.say(new_id(), "two").await);
    assert!(after < before, "{after} {before}");
    // A body costs by its size.
    bot.say(new_id(), &"x".repeat(5_000)).await;
    let refused = loop {
        let answer = bot.get("/rooms").await;
        if answer.status != 200 {
            break answer;
        }
    };
    assert_eq!(refused.refused(429, "rate_limited")["retry"], true);
    assert!(refused.header("retry-after").parse::<u32>().unwrap() >= 1);
    assert!(left(&refused) < 4);
    // Another program has its own.
    assert_eq!(
        Program::named(&server, "other")
            .await
            .get("/rooms")
            .await
            .status,
        200
    );
}

#[actix_web::test]
async fn pages_of_listed_origins_may_use_it_and_others_not() {
    let options = [
        "--rate-per-second",
        "0",
        "--allow-origin",
        "https://wiki.example.org",
    ];
    let server = TestServer::start_with(&options);
    let bot = Program::named(&server, "bot").await;
    let listed = ("origin", "https://wiki.example.org");
    let asks = [listed, ("access-control-request-method", "POST")];
    let preflight = bot.send("OPTIONS", PATH, &asks, "").await;
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.header("access-control-allow-origin"), listed.1);
    let allowed = preflight.header("access-control-allow-headers");
    for name in [
        "authorization",
        "content-type",
        "idempotency-key",
        "if-match",
        "last-event-id",
    ] {
        assert!(allowed.contains(name), "{allowed}");
    }
    let answer = bot.get_with(PATH, &[listed]).await;
    assert_eq!(
        (answer.status, answer.header("access-control-allow-origin")),
        (200, listed.1)
    );
    assert!(
        answer
            .header("access-control-expose-headers")
            .contains("etag")
    );
    assert!(answer.header("vary").contains("origin"));
    let own = format!("http://{}", server.address());
    assert_eq!(bot.get_with(PATH, &[("origin", &own)]).await.status, 200);
    for origin in ["https://evil.test", "null", "http://wiki.example.org"] {
        let asks = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
        ];
        let refused = bot.send("OPTIONS", PATH, &asks, "").await;
        refused.refused(403, "not_allowed");
        assert!(!refused.headers.contains_key("access-control-allow-origin"));
        bot.get_with(PATH, &[("origin", origin)])
            .await
            .refused(403, "not_allowed");
    }
}

#[actix_web::test]
async fn refusals_are_counted_with_those_of_the_wire() {
    let options = ["--rate-per-second", "0", "--admin", "127.0.0.1:0"];
    let server = TestServer::start_with(&options);
    let bot = Program::named(&server, "bot").await;
    bot.say(new_id(), " ").await.refused(400, "text_empty");
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.check_alive().await;
    let admin = Program {
        address: server.admin(),
        token: None,
    };
    let metrics = admin.scrape().await;
    let counted = metrics.lines().find(|line| line.contains("text_empty"));
    assert!(
        counted.is_some_and(|line| line.ends_with(" 1")),
        "{metrics}"
    );
}
