//! Several rooms over one connection: unread counts, the browser's history, and activity.

use serde_json::json;

use crate::{server::Server, window::Window};

#[tokio::test]
async fn switching_rooms_keeps_them_all_and_shows_what_is_unread() {
    let server = Server::start();
    let (ann, bob) = Window::open_two(&server).await;
    ann.post("in the lobby").await;
    bob.wait_for_messages(1, "sent").await;

    ann.fill_and_enter("room-input", "attic").await;
    ann.wait_for_text("room-name", "attic").await;
    let address = ann.page.current_url().await.unwrap();
    assert_eq!(address.path(), "/r/attic");
    ann.wait_for_messages(0, "sent").await;
    ann.post("up here").await;
    ann.wait_for_messages(1, "sent").await;

    bob.post("and down here").await;
    bob.post("still").await;
    let title = "return document.title";
    ann.wait_for(title, "(2) attic · Parlor").await;
    let unread =
        "return document.querySelector('[data-room=lobby] [data-testid=unread]')?.textContent";
    ann.wait_for(unread, "2 unread").await;
    ann.screenshots("rooms").await;

    // The browser's own button leads back: what is new is marked there, and no longer counted.
    ann.page.back().await.unwrap();
    ann.wait_for_text("room-name", "lobby").await;
    let all = ["in the lobby", "and down here", "still"];
    assert_eq!(ann.wait_for_messages(3, "sent").await, all);
    let first_below_mark = "return document.querySelector('[data-testid=new]')
        ?.nextElementSibling.querySelector('.text').innerText";
    ann.wait_for(first_below_mark, "and down here").await;
    ann.wait_for(title, "lobby · Parlor").await;
    ann.wait_until_gone("[data-testid=unread]").await;
    ann.screenshots("new").await;

    // The rooms are still joined after a reload, until the person leaves one.
    ann.reload().await;
    ann.wait_for_status("online").await;
    let rooms =
        "return Array.from(document.querySelectorAll('[data-testid=room]'), r => r.dataset.room)";
    ann.wait_for(rooms, json!(["lobby", "attic"])).await;
    ann.click_css("[data-room=attic] [data-testid=leave]").await;
    ann.wait_for(rooms, json!(["lobby"])).await;
    ann.assert_no_console_errors().await;
}

/// Sets the window's clock ahead by this many minutes.
const ADVANCE_CLOCK: &str = "const now = Date.now; Date.now = () => now() + arguments[0] * 60_000";

#[tokio::test]
async fn the_panel_says_when_people_and_rooms_were_last_active() {
    let server = Server::start();
    let (ann, bob) = Window::open_two(&server).await;
    let activity = "[data-testid=activity]";
    ann.wait_for_texts(activity, &["you", ""]).await;
    bob.press("h").await;
    ann.wait_for_texts(activity, &["you", "Active now"]).await;
    bob.press_and_enter("i").await;
    ann.wait_for_messages(1, "sent").await;
    ann.wait_for_text("quiet", "just now").await;
    ann.eval_with(ADVANCE_CLOCK, json!(12)).await;
    ann.wait_for_texts(activity, &["you", "Active 12 min ago"])
        .await;
    ann.wait_for_text("quiet", "12 min").await;

    // A message elsewhere is a sign of activity too.
    ann.fill_and_enter("room-input", "attic").await;
    ann.wait_for_text("room-name", "attic").await;
    bob.post("still here").await;
    ann.css("[data-room=lobby] [data-testid=unread]").await;
    ann.page.back().await.unwrap();
    ann.wait_for_texts(activity, &["you", "Active now"]).await;
    ann.eval_with(ADVANCE_CLOCK, json!(50)).await;
    ann.wait_for_texts(activity, &["you", "Active 50 min ago"])
        .await;
    ann.screenshots("activity").await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn a_page_that_the_browser_brings_back_knows_what_was_done_meanwhile() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/r/attic").await;
    // Another document: the browser keeps the first one as it is.
    ann.goto(&server, "/r/cellar").await;
    ann.wait_for_status("online").await;
    ann.post("down here").await;
    ann.wait_for_messages(1, "sent").await;
    ann.page.back().await.unwrap();
    ann.wait_for("return location.pathname", "/r/attic").await;
    ann.css("[data-room=cellar]").await;
    ann.wait_for_status("online").await;
    ann.assert_no_console_errors().await;
}
