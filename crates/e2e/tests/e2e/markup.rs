//! What a message's text looks like, and that it is never more than that.

use serde_json::json;

use crate::{browser::Window, server::Server};

/// Shift+Enter.
const NEW_LINE: &str = "\u{E008}\u{E007}\u{E008}";

/// The elements that texts may be made of.
const ELEMENTS: [&str; 9] = [
    "P",
    "BLOCKQUOTE",
    "PRE",
    "CODE",
    "A",
    "STRONG",
    "EM",
    "S",
    "DIV",
];

#[tokio::test]
async fn marks_and_addresses_are_shown_and_nothing_else_becomes_markup() {
    let server = Server::start();
    let ann = Window::open(&server, "/").await;
    let bob = Window::open(&server, "/").await;
    ann.is("online").await;
    bob.is("online").await;
    let lines = [
        "It is **done**, *really* (~~not~~ `5*3*2`), see https://example.org/a_b?c=d#e.",
        "> And **who** did it?",
        "",
        "```rust",
        "let all = a * b * c;",
        "```",
        "<b>no</b> [no](javascript:alert(1)) snake_case_name",
    ];
    ann.say(&lines.join(NEW_LINE)).await;
    ann.say("שלום **עולם**, what a day").await;
    bob.messages(2, "sent").await;
    let parts = "const text = document.querySelector('.text');
        return Object.fromEntries(['strong', 'em', 's', 'code', 'blockquote', 'pre', 'a'].map(
            tag => [tag, Array.from(text.querySelectorAll(tag), part => part.innerText.trim())]))";
    let expected = json!({
        "strong": ["done", "who"], "em": ["really"], "s": ["not"],
        "code": ["5*3*2", "let all = a * b * c;"],
        "blockquote": ["And who did it?"], "pre": ["let all = a * b * c;"],
        "a": ["https://example.org/a_b?c=d#e"],
    });
    bob.until(parts, json!(null), |parts| *parts == expected)
        .await;
    let link = bob
        .run(
            "const { href, target, rel } = document.querySelector('.text a'); return [href, target, rel]",
            json!(null),
        )
        .await;
    let web = json!([
        "https://example.org/a_b?c=d#e",
        "_blank",
        "noopener noreferrer"
    ]);
    assert_eq!(link, web);
    let made_of = "return Array.from(document.querySelectorAll('.text *'), part => part.tagName)";
    let made_of = bob.run(made_of, json!(null)).await;
    for element in made_of.as_array().unwrap() {
        assert!(ELEMENTS.contains(&element.as_str().unwrap()), "{element}");
    }
    let ways = "return Array.from(document.querySelectorAll('.text'), text => getComputedStyle(text).direction)";
    assert_eq!(bob.run(ways, json!(null)).await, json!(["ltr", "rtl"]));
    ann.pictures("markup").await;
    ann.has_no_complaints().await;
    bob.has_no_complaints().await;
}
