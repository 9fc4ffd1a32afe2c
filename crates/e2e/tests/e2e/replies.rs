//! Replies: the quote above them follows what becomes of its target.

use fantoccini::key::Key;
use serde_json::Value;

use crate::{server::Server, window::Window};

/// The quote above the newest message, on one line.
const NEWEST_QUOTE: &str = "const rows = document.querySelectorAll('[data-testid=message]');
    const quote = rows[rows.length - 1]?.querySelector('[data-testid=quote]');
    return quote?.innerText.replace(/\\s+/g, ' ').trim()";

async fn wait_for_quote(window: &Window, excerpt: &str) {
    let ends_with = |quote: &Value| quote.as_str().is_some_and(|quote| quote.ends_with(excerpt));
    window.wait_until(NEWEST_QUOTE, ends_with).await;
}

#[tokio::test]
async fn a_reply_quotes_its_target_as_it_is_now_and_leads_to_it() {
    let mut server = Server::start();
    let (ann, bob) = Window::open_two(&server).await;
    ann.post("Shall we meet on Thursday?").await;
    bob.wait_for_messages(1, "sent").await;

    // By keyboard: up to the message, and over its actions to Reply.
    bob.press_shift_tab().await;
    bob.press(&Key::Up).await;
    bob.find("reply").await;
    bob.press(&Key::Enter).await;
    while bob.focused().await != "reply" {
        bob.press(&Key::Right).await;
    }
    bob.press(&Key::Enter).await;
    bob.find("replying").await;
    bob.wait_for_focus("composer").await;
    // Escape cancels the reply and keeps the text.
    bob.press("Thursday is fi").await;
    bob.press(&Key::Escape).await;
    bob.wait_until_gone("[data-testid=replying]").await;
    bob.hover(".message .text").await;
    bob.click("reply").await;
    bob.find("replying").await;

    // It is still a reply after a reload, and after it has waited for the connection.
    bob.reload().await;
    bob.wait_for_status("online").await;
    let bar = "return document.querySelector('[data-testid=replying]')?.innerText";
    let names_target = |bar: &Value| {
        bar.as_str()
            .is_some_and(|bar| bar.contains("Shall we meet on Thursday?"))
    };
    bob.wait_until(bar, names_target).await;
    server.kill();
    bob.wait_for_status("waiting").await;
    bob.press_and_enter("ne").await;
    let pending = bob.wait_for_messages(1, "pending").await;
    assert_eq!(pending, ["Thursday is fine"]);
    wait_for_quote(&bob, "Shall we meet on Thursday?").await;
    bob.screenshots("reply-waiting").await;
    server.restart();
    bob.wait_for_messages(2, "sent").await;
    ann.wait_for_messages(2, "sent").await;
    wait_for_quote(&ann, "Shall we meet on Thursday?").await;
    ann.hover(".message .text").await;
    ann.click("reply").await;
    ann.find("replying").await;
    ann.screenshots("replying").await;
    ann.press(&Key::Escape).await;

    // The quote follows its target, and a click on it leads there.
    ann.press(&Key::Up).await;
    ann.find("editing").await;
    ann.press_and_enter(" At noon?").await;
    wait_for_quote(&bob, "Shall we meet on Thursday? At noon?").await;
    bob.click("quote").await;
    bob.wait_for_texts(
        "[data-found=true] .text",
        &["Shall we meet on Thursday? At noon?"],
    )
    .await;
    ann.hover(".message .text").await;
    ann.delete_message().await;
    wait_for_quote(&bob, "Deleted message").await;
    bob.screenshots("reply-deleted").await;
    ann.assert_no_console_errors().await;
    bob.assert_no_console_errors().await;
}
