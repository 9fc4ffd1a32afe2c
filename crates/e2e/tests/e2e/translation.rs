//! A page that the browser translates: what the page shows later is shown all the same.

use fantoccini::key::Key;
use serde_json::json;

use crate::{server::Server, window::Window};

/// A click on the notification of a room that no room's name can have.
const OPEN_NO_ROOM: &str = "navigator.serviceWorker.dispatchEvent(
    new MessageEvent('message', { data: 'No Room' }))";

/// Translates the page as browsers do: each text node is replaced by an element with other text,
/// every other one in two steps.
const TRANSLATE: &str = "const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) texts.push(walker.currentNode);
    texts.filter(text => text.data.trim() && !text.parentNode.closest('script, font')).forEach((text, n) => {
        const [outer, inner] = [0, 1].map(() => document.createElement('font'));
        inner.textContent = `¡${text.data}!`;
        outer.append(inner);
        if (n % 2) text.replaceWith(outer);
        else { text.before(outer); text.remove(); }
    })";

/// Puts the originals back.
const SHOW_ORIGINAL: &str = "document.querySelectorAll('font > font').forEach(({ parentNode }) => {
    if (parentNode.nextSibling?.nodeType === 3) parentNode.replaceWith(parentNode.nextSibling);
})";

#[tokio::test]
async fn translated_messages_show_their_changes() {
    let server = Server::start();
    let (ann, bob) = Window::open_two(&server).await;
    bob.post("one").await;
    bob.post("two").await;
    ann.wait_for_messages(2, "sent").await;
    bob.rename("Bob").await;
    ann.eval(TRANSLATE).await;
    ann.wait_for_text("room-name", "¡lobby!").await;
    assert_eq!(ann.wait_for_messages(2, "sent").await, ["¡one!", "¡two!"]);

    // Messages: a new one, one that is edited to other elements and back, one that is deleted.
    bob.post("three").await;
    let three = ann.wait_for_messages(3, "sent").await;
    assert_eq!(three, ["¡one!", "¡two!", "three"]);
    ann.eval(TRANSLATE).await;
    for edited in [
        "**bold** and `code` now",
        "plain",
        "see https://example.com/ and _this_",
    ] {
        bob.press(&Key::Up).await;
        bob.find("editing").await;
        bob.fill_and_enter("composer", edited).await;
        let shown = edited.replace(['*', '`', '_'], "");
        ann.wait_for_newest(&shown).await;
        ann.eval(TRANSLATE).await;
    }
    bob.hover(".message:last-child .text").await;
    bob.delete_message().await;
    ann.wait_for_newest("Message deleted").await;
    // Reactions.
    ann.hover(".message .text").await;
    ann.click_css("[data-testid=react]").await;
    ann.wait_for_texts(".reaction", &["👍 1"]).await;
    ann.eval(TRANSLATE).await;
    bob.click_css(".reaction").await;
    ann.wait_for_texts(".reaction", &["👍 2"]).await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn what_stands_around_the_messages_changes_on_a_translated_page() {
    let server = Server::start();
    let (ann, bob) = Window::open_two(&server).await;
    bob.post("one").await;
    ann.wait_for_messages(1, "sent").await;
    ann.eval(TRANSLATE).await;
    bob.rename("Robert").await;
    let names = "return Array.from(document.querySelectorAll('[data-testid=member] bdi'),
        name => name.innerText)";
    ann.wait_until(names, |names| {
        names.as_array().unwrap().contains(&json!("Robert"))
    })
    .await;
    // The line below the messages, and the bar of a reply.
    for _ in 0..2 {
        ann.eval(OPEN_NO_ROOM).await;
        ann.wait_for_notice("Room names use lowercase letters, numbers and hyphens, up to 64.")
            .await;
        ann.eval(TRANSLATE).await;
        ann.click_css("[data-testid=notice] button").await;
        ann.wait_for_text("notice", "").await;
    }
    ann.hover(".message .text").await;
    ann.click("reply").await;
    ann.find("replying").await;
    ann.eval(TRANSLATE).await;
    ann.press(&Key::Escape).await;
    ann.wait_until_gone("[data-testid=replying]").await;

    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn the_room_its_unread_messages_and_the_line_change_on_a_translated_page() {
    let mut server = Server::start();
    let (ann, bob) = Window::open_two(&server).await;
    ann.eval(TRANSLATE).await;
    ann.fill_and_enter("room-input", "attic").await;
    ann.wait_for_text("room-name", "attic").await;
    ann.wait_for_texts(
        ".empty",
        &["No messages yet. Say hello, or copy the link to invite someone."],
    )
    .await;
    let badge = "return parseInt(document.querySelector('[data-room=lobby] .badge')?.textContent)";
    for unread in 1..=2 {
        ann.eval(TRANSLATE).await;
        bob.post("unread").await;
        ann.wait_for(badge, unread).await;
    }
    ann.eval(TRANSLATE).await;
    ann.click("stop").await;
    ann.wait_for_text("countdown", "Disconnected").await;
    ann.eval(TRANSLATE).await;
    ann.click("start").await;
    ann.wait_for_text("countdown", "Connected").await;
    ann.eval(TRANSLATE).await;
    server.stop();
    ann.wait_until(
        "return document.querySelector('[data-testid=countdown]').innerText",
        |text| text.as_str().unwrap().starts_with("Connection lost."),
    )
    .await;
    server.restart();
    ann.wait_for_text("countdown", "Connected").await;

    // Nothing that was translated is left where the page has something else.
    ann.eval(TRANSLATE).await;
    ann.eval(SHOW_ORIGINAL).await;
    ann.wait_for_text("room-name", "attic").await;
    ann.wait_for_text("countdown", "Connected").await;
    ann.wait_for("return document.querySelectorAll('font').length", 0)
        .await;
    ann.assert_no_console_errors().await;
}
