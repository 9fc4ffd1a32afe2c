//! The part of the page's program that is loaded once the room is shown.

use crate::{
    offline::IS_CACHED,
    proxy::{Mode, Proxy},
    server::Server,
    window::Window,
};

/// The paths of the part begin so.
const LATER: &str = "/later/later-";

/// Where the parts of the page are.
const LAYOUT: &str =
    "return ['header', 'aside', '.people', 'main', '.messages', '.message', '.composer',
    '.connection', '[data-testid=inspector]'].map(which => {
        const { left, top, right, bottom } = document.querySelector(which).getBoundingClientRect();
        return [which, left, top, right, bottom] })";

#[tokio::test]
async fn without_it_messages_are_read_and_sent_and_a_press_says_what_is_missing() {
    let server = Server::start();
    let proxy = Proxy::start(server.address()).await;
    proxy.set(Mode::Without(LATER));
    let ann = Window::open_url(&format!("http://{}/", proxy.address)).await;
    ann.wait_for_status("online").await;
    ann.post("hello").await;
    ann.wait_for_messages(1, "sent").await;
    ann.wait_for_text("notice", "").await;
    ann.click("find-room").await;
    let missing = "That part of the page couldn't be loaded. Try again when you're online.";
    ann.wait_for_notice(missing).await;

    ann.wait_until_still().await;
    let before = ann.eval(LAYOUT).await;
    proxy.set(Mode::Forward);
    ann.click("find-room").await;
    ann.wait_for_focus("room-input").await;
    ann.wait_until_still().await;
    assert_eq!(ann.eval(LAYOUT).await, before, "its styles move nothing");
}

#[tokio::test]
async fn it_is_there_without_the_server() {
    let server = Server::start();
    let proxy = Proxy::start(server.address()).await;
    let url = format!("http://{}/", proxy.address);
    let ann = Window::open_url(&url).await;
    ann.wait_for_status("online").await;
    ann.wait_for(IS_CACHED, true).await;
    proxy.set(Mode::Down);
    ann.page.goto(&url).await.unwrap();
    ann.wait_for_status("waiting").await;
    ann.click("find-room").await;
    ann.wait_for_focus("room-input").await;
}
