//! What tells people and times apart at a glance, and what newcomers see.

use fantoccini::key::Key;
use parlor_shared::RoomId;

use crate::{bulk::numbered, server::Server, window::Window};

#[tokio::test]
async fn an_empty_room_welcomes_with_a_name_and_a_link() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/r/library").await;
    ann.find("welcome").await;
    ann.screenshots("welcome").await;
    let heading = "return document.querySelector('.welcome h2').innerText";
    assert_eq!(ann.eval(heading).await, "Welcome to Parlor");
    // The keys of the list are letters here.
    ann.fill_and_enter("welcome-name", "Rea/?").await;
    ann.wait_for_texts(".own bdi", &["Rea/?"]).await;
    ann.wait_for_focus("composer").await;
    ann.post("hello").await;
    ann.wait_for_messages(1, "sent").await;
    ann.wait_until_gone(".welcome").await;
    ann.wait_for_texts(".message .author", &["Rea/?"]).await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn a_newcomer_among_others_is_told_their_name_until_they_write() {
    let server = Server::start();
    let room = RoomId::parse("library").unwrap();
    let ann = Window::open_online(&server, "/r/library").await;
    ann.send_as_bob(numbered(&room, 1, 3)).await;
    ann.wait_for_messages(3, "sent").await;
    ann.css(".name-line:not([hidden])").await;
    ann.screenshots("name-line").await;
    ann.click("change-name").await;
    ann.find("name-input").await;
    ann.press(&Key::Escape).await;
    ann.wait_until_gone("dialog[open]").await;
    ann.post("hello").await;
    ann.css(".name-line[hidden]").await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn a_screen_full_of_one_persons_messages_says_who_and_when() {
    let server = Server::start();
    let room = RoomId::parse("library").unwrap();
    let ann = Window::open_online(&server, "/r/library").await;
    ann.send_as_bob(numbered(&room, 1, 60)).await;
    ann.wait_for_messages(60, "sent").await;
    // The first ones went by unseen: while the page says so, there is no room for the day.
    ann.mark_room_read().await;
    ann.wait_for_text("top-line", "Today · Bob").await;
    ann.screenshots("top-line").await;
    ann.resize(1280).await;
    // The time of a message without a head, by mouse; the head's own time has a date.
    ann.hover("[data-testid=message]:last-child .text").await;
    ann.css(".message .gutter[datetime$=Z]").await;
    let dated = "const time = document.querySelector('.head time');
        return !isNaN(Date.parse(time.dateTime)) && /\\d{4}/.test(time.title)";
    assert_eq!(ann.eval(dated).await, true);
    // At the beginning of the list the day itself is there.
    ann.scroll_list(-10_000).await;
    ann.css(".top-line[hidden]").await;
    ann.wait_for_texts(".day", &["Today"]).await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn the_day_turns_at_midnight() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    ann.post("hello").await;
    ann.wait_for_texts(".day", &["Today"]).await;
    let a_day_later = "const now = Date.now; Date.now = () => now() + 24 * 60 * 60 * 1000";
    ann.eval(a_day_later).await;
    ann.wait_for_texts(".day", &["Yesterday"]).await;
    ann.eval(a_day_later).await;
    let named = "return /day, /.test(document.querySelector('.day').innerText)";
    ann.wait_for(named, true).await;
}

#[tokio::test]
async fn people_in_one_room_have_colours_and_initials_of_their_own() {
    let server = Server::start();
    let (ann, bob) = Window::open_two(&server).await;
    ann.rename("Grace Hopper").await;
    bob.rename("Grace Murray").await;
    ann.post("hello").await;
    bob.post("hi").await;
    ann.wait_for_messages(2, "sent").await;
    // Visitors may have been given one name before, and have marks then, whose first character is
    // the second one here.
    let have_initials = "const faces = Array.from(document.querySelectorAll('.message .face'));
        return faces.length === 2 && faces.every(face => /^G[A-Z0-9]$/.test(face.innerText))";
    ann.wait_for(have_initials, true).await;
    let colours = "return new Set(Array.from(document.querySelectorAll('.message .face'),
        face => getComputedStyle(face).backgroundColor)).size";
    assert_eq!(ann.eval(colours).await, 2);
}

#[tokio::test]
async fn a_message_arrives_in_motion_and_history_does_not() {
    let server = Server::start();
    let (ann, bob) = Window::open_two(&server).await;
    ann.emulate_media("prefers-reduced-motion", "no-preference")
        .await;
    bob.post("hello").await;
    ann.wait_for_messages(1, "sent").await;
    let arriving = "return document.querySelectorAll('.message.arriving').length";
    assert_eq!(ann.eval(arriving).await, 1);
    ann.reload().await;
    ann.wait_for_messages(1, "sent").await;
    assert_eq!(ann.eval(arriving).await, 0, "it was there before");
}
