//! Two tabs of one browser are one person.

use serde_json::json;

use crate::{browser::Window, server::Server};

#[tokio::test]
async fn they_share_name_and_outbox_and_what_one_leaves_unsent_the_other_sends_once() {
    let mut server = Server::start();
    let ann = Window::open(&server, "/").await;
    ann.is("online").await;
    let (first, second) = ann.open_tab(&server).await;
    ann.is("online").await;
    ann.reads("member-count", "1").await;
    ann.is_named("Ann of two tabs").await;
    ann.page.switch_to_window(first.clone()).await.unwrap();
    let shown = "return document.querySelector('.own bdi').innerText";
    ann.until(shown, json!(null), |name| name == "Ann of two tabs")
        .await;

    // Offline, something is written in each.
    server.kill();
    ann.is("waiting").await;
    ann.say("written in the first").await;
    ann.messages(1, "pending").await;
    ann.page.switch_to_window(second).await.unwrap();
    ann.is("waiting").await;
    ann.say("written in the second").await;
    let own = ["written in the second"];
    assert_eq!(ann.messages(1, "pending").await, own, "each shows its own");
    // The second is closed before the line is back: the first takes over what it left.
    ann.page.close_window().await.unwrap();
    ann.page.switch_to_window(first).await.unwrap();
    let both = ["written in the first", "written in the second"];
    assert_eq!(ann.messages(2, "pending").await, both);
    server.start_again();
    assert_eq!(ann.messages(2, "sent").await, both);
    let left = "return Object.keys(localStorage).filter(key => key.startsWith('parlor.outbox'))";
    ann.until(left, json!(null), |keys| *keys == json!([]))
        .await;
    ann.has_no_complaints().await;
}
