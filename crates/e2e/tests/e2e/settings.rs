//! Settings: the theme, notifications and sound.

use fantoccini::key::Key;
use serde_json::json;

use crate::{server::Server, window::Window};

/// Whether the page is dark: light text on a dark background, or the other way round.
const THEME: &str = "const { color, backgroundColor } = getComputedStyle(document.body);
    const brightness = color => Math.max(...color.match(/\\d+/g).slice(0, 3));
    return brightness(color) > brightness(backgroundColor) ? 'dark' : 'light'";

/// Whether the page fills the window, as a rectangle.
const COVERS_WINDOW: &str = "const { borderRadius } = getComputedStyle(document.documentElement);
    const { width } = document.body.getBoundingClientRect();
    return width === innerWidth && parseFloat(borderRadius) === 0";

/// What the browser keeps of the settings.
const STORED: &str = "return localStorage['parlor.settings']?.trim()";

#[tokio::test]
async fn the_theme_is_kept_and_followed_by_other_tabs() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    let tabs = ann.open_tab(&server).await;
    ann.wait_for_status("online").await;

    // By keyboard: the focus goes into the dialog, and comes back.
    let settings = ann.find("settings").await;
    settings.send_keys(&Key::Enter).await.unwrap();
    ann.wait_for_focus("name-input").await;
    ann.screenshots("settings").await;
    ann.find("theme").await.send_keys("Dark").await.unwrap();
    ann.wait_for(THEME, "dark").await;
    ann.press(&Key::Escape).await;
    ann.wait_for_focus("settings").await;
    ann.switch_to(&tabs.first).await;
    ann.wait_for(THEME, "dark").await;
    ann.reload().await;
    ann.wait_for_status("online").await;
    assert_eq!(ann.eval(THEME).await, "dark");
    ann.switch_to(&tabs.second).await;
    ann.click("settings").await;
    ann.find("theme").await.send_keys("Light").await.unwrap();
    ann.wait_for(THEME, "light").await;
    ann.press(&Key::Escape).await;
    ann.wait_until_gone("dialog[open]").await;
    assert_eq!(
        ann.eval(COVERS_WINDOW).await,
        true,
        "the chosen theme changes colours, not the layout"
    );
    ann.screenshots("theme-chosen").await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn a_hidden_page_notifies_once_and_a_visible_one_does_not() {
    let server = Server::start();
    let (ann, bob) = Window::open_two(&server).await;
    let has_service_worker = "return navigator.serviceWorker.controller !== null";
    ann.wait_for(has_service_worker, true).await;
    let grant = json!({ "permissions": ["notifications"] });
    ann.devtools("Browser.grantPermissions", grant).await;
    ann.click("settings").await;
    ann.click("notify").await;
    ann.wait_for(STORED, "notify").await;
    ann.click("settings-close").await;

    let notifications = "const registration = await navigator.serviceWorker.ready;
        const shown = await registration.getNotifications();
        return shown.map(({ title, body }) => `${title}: ${body}`)";
    bob.rename("Bob").await;
    bob.post("you see this").await;
    ann.wait_for_messages(1, "sent").await;
    assert_eq!(ann.eval(notifications).await, json!([]));

    ann.page.minimize_window().await.unwrap();
    ann.wait_for("return document.hidden", true).await;
    bob.post("and this you don't").await;
    ann.wait_for(notifications, json!(["Bob in lobby: and this you don't"]))
        .await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn notifications_stay_off_where_the_browser_blocks_them() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    let deny = json!({ "permission": { "name": "notifications" }, "setting": "denied" });
    ann.devtools("Browser.setPermission", deny).await;
    ann.click("settings").await;
    ann.click("notify").await;
    let blocked = "Notifications are blocked. Allow them in your browser's site settings.";
    ann.wait_for_texts("#refused", &[blocked]).await;
    let is_on = "return document.getElementById('notify').checked";
    assert_eq!(ann.eval(is_on).await, false);
    ann.screenshots("refused-notifications").await;
    // A sound needs no permission.
    ann.click("sound").await;
    ann.wait_for(STORED, "sound").await;
    ann.assert_no_console_errors().await;
}

/// Counts the tones that are played.
const COUNT_TONES: &str = "window.tones = 0;
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...when) { tones++; return start.apply(this, when) }";

/// Whether the box is ticked, and why not.
const NOTIFY: &str = "return [document.getElementById('notify').checked,
    document.getElementById('refused').innerText]";

#[tokio::test]
async fn without_tls_the_page_says_that_there_are_no_notifications_and_plays_the_sound() {
    let server = Server::start();
    let ann = Window::open_url(&server.named_url("/")).await;
    ann.run_before_each_load(COUNT_TONES).await;
    ann.reload().await;
    ann.wait_for_status("online").await;
    let bob = Window::open_online(&server, "/").await;
    ann.click("settings").await;
    ann.click("notify").await;
    let insecure = "Browsers show notifications only for pages opened with https.";
    ann.wait_for(NOTIFY, json!([false, insecure])).await;
    ann.click("sound").await;
    ann.wait_for(STORED, "sound").await;
    ann.wait_for("return tones", 1).await;
    ann.click("settings-close").await;
    bob.post("you see this").await;
    ann.wait_for_messages(1, "sent").await;
    assert_eq!(
        ann.eval("return tones").await,
        1,
        "while the page is visible"
    );
    ann.page.minimize_window().await.unwrap();
    ann.wait_for("return document.hidden", true).await;
    bob.post("and hear this").await;
    ann.wait_for("return tones", 2).await;
}

#[tokio::test]
async fn notifications_stay_off_until_the_user_has_allowed_them() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    ann.run_before_each_load(
        "window.permission = 'default';
        Object.defineProperty(Notification, 'permission', { get: () => window.permission });
        Notification.requestPermission = () => new Promise(done => window.decide = answer => {
            window.permission = answer;
            done(answer);
        })",
    )
    .await;
    ann.reload().await;
    ann.wait_for_status("online").await;
    ann.click("settings").await;
    let asked = "Allow notifications when your browser asks.";
    let unanswered = "Your browser hasn't got your permission yet. Turn this on again to be asked.";
    ann.click("notify").await;
    ann.wait_for(NOTIFY, json!([false, asked])).await;
    ann.eval("decide('default')").await;
    ann.wait_for(NOTIFY, json!([false, unanswered])).await;
    ann.click("notify").await;
    ann.wait_for(NOTIFY, json!([false, asked])).await;
    ann.eval("decide('granted')").await;
    ann.wait_for(NOTIFY, json!([true, ""])).await;
    ann.wait_for(STORED, "notify").await;
    // The permission is withdrawn in the browser's own settings.
    ann.click("settings-close").await;
    ann.eval("window.permission = 'denied'").await;
    ann.click("settings").await;
    let blocked = "Notifications are blocked. Allow them in your browser's site settings.";
    ann.wait_for(NOTIFY, json!([false, blocked])).await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn a_browser_without_notifications_says_so() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    ann.run_before_each_load("delete window.Notification").await;
    ann.reload().await;
    ann.wait_for_status("online").await;
    ann.click("settings").await;
    ann.click("notify").await;
    let missing = "This browser can't show notifications for this page. On a phone, add it to the \
                   home screen first.";
    ann.wait_for(NOTIFY, json!([false, missing])).await;
    ann.assert_no_console_errors().await;
}
