//! A phone: a small screen that fingers touch. What a mouse does on a desktop, fingers do here.

use fantoccini::key::Key;
use serde_json::json;

use crate::{
    actions::DRAFT,
    fingers::{Point, SMALL},
    server::Server,
    window::Window,
};

/// Whether the bar that says what is wrong with the connection is shown.
const INTERRUPTION: &str = "return document.querySelector('.interruption').checkVisibility()";

/// Whether the panel lies over the room.
const SCRIM: &str = "return document.querySelector('.scrim').checkVisibility()";

/// Whether any menu is open, and how many buttons the list shows beside its messages.
const OPENED: &str = "return [document.querySelector('dialog[open]') !== null,
    document.querySelectorAll('.buttons').length]";

#[tokio::test]
async fn a_long_press_opens_the_sheet_and_back_a_tap_beside_it_and_escape_close_it() {
    let server = Server::start();
    let phone = Window::open_phone(&server, "/").await;
    phone.post_by_button("see https://example.com/ there").await;
    phone.wait_for_messages(1, "sent").await;
    let address = phone.page.current_url().await.unwrap();

    // The sheet is there while the finger is still down, and stays when it is lifted.
    phone.hold(".message .head").await;
    phone.css("dialog.sheet[open]").await;
    phone.lift().await;
    phone.next_frame().await;
    phone.css("dialog.sheet[open]").await;
    phone.page.back().await.unwrap();
    phone.wait_until_gone("dialog[open]").await;
    assert_eq!(phone.page.current_url().await.unwrap(), address);

    phone.tap(".message .head").await;
    phone.css("dialog.sheet[open]").await;
    phone.tap_at(Point { x: 195, y: 100 }).await;
    phone.wait_until_gone("dialog[open]").await;
    phone.tap(".message .head").await;
    phone.css("dialog.sheet[open]").await;
    phone.press(&Key::Escape).await;
    phone.wait_until_gone("dialog[open]").await;
    // None of them left an entry behind: the next Back leaves the page's first address.
    let entries = "return history.state";
    phone.wait_for(entries, json!(null)).await;

    // A link is followed, not acted on.
    let follow = "window.followed = null;
        addEventListener('click', click => {
            window.followed = click.target.closest('a')?.href;
            click.preventDefault();
        }, { capture: true, once: true })";
    phone.eval(follow).await;
    phone.tap(".message a").await;
    phone
        .wait_for("return window.followed", "https://example.com/")
        .await;
    assert_eq!(phone.eval(OPENED).await, json!([false, 0]));

    // A mouse at the same screen is a mouse.
    phone.hover(".message .text").await;
    phone.find("more").await;
    phone.click_css(".message .face").await;
    assert_eq!(phone.eval(OPENED).await, json!([false, 1]));
    phone.assert_no_console_errors().await;
}

#[tokio::test]
async fn a_swipe_to_the_end_of_the_line_begins_a_reply_and_scrolling_does_not() {
    let server = Server::start();
    let phone = Window::open_phone(&server, "/").await;
    for n in 0..40 {
        phone.post_by_button(&format!("message {n}")).await;
    }
    phone.wait_for_messages(40, "sent").await;
    let last = ".message:last-child .text p, .message:last-child .text";
    let state = "return document.querySelector('[data-swipe]')?.dataset.swipe ?? null";
    let far = Point { x: 120, y: 4 };
    phone.drag(last, Point { x: 40, y: 0 }).await;
    phone.wait_for(state, "begun").await;
    phone.lift().await;
    phone.wait_for(state, json!(null)).await;
    phone.drag(last, far).await;
    phone.wait_for(state, "ready").await;
    phone.screenshot("swipe-390-light").await;
    phone.lift().await;
    phone.find("replying").await;
    phone.wait_for_focus("composer").await;
    phone.wait_for(state, json!(null)).await;
    phone.tap("[data-testid=replying] button").await;
    phone.wait_until_gone("[data-testid=replying]").await;

    // Against the line, and along the list.
    phone.drag(last, Point { x: -120, y: 0 }).await;
    assert_eq!(phone.eval(state).await, json!(null));
    phone.lift().await;
    let top = "return document.getElementById('messages').scrollTop";
    let before = phone.eval(top).await.as_i64().unwrap();
    phone.drag(last, Point { x: 20, y: 300 }).await;
    phone
        .wait_until(top, |top| top.as_i64().unwrap() < before - 100)
        .await;
    assert_eq!(phone.eval(state).await, json!(null));
    phone.lift().await;
    assert_eq!(phone.eval(OPENED).await, json!([false, 0]));

    // From right to left the line ends on the left.
    phone.eval("document.documentElement.dir = 'rtl'").await;
    phone.tap_id("jump-latest").await;
    phone.wait_until_gone("[data-testid=jump-latest]").await;
    phone.drag(last, Point { x: -120, y: 0 }).await;
    phone.wait_for(state, "ready").await;
    phone.lift().await;
    phone.find("replying").await;
    phone.assert_no_console_errors().await;
}

/// Whether the header is one row, what in it is out of the screen or smaller than a finger, and
/// whether the page is as wide as the screen.
const HEADER: &str = "const header = document.querySelector('header').getBoundingClientRect();
    const small = Array.from(document.querySelectorAll('header button'))
        .filter(at => at.checkVisibility()).map(at => [at, at.getBoundingClientRect()])
        .filter(([, { left, right, width, height }]) =>
            left < 0 || right > innerWidth || width < 44 || height < 44)
        .map(([at]) => at.dataset.testid);
    return [header.height <= 60, small, document.scrollingElement.scrollWidth <= innerWidth]";

#[tokio::test]
async fn the_header_of_a_phone_is_one_row_in_every_state() {
    let mut server = Server::start();
    let longest = "wide-name-"
        .repeat(7)
        .get(..64)
        .unwrap()
        .trim_end_matches('-')
        .to_owned();
    let one_row = json!([true, [], true]);
    for room in ["lobby", longest.as_str()] {
        let phone = Window::open_phone(&server, &format!("/r/{room}")).await;
        phone.wait_for(HEADER, one_row.clone()).await;
        phone.wait_for(INTERRUPTION, false).await;
        phone.tap_id("page-menu").await;
        phone.screenshots_of_phone("page-menu").await;
        phone.tap_id("menu-connection").await;
        phone.wait_for_status("stopped").await;
        phone.wait_for(INTERRUPTION, true).await;
        phone.wait_for(HEADER, one_row.clone()).await;
        phone.screenshots_of_phone("phone-disconnected").await;
        phone.tap(".interruption button").await;
        phone.wait_for_status("online").await;
        phone.wait_for(INTERRUPTION, false).await;
        server.kill();
        phone.wait_for_status("waiting").await;
        phone.wait_for(INTERRUPTION, true).await;
        phone.wait_for(HEADER, one_row.clone()).await;
        server.restart();
        phone.wait_for_status("online").await;
        // What the menu opens.
        for (item, opened) in [
            ("menu-inspector", ".inspector"),
            ("menu-settings", "#settings[open]"),
            ("menu-shortcuts", "#shortcuts[open]"),
        ] {
            phone.tap_id("page-menu").await;
            phone.tap_id(item).await;
            phone.css(opened).await;
            phone.page.back().await.unwrap();
            phone.wait_until_gone(opened).await;
        }
        phone.wait_for_text("room-name", room).await;
    }
}

#[tokio::test]
async fn the_panel_comes_from_the_side_and_back_closes_it_and_everything_fits_a_finger() {
    let server = Server::start();
    let phone = Window::open_phone(&server, "/").await;
    let bob = Window::open_online(&server, "/").await;
    bob.post("hello").await;
    phone.wait_for_messages(1, "sent").await;
    bob.hover(".message .text").await;
    bob.click("react").await;
    phone.css(".reaction").await;
    assert_eq!(phone.eval(SMALL).await, json!([]));

    phone.tap_id("panel").await;
    phone.wait_for_focus("panel-close").await;
    phone.next_frame().await;
    assert_eq!(phone.eval(SMALL).await, json!([]));
    phone.screenshots_of_phone("drawer").await;
    phone.page.back().await.unwrap();
    phone.wait_for_focus("panel").await;
    phone.tap_id("panel").await;
    phone.wait_for_focus("panel-close").await;
    phone.press(&Key::Escape).await;
    phone.wait_for_focus("panel").await;
    phone.tap_id("panel").await;
    phone.wait_for_focus("panel-close").await;
    phone.tap_at(Point { x: 380, y: 500 }).await;
    phone.wait_for(SCRIM, false).await;

    // A room that is chosen takes the place of the panel in the history: Back leads to the room
    // before, and the keyboard stays down.
    phone.tap_id("panel").await;
    phone.wait_for_focus("panel-close").await;
    phone.tap_id("find-room").await;
    phone.wait_for_focus("room-input").await;
    assert_eq!(phone.eval(SMALL).await, json!([]));
    phone.page.back().await.unwrap();
    phone.wait_until_gone("[data-testid=switcher]").await;
    phone.wait_for(SCRIM, true).await;
    phone.tap_id("find-room").await;
    phone
        .find("room-input")
        .await
        .send_keys("attic")
        .await
        .unwrap();
    phone.tap("[data-testid=option]").await;
    phone.wait_for_text("room-name", "attic").await;
    phone.wait_for(SCRIM, false).await;
    assert_ne!(phone.focused().await, "composer");
    phone.page.back().await.unwrap();
    phone.wait_for_text("room-name", "lobby").await;
    bob.post("in the lobby").await;
    phone.page.forward().await.unwrap();
    phone.wait_for_text("room-name", "attic").await;

    phone.tap_id("panel").await;
    phone.tap_id("settings").await;
    phone.css("#settings[open]").await;
    assert_eq!(phone.eval(SMALL).await, json!([]));
    phone.page.back().await.unwrap();
    phone.wait_until_gone("#settings[open]").await;
    phone.wait_for(SCRIM, true).await;
    phone.page.back().await.unwrap();
    phone.wait_for(SCRIM, false).await;
    phone.wait_for_text("room-name", "attic").await;
    phone.assert_no_console_errors().await;
}

/// Whether the whole composer is within the screen, and the list at its end.
const WRITING: &str = "const form = document.querySelector('.composer').getBoundingClientRect();
    const list = document.getElementById('messages');
    return [form.bottom <= innerHeight, form.top > 0,
        list.scrollHeight - list.scrollTop - list.clientHeight < 2]";

#[tokio::test]
async fn on_a_phone_enter_begins_a_line_send_keeps_the_keyboard_and_the_list_its_end() {
    let server = Server::start();
    let phone = Window::open_phone(&server, "/").await;
    let field = "const field = document.getElementById('composer');
        return [field.enterKeyHint, document.querySelector('meta[name=viewport]').content]";
    let field = phone.eval(field).await;
    assert_eq!(field[0], "enter");
    let viewport = field[1].as_str().unwrap();
    assert!(viewport.contains("interactive-widget=resizes-content"));
    assert!(viewport.contains("viewport-fit=cover"));
    for n in 0..30 {
        phone.post_by_button(&format!("message {n}")).await;
    }
    phone.wait_for_messages(30, "sent").await;
    assert_eq!(phone.focused().await, "composer");

    // The keyboard comes up.
    phone.resize_to(390, 480).await;
    phone.wait_for(WRITING, json!([true, true, true])).await;
    phone.press("one").await;
    phone.press(&Key::Enter).await;
    phone.press("two").await;
    phone.wait_for(DRAFT, "one\ntwo").await;
    phone.wait_for(WRITING, json!([true, true, true])).await;
    phone.screenshot("keyboard-390-light").await;
    phone.tap_id("send").await;
    phone.wait_for_newest("one\ntwo").await;
    assert_eq!(phone.focused().await, "composer");
    phone.tap(".message:last-child .text").await;
    phone.tap_id("reply").await;
    phone.find("replying").await;
    phone.wait_for(WRITING, json!([true, true, true])).await;
    phone.assert_no_console_errors().await;
}
