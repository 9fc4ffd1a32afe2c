//! The page in German, for a browser that prefers it: every text, the plurals, and offline.

use fantoccini::key::Key;
use parlor_frontend::texts::{self, language::patterns};
use parlor_shared::RoomId;
use serde_json::{Value, json};

use crate::{actions::DRAFT, bulk::numbered, offline::IS_CACHED, server::Server, window::Window};

const GERMAN: &str = include_str!("../../../../frontend/later/de.txt");

/// Whether the page has asked for the file of German texts.
const HAS_LOADED: &str = "return performance.getEntriesByType('resource')
    .some(({ name }) => new URL(name).pathname === '/later/de.txt')";

/// Everything on the page that a person reads or hears, apart from what people wrote.
const READ: &str = "const texts = [document.title];
    for (const element of document.body.querySelectorAll('*')) {
        if (element.closest('script, style, .text, .excerpt, .author, .choices, pre, noscript, #shell')) continue;
        for (const name of ['aria-label', 'title', 'placeholder'])
            if (element.hasAttribute(name)) texts.push(element.getAttribute(name));
        for (const node of element.childNodes)
            if (node.nodeType === Node.TEXT_NODE && node.data.trim()) texts.push(node.data.trim());
    }
    return texts";

impl Window {
    /// Opens the page in a browser whose user prefers these languages.
    async fn open_in(server: &Server, languages: &str, path: &str) -> Self {
        let window = Self::open_preferring(server, languages, path).await;
        window.wait_until_loaded().await;
        window
    }

    /// The same where the server may not let the page in.
    async fn open_preferring(server: &Server, languages: &str, path: &str) -> Self {
        let window = Self::open_url("about:blank").await;
        let agent = window.eval("return navigator.userAgent").await;
        let preferred = json!({ "userAgent": agent, "acceptLanguage": languages });
        window
            .devtools("Emulation.setUserAgentOverride", preferred)
            .await;
        window.goto(server, path).await;
        window
    }

    /// Fails if the page shows a text in English that German says otherwise.
    async fn assert_german(&self, state: &str) {
        let read = self.eval(READ).await;
        let read: Vec<&str> = read
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        assert!(read.len() > 20, "{state}: {read:?}");
        for english in english_only() {
            assert!(!read.contains(&english), "{state} says {english:?}");
        }
    }
}

/// The English texts without placeholders that no German text is like.
fn english_only() -> Vec<&'static str> {
    let german: Vec<&str> = patterns(GERMAN).map(|(_, pattern)| pattern).collect();
    let english = texts::tables()
        .into_iter()
        .flatten()
        .flat_map(|text| text.english());
    let plain = english.filter(|english| !english.contains('{') && !german.contains(english));
    plain.collect()
}

#[tokio::test]
async fn the_whole_page_is_german_where_the_browser_prefers_it() {
    let server = Server::start();
    let ann = Window::open_in(&server, "de-AT,de,en", "/r/library").await;
    let language = "return document.documentElement.lang";
    assert_eq!(ann.eval(language).await, "de-AT");
    ann.assert_german("an empty room").await;
    ann.post("hallo").await;
    ann.wait_for_messages(1, "sent").await;
    ann.hover("[data-testid=message]").await;
    ann.click("more").await;
    ann.find("delete").await;
    ann.assert_german("a message's actions").await;
    ann.click("delete").await;
    ann.find("delete-cancel").await;
    ann.assert_german("deleting").await;
    ann.click("delete-cancel").await;
    ann.wait_until_gone("dialog[open]").await;

    ann.click("settings").await;
    ann.assert_german("the dialogs").await;
    ann.screenshots("german-settings").await;
    ann.press(&Key::Escape).await;
    ann.wait_until_gone("dialog[open]").await;
    ann.click("search").await;
    ann.fill("search-input", "nirgends").await;
    ann.wait_for_text("search-verdict", "Keine Nachrichten mit „nirgends“")
        .await;
    ann.assert_german("the search").await;
    ann.press(&Key::Escape).await;
    ann.click("inspector").await;
    ann.find("inspector-frame").await;
    ann.assert_german("the inspector").await;
    ann.screenshots("german-inspector").await;
    ann.click("stop").await;
    ann.wait_for_status("stopped").await;
    ann.assert_german("disconnected").await;
    ann.post("später").await;
    ann.wait_for_texts(".message .note", &["Wartet auf Verbindung"])
        .await;
    ann.assert_german("a message that waits").await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn what_is_asked_for_to_come_in_is_asked_in_german() {
    let server = Server::start_with_password("open sesame");
    let ann = Window::open_preferring(&server, "de-AT,de,en", "/").await;
    let reason = "Dieser Server hat ein Passwort. Gib es ein.";
    ann.wait_for_text("access-reason", reason).await;
    ann.assert_german("the form for the password").await;
    ann.screenshots("password-german").await;
    ann.click("access-other").await;
    ann.wait_for_text("access-other", texts_of("cancel")).await;
    ann.assert_german("the form for a code").await;
    ann.assert_no_console_errors().await;
}

/// The German text with this key.
fn texts_of(key: &str) -> &'static str {
    let found = patterns(GERMAN).find(|(known, _)| *known == key);
    found.unwrap().1
}

#[tokio::test]
async fn german_plurals_follow_the_browsers_rules() {
    let server = Server::start();
    let room = RoomId::parse("library").unwrap();
    let ann = Window::open_in(&server, "de", "/r/library").await;
    ann.send_as_bob(numbered(&room, 1, 100)).await;
    ann.wait_for_messages(100, "sent").await;
    ann.scroll_list(-1_000).await;
    ann.wait_for_text("jump-latest", "Zu den neuesten").await;
    ann.send_as_bob(numbered(&room, 101, 1)).await;
    ann.wait_for_text("jump-latest", "1 neue Nachricht").await;
    ann.send_as_bob(numbered(&room, 102, 1)).await;
    ann.wait_for_text("jump-latest", "2 neue Nachrichten").await;
    ann.send_as_bob(numbered(&room, 103, 1_234)).await;
    ann.wait_for_text("jump-latest", "1.236 neue Nachrichten")
        .await;
}

#[tokio::test]
async fn the_german_page_opens_without_the_server_after_one_visit() {
    let mut server = Server::start();
    let ann = Window::open_in(&server, "fr,de", "/r/library").await;
    ann.wait_for(IS_CACHED, true).await;
    let has_texts = "return await caches.match('/later/de.txt') !== undefined";
    ann.wait_for(has_texts, true).await;
    server.kill();
    ann.wait_for_status("waiting").await;
    ann.reload().await;
    ann.wait_for_status("waiting").await;
    ann.assert_german("without the server").await;
    // The next load of the page tidies the cache, and leaves the texts.
    server.restart();
    ann.reload().await;
    ann.wait_for_status("online").await;
    ann.wait_for(has_texts, true).await;
}

#[tokio::test]
async fn the_emoji_and_their_german_names_are_there_without_the_server_once_they_were_seen() {
    let mut server = Server::start();
    let ann = Window::open_in(&server, "de", "/r/library").await;
    ann.wait_for(IS_CACHED, true).await;
    let choice = "return document.querySelector('#choice')?.ariaLabel ?? null";
    ann.click("emoji").await;
    ann.wait_for(choice, "Daumen hoch").await;
    ann.assert_german("the emoji picker").await;
    let has_emoji = "const files = ['/later/emoji.txt', '/later/emoji.de.txt'];
        return (await Promise.all(files.map(file => caches.match(file)))).every(Boolean)";
    ann.wait_for(has_emoji, true).await;
    server.kill();
    ann.wait_for_status("waiting").await;
    ann.reload().await;
    ann.wait_for_status("waiting").await;
    ann.click("emoji").await;
    ann.wait_for(choice, "Daumen hoch").await;
    ann.press("konfettibombe").await;
    ann.wait_for(choice, "Konfettibombe").await;
    ann.press(&Key::Enter).await;
    ann.wait_for(DRAFT, "🎉").await;
}

#[tokio::test]
async fn an_english_page_does_not_load_german() {
    let server = Server::start();
    let ann = Window::open_in(&server, "en-GB,de", "/r/library").await;
    assert_eq!(ann.eval(HAS_LOADED).await, false);
    assert_eq!(ann.eval("return document.documentElement.lang").await, "en");
    let ben = Window::open_in(&server, "fr,it", "/r/library").await;
    assert_eq!(ben.eval(HAS_LOADED).await, false);
    ben.wait_for_text("countdown", "Connected").await;
}
