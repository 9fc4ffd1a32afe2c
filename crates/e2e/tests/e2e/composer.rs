//! The composer with very long texts, and what stands above a tall one.

use std::time::Instant;

use fantoccini::key::Key;
use serde_json::json;

use crate::{server::Server, window::Window};

const LENGTH: &str = "return document.querySelector('[data-testid=composer]').value.length";

#[tokio::test]
async fn a_million_pasted_characters_are_cut_with_a_sentence_and_typing_stays_quick() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    ann.click("composer").await;
    let million = "word and ".repeat(111_112);
    let started = Instant::now();
    ann.devtools("Input.insertText", json!({ "text": million }))
        .await;
    ann.next_frame().await;
    println!("a million characters inserted in {:?}", started.elapsed());
    assert_eq!(ann.eval(LENGTH).await, 32_000);
    let cut = "Messages have up to 8,000 characters. The field holds 32,000: any more was cut off.";
    ann.wait_for_texts(".count", &[cut]).await;
    ann.screenshots("too-long").await;
    let started = Instant::now();
    ann.press_times(Key::Backspace, 2).await;
    ann.next_frame().await;
    println!("two keys in it took {:?}", started.elapsed());
    ann.wait_for_texts(".count", &["23,998 characters over the limit"])
        .await;

    // A script or an extension is not held by the field's own limit.
    let set = "const field = document.querySelector('[data-testid=composer]');
        field.value = arguments[0];
        field.dispatchEvent(new InputEvent('input', { bubbles: true }))";
    ann.eval_with(set, json!(million)).await;
    ann.wait_for_texts(".count", &[cut]).await;
    assert_eq!(ann.eval(LENGTH).await, 32_000);
    // What is kept for the next visit is no longer either.
    ann.reload().await;
    ann.wait_for_status("online").await;
    assert_eq!(ann.eval(LENGTH).await, 32_000);
    ann.assert_no_console_errors().await;
}

/// The button's edges, those of what stands below it, and whether it can be pressed.
const JUMP: &str = "const box = selector => document.querySelector(selector).getBoundingClientRect();
    const jump = box('.jump'), form = box('.composer'), list = box('.messages');
    const at = document.elementFromPoint((jump.left + jump.right) / 2, (jump.top + jump.bottom) / 2);
    return [jump.bottom <= form.top, jump.top >= list.top, at?.className ?? null]";

#[tokio::test]
async fn the_way_back_to_the_end_stands_above_a_tall_composer_and_its_reply() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    for n in 0..60 {
        ann.post(&format!("message {n}")).await;
    }
    ann.wait_for_messages(60, "sent").await;
    ann.hover(".message:last-child .text").await;
    ann.click("reply").await;
    ann.find("replying").await;
    for _ in 0..12 {
        ann.press("line").await;
        ann.press(&(Key::Shift + &Key::Enter)).await;
    }
    for width in [390, 1280] {
        ann.resize(width).await;
        ann.eval("document.getElementById('messages').scrollTop = 500")
            .await;
        ann.find("jump-latest").await;
        ann.wait_for(JUMP, json!([true, true, "jump"])).await;
    }
    ann.screenshots("jump-over-reply").await;
    ann.click("jump-latest").await;
    ann.wait_until_gone(".jump").await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn ages_are_told_by_the_servers_clock() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    for hours in [5, -5] {
        ann.run_before_each_load(&format!(
            "const now = Date.now.bind(Date); Date.now = () => now() + {hours} * 3_600_000"
        ))
        .await;
        ann.reload().await;
        ann.wait_for_status("online").await;
        ann.post("now").await;
        ann.wait_for_text("quiet", "just now").await;
    }
}

#[tokio::test]
async fn a_text_that_is_too_long_says_so_on_enter_and_leaves_the_list_two_thirds() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    ann.click("composer").await;
    let width = "return document.querySelector('[data-testid=composer]').offsetWidth";
    let before = ann.eval(width).await;
    ann.devtools("Input.insertText", json!({ "text": "word ".repeat(1_620) }))
        .await;
    ann.wait_for_texts(".count", &["100 characters over the limit"])
        .await;
    assert_eq!(ann.eval(width).await, before);
    ann.press(&Key::Enter).await;
    ann.wait_for_texts(
        "[role=alert].unseen",
        &["Not sent: it's 100 characters too long."],
    )
    .await;
    let height = "const field = document.querySelector('[data-testid=composer]');
        return field.offsetHeight <= innerHeight / 3 + 1";
    assert_eq!(ann.eval(height).await, true);
    ann.screenshots("over-limit").await;
    ann.press("x").await;
    ann.wait_for_texts("[role=alert].unseen", &[""]).await;
    ann.assert_no_console_errors().await;
}
