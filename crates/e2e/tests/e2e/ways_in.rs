//! What can be done about a message, a room and the page, where a person looks for it.

use fantoccini::key::Key;
use parlor_shared::RoomId;
use serde_json::{Value, json};

use crate::{
    bulk::{message_id, numbered},
    server::Server,
    window::Window,
};

/// The badge of the room in the list; null without one.
const BADGE: &str = "const badge = `[data-room=${arguments[0]}] [data-testid=unread]`;
    return document.querySelector(badge)?.firstChild.data ?? null";

/// The labels of the reactions on the bar.
const QUICK: &str = "return Array.from(document.querySelectorAll('[data-testid=react]'),
    button => button.ariaLabel)";

/// Whether the button "edited" of the newest message is on a line that something else is on: the
/// time, or the end of the text.
const IS_EDITED_BESIDE: &str =
    "const row = Array.from(document.querySelectorAll('.message')).at(-1);
    const edited = row.querySelector('.edited')?.getBoundingClientRect();
    const others = row.querySelectorAll('.head time, .text p:last-child');
    return edited !== undefined && Array.from(others).some(other => {
        const { top, bottom } = Array.from(other.getClientRects()).at(-1);
        return edited.top < bottom && edited.bottom > top;
    })";

/// The height of the list and of the line below it.
const HEIGHTS: &str = "const line = document.querySelector('[data-testid=notice]');
    return [document.getElementById('messages').offsetHeight, line.offsetHeight]";

fn lobby() -> RoomId {
    RoomId::parse("lobby").unwrap()
}

impl Window {
    async fn wait_for_unread(&self, room: &str, count: Option<&str>) {
        let count = count.map_or(Value::Null, |count| json!(count));
        self.wait_until_with(BADGE, json!(room), |shown| *shown == count)
            .await;
    }
}

#[tokio::test]
async fn a_message_is_marked_as_unread_in_its_menu_and_escape_marks_the_room_as_read() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    ann.send_as_bob(numbered(&lobby(), 1, 5)).await;
    ann.wait_for_messages(5, "sent").await;
    ann.wait_for_unread("lobby", None).await;
    let id = message_id(3);
    ann.hover(&format!("[data-id=\"{id}\"] .text")).await;
    ann.click("more").await;
    ann.screenshots("message-menu").await;
    ann.click("mark-unread").await;
    ann.wait_until_gone("dialog[open]").await;
    let below = "return document.querySelector('[data-testid=new]')?.nextElementSibling.dataset.id";
    ann.wait_for(below, id.to_string()).await;
    ann.wait_for_unread("lobby", Some("3")).await;
    // It stays so, though the messages are on screen, and in another room.
    ann.fill_and_enter("room-input", "attic").await;
    ann.wait_for_text("room-name", "attic").await;
    ann.wait_for_unread("lobby", Some("3")).await;
    ann.click_css("[data-room=lobby] a").await;
    ann.wait_for_text("room-name", "lobby").await;
    ann.click("composer").await;
    ann.press(&Key::Escape).await;
    ann.wait_for_unread("lobby", None).await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn the_reactions_that_a_person_uses_most_are_on_the_bar() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    ann.send_as_bob(numbered(&lobby(), 1, 2)).await;
    ann.wait_for_messages(2, "sent").await;
    ann.hover(".message .text").await;
    let fixed = ["React with 👍", "React with ❤️", "React with 😂"];
    ann.wait_for(QUICK, json!(fixed)).await;
    ann.click_css("[data-testid=react][aria-label$='😂']").await;
    ann.wait_for_texts("[data-testid=reaction]", &["😂 1"])
        .await;
    ann.reload().await;
    ann.wait_for_status("online").await;
    ann.wait_for_messages(2, "sent").await;
    ann.hover(".message:last-child .text").await;
    let used = ["React with 😂", "React with 👍", "React with ❤️"];
    ann.wait_for(QUICK, json!(used)).await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn every_room_is_marked_as_read_in_the_switcher_and_one_in_its_card_which_has_its_people() {
    let server = Server::start();
    let (ann, bob) = Window::open_two(&server).await;
    ann.rename("Ann").await;
    bob.rename("Bob").await;
    ann.fill_and_enter("room-input", "attic").await;
    ann.wait_for_text("room-name", "attic").await;
    bob.post("anybody?").await;
    ann.wait_for_unread("lobby", Some("1")).await;
    ann.press(&(Key::Control + "k")).await;
    ann.find("room-input").await;
    ann.press_and_enter("mark all").await;
    ann.wait_for_unread("lobby", None).await;
    ann.wait_until_gone("[data-testid=switcher]").await;

    ann.click_css("[data-room=lobby] a").await;
    ann.wait_for_messages(1, "sent").await;
    ann.click("room-name").await;
    ann.wait_for_texts(".room-card [data-testid=member] bdi", &["Ann", "Bob"])
        .await;
    ann.screenshots("room-card-people").await;
    ann.wait_until_gone("[data-testid=card-read]").await;
    ann.click("card-close").await;
    ann.hover(".message .text").await;
    ann.click("more").await;
    ann.click("mark-unread").await;
    ann.wait_for_unread("lobby", Some("1")).await;
    ann.click("room-name").await;
    ann.find("card-read").await;
    ann.screenshots("room-card-unread").await;
    ann.click("card-read").await;
    ann.wait_until_gone("[data-testid=room-card]").await;
    ann.wait_for_unread("lobby", None).await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn the_welcome_leads_to_the_lesson_and_icons_say_what_they_open() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    ann.click("welcome-lesson").await;
    ann.css("[data-testid=lesson][open]").await;
    ann.click("inspector").await;
    ann.wait_until_gone("[data-testid=lesson]").await;
    let is_icon = "return arguments[0].every(id => {
        const button = document.querySelector(`[data-testid=${id}]`);
        const says = button.ariaLabel || button.innerText;
        return button.querySelector('svg') && says.trim() && (button.ariaLabel || button.title);
    })";
    assert_eq!(
        ann.eval_with(is_icon, json!(["inspector", "settings"]))
            .await,
        true
    );
    // A name that is cut is whole in its tooltip.
    let name = "W".repeat(60);
    ann.rename(&name).await;
    let titles = "return ['.own bdi', '[data-testid=person]'].map(which => {
        const name = document.querySelector(which);
        return name.scrollWidth > name.clientWidth ? name.title : 'not cut';
    })";
    ann.wait_for(titles, json!([name, name])).await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn edited_stands_beside_the_time_or_behind_the_text() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    for (count, text) in [(1, "the first"), (2, "the second")] {
        ann.post(text).await;
        ann.wait_for_messages(count, "sent").await;
        ann.press(&Key::Up).await;
        ann.find("editing").await;
        ann.press_and_enter(" one").await;
        ann.wait_for_newest(&format!("{text} one")).await;
        ann.wait_for(IS_EDITED_BESIDE, true).await;
    }
    ann.screenshots("edited-beside").await;
    ann.click_css(".message:last-child .edited").await;
    ann.find("versions").await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn the_line_that_says_who_is_typing_moves_nothing() {
    let server = Server::start();
    let (ann, bob) = Window::open_two(&server).await;
    ann.send_as_bob(numbered(&lobby(), 1, 30)).await;
    ann.wait_for_newest("message 30").await;
    bob.rename(&"W".repeat(60)).await;
    for width in [390, 1280] {
        ann.resize(width).await;
        let before = ann.eval(HEIGHTS).await;
        bob.click("composer").await;
        bob.press("a").await;
        let typing = "return document.querySelector('.typing span').title.endsWith('is typing…')";
        ann.wait_for(typing, true).await;
        assert_eq!(ann.eval(HEIGHTS).await, before, "{width}");
        ann.screenshots("typing-long-name").await;
        ann.wait_for(typing, false).await;
    }
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn at_the_end_of_the_list_the_address_leads_there() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    ann.send_as_bob(numbered(&lobby(), 1, 300)).await;
    ann.wait_for_newest("message 300").await;
    ann.goto(&server, &format!("/r/lobby?at={}", message_id(20)))
        .await;
    ann.css("[data-found=true]").await;
    ann.click("jump-latest").await;
    let address = "return location.pathname + location.search";
    ann.wait_for(address, "/r/lobby").await;
    ann.reload().await;
    ann.wait_for_newest("message 300").await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn what_is_loaded_after_the_room_is_as_large_as_a_finger() {
    let server = Server::start();
    let phone = Window::open_phone(&server, "/").await;
    phone.send_as_bob(numbered(&lobby(), 1, 3)).await;
    phone.wait_for_messages(3, "sent").await;
    phone.css(".name-line:not([hidden])").await;
    let is_large = "return Array.from(document.querySelectorAll(arguments[0]))
        .every(one => one.offsetHeight >= 44)";
    let fits = async |what: &str| {
        phone.css(what).await;
        phone
            .wait_until_with(is_large, json!(what), |is_large| is_large == true)
            .await;
    };
    fits(".name-line button").await;
    phone.tap_id("page-menu").await;
    phone.tap_id("menu-settings").await;
    fits("#settings[open] .check").await;
    phone.tap_id("settings-close").await;
    phone.wait_until_gone("dialog[open]").await;
    phone.tap_id("panel").await;
    phone.tap_id("find-room").await;
    fits(".switcher li").await;
    phone.wait_for_focus("room-input").await;
    phone.press(&Key::Escape).await;
    phone.wait_until_gone("[data-testid=switcher]").await;
    phone.assert_no_console_errors().await;
}
