//! One room: talking, losing the connection, the keyboard, typing and notices.

use fantoccini::key::Key;

use crate::{server::Server, window::Window};

#[tokio::test]
async fn two_people_talk_and_html_in_a_message_stays_text() {
    let server = Server::start();
    let (ann, bob) = Window::open_two(&server).await;
    ann.screenshots("empty").await;
    ann.post("Hello, is anybody here?").await;
    bob.wait_for_messages(1, "sent").await;
    bob.post("<b>Yes</b> & well <img src=x onerror=alert(1)>")
        .await;
    let expected = [
        "Hello, is anybody here?",
        "<b>Yes</b> & well <img src=x onerror=alert(1)>",
    ];
    assert_eq!(ann.wait_for_messages(2, "sent").await, expected);
    assert_eq!(bob.wait_for_messages(2, "sent").await, expected);
    ann.post(
        "Good. A message is on disk before anyone sees it, so it will still be here tomorrow.",
    )
    .await;
    ann.post("Even if somebody pulls the plug now.").await;
    bob.wait_for_messages(4, "sent").await;
    bob.post("Then let us try that 🙂").await;
    ann.wait_for_messages(5, "sent").await;
    ann.screenshots("room").await;

    // On a phone the list of people is behind a button.
    ann.rename("Ann").await;
    bob.rename("Bob").await;
    ann.resize(390).await;
    ann.click("panel").await;
    let people = "return Array.from(document.querySelectorAll('[data-testid=member] bdi'),
        name => name.checkVisibility({ visibilityProperty: true }) && name.innerText).sort()";
    ann.wait_for(people, vec!["Ann", "Bob"]).await;
    ann.screenshots("panel").await;
    ann.assert_no_console_errors().await;
    bob.assert_no_console_errors().await;
}

/// The person's name and what is in the composer.
const NAME_AND_DRAFT: &str = "return [document.querySelector('.own bdi')?.innerText,
    document.querySelector('[data-testid=composer]')?.value]";

#[tokio::test]
async fn a_message_written_offline_is_sent_after_reconnecting_or_reloading() {
    let mut server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    ann.post("before").await;
    ann.wait_for_messages(1, "sent").await;
    server.kill();
    ann.wait_for_status("waiting").await;
    ann.post("while offline").await;
    let pending = ann.wait_for_messages(1, "pending").await;
    assert_eq!(pending, ["while offline"]);
    ann.screenshots("waiting").await;
    server.restart();
    let sent = ann.wait_for_messages(2, "sent").await;
    assert_eq!(sent, ["before", "while offline"]);

    ann.click("stop").await;
    ann.wait_for_status("stopped").await;
    ann.post("while stopped").await;
    ann.wait_for_messages(1, "pending").await;
    ann.press("half a th").await;
    ann.screenshots("disconnected").await;
    let before = ann.eval(NAME_AND_DRAFT).await;
    assert_eq!(before[1], "half a th");
    ann.reload().await;
    let sent = ann.wait_for_messages(3, "sent").await;
    assert_eq!(sent, ["before", "while offline", "while stopped"]);
    assert_eq!(ann.eval(NAME_AND_DRAFT).await, before);
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn a_person_can_disconnect_reconnect_and_take_a_name_that_others_see() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/r/attic").await;
    ann.click("stop").await;
    ann.wait_for_status("stopped").await;
    ann.click("start").await;
    ann.wait_for_status("online").await;
    ann.rename("Ann").await;
    let bob = Window::open_online(&server, "/r/attic").await;
    ann.post("now under my name").await;
    bob.wait_for_messages(1, "sent").await;
    bob.wait_for_texts(".message .author", &["Ann"]).await;
    ann.assert_no_console_errors().await;
    bob.assert_no_console_errors().await;

    let nowhere = Window::open(&server, "/r/No_Room").await;
    nowhere
        .wait_for_texts(
            "[data-testid=no-room] h1",
            &["That room address isn't valid"],
        )
        .await;
    nowhere.screenshots("no-room").await;
    nowhere.assert_no_console_errors().await;
}

#[tokio::test]
async fn everything_can_be_reached_and_used_by_keyboard() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    let focus_ring = "const at = document.activeElement; const ring = getComputedStyle(at);
        return [at.dataset.testid ?? at.tagName, ring.outlineStyle, parseFloat(ring.outlineWidth)]";
    // The composer has the focus at first. Tab leads from there to every control and back.
    let mut reached = Vec::new();
    for _ in 0..20 {
        let at = ann.eval(focus_ring).await;
        let control = at[0].as_str().unwrap().to_owned();
        if reached.contains(&control) {
            break;
        }
        if control != "BODY" {
            assert_eq!(at[1], "solid", "the focus is visible: {at}");
            assert!(at[2].as_f64() >= Some(2.0), "the focus is visible: {at}");
        }
        reached.push(control);
        ann.press(&Key::Tab).await;
    }
    let expected = [
        "composer",
        "emoji",
        "send",
        "BODY",
        "find-room",
        "A",
        "people",
        "person",
        "settings",
        "shortcuts",
        "room-name",
        "stop",
        "search",
        "inspector",
        "messages",
        "welcome-name",
        "welcome-link",
        "welcome-lesson",
    ];
    assert_eq!(reached, expected);
    ann.press_and_enter("by keyboard").await;
    ann.wait_for_messages(1, "sent").await;
    // Back past the list of messages to the button that disconnects.
    while ann.focused().await != "stop" {
        ann.press_shift_tab().await;
    }
    ann.press(&Key::Enter).await;
    ann.wait_for_status("stopped").await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn typing_is_shown_until_the_post_and_a_notice_of_the_server_until_it_is_back() {
    let mut server = Server::start();
    let (ann, bob) = Window::open_two(&server).await;
    bob.rename("Bob").await;
    bob.click("composer").await;
    bob.press("hello").await;
    ann.wait_for_text("notice", "Bob is typing…").await;
    ann.screenshots("typing").await;
    bob.press_and_enter(" there").await;
    ann.wait_for_messages(1, "sent").await;
    ann.wait_for_text("notice", "").await;

    server.stop();
    ann.wait_for_status("waiting").await;
    ann.wait_for_notice("The server is restarting. You'll be reconnected.")
        .await;
    ann.screenshots("server-stopping").await;
    server.restart();
    ann.wait_for_status("online").await;
    bob.post("all is well").await;
    ann.wait_for_messages(2, "sent").await;
    ann.assert_no_console_errors().await;
    bob.assert_no_console_errors().await;
}
