//! What people write cannot disturb what others see: names, marks, directions and links.

use fantoccini::key::Key;
use serde_json::json;

use crate::{server::Server, window::Window};

/// The texts of the elements that match.
fn texts_of(css: &str) -> String {
    format!("return Array.from(document.querySelectorAll('{css}'), at => at.textContent)")
}

#[tokio::test]
async fn members_whose_names_look_alike_are_marked_and_others_are_not() {
    let server = Server::start();
    let (ann, bob) = Window::open_two(&server).await;
    ann.rename("admin").await;
    ann.post("from the real one").await;
    bob.wait_for_texts(".message .author", &["admin"]).await;
    // The first letter is Cyrillic.
    bob.rename("аdmin").await;
    bob.post("from the other one").await;
    for window in [&ann, &bob] {
        window.wait_for_messages(2, "sent").await;
        let marked = "const names = Array.from(
                document.querySelectorAll('.message .author, [data-testid=member] bdi'),
                name => name.textContent);
            return [names.length, names.every(name => /#[0-9a-f]{6}$/.test(name)),
                new Set(names.map(name => name.slice(-6))).size]";
        window.wait_for(marked, json!([4, true, 2])).await;
        window.assert_no_console_errors().await;
    }
}

#[tokio::test]
async fn a_name_that_cannot_be_seen_is_not_taken_and_a_decomposed_one_is_composed() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    ann.rename("Jose\u{301}").await;
    ann.post("hello").await;
    ann.wait_for_texts(".message .author", &["José"]).await;
    for name in ["\u{200B}\u{3164}", "\u{202E}nna"] {
        ann.click("settings").await;
        ann.fill_and_enter("name-input", name).await;
        // It says why, until it is given up.
        let error = "return document.getElementById('name-error').innerText !== ''";
        ann.wait_for(error, true).await;
        ann.press(&Key::Escape).await;
        ann.wait_until_gone("dialog[open]").await;
    }
    ann.post("still me").await;
    ann.wait_for_messages(2, "sent").await;
    ann.wait_for(&texts_of(".message .author"), json!(["José"]))
        .await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn one_message_paints_over_no_other_and_turns_none_round() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    let towers = format!("x{}", "\u{301}".repeat(240));
    ann.post("above").await;
    ann.post(&towers).await;
    ann.post("\u{202E}turned").await;
    ann.post("below").await;
    ann.wait_for_messages(4, "sent").await;
    let clipped = "return Array.from(document.querySelectorAll('.message .text, .message .head'),
        at => getComputedStyle(at).overflowY)";
    ann.wait_for(clipped, json!(vec!["clip"; 5])).await;
    let isolated = "return Array.from(document.querySelectorAll('.message .text'), at => {
        const style = getComputedStyle(at);
        return style.display !== 'inline' || style.unicodeBidi.startsWith('isolate') })";
    assert_eq!(ann.eval(isolated).await, json!(vec![true; 4]));
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn links_end_where_the_script_ends_them_and_a_lone_mark_is_shown() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    ann.post("「https://example.com/a」を参照、链接：https://example.com。")
        .await;
    ann.post(">").await;
    ann.post("**").await;
    ann.wait_for_messages(3, "sent").await;
    let links = "return Array.from(document.querySelectorAll('.text a'), at => at.href)";
    ann.wait_for(
        links,
        json!(["https://example.com/a", "https://example.com/"]),
    )
    .await;
    let texts = "return Array.from(document.querySelectorAll('.message .text'),
        at => at.innerText.trim()).slice(1)";
    ann.wait_for(texts, json!([">", "**"])).await;
    ann.assert_no_console_errors().await;
}

/// Types the query again while nothing is marked, since the index is a moment behind the log.
/// Returns what is marked.
const SEARCH: &str = "const field = document.querySelector('[data-testid=search-input]');
    const type = text => {
        field.value = text;
        field.dispatchEvent(new Event('input', { bubbles: true }));
    };
    const verdict = document.querySelector('[data-testid=search-verdict]').textContent;
    const marks = Array.from(document.querySelectorAll('mark'), mark => mark.textContent);
    if (field.value !== arguments[0] || marks.length === 0 && verdict !== 'Searching…') {
        type('');
        type(arguments[0]);
        return [];
    }
    return marks";

#[tokio::test]
async fn the_search_marks_what_it_finds_in_any_script() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    ann.post("東京タワーに行きました").await;
    ann.post("naïve ｶﾞ").await;
    ann.wait_for_messages(2, "sent").await;
    ann.click("search").await;
    ann.find("search-input").await;
    let cases = [
        ("タワー", "タワー"),
        ("NAIVE", "naïve"),
        ("ガ", "ｶﾞ"),
        ("行きました", "行きました"),
    ];
    for (query, hit) in cases {
        ann.wait_until_with(SEARCH, json!(query), |marks| *marks == json!([hit]))
            .await;
    }
    ann.fill("search-input", "?").await;
    ann.wait_for_text(
        "search-verdict",
        "Finds whole words and beginnings of words",
    )
    .await;
    ann.assert_no_console_errors().await;
}
