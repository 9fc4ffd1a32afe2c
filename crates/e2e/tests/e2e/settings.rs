//! What one sets, and what happens then while nobody looks.

use serde_json::json;

use crate::{browser::Window, chrome::Chrome, server::Server};

const COLOURS: &str = "return getComputedStyle(document.body).backgroundColor";
const DARK: &str = "rgb(20, 24, 22)";
const LIGHT: &str = "rgb(246, 245, 241)";
const FOCUSED: &str = "const at = document.activeElement; return at.dataset.testid ?? at.id";

#[tokio::test]
async fn colours_are_chosen_kept_and_followed_by_other_tabs() {
    let server = Server::start();
    let ann = Window::open(&server, "/").await;
    ann.is("online").await;
    let (first, second) = ann.open_tab(&server).await;
    ann.is("online").await;

    // With the keyboard: the focus goes into the dialog, and comes back.
    ann.find("settings")
        .await
        .send_keys("\u{E007}")
        .await
        .unwrap();
    ann.until(FOCUSED, json!(null), |at| at == "name-input")
        .await;
    ann.pictures("settings").await;
    ann.find("theme").await.send_keys("Dark").await.unwrap();
    ann.until(COLOURS, json!(null), |colour| colour == DARK)
        .await;
    ann.press("\u{E00C}").await;
    ann.until(FOCUSED, json!(null), |at| at == "settings").await;
    ann.page.switch_to_window(first).await.unwrap();
    ann.until(COLOURS, json!(null), |colour| colour == DARK)
        .await;
    ann.page.refresh().await.unwrap();
    ann.is("online").await;
    assert_eq!(ann.run(COLOURS, json!(null)).await, DARK);
    ann.page.switch_to_window(second).await.unwrap();
    ann.find("settings").await.click().await.unwrap();
    ann.find("theme").await.send_keys("Light").await.unwrap();
    ann.until(COLOURS, json!(null), |colour| colour == LIGHT)
        .await;
    ann.has_no_complaints().await;
}

#[tokio::test]
async fn who_looks_away_is_notified_once_and_who_looks_is_not() {
    let server = Server::start();
    let ann = Window::open(&server, "/").await;
    let bob = Window::open(&server, "/").await;
    ann.is("online").await;
    bob.is("online").await;
    let controlled = "return navigator.serviceWorker.controller !== null";
    ann.until(controlled, json!(null), |yes| yes == true).await;
    let grant = json!({ "permissions": ["notifications"] });
    let grant = Chrome::devtools("Browser.grantPermissions", grant);
    ann.page.issue_cmd(grant).await.unwrap();
    ann.find("settings").await.click().await.unwrap();
    ann.find("notify").await.click().await.unwrap();
    let kept = "return localStorage['parlor.settings']?.trim()";
    ann.until(kept, json!(null), |words| words == "notify")
        .await;
    ann.find("settings-close").await.click().await.unwrap();

    let shown = "const registration = await navigator.serviceWorker.ready;
        return (await registration.getNotifications()).map(({ title, body }) => `${title}: ${body}`)";
    bob.is_named("Bob").await;
    bob.say("you see this").await;
    ann.messages(1, "sent").await;
    assert_eq!(ann.run(shown, json!(null)).await, json!([]));

    ann.page.minimize_window().await.unwrap();
    ann.until("return document.hidden", json!(null), |hidden| {
        hidden == true
    })
    .await;
    bob.say("and this you don't").await;
    let one = json!(["Bob in lobby: and this you don't"]);
    ann.until(shown, json!(null), |told| *told == one).await;
    ann.has_no_complaints().await;
}

#[tokio::test]
async fn without_leave_to_notify_nothing_is_turned_on() {
    let server = Server::start();
    let ann = Window::open(&server, "/").await;
    ann.is("online").await;
    let deny = json!({ "permission": { "name": "notifications" }, "setting": "denied" });
    let deny = Chrome::devtools("Browser.setPermission", deny);
    ann.page.issue_cmd(deny).await.unwrap();
    ann.find("settings").await.click().await.unwrap();
    ann.find("notify").await.click().await.unwrap();
    ann.css("#refused:not(:empty)").await;
    let on = "return document.getElementById('notify').checked";
    assert_eq!(ann.run(on, json!(null)).await, false);
    ann.pictures("refused-notifications").await;
    // A tone needs no leave, and complains of nothing.
    ann.find("sound").await.click().await.unwrap();
    let kept = "return localStorage['parlor.settings']?.trim()";
    ann.until(kept, json!(null), |words| words == "sound").await;
    ann.has_no_complaints().await;
}
