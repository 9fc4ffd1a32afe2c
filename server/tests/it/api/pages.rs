//! Pages of a room's entries.

use parlor_shared::{Entry, Seq};
use parlor_test_server::TestServer;
use serde_json::json;

use super::http_client::{Program, post};
use crate::client::{check_chain, new_id, text};

const PATH: &str = "/rooms/lobby/entries";

/// A server with a program that has posted so many texts to the lobby.
async fn with_texts(count: usize) -> (TestServer, Program) {
    let server = TestServer::start();
    let bot = Program::named(&server, "bot").await;
    for n in 0..count {
        assert_eq!(bot.say(new_id(), &format!("text {n}")).await.status, 201);
    }
    (server, bot)
}

fn texts(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(text).collect()
}

#[actix_web::test]
async fn a_room_is_read_page_by_page_in_both_directions() {
    let (_server, bot) = with_texts(7).await;
    let last = bot.get(&format!("{PATH}?limit=3")).await;
    assert_eq!(texts(&last.entries()), ["text 4", "text 5", "text 6"]);
    assert_eq!(last.json()["more"], true);
    let before = last.entries()[0].seq;
    let older = bot.get(&format!("{PATH}?limit=10&before={before}")).await;
    assert_eq!(texts(&older.entries()).len(), 4);
    assert_eq!(older.json()["more"], false);

    let mut after = "start".to_owned();
    let mut all = Vec::new();
    loop {
        let page = bot.get(&format!("{PATH}?limit=3&after={after}")).await;
        all.extend(page.entries());
        after = page.after();
        if page.json()["more"] == false {
            break;
        }
    }
    assert_eq!(all.len(), 7);
    check_chain(Seq::ZERO, &all);
    assert_eq!(after, last.after());
    let nothing = bot.get(&format!("{PATH}?after={after}")).await;
    assert_eq!((nothing.entries().len(), nothing.after()), (0, after));
    // From now on.
    let now = bot.get(&format!("{PATH}?limit=0")).await;
    assert_eq!((now.entries().len(), now.after()), (0, last.after()));
    // A room that nobody has written to is empty.
    let empty = bot.get("/rooms/attic/entries").await;
    assert_eq!(empty.entries(), []);
    assert_eq!(empty.header("parlor-head"), "0");
}

#[actix_web::test]
async fn a_position_holds_across_restarts_and_one_of_another_log_is_gone() {
    let (mut server, mut bot) = with_texts(3).await;
    let first = bot.get(&format!("{PATH}?limit=1&after=start")).await;
    for _ in 0..3 {
        server.restart();
    }
    bot.address = server.address();
    let rest = bot.get(&format!("{PATH}?after={}", first.after())).await;
    assert_eq!(texts(&rest.entries()), ["text 1", "text 2"]);
    assert_eq!(rest.entries()[0].prev, first.entries()[0].seq);

    let of_another = "3.01010101-0101-4101-8101-010101010101";
    let gone = bot.get(&format!("{PATH}?after={of_another}")).await;
    let problem = gone.refused(410, "reset");
    let start = problem["after"].as_str().unwrap();
    let all = bot.get(&format!("{PATH}?after={start}")).await;
    assert_eq!(all.entries().len(), 3);
    // Beyond the log's end nothing is known either.
    let (_, epoch) = rest.header("parlor-position").split_once('.').unwrap();
    let beyond = bot.get(&format!("{PATH}?after=999.{epoch}")).await;
    beyond.refused(410, "reset");
    let events = [
        ("accept", "text/event-stream"),
        ("last-event-id", of_another),
    ];
    bot.get_with(PATH, &events).await.refused(410, "reset");
    // A place that can't be read is refused: without it entries would be missed.
    let events = [
        ("accept", "text/event-stream"),
        ("last-event-id", "\u{7bb}"),
    ];
    bot.get_with(PATH, &events)
        .await
        .refused(400, "out_of_range");
}

#[actix_web::test]
async fn a_page_has_a_tag_until_anything_changes_and_may_not_be_kept_unasked() {
    let (_server, bot) = with_texts(2).await;
    let page = bot.get(PATH).await;
    assert_eq!(page.header("cache-control"), "private, no-cache");
    let tag = page.header("etag").to_owned();
    let known = [("if-none-match", tag.as_str())];
    let same = bot.get_with(PATH, &known).await;
    assert_eq!((same.status, same.body.as_str()), (304, ""));
    assert_eq!(same.header("etag"), tag);
    let weak = format!("\"other\", W/{tag}");
    assert_eq!(
        bot.get_with(PATH, &[("if-none-match", &weak)]).await.status,
        304
    );

    let target = page.entries()[0].id;
    let deletion = json!({"body": {"kind": "deletion", "target": target}});
    assert_eq!(bot.post(PATH, &[], deletion).await.status, 201);
    let changed = bot.get_with(PATH, &known).await;
    assert!(!changed.body.contains("text 0"), "{changed:?}");
    assert_eq!(texts(&changed.entries()), ["", "text 1", ""]);
}

#[actix_web::test]
async fn head_says_where_the_room_is_and_nothing_else() {
    let (_server, bot) = with_texts(2).await;
    let head = bot.send("HEAD", PATH, &[], "").await;
    let page = bot.get(PATH).await;
    assert_eq!(head.body, "");
    for name in ["etag", "parlor-head", "parlor-epoch", "parlor-position"] {
        assert_eq!(head.header(name), page.header(name));
    }
    assert_eq!(page.header("parlor-head"), page.json()["head"].to_string());
    assert_eq!(page.header("parlor-position"), page.after());
    let made = bot.post(PATH, &[], post("more")).await;
    assert_eq!(made.header("parlor-head"), made.entry().seq.to_string());
}

#[actix_web::test]
async fn what_is_asked_for_must_make_sense() {
    let (_server, bot) = with_texts(1).await;
    for query in [
        "limit=101",
        "limit=many",
        "limit=-1",
        "before=x",
        "after=7",
        "after=7.x",
        "wait=61",
        "after=start&before=3",
    ] {
        let refused = bot.get(&format!("{PATH}?{query}")).await;
        refused.refused(400, "out_of_range");
    }
}
