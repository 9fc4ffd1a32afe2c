//! Two people and a line that breaks.

use crate::browser::{Server, Window};

#[tokio::test]
async fn two_windows_talk_and_markup_stays_text() {
    let server = Server::start();
    let ann = Window::open(&server, "/").await;
    let bob = Window::open(&server, "/r/lobby").await;
    ann.is("online").await;
    bob.is("online").await;
    ann.say("Hello, is anybody here?").await;
    bob.messages(1, "sent").await;
    bob.say("<b>Yes</b> & well <img src=x onerror=alert(1)>")
        .await;
    let expected = [
        "Hello, is anybody here?",
        "<b>Yes</b> & well <img src=x onerror=alert(1)>",
    ];
    assert_eq!(ann.messages(2, "sent").await, expected);
    assert_eq!(bob.messages(2, "sent").await, expected);
    ann.has_no_complaints().await;
    ann.picture("room-1280").await;
    ann.page.set_window_size(500, 844).await.unwrap();
    ann.picture("room-narrow").await;
}

#[tokio::test]
async fn what_is_typed_offline_is_sent_when_the_line_returns_also_after_a_reload() {
    let mut server = Server::start();
    let ann = Window::open(&server, "/").await;
    ann.is("online").await;
    ann.say("before").await;
    ann.messages(1, "sent").await;
    server.kill();
    ann.is("waiting").await;
    ann.say("while offline").await;
    assert_eq!(ann.messages(1, "pending").await, ["while offline"]);
    ann.picture("waiting-1280").await;
    server.start_again();
    assert_eq!(ann.messages(2, "sent").await, ["before", "while offline"]);

    ann.find("stop").await.click().await.unwrap();
    ann.is("stopped").await;
    ann.say("while stopped").await;
    ann.messages(1, "pending").await;
    let name = ann.find("name-input").await.prop("value").await.unwrap();
    ann.page.refresh().await.unwrap();
    let all = ["before", "while offline", "while stopped"];
    assert_eq!(ann.messages(3, "sent").await, all);
    assert_eq!(
        ann.find("name-input").await.prop("value").await.unwrap(),
        name
    );
}

#[tokio::test]
async fn start_and_stop_and_a_name_others_see() {
    let server = Server::start();
    let ann = Window::open(&server, "/r/attic").await;
    ann.is("online").await;
    ann.find("stop").await.click().await.unwrap();
    ann.is("stopped").await;
    ann.find("start").await.click().await.unwrap();
    ann.is("online").await;
    let name = ann.find("name-input").await;
    name.clear().await.unwrap();
    name.send_keys("Ann\u{E004}").await.unwrap();
    let bob = Window::open(&server, "/r/attic").await;
    ann.say("now under my name").await;
    bob.messages(1, "sent").await;
    assert_eq!(bob.css(".author").await.text().await.unwrap(), "Ann");
    let nowhere = Window::open(&server, "/r/No_Room").await;
    nowhere.find("no-room").await;
}
