//! Several rooms over one line.

use serde_json::json;

use crate::{browser::Window, server::Server};

#[tokio::test]
async fn one_goes_from_room_to_room_and_sees_what_is_new_in_the_others() {
    let server = Server::start();
    let ann = Window::open(&server, "/").await;
    let bob = Window::open(&server, "/").await;
    ann.is("online").await;
    bob.is("online").await;
    ann.say("in the lobby").await;
    bob.messages(1, "sent").await;

    let to = ann.find("room-input").await;
    to.send_keys("The Attic\u{E007}").await.unwrap();
    ann.css("[data-testid=notice]:not(:empty)").await;
    to.clear().await.unwrap();
    to.send_keys("attic\u{E007}").await.unwrap();
    ann.reads("room-name", "attic").await;
    let address = ann.page.current_url().await.unwrap();
    assert_eq!(address.path(), "/r/attic");
    ann.messages(0, "sent").await;
    ann.say("up here").await;
    ann.messages(1, "sent").await;

    bob.say("and down here").await;
    bob.say("still").await;
    let title = "return document.title";
    ann.until(title, json!(null), |title| title == "(2) attic · Parlor")
        .await;
    ann.css("[data-room=lobby] [data-testid=unread]").await;
    ann.pictures("rooms").await;

    // Back in the lobby, with the browser's own button: what is new is marked, and no longer counted.
    ann.page.back().await.unwrap();
    ann.reads("room-name", "lobby").await;
    let all = ["in the lobby", "and down here", "still"];
    assert_eq!(ann.messages(3, "sent").await, all);
    ann.find("new").await;
    ann.until(title, json!(null), |title| title == "lobby · Parlor")
        .await;
    ann.pictures("new").await;

    // The rooms are still there after a reload, and one can be left.
    ann.page.refresh().await.unwrap();
    ann.is("online").await;
    let rooms =
        "return Array.from(document.querySelectorAll('[data-testid=room]'), r => r.dataset.room)";
    let both = json!(["attic", "lobby"]);
    ann.until(rooms, json!(null), |rooms| *rooms == both).await;
    ann.click("[data-room=attic] [data-testid=leave]").await;
    let one = json!(["lobby"]);
    ann.until(rooms, json!(null), |rooms| *rooms == one).await;
    ann.has_no_complaints().await;
}

/// Has the window's clock go on by this many minutes.
const MINUTES_PASS: &str = "const now = Date.now; Date.now = () => now() + arguments[0] * 60_000";

#[tokio::test]
async fn one_sees_who_was_active_when_and_where_something_was_said() {
    let server = Server::start();
    let ann = Window::open(&server, "/").await;
    let bob = Window::open(&server, "/").await;
    ann.is("online").await;
    bob.is("online").await;
    let heard =
        "return Array.from(document.querySelectorAll('[data-testid=activity]'), a => a.innerText)";
    ann.until(heard, json!(null), |all| *all == json!(["you", ""]))
        .await;
    bob.press("h").await;
    ann.until(heard, json!(null), |all| {
        *all == json!(["you", "active now"])
    })
    .await;
    bob.press("i\u{E007}").await;
    ann.messages(1, "sent").await;
    ann.reads("quiet", "now").await;
    ann.run(MINUTES_PASS, json!(12)).await;
    ann.until(heard, json!(null), |all| {
        *all == json!(["you", "12 min ago"])
    })
    .await;
    ann.reads("quiet", "12 min").await;
    ann.find("room-input")
        .await
        .send_keys("attic\u{E007}")
        .await
        .unwrap();
    ann.reads("room-name", "attic").await;
    bob.say("still here").await;
    ann.css("[data-room=lobby] [data-testid=unread]").await;
    ann.page.back().await.unwrap();
    ann.until(heard, json!(null), |all| {
        *all == json!(["you", "active now"])
    })
    .await;
    ann.run(MINUTES_PASS, json!(50)).await;
    ann.until(heard, json!(null), |all| {
        *all == json!(["you", "50 min ago"])
    })
    .await;
    ann.pictures("activity").await;
    ann.has_no_complaints().await;
}
