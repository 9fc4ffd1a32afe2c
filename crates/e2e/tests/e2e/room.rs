//! Two people and a line that breaks.

use serde_json::json;

use crate::{browser::Window, server::Server};

#[tokio::test]
async fn two_windows_talk_and_markup_stays_text() {
    let server = Server::start();
    let ann = Window::open(&server, "/").await;
    let bob = Window::open(&server, "/r/lobby").await;
    ann.is("online").await;
    bob.is("online").await;
    ann.pictures("empty").await;
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
    ann.say("Good. Everything that is said here is on disk before anyone sees it, so it is still here tomorrow.")
        .await;
    ann.say("Even if somebody pulls the plug now.").await;
    bob.messages(4, "sent").await;
    bob.say("Then let us try that 🙂").await;
    ann.messages(5, "sent").await;
    ann.pictures("room").await;
    ann.resize(390).await;
    ann.find("panel").await.click().await.unwrap();
    ann.find("member").await;
    ann.pictures("panel").await;
    ann.has_no_complaints().await;
    bob.has_no_complaints().await;
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
    ann.pictures("waiting").await;
    server.start_again();
    assert_eq!(ann.messages(2, "sent").await, ["before", "while offline"]);

    ann.find("stop").await.click().await.unwrap();
    ann.is("stopped").await;
    ann.say("while stopped").await;
    ann.messages(1, "pending").await;
    ann.find("composer")
        .await
        .send_keys("half a th")
        .await
        .unwrap();
    ann.pictures("stopped").await;
    let kept = "return [document.querySelector('.own bdi')?.innerText,
        document.querySelector('[data-testid=composer]')?.value]";
    let before = ann.run(kept, json!(null)).await;
    assert_eq!(before[1], "half a th");
    ann.page.refresh().await.unwrap();
    let all = ["before", "while offline", "while stopped"];
    assert_eq!(ann.messages(3, "sent").await, all);
    assert_eq!(ann.run(kept, json!(null)).await, before);
    ann.has_no_complaints().await;
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
    ann.is_named("Ann").await;
    let bob = Window::open(&server, "/r/attic").await;
    ann.say("now under my name").await;
    bob.messages(1, "sent").await;
    assert_eq!(bob.css(".author").await.text().await.unwrap(), "Ann");

    ann.has_no_complaints().await;
    bob.has_no_complaints().await;

    let nowhere = Window::open(&server, "/r/No_Room").await;
    nowhere.find("no-room").await;
    nowhere.pictures("no-room").await;
    nowhere.has_no_complaints().await;
}

#[tokio::test]
async fn the_keyboard_alone_is_enough() {
    let server = Server::start();
    let ann = Window::open(&server, "/").await;
    ann.is("online").await;
    let focused = "const at = document.activeElement; const ring = getComputedStyle(at);
        return [at.dataset.testid ?? at.tagName, ring.outlineStyle, parseFloat(ring.outlineWidth)]";
    // One writes at once, and from there reaches everything.
    let mut reached = Vec::new();
    for _ in 0..20 {
        let at = ann.run(focused, json!(null)).await;
        let mark = at[0].as_str().unwrap().to_owned();
        if reached.contains(&mark) {
            break;
        }
        if mark != "BODY" {
            assert_eq!(at[1], "solid", "one sees where one is: {at}");
            assert!(at[2].as_f64() >= Some(2.0), "{at}");
        }
        reached.push(mark);
        ann.press("\u{E004}").await;
    }
    let expected = [
        "composer",
        "emoji",
        "send",
        "BODY",
        "A",
        "room-input",
        "go",
        "settings",
        "shortcuts",
        "search",
        "wire",
        "stop",
        "messages",
    ];
    assert_eq!(reached, expected);
    ann.press("by keyboard\u{E007}").await;
    ann.messages(1, "sent").await;
    // Back over the list to Stop.
    for _ in 0..2 {
        ann.press("\u{E008}\u{E004}").await;
    }
    ann.press("\u{E007}").await;
    ann.is("stopped").await;
    ann.has_no_complaints().await;
}

#[tokio::test]
async fn the_server_begins_too_and_one_sees_who_is_writing() {
    let mut server = Server::start();
    let ann = Window::open(&server, "/").await;
    let bob = Window::open(&server, "/").await;
    ann.is("online").await;
    bob.is("online").await;
    bob.is_named("Bob").await;
    bob.find("composer").await.click().await.unwrap();
    bob.press("hello").await;
    ann.reads("notice", "Bob is writing…").await;
    ann.pictures("writing").await;
    bob.press(" there\u{E007}").await;
    ann.messages(1, "sent").await;
    ann.reads("notice", "").await;

    server.stop();
    ann.is("waiting").await;
    let notice = ann.find("notice").await.text().await.unwrap();
    assert!(notice.contains("stopping"), "{notice}");
    ann.pictures("server-stopping").await;
    server.start_again();
    ann.is("online").await;
    bob.say("all is well").await;
    ann.messages(2, "sent").await;
    ann.has_no_complaints().await;
    bob.has_no_complaints().await;
}
