//! What the page keeps where a browser keeps less than it promises: without TLS, with the storage
//! full or forbidden, with old browsers' features missing.

use serde_json::json;

use crate::{offline::IS_CACHED, server::Server, window::Window};

/// The texts of all messages that are shown, in any state.
const SHOWN: &str = "return Array.from(document.querySelectorAll('[data-testid=message] .text'),
    text => text.innerText)";

/// The storage keys of unsent posts.
const OUTBOX: &str =
    "return Object.keys(localStorage).filter(key => key.startsWith('parlor.outbox'))";

/// How many questions a tab has asked the others. The third one shows that the first two are done
/// with.
const QUESTIONS: &str = "return Number(localStorage['parlor.tabs.question']?.split('.')[1] ?? 0)";

/// Fills the storage to the last character.
const FILL: &str = "for (let size = 1 << 20; size > 0; size >>= 1)
    for (let n = 0; ; n++) try { localStorage[`filler.${size}.${n}`] = 'x'.repeat(size) }
        catch { break }";

#[tokio::test]
async fn without_tls_a_line_is_shown_and_sent_once_however_its_tabs_are_closed() {
    let mut server = Server::start();
    let ann = Window::open_url(&server.named_url("/")).await;
    ann.wait_for_status("online").await;
    let features = "return [isSecureContext, navigator.locks === undefined]";
    assert_eq!(ann.eval(features).await, json!([false, true]));
    let first = ann.page.window().await.unwrap();
    let second = ann.open_tab_at(&server.named_url("/")).await;
    ann.wait_for_status("online").await;
    server.kill();
    ann.wait_for_status("waiting").await;
    ann.post("written once").await;
    ann.wait_for_messages(1, "pending").await;

    // Both tabs are open, so the line stays where it was written.
    ann.switch_to(&first).await;
    ann.wait_until(QUESTIONS, |asked| asked.as_u64() >= Some(3))
        .await;
    assert_eq!(ann.eval(SHOWN).await, json!([]));
    ann.switch_to(&second).await;
    assert_eq!(ann.eval(SHOWN).await, json!(["written once"]));
    // The tab in which it was written is closed: the other one shows it.
    ann.page.close_window().await.unwrap();
    ann.switch_to(&first).await;
    ann.wait_for(SHOWN, vec!["written once"]).await;

    // The second tab is closed too, and a third tab is opened when the server is back.
    let third = ann.open_tab_at("about:blank").await;
    ann.switch_to(&first).await;
    ann.page.close_window().await.unwrap();
    ann.switch_to(&third).await;
    server.restart();
    ann.page.goto(&server.named_url("/")).await.unwrap();
    assert_eq!(ann.wait_for_messages(1, "sent").await, ["written once"]);
    ann.wait_for(OUTBOX, json!([])).await;
    assert_eq!(ann.eval(SHOWN).await, json!(["written once"]));
    let bob = Window::open_online(&server, "/").await;
    assert_eq!(bob.wait_for_messages(1, "sent").await, ["written once"]);
}

#[tokio::test]
async fn two_tabs_that_take_over_at_once_keep_one_line() {
    let mut server = Server::start();
    let ann = Window::open_url(&server.named_url("/r/attic")).await;
    let first = ann.page.window().await.unwrap();
    let second = ann.open_tab_at(&server.named_url("/r/attic")).await;
    for tab in [&first, &second] {
        ann.switch_to(tab).await;
        ann.wait_until_loaded().await;
    }
    server.kill();
    ann.wait_for_status("waiting").await;
    // What a closed tab has left.
    let post = json!({
        "room": "attic", "id": "0199c0de-0000-7000-8000-000000000001",
        "body": { "kind": "post", "text": "doubled" }
    });
    let leave = "localStorage[`parlor.outbox.closed.${arguments[0].id}`] =
        JSON.stringify(arguments[0])";
    ann.eval_with(leave, post).await;
    ann.wait_until(OUTBOX, |keys| {
        let keys = keys.as_array().unwrap();
        keys.len() == 1 && !keys[0].as_str().unwrap().contains("closed")
    })
    .await;
    let mut shown = Vec::new();
    for tab in [&first, &second] {
        ann.switch_to(tab).await;
        shown.extend(ann.eval(SHOWN).await.as_array().unwrap().clone());
    }
    assert_eq!(shown, [json!("doubled")]);
}

#[tokio::test]
async fn what_a_full_storage_does_not_hold_says_so_and_is_sent_from_the_open_page() {
    let mut server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    ann.post("before").await;
    ann.wait_for_messages(1, "sent").await;
    server.kill();
    ann.wait_for_status("waiting").await;
    ann.eval(FILL).await;
    ann.post("does not fit").await;
    let unsaved = "Waiting for connection. Your browser couldn't save this: keep the page open \
                   until it's sent.";
    ann.wait_for_texts(".message[data-state=pending] .why", &[unsaved])
        .await;
    ann.wait_for_notice(
        "Your browser can't save anything for this page. Drafts, settings and unsent messages are \
         lost when you close it.",
    )
    .await;
    ann.screenshots("storage-full").await;
    server.restart();
    let both = ["before", "does not fit"];
    assert_eq!(ann.wait_for_messages(2, "sent").await, both);
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn cached_entries_make_room_for_a_line_that_waits() {
    let mut server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    ann.wait_for(IS_CACHED, true).await;
    server.kill();
    ann.wait_for_status("waiting").await;
    ann.eval("localStorage['parlor.recent.attic'] = 'x'.repeat(2000)")
        .await;
    ann.eval(FILL).await;
    ann.post("fits in its place").await;
    ann.wait_for_messages(1, "pending").await;
    ann.wait_for_texts(".message .note", &["Waiting for connection"])
        .await;
    ann.reload().await;
    let pending = ann.wait_for_messages(1, "pending").await;
    assert_eq!(pending, ["fits in its place"]);
    server.restart();
    ann.wait_for_messages(1, "sent").await;
}

#[tokio::test]
async fn with_the_storage_forbidden_the_page_works_and_says_that_it_keeps_nothing() {
    let mut server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    ann.run_before_each_load(
        "for (const name of ['localStorage', 'sessionStorage'])
            Object.defineProperty(window, name, {
                get() { throw new DOMException('denied', 'SecurityError') }
            })",
    )
    .await;
    ann.reload().await;
    ann.wait_until_loaded().await;
    ann.post("hello").await;
    ann.wait_for_messages(1, "sent").await;
    let notice = "return document.querySelector('[data-testid=notice]').innerText";
    ann.wait_until(notice, |text| {
        text.as_str().unwrap().contains("can't save anything")
    })
    .await;
    server.kill();
    ann.wait_for_status("waiting").await;
    ann.post("not saved").await;
    ann.css(".message[data-state=pending] .why").await;
    server.restart();
    ann.wait_for_messages(2, "sent").await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn the_page_works_without_the_features_that_browsers_lack_here_and_there() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    ann.run_before_each_load(
        "for (const name of ['Notification', 'AudioContext', 'ResizeObserver', 'crypto',
            'BroadcastChannel', 'caches', 'indexedDB'])
            Object.defineProperty(window, name, { value: undefined });
        for (const name of ['serviceWorker', 'locks', 'storage', 'clipboard', 'permissions'])
            Object.defineProperty(navigator, name, { value: undefined });
        delete AbortSignal.timeout",
    )
    .await;
    ann.reload().await;
    ann.wait_for_status("online").await;
    for text in ["one", "two", "three"] {
        ann.post(text).await;
    }
    let sent = ann.wait_for_messages(3, "sent").await;
    assert_eq!(sent, ["one", "two", "three"], "each has an id of its own");
    ann.click("settings").await;
    ann.click("sound").await;
    ann.wait_for_texts("#refused", &["This browser can't play the sound."])
        .await;
    let is_on = "return document.getElementById('sound').checked";
    assert_eq!(ann.eval(is_on).await, false);
    ann.assert_no_console_errors().await;
}
