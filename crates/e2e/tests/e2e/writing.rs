//! Writing: completion, mentions, emoji, long texts, versions, who reacted.

use fantoccini::key::Key;
use serde_json::json;

use crate::{actions::DRAFT, server::Server, window::Window};

/// What is offered, and what is selected of it.
const OFFERED: &str = "return Array.from(document.querySelectorAll('[data-testid=completion] bdi'),
    item => item.innerText)";
const SELECTED: &str =
    "return document.querySelector('[data-testid=completion][aria-selected=true] bdi')?.innerText";
/// The id of the option that the field points to.
const POINTED_AT: &str = "const field = document.querySelector('[data-testid=composer]');
    return document.getElementById(field.getAttribute('aria-activedescendant'))?.innerText ?? null";

#[tokio::test]
async fn a_name_is_completed_by_keyboard_and_by_pointer_and_shown_as_a_mention() {
    let server = Server::start();
    let (ann, bob) = Window::open_two(&server).await;
    ann.rename("Ann").await;
    bob.rename("Bob Öner 🙂").await;
    bob.post("I am here").await;
    ann.wait_for_messages(1, "sent").await;
    ann.click("composer").await;

    // An @ alone offers everyone, and Enter still sends.
    ann.press("@").await;
    ann.wait_for(OFFERED, json!(["Bob Öner 🙂"])).await;
    ann.wait_for(SELECTED, json!(null)).await;
    ann.press(&Key::Enter).await;
    ann.wait_for_newest("@").await;
    // In the middle of a text, by a later word of the name; Enter takes it and does not send.
    let to_the_comma = Key::Home + &Key::Right.to_string().repeat(3);
    ann.press(&format!("hi , and bye{to_the_comma}@ön")).await;
    ann.wait_for(SELECTED, "Bob Öner 🙂").await;
    ann.wait_for(POINTED_AT, "BÖ\nBob Öner 🙂").await;
    ann.screenshots("completion").await;
    ann.press(&Key::Enter).await;
    ann.wait_for(DRAFT, "hi @Bob Öner 🙂 , and bye").await;
    ann.wait_for(OFFERED, json!([])).await;
    // What was completed can be taken back.
    ann.press(&(Key::Control + "z")).await;
    ann.wait_for(DRAFT, "hi @ön, and bye").await;
    ann.press(&(Key::Control.to_string() + &Key::Shift + "z" + &Key::Null))
        .await;
    ann.wait_for(DRAFT, "hi @Bob Öner 🙂 , and bye").await;
    ann.press(&Key::Enter).await;
    bob.wait_for_messages(3, "sent").await;
    bob.wait_for_texts(".message .mention.of-you", &["@Bob Öner 🙂"])
        .await;
    ann.wait_for_texts(".message .mention:not(.of-you)", &["@Bob Öner 🙂"])
        .await;
    bob.css(".message.mentions-you").await;
    bob.screenshots("mention").await;

    // By pointer, and not in code or in a mail address.
    ann.press("@b").await;
    ann.click("completion").await;
    ann.wait_for(DRAFT, "@Bob Öner 🙂 ").await;
    ann.wait_for_focus("composer").await;
    ann.press("`@Bob Öner 🙂` me@Bob").await;
    ann.wait_for(OFFERED, json!([])).await;
    ann.press(&Key::Enter).await;
    bob.wait_for_messages(4, "sent").await;
    let mentions = "return document.querySelectorAll('.message:last-child .mention').length";
    bob.wait_for(mentions, 1).await;

    // Escape ends the offer and keeps the text; it works in an edit, too.
    ann.press(&Key::Up).await;
    ann.find("editing").await;
    ann.press(" @b").await;
    ann.wait_for(OFFERED, json!(["Bob Öner 🙂"])).await;
    ann.press(&Key::Escape).await;
    ann.wait_for(OFFERED, json!([])).await;
    ann.find("editing").await;
    ann.press(&Key::Escape).await;
    ann.wait_until_gone("[data-testid=editing]").await;
    ann.assert_no_console_errors().await;
    bob.assert_no_console_errors().await;
}

#[tokio::test]
async fn a_mention_in_another_room_is_counted_apart() {
    let server = Server::start();
    let (ann, bob) = Window::open_two(&server).await;
    ann.rename("Ann").await;
    bob.post("here").await;
    ann.wait_for_messages(1, "sent").await;
    ann.fill_and_enter("room-input", "attic").await;
    ann.wait_for_status("online").await;
    ann.wait_for_text("room-name", "attic").await;
    bob.post("hello all").await;
    let badge = "return document.querySelector('[data-room=lobby] .badge.at')?.innerText ?? null";
    ann.wait_for_texts("[data-room=lobby] [data-testid=unread]", &["1\nunread"])
        .await;
    ann.wait_for(badge, json!(null)).await;
    bob.post("hello @Ann").await;
    ann.wait_until(badge, |shown| {
        shown.as_str().is_some_and(|shown| shown.starts_with("@ 1"))
    })
    .await;
    ann.screenshots("mentioned").await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn a_shortcode_is_offered_and_becomes_its_emoji_at_the_closing_colon() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    // Not in a time, an address or a smiley.
    ann.click("composer").await;
    ann.press("at 10:30 :) https://example.org:8080/smile note:smile")
        .await;
    ann.wait_for(OFFERED, json!([])).await;
    ann.press(&Key::Enter).await;
    ann.wait_for_messages(1, "sent").await;

    ann.press("so :smi").await;
    ann.wait_for(SELECTED, ":smile:").await;
    ann.screenshots("shortcodes").await;
    ann.press(&Key::Tab).await;
    ann.wait_for(DRAFT, "so 😄 ").await;
    ann.press(":crab:").await;
    ann.wait_for(DRAFT, "so 😄 🦀").await;
    // Taken back, it stays as it was typed.
    ann.press(&(Key::Control + "z")).await;
    ann.wait_for(DRAFT, "so 😄 :crab:").await;
    ann.press(&(" ok" + &Key::Enter)).await;
    ann.wait_for_newest("so 😄 :crab: ok").await;

    // One to three alone are large.
    ann.press(&(":tada" + &Key::Enter)).await;
    ann.wait_for(DRAFT, "🎉 ").await;
    ann.press(&Key::Enter).await;
    ann.wait_for_newest("🎉").await;
    let size = "return parseFloat(getComputedStyle(
        document.querySelector('.message:last-child .text')).fontSize)";
    ann.wait_until(size, |size| size.as_f64() > Some(30.0))
        .await;
    ann.screenshots("large-emoji").await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn who_reacted_is_said_and_another_emoji_is_a_press_away() {
    let server = Server::start();
    let (ann, bob) = Window::open_two(&server).await;
    ann.rename("Ann").await;
    bob.rename("W".repeat(60).as_str()).await;
    ann.post("good?").await;
    bob.wait_for_messages(1, "sent").await;
    for window in [&ann, &bob] {
        window.hover(".message .text").await;
        window.click("react").await;
    }
    let name = "return document.querySelector('[data-testid=reaction]')?.ariaLabel";
    let said = format!("👍 2: You and {} reacted with 👍", "W".repeat(60));
    ann.wait_for(name, said).await;
    bob.wait_for(name, "👍 2: You and Ann reacted with 👍")
        .await;
    let tip = "const tip = document.querySelector('.tip');
        const { left, right, top } = tip.getBoundingClientRect();
        return [getComputedStyle(tip).visibility, left >= 0 && right <= innerWidth && top >= 0]";
    bob.wait_for(tip, json!(["hidden", true])).await;
    bob.hover(".reaction").await;
    bob.wait_for(tip, json!(["visible", true])).await;
    ann.resize(390).await;
    ann.hover(".reaction").await;
    ann.wait_for(tip, json!(["visible", true])).await;
    ann.screenshots("who-reacted").await;
    ann.resize(1280).await;

    ann.click("react-add").await;
    ann.wait_for_focus("picker-input").await;
    ann.press("crab").await;
    ann.wait_for("return document.querySelector('#choice')?.innerText", "🦀")
        .await;
    ann.press(&Key::Enter).await;
    bob.wait_for_texts("[data-testid=reaction]", &["👍 2", "🦀 1"])
        .await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn a_long_message_is_shown_in_part_until_the_reader_wants_the_rest_or_jumps_to_it() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    ann.click("composer").await;
    let long: Vec<String> = (0..60).map(|n| format!("line {n}")).collect();
    ann.devtools("Input.insertText", json!({ "text": long.join("\n") }))
        .await;
    ann.press(&Key::Enter).await;
    ann.wait_for_messages(1, "sent").await;
    let height = "return document.querySelector('.long .text').offsetHeight";
    let is_low = |height: &serde_json::Value| height.as_f64() < Some(300.0);
    ann.wait_until(height, is_low).await;
    ann.screenshots("long-message").await;
    ann.click("show-more").await;
    ann.wait_until(height, |height| !is_low(height)).await;
    ann.wait_for_texts("[data-testid=show-more]", &["Show less"])
        .await;
    // A reaction makes the row anew, and it stays open.
    ann.hover(".message .author").await;
    ann.click("react").await;
    ann.find("reaction").await;
    ann.wait_until(height, |height| !is_low(height)).await;
    ann.click("show-more").await;
    ann.wait_until(height, is_low).await;
    // What was found is shown.
    ann.click("search").await;
    ann.fill("search-input", "59").await;
    ann.click("found").await;
    ann.wait_until(height, |height| !is_low(height)).await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn what_an_edited_message_said_before_is_shown_and_code_is_copied() {
    let server = Server::start();
    let (ann, bob) = Window::open_two(&server).await;
    ann.post("furst").await;
    ann.wait_for_messages(1, "sent").await;
    for text in ["first", "**first** of all"] {
        ann.press(&Key::Up).await;
        ann.find("editing").await;
        ann.fill_and_enter("composer", text).await;
        ann.wait_until_gone("[data-testid=editing]").await;
    }
    bob.wait_for_texts(".message > .text", &["first of all"])
        .await;
    bob.click("edited").await;
    bob.wait_for_texts(".versions .text", &["first of all", "first", "furst"])
        .await;
    bob.screenshots("versions").await;
    ann.hover(".message .text").await;
    ann.delete_message().await;
    bob.wait_until_gone(".versions").await;
    bob.wait_until_gone("[data-testid=edited]").await;

    ann.click("composer").await;
    ann.devtools(
        "Input.insertText",
        json!({ "text": "```rust\nlet x = 1;\n```" }),
    )
    .await;
    ann.press(&Key::Enter).await;
    ann.hover(".code-block").await;
    ann.click("copy-code").await;
    ann.wait_for_text("notice", "Copied").await;
    ann.click("composer").await;
    ann.press(&(Key::Control + "v")).await;
    ann.wait_for(DRAFT, "let x = 1;").await;
    ann.assert_no_console_errors().await;
    bob.assert_no_console_errors().await;
}

#[tokio::test]
async fn lists_and_named_links_are_shown_as_such_and_say_where_they_lead() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    ann.click("composer").await;
    let text = "Plan:\n- **read** www.example.org\n  - then [the docs](https://example.org/docs)\n\
        1. one\n2. two\n[bank.com](https://evil.example/bank.com) [no](javascript:alert(1))";
    ann.devtools("Input.insertText", json!({ "text": text }))
        .await;
    ann.press(&Key::Enter).await;
    ann.wait_for_messages(1, "sent").await;
    let parts = "const text = document.querySelector('.text');
        return [Array.from(text.querySelectorAll('ul li, ol li'), item => item.innerText),
            Array.from(text.querySelectorAll('a'), link => [link.innerText, link.href, link.title]),
            text.querySelector('.host').innerText]";
    let expected = json!([
        ["read www.example.org", "then the docs", "one", "two"],
        [
            ["www.example.org", "https://www.example.org/", ""],
            [
                "the docs",
                "https://example.org/docs",
                "https://example.org/docs"
            ],
            [
                "bank.com",
                "https://evil.example/bank.com",
                "https://evil.example/bank.com"
            ],
        ],
        "evil.example",
    ]);
    ann.wait_for(parts, expected).await;
    ann.screenshots("lists-and-links").await;
    ann.assert_no_console_errors().await;
}
