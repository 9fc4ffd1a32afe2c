//! The list of messages in a room with much to read: scrolling, searching and jumping.

use fantoccini::key::Key;
use parlor_shared::{Body, RoomId, Text};
use serde_json::{Value, json};

use crate::{
    bulk::{frames, message_id, numbered},
    server::Server,
    window::Window,
};

/// The first visible row: its text, its distance from the top of the list, and how many rows the
/// document has.
const FIRST_VISIBLE: &str = "const list = document.querySelector('[data-testid=messages]');
    const top = list.getBoundingClientRect().top;
    const rows = Array.from(list.querySelectorAll('[data-testid=message]'));
    const row = rows.find(row => row.getBoundingClientRect().bottom > top);
    return row && { text: row.querySelector('.text').innerText,
        top: row.getBoundingClientRect().top - top, rows: rows.length };";

impl Window {
    /// Scrolls the list of messages by this many pixels.
    pub(crate) async fn scroll_list(&self, pixels: i32) {
        let script = "document.querySelector('[data-testid=messages]').scrollBy(0, arguments[0])";
        self.eval_with(script, json!(pixels)).await;
    }
}

#[tokio::test]
async fn scrolling_back_to_the_first_message_keeps_the_readers_place() {
    let server = Server::start();
    let room = RoomId::parse("library").unwrap();
    let ann = Window::open_online(&server, "/r/library").await;
    ann.send_as_bob(numbered(&room, 1, 700)).await;
    ann.reload().await;
    ann.wait_for_status("online").await;
    ann.wait_for_newest("message 700").await;

    // After each step up, the row that was the first is further down, not gone.
    let number = |row: &Value| -> u64 {
        let text = row["text"].as_str().unwrap();
        text.trim_start_matches("message ").parse().unwrap()
    };
    let is_row = |row: &Value| row.is_object();
    let mut first = number(&ann.wait_until(FIRST_VISIBLE, is_row).await);
    while first > 1 {
        let before = ann.wait_until(FIRST_VISIBLE, is_row).await;
        ann.scroll_list(-500).await;
        let has_moved = |now: &Value| now["text"] != before["text"];
        let now = ann.wait_until(FIRST_VISIBLE, has_moved).await;
        assert!(
            (first.saturating_sub(30)..first).contains(&number(&now)),
            "from {before} to {now}"
        );
        assert!(now["rows"].as_u64() <= Some(300), "{now}");
        first = number(&now);
    }
    ann.wait_until_gone("[data-testid=load-older]").await;
    ann.screenshots("beginning").await;

    // New messages are counted and move nothing.
    let before = ann.eval(FIRST_VISIBLE).await;
    ann.send_as_bob(numbered(&room, 701, 3)).await;
    ann.wait_for_text("jump-latest", "3 new messages").await;
    assert_eq!(ann.eval(FIRST_VISIBLE).await, before);
    ann.click("jump-latest").await;
    ann.wait_for_newest("message 703").await;
    ann.wait_until_gone("[data-testid=jump-latest]").await;
    ann.assert_no_console_errors().await;
}

/// The text of the row that a search or a quote led to, if the row is within the visible list.
const FOUND_ROW: &str = "const row = document.querySelector('[data-found=true]');
    const list = document.querySelector('[data-testid=messages]').getBoundingClientRect();
    const at = row?.getBoundingClientRect();
    return row && at.top > list.top && at.bottom < list.bottom
        && row.querySelector('.text').innerText";

/// Whether the list shows its newest message, and is scrolled down to it.
const IS_AT_END: &str = "const list = document.querySelector('[data-testid=messages]');
    return list.innerText.endsWith('message 400')
        && list.scrollHeight - list.scrollTop - list.clientHeight < 2";

#[tokio::test]
async fn a_search_result_and_a_quote_lead_to_their_messages() {
    let server = Server::start();
    let room = RoomId::parse("library").unwrap();
    let ann = Window::open_online(&server, "/r/library").await;
    ann.send_as_bob(numbered(&room, 1, 400)).await;
    ann.reload().await;
    ann.wait_for_status("online").await;
    ann.wait_for(IS_AT_END, true).await;
    // While something is unread the page loads earlier messages to find the first of it.
    ann.mark_room_read().await;
    ann.click("search").await;
    ann.fill("search-input", "message 77").await;
    ann.wait_for_texts("[data-testid=found] .text", &["message 77"])
        .await;
    ann.wait_for(IS_AT_END, true).await;
    // Last, because a browser that emulates a phone may scroll the list to its beginning.
    ann.screenshots("search").await;
    ann.click("found").await;
    ann.wait_for(FOUND_ROW, "message 77").await;
    ann.screenshots("found").await;
    ann.press("/").await;
    ann.fill("search-input", "nowhere").await;
    ann.wait_for_text("search-verdict", "No messages match “nowhere”")
        .await;
    ann.press(&Key::Escape).await;
    ann.wait_until_gone("[data-testid=search-input]").await;

    // A quote leads to its target even where the page has not loaded it.
    let reply = Body::Post {
        text: Text::parse("message 401").unwrap(),
        reply_to: Some(message_id(5)),
    };
    ann.send_as_bob(frames(&room, 401, vec![reply])).await;
    ann.reload().await;
    ann.wait_for_status("online").await;
    ann.wait_for_newest("message 401").await;
    ann.wait_for_texts("[data-testid=quote] .excerpt", &["Earlier message"])
        .await;
    ann.eval("document.querySelector('[data-testid=quote]').focus()")
        .await;
    ann.press(&Key::Enter).await;
    ann.wait_for(FOUND_ROW, "message 5").await;
    ann.assert_no_console_errors().await;
}
