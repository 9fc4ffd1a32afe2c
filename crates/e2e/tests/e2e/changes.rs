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
    ann.find("composer").await.click().await.unwrap();
    ann.press("\u{E008}\u{E004}").await;
    ann.press("\u{E013}").await;
    ann.find("delete").await;
    ann.pictures("buttons-own").await;
    ann.click("[data-testid=delete]:not(.bad)").await;
    ann.click("[data-testid=delete].bad").await;
    first_is(&bob, json!(["This message was deleted.", false])).await;
    ann.has_no_complaints().await;
    bob.has_no_complaints().await;
}

/// What stands at the first message about changes that are not on the log.
const UNSETTLED: &str = "return Array.from(document.querySelectorAll(
    '[data-testid=change], [data-testid=refused]'), change => change.innerText)";

#[tokio::test]
async fn a_change_waits_for_the_line_and_one_that_is_refused_says_why() {
    let server = Server::start();
    let ann = Window::open(&server, "/").await;
    let bob = Window::open(&server, "/").await;
    ann.is("online").await;
    bob.is("online").await;
    ann.say("Who brings the cake?").await;
    bob.messages(1, "sent").await;
    bob.say("Not me").await;
    ann.messages(2, "sent").await;

    bob.click("[data-testid=stop]").await;
    bob.is("stopped").await;
    bob.css(".message .text").await.click().await.unwrap();
    bob.click("[data-testid=react]").await;
    bob.find("composer").await.click().await.unwrap();
    bob.press("\u{E013}").await;
    bob.find("editing").await;
    bob.press(", sorry\u{E007}").await;
    let waiting = json!([
        "Your 👍 is sent when the line is back",
        "Your edit to “Not me, sorry” is sent when the line is back"
    ]);
    bob.until(UNSETTLED, json!(null), |all| *all == waiting)
        .await;
    bob.pictures("changes-waiting").await;

    // Meanwhile the one is gone; the other is on the log as soon as the line is back.
    ann.css(".message .text").await.click().await.unwrap();
    ann.click("[data-testid=delete]:not(.bad)").await;
    ann.click("[data-testid=delete].bad").await;
    first_is(&ann, json!(["This message was deleted.", false])).await;
    bob.click("[data-testid=start]").await;
    ann.until(
        "return Array.from(document.querySelectorAll('.text'), t => t.innerText)",
        json!(null),
        |texts| texts[1] == "Not me, sorry",
    )
    .await;
    let refused = |all: &serde_json::Value| {
        let all = all.as_array().unwrap();
        all.len() == 1 && all[0].as_str().unwrap().starts_with("Your 👍 was refused")
    };
    bob.until(UNSETTLED, json!(null), refused).await;
    bob.pictures("changes-refused").await;

    // With the keyboard: again, and then no more.
    bob.press("\u{E008}\u{E004}").await;
    let at = "return document.activeElement.dataset.testid";
    while bob.run(at, json!(null)).await != "discard" {
        bob.press("\u{E008}\u{E004}").await;
    }
    bob.press("\u{E008}\u{E004}").await;
    assert_eq!(bob.run(at, json!(null)).await, "retry");
    bob.press("\u{E007}").await;
    bob.until(UNSETTLED, json!(null), refused).await;
    bob.click("[data-testid=discard]").await;
    bob.until(UNSETTLED, json!(null), |all| *all == json!([]))
        .await;
    ann.has_no_complaints().await;
    bob.has_no_complaints().await;
}
