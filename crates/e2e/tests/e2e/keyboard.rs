//! Keys of input methods, shortcuts of one key, and where the focus goes.

use fantoccini::key::Key;
use serde_json::json;

use crate::{server::Server, window::Window};

/// Presses each of these keys where the focus is, in every way in which browsers report that an
/// input method has taken it: during the composition, or as Safari, after its end.
const COMPOSE: &str =
    "for (const key of ['Enter', 'Escape', 'ArrowUp', 'ArrowDown', 'Tab', '/', '?'])
    for (const how of [{ isComposing: true, keyCode: 229 }, { isComposing: true, keyCode: 13 },
        { isComposing: false, keyCode: 229 }])
        document.activeElement.dispatchEvent(new KeyboardEvent('keydown',
            { key, ...how, bubbles: true, cancelable: true, composed: true }))";

#[tokio::test]
async fn every_key_of_an_input_method_is_left_to_it() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    ann.post("first").await;
    ann.wait_for_messages(1, "sent").await;

    // In the composer: nothing is sent, no edit begins, and a reply stays one.
    ann.eval(COMPOSE).await;
    assert_eq!(
        ann.eval("return document.querySelector('[data-testid=editing]')")
            .await,
        json!(null)
    );
    ann.hover(".message .text").await;
    ann.click("reply").await;
    ann.find("replying").await;
    ann.press("日本").await;
    ann.eval(COMPOSE).await;
    ann.press_and_enter("語").await;
    assert_eq!(ann.wait_for_messages(2, "sent").await, ["first", "日本語"]);
    ann.css("[data-testid=message] [data-testid=quote]").await;

    // In an edit.
    ann.press(&Key::Up).await;
    ann.find("editing").await;
    ann.eval(COMPOSE).await;
    ann.press_and_enter("!").await;
    ann.wait_for_newest("日本語!").await;

    // In the picker's and the search's field: both stay open.
    ann.click("emoji").await;
    ann.wait_for_focus("picker-input").await;
    let choice = "return document.querySelector('#choice')?.ariaLabel";
    let chosen = ann.wait_until(choice, |choice| choice.is_string()).await;
    ann.eval(COMPOSE).await;
    ann.next_frame().await;
    assert_eq!(ann.eval(choice).await, chosen);
    ann.press(&Key::Escape).await;
    ann.wait_until_gone("[data-testid=picker]").await;
    ann.click("search").await;
    ann.wait_for_focus("search-input").await;
    ann.eval(COMPOSE).await;
    ann.next_frame().await;
    assert_eq!(ann.focused().await, "search-input");
    ann.press(&Key::Escape).await;

    // In the fields for names, and where no text is written.
    ann.fill("room-input", "attic").await;
    ann.eval(COMPOSE).await;
    ann.find("switcher").await;
    ann.press(&Key::Escape).await;
    ann.wait_until_gone("[data-testid=switcher]").await;
    ann.click("messages").await;
    ann.eval(COMPOSE).await;
    ann.next_frame().await;
    let opened = "return [document.querySelector('dialog[open], .search, [data-active=true]'),
        document.querySelector('[data-testid=room-name]').innerText]";
    assert_eq!(ann.eval(opened).await[1], "lobby");
    let dialog = "return document.querySelector('dialog[open], .search')";
    assert_eq!(ann.eval(dialog).await, json!(null));
    ann.click("settings").await;
    ann.fill("name-input", "Ada").await;
    ann.eval(COMPOSE).await;
    ann.css("dialog[open]").await;
    ann.assert_no_console_errors().await;
}

/// Presses the keys where no text is being written.
const PRESS: &str = "document.getElementById('messages').focus();
    for (const press of arguments[0]) document.activeElement.dispatchEvent(
        new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...press }));
    const open = document.querySelector('dialog[open]')?.id;
    document.querySelector('dialog[open]')?.close();
    return open ?? null";

#[tokio::test]
async fn shortcuts_of_one_key_need_that_key_alone_and_can_be_turned_off() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    let mut with_modifiers = Vec::new();
    for modifier in ["ctrlKey", "altKey", "metaKey"] {
        for key in ["/", "?"] {
            with_modifiers.push(json!({ "key": key, modifier: true }));
        }
    }
    let none = ann.eval_with(PRESS, json!(with_modifiers)).await;
    assert_eq!(none, json!(null));
    ann.next_frame().await;
    assert_eq!(
        ann.eval("return document.querySelector('.search')").await,
        json!(null)
    );
    let question_mark = json!([{ "key": "?", "shiftKey": true }]);
    let shown = ann.eval_with(PRESS, question_mark.clone()).await;
    assert_eq!(shown, "shortcuts");

    ann.click("settings").await;
    ann.click("keys").await;
    ann.screenshots("settings-keys").await;
    ann.click("settings-close").await;
    let title = "return document.querySelector('[data-testid=search]').ariaLabel";
    ann.wait_for(title, "Search this room").await;
    ann.reload().await;
    ann.wait_for_status("online").await;
    assert_eq!(ann.eval_with(PRESS, question_mark).await, json!(null));
    let slash = json!([{ "key": "/" }]);
    ann.eval_with(PRESS, slash).await;
    ann.next_frame().await;
    assert_eq!(
        ann.eval("return document.querySelector('.search')").await,
        json!(null)
    );
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn the_focus_goes_back_to_where_it_was_and_never_to_the_body() {
    let mut server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    ann.post("something to find").await;
    ann.wait_for_messages(1, "sent").await;
    // The search, opened by key and by button, closed by key and by button.
    ann.press_shift_tab().await;
    while ann.focused().await != "messages" {
        ann.press_shift_tab().await;
    }
    ann.press("/").await;
    ann.wait_for_focus("search-input").await;
    ann.press(&Key::Escape).await;
    ann.wait_for_focus("messages").await;
    ann.click("composer").await;
    ann.click("search").await;
    ann.wait_for_focus("search-input").await;
    ann.click("search-close").await;
    ann.wait_for_focus("search").await;
    ann.wait_until_gone("[data-testid=search-input]").await;
    assert_eq!(ann.focused().await, "search");

    // A dialog that was opened while nothing had the focus.
    ann.eval("document.activeElement.blur()").await;
    ann.press("?").await;
    ann.css("#shortcuts[open]").await;
    ann.press(&Key::Escape).await;
    ann.wait_for_focus("composer").await;

    // Buttons that go with what they did.
    ann.click("inspector").await;
    ann.click("inspector-close").await;
    ann.wait_for_focus("inspector").await;
    // One button disconnects and connects, and keeps the focus.
    ann.click("stop").await;
    ann.wait_for_focus("start").await;
    ann.click("start").await;
    ann.wait_for_status("online").await;
    ann.wait_for_focus("stop").await;
    server.stop();
    ann.wait_for_status("waiting").await;
    ann.click_css("[data-testid=notice] button").await;
    ann.wait_for_focus("composer").await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn fields_on_a_phone_are_large_enough_that_it_does_not_zoom_in() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    ann.resize(390).await;
    let too_small = "return Array.from(document.querySelectorAll('input, select, textarea'),
        field => [field.dataset.testid, parseFloat(getComputedStyle(field).fontSize)])
        .filter(([, size]) => size < 16)";
    assert_eq!(
        ann.eval(too_small).await,
        json!([]),
        "and those of the dialogs"
    );
    ann.click("emoji").await;
    ann.find("picker-input").await;
    assert_eq!(ann.eval(too_small).await, json!([]));
    ann.press(&Key::Escape).await;
    ann.click("search").await;
    ann.find("search-input").await;
    assert_eq!(ann.eval(too_small).await, json!([]));
    ann.press(&Key::Escape).await;
    ann.click("page-menu").await;
    ann.click("menu-inspector").await;
    ann.find("inspector-input").await;
    assert_eq!(ann.eval(too_small).await, json!([]));
}
