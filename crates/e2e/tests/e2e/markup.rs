//! The markup of a message's text: what is rendered, and that nothing else becomes an element.

use fantoccini::key::Key;
use serde_json::json;

use crate::{server::Server, window::Window};

/// The elements that a text may consist of.
const ELEMENTS: [&str; 10] = [
    "P",
    "BLOCKQUOTE",
    "PRE",
    "CODE",
    "A",
    "STRONG",
    "EM",
    "S",
    "DIV",
    // Copies a block of code.
    "BUTTON",
];

#[tokio::test]
async fn formatting_and_links_are_rendered_and_nothing_else_becomes_markup() {
    let server = Server::start();
    let (ann, bob) = Window::open_two(&server).await;
    let lines = [
        "It is **done**, *really* (~~not~~ `5*3*2`), see https://example.org/a_b?c=d#e.",
        "> And **who** did it?",
        "",
        "```rust",
        "let all = a * b * c;",
        "```",
        "<b>no</b> [no](javascript:alert(1)) snake_case_name",
    ];
    // The second Shift releases the key.
    let shift_enter = format!("{}{}{}", Key::Shift, Key::Enter, Key::Shift);
    ann.post(&lines.join(&shift_enter)).await;
    ann.post("שלום **עולם**, what a day").await;
    bob.wait_for_messages(2, "sent").await;
    let parts = "const text = document.querySelector('.text');
        return Object.fromEntries(['strong', 'em', 's', 'code', 'blockquote', 'pre', 'a'].map(
            tag => [tag, Array.from(text.querySelectorAll(tag), part => part.innerText.trim())]))";
    let expected = json!({
        "strong": ["done", "who"], "em": ["really"], "s": ["not"],
        "code": ["5*3*2", "let all = a * b * c;"],
        "blockquote": ["And who did it?"], "pre": ["let all = a * b * c;"],
        "a": ["https://example.org/a_b?c=d#e"],
    });
    bob.wait_for(parts, expected).await;
    let link = "const { href, target, rel } = document.querySelector('.text a');
        return [href, target, rel]";
    let expected = json!([
        "https://example.org/a_b?c=d#e",
        "_blank",
        "noopener noreferrer"
    ]);
    assert_eq!(bob.eval(link).await, expected);
    let elements = "return Array.from(document.querySelectorAll('.text *'), part => part.tagName)";
    for element in bob.eval(elements).await.as_array().unwrap() {
        assert!(ELEMENTS.contains(&element.as_str().unwrap()), "{element}");
    }
    let directions = "return Array.from(document.querySelectorAll('.text'),
        text => getComputedStyle(text).direction)";
    assert_eq!(bob.eval(directions).await, json!(["ltr", "rtl"]));
    ann.screenshots("markup").await;
    ann.assert_no_console_errors().await;
    bob.assert_no_console_errors().await;
}
