//! Two tabs of one browser are one person.

use serde_json::json;

use crate::{server::Server, window::Window};

#[tokio::test]
async fn two_tabs_share_a_name_and_an_outbox_and_each_post_is_sent_once() {
    let mut server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    let tabs = ann.open_tab(&server).await;
    ann.wait_for_status("online").await;
    ann.wait_for_text("member-count", "1").await;
    ann.rename("Ann of two tabs").await;
    ann.switch_to(&tabs.first).await;
    ann.wait_for_texts(".own bdi", &["Ann of two tabs"]).await;

    // A message is written in each tab while both are offline.
    server.kill();
    ann.wait_for_status("waiting").await;
    ann.post("written in the first").await;
    ann.wait_for_messages(1, "pending").await;
    ann.switch_to(&tabs.second).await;
    ann.wait_for_status("waiting").await;
    ann.post("written in the second").await;
    let pending = ann.wait_for_messages(1, "pending").await;
    assert_eq!(pending, ["written in the second"], "each tab has its own");
    // The second tab is closed before the server is back: the first inherits its outbox.
    ann.page.close_window().await.unwrap();
    ann.switch_to(&tabs.first).await;
    let both = ["written in the first", "written in the second"];
    assert_eq!(ann.wait_for_messages(2, "pending").await, both);
    server.restart();
    assert_eq!(ann.wait_for_messages(2, "sent").await, both);
    let outboxes =
        "return Object.keys(localStorage).filter(key => key.startsWith('parlor.outbox'))";
    ann.wait_for(outboxes, json!([])).await;
    ann.assert_no_console_errors().await;
}
