//! Messages that change after they were said.

use serde_json::json;

use crate::{browser::Window, server::Server};

/// What the first message says, whether it says that it was edited, and its reactions.
const FIRST: &str = "const row = document.querySelector('[data-testid=message]');
    return [row.querySelector('.text').innerText, row.querySelector('.edited') !== null,
        ...Array.from(row.querySelectorAll('.reaction'), r => r.innerText)]";

async fn first_is(window: &Window, expected: serde_json::Value) {
    window
        .until(FIRST, json!(null), |first| *first == expected)
        .await;
}

#[tokio::test]
async fn one_edits_and_deletes_ones_own_and_reacts_to_anyones() {
    let server = Server::start();
    let ann = Window::open(&server, "/").await;
    let bob = Window::open(&server, "/").await;
    ann.is("online").await;
    bob.is("online").await;
    ann.say("Good mornig").await;
    bob.messages(1, "sent").await;

    // The last message of one's own is an arrow key away; Escape leaves it as it is.
    ann.press("half a th").await;
    ann.press("\u{E003}\u{E003}\u{E003}\u{E003}\u{E003}\u{E003}\u{E003}\u{E003}\u{E003}")
        .await;
    ann.press("\u{E013}").await;
    ann.find("editing").await;
    ann.press("\u{E00C}").await;
    ann.until(
        "return document.querySelector('[data-testid=editing]') === null",
        json!(null),
        |gone| gone == true,
    )
    .await;
    ann.press("\u{E013}").await;
    ann.find("editing").await;
    ann.pictures("editing").await;
    ann.press("\u{E003}\u{E003}ing!\u{E007}").await;
    first_is(&bob, json!(["Good morning!", true])).await;

    // With the keyboard to the message, and to its buttons.
    bob.press("\u{E008}\u{E004}").await;
    bob.press("\u{E013}").await;
    bob.find("react").await;
    bob.pictures("buttons").await;
    bob.press("\u{E004}\u{E007}").await;
    let thumb = json!(["Good morning!", true, "👍 1"]);
    first_is(&ann, thumb.clone()).await;
    first_is(&bob, thumb).await;
    assert_eq!(
        bob.run(
            "return document.querySelectorAll('[data-testid=edit]').length",
            json!(null)
        )
        .await,
        0,
        "what another says is not one's own to change"
    );
    ann.click(".reaction").await;
    first_is(&bob, json!(["Good morning!", true, "👍 2"])).await;
    ann.click(".reaction").await;
    first_is(&bob, json!(["Good morning!", true, "👍 1"])).await;

    // Deleting asks once more.
    first_is(&ann, json!(["Good morning!", true, "👍 1"])).await;
    ann.css(".message .text").await.click().await.unwrap();
    ann.click("[data-testid=delete]:not(.bad)").await;
    ann.click("[data-testid=delete].bad").await;
    first_is(&bob, json!(["This message was deleted.", false])).await;
    ann.has_no_complaints().await;
    bob.has_no_complaints().await;
}
