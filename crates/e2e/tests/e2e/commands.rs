//! What keys and the mouse do on a desktop beyond typing: commands about messages and rooms, the
//! bar of a message, and a header in which nothing moves.

use fantoccini::key::Key;
use parlor_shared::RoomId;
use serde_json::{Value, json};

use crate::{actions::DRAFT, bulk::numbered, server::Server, window::Window};

/// The text of the message that the keyboard or the mouse has chosen.
const CHOSEN: &str = "return document.querySelector('[data-active=true] .text')?.innerText ?? null";

/// Whether the list is scrolled to its end.
const IS_AT_END: &str = "const list = document.getElementById('messages');
    return list.scrollHeight - list.scrollTop - list.clientHeight < 2";

async fn open_with_messages(server: &Server) -> Window {
    let ann = Window::open_online(server, "/").await;
    for text in ["first", "second", "third"] {
        ann.post(text).await;
    }
    ann.wait_for_messages(3, "sent").await;
    ann
}

#[tokio::test]
async fn a_letter_pressed_in_the_list_goes_to_the_field_and_escape_leads_back_to_it() {
    let server = Server::start();
    let ann = open_with_messages(&server).await;
    ann.click_css(".message .text").await;
    ann.wait_for_focus("messages").await;
    ann.press("read").await;
    ann.wait_for_focus("composer").await;
    ann.wait_for(DRAFT, "read").await;
    ann.press_times(Key::Backspace, 4).await;

    // Where nothing has the focus, too; not with a modifier, and a space scrolls.
    ann.eval("document.activeElement.blur()").await;
    ann.press(" ").await;
    assert_eq!(ann.focused().await, "");
    ann.press("x!").await;
    ann.wait_for(DRAFT, "x!").await;
    ann.press_times(Key::Backspace, 2).await;
    ann.click_css(".message .text").await;
    ann.wait_for_focus("messages").await;
    ann.press(&Key::Escape).await;
    ann.wait_for_focus("composer").await;
    ann.assert_no_console_errors().await;
}

/// Moves from the field to the newest message, by keyboard.
async fn choose_last(ann: &Window) {
    ann.click("composer").await;
    ann.press_shift_tab().await;
    while ann.focused().await != "messages" {
        ann.press_shift_tab().await;
    }
    ann.press(&Key::Up).await;
    ann.wait_for(CHOSEN, "third").await;
}

#[tokio::test]
async fn letters_are_commands_about_the_message_that_the_arrow_keys_chose() {
    let server = Server::start();
    let ann = open_with_messages(&server).await;
    choose_last(&ann).await;
    // The ring is on the message, not on the list.
    let ring = "const list = document.getElementById('messages');
        const message = document.querySelector('[data-active=true]');
        return [getComputedStyle(list).outlineStyle,
            getComputedStyle(message, '::before').outlineStyle]";
    ann.wait_for(ring, json!(["none", "solid"])).await;
    ann.screenshots("chosen").await;
    ann.resize(1280).await;

    ann.press("r").await;
    ann.find("replying").await;
    ann.wait_for_focus("composer").await;
    ann.wait_for(DRAFT, "").await;
    let marked = "return document.querySelector('[data-subject=true] .text')?.innerText ?? null";
    ann.wait_for(marked, "third").await;
    ann.press(&Key::Escape).await;
    ann.wait_for(marked, json!(null)).await;

    choose_last(&ann).await;
    ann.press("e").await;
    ann.find("editing").await;
    ann.wait_for(DRAFT, "third").await;
    ann.wait_for(marked, "third").await;
    ann.press(&Key::Escape).await;

    choose_last(&ann).await;
    ann.press("+").await;
    ann.wait_for_focus("picker-input").await;
    ann.press(&Key::Escape).await;
    ann.wait_for_focus("messages").await;

    // Enter and the arrow keys lead through the bar; only one of its buttons is in Tab's way.
    ann.press(&Key::Enter).await;
    ann.wait_for_focus("react").await;
    let in_tabs_way = "return document.querySelectorAll('.buttons [tabindex=\"0\"]').length";
    assert_eq!(ann.eval(in_tabs_way).await, 1);
    ann.press(&Key::Left).await;
    ann.wait_for_focus("more").await;
    assert_eq!(ann.eval(in_tabs_way).await, 1);
    ann.press(&Key::Enter).await;
    ann.css("dialog.menu[open]").await;
    ann.wait_for_focus("reply").await;
    ann.screenshots("message-menu").await;
    ann.resize(1280).await;
    ann.press(&Key::Up).await;
    ann.wait_for_focus("delete").await;
    ann.press(&Key::Escape).await;
    ann.wait_for_focus("more").await;
    ann.press(&Key::Escape).await;
    ann.wait_for_focus("messages").await;

    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn other_letters_are_text_and_so_are_all_where_the_settings_say_so() {
    let server = Server::start();
    let ann = open_with_messages(&server).await;
    choose_last(&ann).await;
    ann.press("x").await;
    ann.wait_for(DRAFT, "x").await;
    ann.press(&Key::Backspace).await;
    ann.click("settings").await;
    ann.click("keys").await;
    ann.click("settings-close").await;
    choose_last(&ann).await;
    ann.press("r").await;
    ann.wait_for(DRAFT, "r").await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn the_delete_key_asks_and_the_focus_stays_with_the_messages() {
    let server = Server::start();
    let ann = open_with_messages(&server).await;
    choose_last(&ann).await;
    ann.press(&Key::Delete).await;
    ann.wait_for_focus("delete").await;
    ann.press(&Key::Enter).await;
    ann.wait_for_newest("Message deleted").await;
    ann.wait_for_focus("messages").await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn after_a_deletion_by_mouse_the_keyboard_goes_on_from_the_list() {
    let server = Server::start();
    let ann = open_with_messages(&server).await;
    ann.hover(".message .text").await;
    ann.delete_message().await;
    ann.wait_for_focus("messages").await;
    ann.press(&Key::Down).await;
    ann.wait_for(CHOSEN, "second").await;
}

#[tokio::test]
async fn no_letter_is_lost_after_reply_edit_and_search() {
    let server = Server::start();
    let ann = open_with_messages(&server).await;
    // The focus is there before the browser can tell of another key.
    let then_focused = "const [selector, done] = arguments;
        document.querySelector(selector).click();
        const next = new MessageChannel();
        next.port1.onmessage = () => done([document.activeElement.dataset.testid,
            document.activeElement.value]);
        next.port2.postMessage(null)";
    ann.hover(".message .text").await;
    ann.find("reply").await;
    let focused = ann.eval_async(then_focused, json!("[data-testid=reply]"));
    assert_eq!(focused.await, json!(["composer", ""]));
    ann.press(&Key::Escape).await;
    ann.hover(".message .text").await;
    ann.click("more").await;
    ann.find("edit").await;
    let focused = ann.eval_async(then_focused, json!("[data-testid=edit]"));
    assert_eq!(focused.await, json!(["composer", "first"]));
    ann.press(&Key::Escape).await;
    let focused = ann.eval_async(then_focused, json!("[data-testid=search]"));
    assert_eq!(focused.await, json!(["search-input", ""]));
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn alt_and_an_arrow_lead_from_room_to_room_and_end_to_the_newest_message() {
    let server = Server::start();
    let room = RoomId::parse("lobby").unwrap();
    let ann = Window::open_online(&server, "/").await;
    ann.send_as_bob(numbered(&room, 1, 400)).await;
    ann.reload().await;
    ann.wait_for_status("online").await;
    ann.wait_for_newest("message 400").await;
    // Older messages come in meanwhile.
    let up = "document.getElementById('messages').scrollTop = 0;
        return document.querySelectorAll('[data-testid=message]').length";
    ann.wait_until(up, |count| count.as_u64() > Some(150)).await;
    let is_away = "document.getElementById('messages').scrollTop = 0;
        return document.querySelector('[data-testid=jump-latest]') !== null";
    ann.wait_for(is_away, true).await;
    ann.click_css(".message .text").await;
    ann.press(&Key::End).await;
    ann.wait_for_newest("message 400").await;
    ann.wait_for(IS_AT_END, true).await;

    for name in ["attic", "cellar"] {
        ann.fill_and_enter("room-input", name).await;
        ann.wait_for_text("room-name", name).await;
    }
    let alt = |key: Key| Key::Alt + &key;
    ann.press(&alt(Key::Up)).await;
    ann.wait_for_text("room-name", "attic").await;
    ann.press(&alt(Key::Down)).await;
    ann.wait_for_text("room-name", "cellar").await;
    ann.wait_for_focus("composer").await;
    // With Shift only to rooms with something unread.
    ann.send_as_bob(numbered(&room, 401, 2)).await;
    ann.css("[data-room=lobby] [data-testid=unread]").await;
    let to_unread = Key::Alt + &(Key::Shift + &Key::Down);
    ann.press(&to_unread).await;
    ann.wait_for_text("room-name", "lobby").await;
    ann.assert_no_console_errors().await;
}

/// Where the controls of the header are.
const CONTROLS: &str = "return ['connection', 'search', 'inspector'].map(which => {
    const at = document.querySelector(`header .${which}, header [data-testid=${which}]`);
    const { left, right } = at.getBoundingClientRect();
    return [which, left, right] })";

#[tokio::test]
async fn nothing_in_the_header_moves_when_the_connection_comes_and_goes() {
    let mut server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    let before = ann.eval(CONTROLS).await;
    ann.click("stop").await;
    ann.wait_for_status("stopped").await;
    assert_eq!(ann.eval(CONTROLS).await, before);
    ann.wait_for_text(
        "notice",
        "You're disconnected. Messages will be sent when you reconnect.",
    )
    .await;
    ann.screenshots("disconnected").await;
    ann.resize(1280).await;
    ann.click("start").await;
    ann.wait_for_status("online").await;
    assert_eq!(ann.eval(CONTROLS).await, before);
    server.kill();
    ann.wait_for_status("waiting").await;
    assert_eq!(ann.eval(CONTROLS).await, before);
    ann.assert_no_console_errors().await;
}

/// Whether the bar is within the list, and covers text of no message above its own.
const BAR: &str = "const list = document.getElementById('messages').getBoundingClientRect();
    const bar = document.querySelector('.buttons').getBoundingClientRect();
    const own = document.querySelector('[data-active=true]');
    const above = own.previousElementSibling?.querySelector('.text');
    return [bar.top >= list.top, bar.bottom <= list.bottom, bar.right <= list.right,
        !above || above.getBoundingClientRect().bottom <= bar.top + 3]";

/// Whether the jump to the end hides a part of the list.
const HIDDEN_BY_JUMP: &str = "const list = document.getElementById('messages');
    return list.getBoundingClientRect().bottom
        > document.querySelector('.jump').getBoundingClientRect().top";

#[tokio::test]
async fn the_bar_of_a_message_is_never_cut_off_and_the_way_to_the_end_hides_no_message() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    for n in 0..40 {
        let words = "words and ".repeat(if n % 4 == 0 { 60 } else { 8 });
        ann.post(&format!("{n} {words}")).await;
    }
    ann.wait_for_messages(40, "sent").await;
    let height = "return document.getElementById('messages').scrollHeight";
    ann.wait_until_still().await;
    let before = ann.eval(height).await;
    ann.hover(".message:last-child .text").await;
    ann.find("more").await;
    ann.wait_for(BAR, json!(vec![true; 4])).await;
    // No tooltip is below the end.
    ann.wait_for(height, before).await;
    ann.screenshots("bar").await;
    ann.resize(1280).await;
    ann.wait_until_still().await;
    // A message of which only the lower half is in view.
    let half = "const rows = Array.from(document.querySelectorAll('.message'));
        const tall = rows.slice(8).find(row => row.clientHeight > 80);
        tall.scrollIntoView();
        document.getElementById('messages').scrollBy(0, tall.clientHeight / 2);
        tall.classList.add('half')";
    ann.eval(half).await;
    ann.find("jump-latest").await;
    ann.wait_for(HIDDEN_BY_JUMP, false).await;
    ann.wait_until_still().await;
    let into_view = "const row = document.querySelector('.half').getBoundingClientRect();
        const { left, bottom } = row; return [left + 60, bottom - 10]";
    let at = ann.eval(into_view).await;
    ann.devtools(
        "Input.dispatchMouseEvent",
        json!({ "type": "mouseMoved", "x": at[0], "y": at[1] }),
    )
    .await;
    ann.css(".half .buttons").await;
    let is_whole = |bar: &Value| bar[0] == true && bar[1] == true;
    ann.wait_until(BAR, is_whole).await;
    ann.assert_no_console_errors().await;
}

/// Opens a connection for each of these many people, who join the lobby.
const CROWD: &str = "const [count, done] = arguments;
    let there = 0;
    window.crowd = Array.from({ length: count }, (_, n) => {
        const socket = new WebSocket(`ws://${location.host}/ws`);
        const send = frame => socket.send(JSON.stringify(frame));
        socket.onopen = () => {
            send({ type: 'hello', protocol: 1, name: `Person ${n} ${'W'.repeat(n % 40)}`.trim(),
                client: { name: 'crowd', version: '1' } });
            send({ type: 'join', room: 'lobby' });
        };
        socket.onmessage = ({ data }) => {
            if (JSON.parse(data).type === 'present' && ++there === count) done();
        };
        return socket;
    })";

#[tokio::test]
async fn twenty_rooms_and_150_people_leave_the_way_to_each_in_view() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    for n in 0..19 {
        let name = format!("room-{n}-{}", "with-a-long-name-".repeat(n % 4));
        ann.fill_and_enter("room-input", name.trim_end_matches('-'))
            .await;
    }
    ann.fill_and_enter("room-input", "lobby").await;
    ann.wait_for_text("room-name", "lobby").await;
    ann.eval_async(CROWD, json!(150)).await;
    ann.wait_for_text("member-count", "151").await;
    let in_view = "return ['find-room', 'member-count', 'settings'].map(which => {
        const { top, bottom, right } = document.querySelector(`[data-testid=${which}]`)
            .getBoundingClientRect();
        return top >= 0 && bottom <= innerHeight && right <= innerWidth })";
    for (width, height) in [(1280, 600), (1000, 600), (1440, 900), (390, 844)] {
        ann.resize_to(width, height).await;
        if width == 390 {
            ann.click("panel").await;
            ann.wait_for_focus("panel-close").await;
        }
        ann.wait_for(in_view, json!(vec![true; 3])).await;
        ann.screenshot(&format!("crowd-{width}")).await;
    }
    ann.assert_accessible("a crowd on a phone").await;
    ann.click("panel-close").await;
    // From here on, in a wide window: the cross takes the place of the time.
    ann.resize(1280).await;
    ann.send_as_bob(numbered(&RoomId::parse("room-0").unwrap(), 1, 3))
        .await;
    ann.css("[data-room=room-0] [data-testid=unread]").await;
    let place = "const room = document.querySelector('[data-room=room-0]');
        return ['.title', '.ago', '.badge'].map(which =>
            room.querySelector(which).getBoundingClientRect().left)";
    let before = ann.eval(place).await;
    ann.hover("[data-room=room-0] a").await;
    ann.next_frame().await;
    assert_eq!(ann.eval(place).await, before);
    let weight = "const title = document.querySelector('[data-room=room-0] .title');
        return getComputedStyle(title).fontWeight";
    assert_eq!(ann.eval(weight).await, "700");
    ann.screenshot("crowd-hover").await;
    ann.assert_no_console_errors().await;
}
