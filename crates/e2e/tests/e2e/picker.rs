//! Choosing an emoji.

use serde_json::json;

use crate::{browser::Window, server::Server};

const FOCUSED: &str = "return document.activeElement.dataset.testid";

#[tokio::test]
async fn one_chooses_an_emoji_with_the_keyboard_or_by_pointing() {
    let server = Server::start();
    let ann = Window::open(&server, "/").await;
    ann.is("online").await;

    // Into the middle of what one writes, by its name.
    ann.press("so !\u{E012}").await;
    ann.click("[data-testid=emoji]").await;
    ann.until(FOCUSED, json!(null), |mark| mark == "picker-input")
        .await;
    ann.pictures("picker").await;
    ann.press("part").await;
    let at_hand = "return document.querySelector('#choice')?.ariaLabel";
    ann.until(at_hand, json!(null), |name| name == "party face")
        .await;
    ann.press("\u{E014}").await;
    ann.until(at_hand, json!(null), |name| {
        name == "party face" || name == "party popper"
    })
    .await;
    ann.press("\u{E015}").await;
    ann.until(at_hand, json!(null), |name| name == "party popper")
        .await;
    ann.press("\u{E007}").await;
    ann.until(FOCUSED, json!(null), |mark| mark == "composer")
        .await;
    ann.press("🙂\u{E007}").await;
    assert_eq!(ann.messages(1, "sent").await, ["so 🎉🙂!"]);

    // As a reaction, from the message's buttons; Escape leaves it.
    ann.press("\u{E008}\u{E004}").await;
    let gone = "return document.querySelector('[data-testid=picker]') === null";
    ann.css(".message .text").await.click().await.unwrap();
    ann.click("[data-testid=react-more]").await;
    ann.find("picker").await;
    ann.press("\u{E00C}").await;
    ann.until(gone, json!(null), |gone| gone == true).await;
    ann.until(FOCUSED, json!(null), |mark| mark == "messages")
        .await;
    ann.click("[data-testid=react-more]").await;
    ann.find("picker-input").await;
    ann.pictures("picker-reaction").await;
    ann.find("picker-input")
        .await
        .send_keys("crab")
        .await
        .unwrap();
    ann.until(at_hand, json!(null), |name| name == "crab").await;
    ann.css("#choice").await.click().await.unwrap();
    let reactions = "return Array.from(document.querySelectorAll('.reaction'), r => r.innerText)";
    ann.until(reactions, json!(null), |all| *all == json!(["🦀 1"]))
        .await;
    ann.until(gone, json!(null), |gone| gone == true).await;
    ann.until(FOCUSED, json!(null), |mark| mark == "messages")
        .await;
    ann.has_no_complaints().await;
}
