//! The search: counting, stepping through the results, and where they stand.

use fantoccini::key::Key;
use parlor_shared::RoomId;
use serde_json::{Value, json};

use crate::{bulk::numbered, server::Server, window::Window};

/// The text of the row that the search led to.
const SHOWN: &str = "[data-found=true] .text";

/// Opens a library with 400 messages, and the search in it.
async fn open_search(server: &Server) -> Window {
    let room = RoomId::parse("library").unwrap();
    let ann = Window::open_online(server, "/r/library").await;
    ann.rename("Ann").await;
    ann.send_as_bob(numbered(&room, 1, 400)).await;
    ann.post("message of Ann").await;
    ann.wait_for_newest("message of Ann").await;
    ann.click("search").await;
    ann.wait_for_focus("search-input").await;
    ann
}

/// Types the query again until the index, which is a moment behind the log, has what was posted.
async fn search_until(window: &Window, query: &str, verdict: &str) {
    let type_again = "const field = document.querySelector('[data-testid=search-input]');
        const verdict = document.querySelector('[data-testid=search-verdict]').innerText;
        const type = text => {
            field.value = text;
            field.dispatchEvent(new Event('input', { bubbles: true }));
        };
        if (field.value !== arguments[0] || /match/.test(verdict)) {
            type('');
            type(arguments[0]);
        }
        return verdict";
    window
        .wait_until_with(type_again, json!(query), |says| says == verdict)
        .await;
}

#[tokio::test]
async fn results_stay_beside_the_room_and_keys_step_through_them() {
    let server = Server::start();
    let ann = open_search(&server).await;
    search_until(&ann, "message", "50+ results").await;
    search_until(&ann, "message from:ann", "1 result").await;
    ann.wait_for_texts("[data-testid=found] .text", &["message of Ann"])
        .await;
    ann.screenshots("search-author").await;

    // The arrows select, Enter shows; the field keeps the focus and the results stay.
    ann.fill("search-input", "message 77").await;
    ann.wait_for_text("search-verdict", "1 result").await;
    ann.fill("search-input", "message 12").await;
    ann.wait_for_text("search-verdict", "11 results").await;
    ann.press(&(Key::Down + &Key::Down)).await;
    ann.wait_for_text("search-verdict", "2 of 11").await;
    ann.wait_for_texts("[aria-selected=true] .text", &["message 128"])
        .await;
    ann.press(&Key::Enter).await;
    ann.wait_for_texts(SHOWN, &["message 128"]).await;
    assert_eq!(ann.focused().await, "search-input");
    ann.screenshots("search-beside").await;
    ann.resize(1280).await;

    // The results stay while the user is in the list, and its buttons go on.
    ann.eval("document.querySelector('#messages').focus()")
        .await;
    ann.find("search-input").await;
    ann.click("next-result").await;
    ann.wait_for_texts(SHOWN, &["message 127"]).await;
    ann.wait_for_text("search-verdict", "3 of 11").await;
    ann.click("previous-result").await;
    ann.wait_for_texts(SHOWN, &["message 128"]).await;
    ann.css("[data-testid=found]:last-child")
        .await
        .click()
        .await
        .unwrap();
    ann.wait_for_texts(SHOWN, &["message 12"]).await;
    ann.wait_for_text("search-verdict", "11 of 11").await;
    let next = ann.find("next-result").await;
    assert!(!next.is_enabled().await.unwrap(), "there is no next one");

    // Escape closes it from anywhere; the composer's own Escape comes first.
    ann.click("composer").await;
    ann.press(&Key::Up).await;
    ann.find("editing").await;
    ann.press(&Key::Escape).await;
    ann.wait_until_gone("[data-testid=editing]").await;
    ann.find("search-input").await;
    ann.press(&Key::Escape).await;
    ann.wait_until_gone("[data-testid=search-input]").await;
    assert_eq!(ann.focused().await, "composer");
    ann.assert_no_console_errors().await;
}

/// Which of the results and the messages can be seen.
const VISIBLE: &str = "return ['#found', '#messages', '[data-testid=composer]'].map(selector =>
    document.querySelector(selector)?.checkVisibility({ visibilityProperty: true }) ?? false)";

#[tokio::test]
async fn on_a_phone_the_room_is_shown_with_a_bar_that_leads_back_to_the_results() {
    let server = Server::start();
    let ann = open_search(&server).await;
    ann.resize(390).await;
    search_until(&ann, "message 12", "11 results").await;
    let results = json!([true, false, false]);
    ann.wait_for(VISIBLE, results.clone()).await;
    ann.screenshot("search-phone").await;
    ann.css("[data-testid=found]:nth-child(2)")
        .await
        .click()
        .await
        .unwrap();
    ann.wait_for_texts(SHOWN, &["message 128"]).await;
    let room = json!([false, true, true]);
    ann.wait_for(VISIBLE, room.clone()).await;
    ann.wait_for_text("search-verdict", "2 of 11").await;
    ann.screenshots("search-folded").await;
    ann.resize(390).await;
    ann.click("next-result").await;
    ann.wait_for_texts(SHOWN, &["message 127"]).await;
    let is_in_view = "const { top, bottom } = document.querySelector('[data-found=true]')
            .getBoundingClientRect();
        const list = document.querySelector('#messages').getBoundingClientRect();
        return top >= list.top && bottom <= list.bottom";
    ann.wait_until(is_in_view, |is| *is == Value::Bool(true))
        .await;
    ann.click("back-to-results").await;
    ann.wait_for(VISIBLE, results).await;
    ann.wait_for_texts("[aria-selected=true] .text", &["message 127"])
        .await;
    ann.wait_for_focus("search-input").await;
    ann.press(&Key::Enter).await;
    ann.wait_for(VISIBLE, room).await;
    assert_ne!(ann.focused().await, "BODY");
    ann.click("search-close").await;
    ann.wait_until_gone("[data-testid=search-input]").await;
    ann.assert_no_console_errors().await;
}
