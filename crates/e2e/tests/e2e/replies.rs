//! Answers.

use serde_json::{Value, json};

use crate::{browser::Window, server::Server};

/// What stands above the last message's text: what it answers.
const LAST_QUOTE: &str = "const rows = document.querySelectorAll('[data-testid=message]');
    return rows[rows.length - 1]?.querySelector('[data-testid=quote]')?.innerText.replace(/\\s+/g, ' ').trim()";

async fn last_quote(window: &Window, text: &str) {
    window
        .until(LAST_QUOTE, json!(null), |quote| {
            quote.as_str().is_some_and(|quote| quote.ends_with(text))
        })
        .await;
}

#[tokio::test]
async fn one_answers_a_message_and_the_answer_leads_back_to_it() {
    let mut server = Server::start();
    let ann = Window::open(&server, "/").await;
    let bob = Window::open(&server, "/").await;
    ann.is("online").await;
    bob.is("online").await;
    ann.say("Shall we meet on Thursday?").await;
    bob.messages(1, "sent").await;

    // With the keyboard: up to the message, and over its buttons to Reply.
    bob.press("\u{E008}\u{E004}").await;
    bob.press("\u{E013}").await;
    bob.find("reply").await;
    let at = "return document.activeElement.dataset.testid";
    while bob.run(at, json!(null)).await != "reply" {
        bob.press("\u{E004}").await;
    }
    bob.press("\u{E007}").await;
    bob.find("replying").await;
    bob.until(at, json!(null), |mark| mark == "composer").await;
    // Escape leaves it, and what is written stays.
    bob.press("Thursday is fi\u{E00C}").await;
    let bar = "return document.querySelector('[data-testid=replying]')?.innerText ?? null";
    bob.until(bar, json!(null), Value::is_null).await;
    bob.click("[data-testid=reply]").await;
    bob.find("replying").await;

    // It is still an answer after a reload, and after having waited for the line.
    bob.page.refresh().await.unwrap();
    bob.is("online").await;
    bob.until(bar, json!(null), |bar| {
        bar.as_str()
            .is_some_and(|bar| bar.contains("Shall we meet on Thursday?"))
    })
    .await;
    server.kill();
    bob.is("waiting").await;
    bob.press("ne\u{E007}").await;
    assert_eq!(bob.messages(1, "pending").await, ["Thursday is fine"]);
    last_quote(&bob, "Shall we meet on Thursday?").await;
    bob.pictures("reply-waiting").await;
    server.start_again();
    bob.messages(2, "sent").await;
    ann.messages(2, "sent").await;
    last_quote(&ann, "Shall we meet on Thursday?").await;
    ann.css(".message .text").await.click().await.unwrap();
    ann.click("[data-testid=reply]").await;
    ann.find("replying").await;
    ann.pictures("replying").await;
    ann.press("\u{E00C}").await;

    // What is answered is as it is now, and the way there is a click.
    ann.press("\u{E013}").await;
    ann.find("editing").await;
    ann.press(" At noon?\u{E007}").await;
    last_quote(&bob, "Shall we meet on Thursday? At noon?").await;
    bob.click("[data-testid=quote]").await;
    bob.css("[data-found=true]").await;
    ann.css(".message .text").await.click().await.unwrap();
    ann.click("[data-testid=delete]:not(.bad)").await;
    ann.click("[data-testid=delete].bad").await;
    last_quote(&bob, "A message that was deleted").await;
    bob.pictures("reply-deleted").await;
    ann.has_no_complaints().await;
    bob.has_no_complaints().await;
}
