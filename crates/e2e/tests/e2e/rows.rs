//! The keyed list of messages: a row changes in place, and the other rows stay as they are.

use fantoccini::key::Key;
use serde_json::json;

use crate::{server::Server, window::Window};

const TEXTS: &str = "[data-testid=message] .text";

/// The text of the second message: the first item of the list is the day.
const SECOND: &str = "[data-testid=message]:nth-of-type(3) .text";

/// Numbers the elements of all rows: an element that was replaced has no number.
const MARK_ROWS: &str = "document.querySelectorAll('[data-testid=message]')
    .forEach((row, index) => { row.mark = index })";

/// The number of each row's element; `null` for an element that was not there.
const MARKS: &str = "return Array.from(document.querySelectorAll('[data-testid=message]'),
    row => row.mark ?? null)";

/// Two windows, and three messages by Ann in the room.
async fn open_with_messages(server: &Server) -> (Window, Window) {
    let (ann, bob) = Window::open_two(server).await;
    for text in ["first", "second", "third"] {
        ann.post(text).await;
    }
    ann.wait_for_messages(3, "sent").await;
    bob.wait_for_messages(3, "sent").await;
    (ann, bob)
}

#[tokio::test]
async fn an_edit_a_reaction_and_a_deletion_change_one_row_in_place_in_both_windows() {
    let server = Server::start();
    let (ann, bob) = open_with_messages(&server).await;
    let both = [&ann, &bob];
    for window in both {
        window.eval(MARK_ROWS).await;
    }
    let neighbours_stay = async |window: &Window| {
        let marks = window.eval(MARKS).await;
        assert_eq!(marks.as_array().unwrap().len(), 3, "{marks}");
        assert_eq!((&marks[0], &marks[2]), (&json!(0), &json!(2)), "{marks}");
    };

    ann.hover(SECOND).await;
    ann.edit_message().await;
    ann.find("editing").await;
    ann.press_and_enter(", edited").await;
    for window in both {
        window
            .wait_for_texts(TEXTS, &["first", "second, edited", "third"])
            .await;
        window.wait_for_texts(".edited", &["edited"]).await;
        neighbours_stay(window).await;
    }

    bob.hover(SECOND).await;
    bob.click("react").await;
    for window in both {
        window.wait_for_texts(".reaction", &["👍 1"]).await;
        neighbours_stay(window).await;
    }
    ann.click_css(".reaction").await;
    for window in both {
        window.wait_for_texts(".reaction", &["👍 2"]).await;
    }
    bob.click_css(".reaction").await;
    for window in both {
        window.wait_for_texts(".reaction", &["👍 1"]).await;
        neighbours_stay(window).await;
    }

    ann.hover(SECOND).await;
    ann.delete_message().await;
    for window in both {
        window
            .wait_for_texts(TEXTS, &["first", "Message deleted", "third"])
            .await;
        window.wait_until_gone(".edited, .reaction").await;
        neighbours_stay(window).await;
        window.assert_no_console_errors().await;
    }
}

#[tokio::test]
async fn a_pending_message_becomes_a_sent_one_in_its_place() {
    let server = Server::start();
    let (ann, bob) = open_with_messages(&server).await;
    ann.click("stop").await;
    ann.wait_for_status("stopped").await;
    ann.post("fourth").await;
    ann.post("fifth").await;
    let all = ["first", "second", "third", "fourth", "fifth"];
    ann.wait_for_texts(TEXTS, &all).await;
    let notes = "[data-testid=message] .note";
    ann.wait_for_texts(notes, &["Waiting for connection"; 2])
        .await;
    ann.click("start").await;
    assert_eq!(ann.wait_for_messages(5, "sent").await, all);
    ann.wait_until_gone(notes).await;
    assert_eq!(bob.wait_for_messages(5, "sent").await, all);
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn a_row_keeps_its_element_and_the_focus_while_its_content_changes() {
    let server = Server::start();
    let (ann, bob) = open_with_messages(&server).await;

    // A pending reply becomes a sent one.
    bob.hover(SECOND).await;
    bob.click("reply").await;
    bob.find("replying").await;
    bob.click("stop").await;
    bob.wait_for_status("stopped").await;
    bob.post("reply").await;
    bob.wait_for_messages(1, "pending").await;
    bob.eval(MARK_ROWS).await;
    bob.click("start").await;
    bob.wait_for_messages(4, "sent").await;
    let same = json!([0, 1, 2, 3]);
    assert_eq!(bob.eval(MARKS).await, same, "after the post was sent");

    // Its target is edited, and the quote follows.
    ann.hover(SECOND).await;
    ann.edit_message().await;
    ann.find("editing").await;
    ann.press_and_enter(", edited").await;
    bob.wait_for_texts("[data-testid=quote] .excerpt", &["second, edited"])
        .await;
    assert_eq!(bob.eval(MARKS).await, same, "after the target was edited");

    // The focus stays on a reaction that the person and others press.
    bob.hover(SECOND).await;
    bob.click("react").await;
    bob.wait_for_texts(".reaction", &["👍 1"]).await;
    bob.eval("document.querySelector('.reaction').focus()")
        .await;
    ann.click_css(".reaction").await;
    bob.wait_for_texts(".reaction", &["👍 2"]).await;
    bob.wait_for_focus("reaction").await;
    bob.press(&Key::Enter).await;
    bob.wait_for_texts(".reaction", &["👍 1"]).await;
    bob.wait_for_focus("reaction").await;
    assert_eq!(bob.eval(MARKS).await, same, "after the reactions");

    ann.hover(SECOND).await;
    ann.delete_message().await;
    bob.wait_for_texts(TEXTS, &["first", "Message deleted", "third", "reply"])
        .await;
    assert_eq!(bob.eval(MARKS).await, same, "after the deletion");
    bob.assert_no_console_errors().await;
}
