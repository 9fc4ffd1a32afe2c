//! Changes of messages: edits, deletions, reactions, and changes that wait or are refused.

use fantoccini::key::Key;
use serde_json::{Value, json};

use crate::{server::Server, window::Window};

/// The first message: its text, whether it says that it was edited, and its reactions.
const FIRST: &str = "const row = document.querySelector('[data-testid=message]');
    return [row.querySelector('.text').innerText, row.querySelector('.edited') !== null,
        ...Array.from(row.querySelectorAll('.reaction'), r => r.innerText)]";

#[tokio::test]
async fn people_edit_and_delete_their_own_messages_and_react_to_any() {
    let server = Server::start();
    let (ann, bob) = Window::open_two(&server).await;
    ann.post("Good mornig").await;
    bob.wait_for_messages(1, "sent").await;

    // In an empty composer the up arrow edits the newest own message; Escape cancels the edit.
    ann.press("half a th").await;
    ann.press_times(Key::Backspace, 9).await;
    ann.press(&Key::Up).await;
    ann.find("editing").await;
    ann.press(&Key::Escape).await;
    ann.wait_until_gone("[data-testid=editing]").await;
    ann.press(&Key::Up).await;
    ann.find("editing").await;
    ann.screenshots("editing").await;
    ann.press_times(Key::Backspace, 2).await;
    ann.press_and_enter("ing!").await;
    bob.wait_for(FIRST, json!(["Good morning!", true])).await;

    // The keyboard leads to the message, and from there to its actions.
    bob.press_shift_tab().await;
    bob.press(&Key::Up).await;
    bob.find("react").await;
    bob.screenshots("buttons").await;
    bob.press(&(Key::Tab + &Key::Enter)).await;
    let with_thumb = json!(["Good morning!", true, "👍 1"]);
    ann.wait_for(FIRST, with_thumb.clone()).await;
    bob.wait_for(FIRST, with_thumb.clone()).await;
    let edit_buttons = "return document.querySelectorAll('[data-testid=edit]').length";
    let own_only = "only its author can edit a message";
    assert_eq!(bob.eval(edit_buttons).await, 0, "{own_only}");
    ann.click_css(".reaction").await;
    bob.wait_for(FIRST, json!(["Good morning!", true, "👍 2"]))
        .await;
    ann.click_css(".reaction").await;
    bob.wait_for(FIRST, with_thumb.clone()).await;

    ann.wait_for(FIRST, with_thumb).await;
    ann.click("composer").await;
    ann.press_shift_tab().await;
    ann.press(&Key::Up).await;
    ann.find("more").await;
    ann.screenshots("buttons-own").await;
    ann.delete_message().await;
    bob.wait_for(FIRST, json!(["Message deleted", false])).await;
    ann.assert_no_console_errors().await;
    bob.assert_no_console_errors().await;
}

/// What the page says of changes that are not on the log.
const UNSENT_CHANGES: &str = "return Array.from(document.querySelectorAll(
    '[data-testid=change], [data-testid=refused]'), change => change.innerText)";

/// Counts the posts that the page sends from now on.
const COUNT_POSTS: &str = "window.posts = 0;
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (frame) {
        if (JSON.parse(frame).type === 'post') window.posts += 1;
        send.call(this, frame);
    };";

#[tokio::test]
async fn a_change_waits_for_the_connection_and_a_refused_one_says_why() {
    let server = Server::start();
    let (ann, bob) = Window::open_two(&server).await;
    ann.post("Who brings the cake?").await;
    bob.wait_for_messages(1, "sent").await;
    bob.post("Not me").await;
    ann.wait_for_messages(2, "sent").await;

    bob.click("stop").await;
    bob.wait_for_status("stopped").await;
    bob.hover(".message .text").await;
    bob.click("react").await;
    bob.click("composer").await;
    bob.press(&Key::Up).await;
    bob.find("editing").await;
    bob.press_and_enter(", sorry").await;
    let waiting = json!([
        "👍 will be added when you're back online",
        "Your edit will be saved when you're back online"
    ]);
    bob.wait_for(UNSENT_CHANGES, waiting).await;
    bob.screenshots("changes-waiting").await;

    // Meanwhile one of the two messages is deleted. The other change reaches the log.
    ann.hover(".message .text").await;
    ann.delete_message().await;
    ann.wait_for(FIRST, json!(["Message deleted", false])).await;
    bob.click("start").await;
    ann.wait_for_newest("Not me, sorry").await;
    let is_refused = |changes: &Value| {
        let reason = "Couldn't add 👍: That message is not in this room, or was deleted.";
        let change = changes[0].as_str().unwrap_or_default();
        changes.as_array().unwrap().len() == 1 && change.starts_with(reason)
    };
    bob.wait_until(UNSENT_CHANGES, is_refused).await;
    bob.screenshots("changes-refused").await;

    // The keyboard reaches both ways out: try again, or discard.
    bob.press_shift_tab().await;
    while bob.focused().await != "discard" {
        bob.press_shift_tab().await;
    }
    bob.press_shift_tab().await;
    assert_eq!(bob.focused().await, "retry");
    bob.eval(COUNT_POSTS).await;
    bob.press(&Key::Enter).await;
    bob.wait_for("return window.posts", 1).await;
    bob.wait_until(UNSENT_CHANGES, is_refused).await;
    bob.click("discard").await;
    bob.wait_for(UNSENT_CHANGES, json!([])).await;
    ann.assert_no_console_errors().await;
    bob.assert_no_console_errors().await;
}
