//! The addresses of rooms and messages: where a link leads, however far back.

use parlor_shared::{Body, RoomId, Text};
use serde_json::{Value, json};

use crate::{
    bulk::{frames, message_id, numbered},
    offline::IS_CACHED,
    server::Server,
    window::Window,
};

const POSTS: u64 = 5_000;

/// The text of the row that a link led to, if the row is within the visible list.
const FOUND_ROW: &str = "const row = document.querySelector('[data-found=true]');
    const list = document.querySelector('[data-testid=messages]')?.getBoundingClientRect();
    const at = row?.getBoundingClientRect();
    return row && at.top > list.top && at.bottom < list.bottom
        && row.querySelector('.text').innerText";

/// The numbers of the first and the last message in the document, and how many there are.
const SHOWN: &str =
    "const rows = Array.from(document.querySelectorAll('[data-testid=message] .text'),
        row => Number(row.innerText.split(' ')[1]));
    return [rows[0], rows.at(-1), rows.length]";

/// Scrolls the list by a page, as a person does with the wheel, and gives the last message's text.
const SCROLL_DOWN: &str = "const list = document.querySelector('[data-testid=messages]');
    list.scrollTop += list.clientHeight * 3;
    return Array.from(document.querySelectorAll('[data-testid=message] .text')).at(-1)?.innerText";

fn library() -> RoomId {
    RoomId::parse("library").unwrap()
}

fn link_to(number: u64) -> String {
    format!("/r/library?at={}", message_id(number))
}

/// A server whose library has many messages of Bob's.
async fn with_library() -> (Server, Window) {
    let server = Server::start();
    let ann = Window::open_online(&server, "/r/library").await;
    ann.send_as_bob(numbered(&library(), 1, POSTS)).await;
    (server, ann)
}

#[tokio::test]
async fn a_link_to_a_message_far_back_leads_to_it_and_on_to_the_end() {
    let (server, _ann) = with_library().await;
    let bob = Window::open(&server, &link_to(4_400)).await;
    bob.wait_for(FOUND_ROW, "message 4400").await;
    let [first, last, rows]: [u64; 3] = serde_json::from_value(bob.eval(SHOWN).await).unwrap();
    assert!(
        rows <= 300 && first > 4_000 && last < 4_900,
        "{first} {last} {rows}"
    );
    assert_eq!(rows, last - first + 1, "without a gap");
    bob.screenshots("linked").await;

    // What is posted meanwhile waits at the end.
    bob.send_as_bob(numbered(&library(), POSTS + 1, 2)).await;
    bob.wait_for_text("jump-latest", "2 new messages").await;
    bob.wait_until(SCROLL_DOWN, |last| last == "message 5002")
        .await;
    let [first, last, rows]: [u64; 3] = serde_json::from_value(bob.eval(SHOWN).await).unwrap();
    assert_eq!(rows, last - first + 1, "without a gap");
    bob.wait_until(SCROLL_DOWN, |_| true).await;
    bob.wait_until_gone("[data-testid=jump-latest]").await;
    bob.send_as_bob(numbered(&library(), POSTS + 3, 1)).await;
    bob.wait_for_newest("message 5003").await;

    // The address still leads there.
    bob.reload().await;
    bob.wait_for(FOUND_ROW, "message 4400").await;
    bob.click("jump-latest").await;
    bob.wait_for_newest("message 5003").await;
    bob.assert_no_console_errors().await;
}

#[tokio::test]
async fn a_link_in_a_message_is_followed_in_the_page_and_back_leads_back() {
    let (server, ann) = with_library().await;
    let at = server.url(&link_to(70));
    let post = Body::post(Text::parse(at.clone()).unwrap());
    let lobby = RoomId::parse("lobby").unwrap();
    ann.send_as_bob(frames(&lobby, 1, vec![post])).await;
    ann.goto(&server, "/").await;
    ann.wait_for_status("online").await;
    ann.eval("window.isSamePage = true").await;
    ann.click_css(".message .text a").await;
    ann.wait_for_text("room-name", "library").await;
    ann.wait_for(FOUND_ROW, "message 70").await;
    ann.wait_for(
        "return [location.href, window.isSamePage]",
        json!([at, true]),
    )
    .await;
    ann.page.back().await.unwrap();
    ann.wait_for_text("room-name", "lobby").await;
    ann.page.forward().await.unwrap();
    ann.wait_for(FOUND_ROW, "message 70").await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn a_link_to_nothing_says_so_and_one_that_is_opened_offline_is_followed_later() {
    let (mut server, ann) = with_library().await;
    ann.goto(&server, "/r/library?at=nonsense").await;
    ann.wait_for_notice("That link doesn't lead to a message.")
        .await;
    ann.goto(&server, &link_to(POSTS + 7)).await;
    ann.wait_for_notice("That message is no longer available.")
        .await;
    ann.wait_for_newest("message 5000").await;
    ann.screenshots("link-gone").await;

    ann.wait_for(IS_CACHED, true).await;
    server.kill();
    ann.goto(&server, &link_to(300)).await;
    ann.wait_for_notice("That message will be shown when you're back online.")
        .await;
    ann.screenshots("link-offline").await;
    server.restart();
    ann.wait_for(FOUND_ROW, "message 300").await;
    // The head of that message is not in the page that the service worker keeps for all rooms.
    let shell = "const done = arguments[1];
        caches.open('parlor').then(cache => cache.match('/')).then(page => page.text()).then(done)";
    let shell = ann.eval_async(shell, json!(null)).await;
    let is_clean = |shell: &Value| {
        shell
            .as_str()
            .is_some_and(|shell| !shell.contains("og:title"))
    };
    assert!(is_clean(&shell), "{shell}");
}

#[tokio::test]
async fn without_javascript_the_messages_can_be_read() {
    let (server, ann) = with_library().await;
    let disabled = json!({ "value": true });
    ann.devtools("Emulation.setScriptExecutionDisabled", disabled)
        .await;
    ann.goto(&server, &link_to(2_000)).await;
    // The browser goes on to the plain page by itself.
    let source = loop {
        let source = ann.page.source().await.unwrap();
        if source.contains("<article") {
            break source;
        }
    };
    assert!(source.contains("message 2000<") && source.contains("Earlier messages"));
    ann.screenshot("plain").await;
    ann.resize(390).await;
    ann.screenshot("plain-phone").await;
}
