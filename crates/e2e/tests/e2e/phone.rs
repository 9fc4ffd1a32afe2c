//! What somebody does on a phone, from their first visit on, by touch alone.

use parlor_shared::RoomId;
use serde_json::json;

use crate::{actions::DRAFT, bulk::numbered, fingers::SMALL, server::Server, window::Window};

/// The text of the message below the "New" line.
const BELOW_LINE: &str = "return document.querySelector('[data-testid=new]')
    ?.nextElementSibling.querySelector('.text').innerText ?? null";

/// The text of the row that a link led to, if the row is within the visible list.
const FOUND_ROW: &str = "const row = document.querySelector('[data-found=true]');
    const list = document.getElementById('messages').getBoundingClientRect();
    const at = row?.getBoundingClientRect();
    return row && at.top > list.top && at.bottom < list.bottom
        && row.querySelector('.text').innerText";

/// A message's text.
const TEXT: &str = "[data-testid=message] .text";

/// The same of the newest message.
const NEWEST: &str = "[data-testid=message]:last-child .text";

#[tokio::test]
async fn a_walk_by_touch_from_the_first_visit_to_a_link_and_back_to_the_first_unread() {
    let server = Server::start();
    let phone = Window::open_phone(&server, "/").await;
    let bob = Window::open_online(&server, "/").await;
    bob.post("Who brings the cake?").await;
    phone.wait_for_messages(1, "sent").await;
    reply_react_and_edit(&phone, &bob).await;
    copy(&phone, &server).await;
    delete(&phone, &bob).await;
    follow_a_link(&phone, &bob, &server).await;
    return_to_first_unread(&phone, &bob).await;
    phone.assert_no_console_errors().await;
    bob.assert_no_console_errors().await;
}

async fn reply_react_and_edit(phone: &Window, bob: &Window) {
    // A tap on a message opens its sheet.
    phone.tap(TEXT).await;
    phone.css("dialog.sheet[open]").await;
    let text = "return document.querySelector('.menu-message')?.innerText ?? ''";
    phone
        .wait_until(text, |text| {
            text.as_str().unwrap().ends_with("\nWho brings the cake?")
        })
        .await;
    phone.screenshots_of_phone("sheet").await;
    phone.tap_id("reply").await;
    phone.find("replying").await;
    phone.wait_for_focus("composer").await;
    phone.press("I do!").await;
    phone.tap_id("send").await;
    bob.wait_for_newest("I do!").await;
    bob.css("[data-testid=quote]").await;
    assert_eq!(phone.focused().await, "composer", "the keyboard stays up");

    phone.tap(TEXT).await;
    phone.tap("dialog [data-testid=react]").await;
    bob.wait_for_texts(".reaction", &["👍 1"]).await;
    phone.tap(".reaction").await;
    bob.wait_until_gone(".reaction").await;

    phone.tap(NEWEST).await;
    phone.screenshots_of_phone("sheet-own").await;
    phone.tap_id("edit").await;
    phone.find("editing").await;
    phone.wait_for(DRAFT, "I do!").await;
    phone.press(" With cream.").await;
    phone.tap_id("send").await;
    bob.wait_for_newest("I do! With cream.").await;
}

/// What was copied can be pasted.
async fn copy(phone: &Window, server: &Server) {
    let grant = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
    phone.devtools("Browser.grantPermissions", grant).await;
    let pasted = "const done = arguments[1];
        navigator.clipboard.readText().then(done, error => done(String(error)))";
    phone.tap(TEXT).await;
    phone.tap_id("copy-text").await;
    phone.wait_for_text("notice", "Copied").await;
    let text = phone.eval_async(pasted, json!(null)).await;
    assert_eq!(text, "Who brings the cake?");
    phone.tap(TEXT).await;
    phone.tap_id("copy-link").await;
    phone.wait_until_gone("dialog[open]").await;
    let id = "return document.querySelector('[data-testid=message]').dataset.id";
    let id = phone.eval(id).await;
    let link = server.url(&format!("/r/lobby?at={}", id.as_str().unwrap()));
    assert_eq!(phone.eval_async(pasted, json!(null)).await, json!(link));
}

/// Deleting asks first, and the answer may be no.
async fn delete(phone: &Window, bob: &Window) {
    phone.tap(NEWEST).await;
    phone.tap_id("delete").await;
    phone.css("[data-testid=delete].bad").await;
    phone.screenshots_of_phone("sheet-delete").await;
    phone.tap_id("delete-cancel").await;
    phone.wait_until_gone("dialog[open]").await;
    phone.tap(NEWEST).await;
    phone.tap_id("delete").await;
    phone.tap("[data-testid=delete].bad").await;
    bob.wait_for_newest("Message deleted").await;
    phone.wait_until_gone("dialog[open]").await;
}

/// A link in a message leads to a message of another room, far back, and Back leads back.
async fn follow_a_link(phone: &Window, bob: &Window, server: &Server) {
    let library = RoomId::parse("library").unwrap();
    bob.send_as_bob(numbered(&library, 1, 400)).await;
    let link = format!("/r/library?at={}", crate::bulk::message_id(70));
    bob.post(&server.url(&link)).await;
    phone.tap(&format!("{NEWEST} a")).await;
    phone.wait_for_text("room-name", "library").await;
    phone.wait_for(FOUND_ROW, "message 70").await;
    phone.screenshots_of_phone("phone-linked").await;
    assert_eq!(phone.eval(SMALL).await, json!([]), "no bar of a mouse");
    phone.page.back().await.unwrap();
    phone.wait_for_text("room-name", "lobby").await;
}

/// What is written while the phone shows another room is found from its first message on.
async fn return_to_first_unread(phone: &Window, bob: &Window) {
    phone.page.forward().await.unwrap();
    phone.wait_for_text("room-name", "library").await;
    let lobby = RoomId::parse("lobby").unwrap();
    bob.send_as_bob(numbered(&lobby, 1_000, 60)).await;
    phone.tap_id("panel").await;
    phone.css("[data-room=lobby] [data-testid=unread]").await;
    phone.screenshots_of_phone("phone-unread").await;
    phone.tap("[data-room=lobby] a").await;
    phone.wait_for_text("room-name", "lobby").await;
    phone.wait_for_newest("message 1059").await;
    phone.find("jump-unread").await;
    phone.screenshots_of_phone("phone-unread-above").await;
    assert_eq!(phone.eval(SMALL).await, json!([]));
    phone.tap_id("jump-unread").await;
    phone.wait_for(BELOW_LINE, "message 1000").await;
    phone.wait_until_gone("[data-testid=unread-above]").await;
    phone.screenshots_of_phone("phone-unread-first").await;
}

#[tokio::test]
async fn the_inspector_is_used_by_touch_and_back_closes_it() {
    let server = Server::start();
    let phone = Window::open_phone(&server, "/").await;
    phone.tap_id("page-menu").await;
    phone.tap_id("menu-inspector").await;
    phone.wait_for_frame("sent hello").await;
    assert_eq!(phone.eval(SMALL).await, json!([]));
    phone.screenshots_of_phone("phone-inspector").await;

    // A step of the lesson, a frame that is unfolded, and one that is sent by hand.
    phone.tap_id("inspector-toggle").await;
    phone.wait_for_status("stopped").await;
    phone.tap_id("inspector-toggle").await;
    phone.wait_for_status("online").await;
    phone.wait_for_text("lesson-progress", "1 of 8 done").await;
    let last = "const frames = document.querySelectorAll('[data-testid=inspector-frame]');
        const welcome = Array.from(frames).findLast(frame =>
            frame.querySelector('.kind').innerText === 'welcome');
        welcome.scrollIntoView({ block: 'center' });
        welcome.id = 'the-welcome'";
    phone.wait_for_frame("received welcome").await;
    phone.eval(last).await;
    phone.tap("#the-welcome summary .kind").await;
    phone.css("#the-welcome details[open] .fields").await;
    let examples = phone.find("inspector-examples").await;
    examples.select_by_label("ping").await.unwrap();
    phone.tap_id("inspector-send").await;
    phone
        .wait_for_text("by-hand-outcome", "The server answered with pong.")
        .await;
    // The composer is there, too, and what it sends is seen.
    phone.tap("#composer").await;
    phone.wait_for_focus("composer").await;
    phone.press("hello").await;
    phone.tap_id("send").await;
    phone.wait_for_frame("sent post").await;
    phone.page.back().await.unwrap();
    phone.wait_until_gone(".inspector").await;
    phone.wait_for_messages(1, "sent").await;
    phone.assert_no_console_errors().await;
}
