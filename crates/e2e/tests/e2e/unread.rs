//! What is unread: the line at the first new message, the button that leads there, and what is read
//! or marked on another device.

use parlor_shared::RoomId;
use serde_json::{Value, json};

use crate::{bulk, server::Server, window::Window};

/// The text of the message below the "New" line.
const BELOW_LINE: &str = "return document.querySelector('[data-testid=new]')
    ?.nextElementSibling.querySelector('.text').innerText ?? null";

/// How far down the list that message stands, as a part of the list's height.
const LINE_AT: &str = "const list = document.querySelector('#messages').getBoundingClientRect();
    const row = document.querySelector('[data-testid=new]').nextElementSibling;
    return (row.getBoundingClientRect().top - list.top) / list.height";

/// The badge of a room in the list; null without one.
const BADGE: &str = "const room = `[data-room=${arguments[0]}] [data-testid=unread]`;
    return document.querySelector(room)?.firstChild.data ?? null";

/// Whether the tab's icon says that something is unread.
const HAS_ICON: &str =
    "return document.querySelector('link[rel=icon]').href.endsWith('unread.svg')";

/// Opens each of these rooms by its name, as fast as the switcher lets it: `ms` milliseconds after
/// the one before.
const HURRY: &str = "const [{ names, ms }, done] = arguments;
    const find = testid => document.querySelector(`[data-testid=${testid}]`);
    const open = () => {
        if (!names.length) return done();
        find('find-room').click();
        choose();
    };
    const choose = () => {
        const field = find('room-input');
        if (!field) return setTimeout(choose);
        field.value = names.shift();
        field.dispatchEvent(new InputEvent('input', { bubbles: true }));
        field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
        setTimeout(open, ms);
    };
    open();";

fn room(name: &str) -> RoomId {
    RoomId::parse(name).unwrap()
}

impl Window {
    /// Waits until the room's badge says this.
    async fn wait_for_badge(&self, room: &str, badge: Option<&str>) {
        let badge = badge.map_or(Value::Null, |badge| json!(badge));
        self.wait_until_with(BADGE, json!(room), |shown| *shown == badge)
            .await;
    }

    /// Posts a message and waits until the browser has noted that it is seen.
    async fn mark(&self, room: &str) {
        self.post("mark").await;
        self.wait_for_newest("mark").await;
        let seq = "const [seq] = localStorage[`parlor.seen.${arguments[0]}`]?.split(' ') ?? [];
            return Number(seq)";
        self.wait_until_with(seq, json!(room), |seq| seq.as_u64() > Some(0))
            .await;
    }

    /// Becomes the same member as in another window, as on another device.
    async fn become_member_of(&self, other: &Window) {
        let identity =
            "return ['member', 'token'].map(key => [key, localStorage[`parlor.${key}`]])";
        let identity = other
            .wait_until(identity, |known| known[1][1].is_string())
            .await;
        let set = "for (const [key, value] of arguments[0]) localStorage[`parlor.${key}`] = value";
        self.eval_with(set, identity).await;
        self.reload().await;
        self.wait_for_status("online").await;
    }
}

#[tokio::test]
async fn a_button_leads_to_the_first_unread_message_and_the_line_stands_there() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    let bob = Window::open_online(&server, "/r/elsewhere").await;
    for count in [80, 120, 400] {
        let name = format!("r-{count}");
        ann.goto(&server, &format!("/r/{name}")).await;
        ann.wait_for_status("online").await;
        ann.mark(&name).await;
        ann.page.goto("about:blank").await.unwrap();
        bob.send_as_bob(bulk::numbered(&room(&name), count * 1_000, count))
            .await;
        ann.goto(&server, &format!("/r/{name}")).await;
        ann.wait_for_newest(&format!("message {}", count * 1_001 - 1))
            .await;
        let label = "return document.querySelector('[data-testid=jump-unread]')?.innerText ?? ''";
        let expected = format!("↑ {count} new since ");
        ann.wait_until(label, |label| {
            label.as_str().unwrap().starts_with(&expected)
        })
        .await;
        let counted = if count > 99 {
            "99+".to_owned()
        } else {
            count.to_string()
        };
        ann.wait_for_badge(&name, Some(&counted)).await;
        ann.wait_for(HAS_ICON, true).await;
        if count == 120 {
            ann.screenshots("unread-above").await;
        }
        ann.click("jump-unread").await;
        ann.wait_for(BELOW_LINE, format!("message {}", count * 1_000))
            .await;
        ann.wait_until(LINE_AT, |at| {
            (0.2..0.45).contains(&at.as_f64().unwrap_or_default())
        })
        .await;
        ann.wait_until_gone("[data-testid=unread-above]").await;
        if count == 120 {
            ann.screenshots("unread-first").await;
        }
        // The rest was not on screen, until Escape says that it is read.
        let title = "return document.title";
        ann.wait_until(title, |title| title.as_str().unwrap().starts_with('('))
            .await;
        ann.click("composer").await;
        ann.press(&fantoccini::key::Key::Escape.to_string()).await;
        ann.wait_for(title, format!("{name} · Parlor")).await;
        ann.wait_for(HAS_ICON, false).await;
        ann.wait_for_badge(&name, None).await;
    }
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn rooms_that_were_left_quickly_count_what_is_written_there() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    for ms in [120, 30] {
        let names: Vec<String> = (1..=8).map(|n| format!("v-{ms}-{n}")).collect();
        ann.eval_async(HURRY, json!({ "names": names, "ms": ms }))
            .await;
        // All are joined: each says how far it is seen.
        let seen = "return arguments[0].every(name => localStorage[`parlor.seen.${name}`])";
        ann.wait_until_with(seen, json!(names), |all| *all == true)
            .await;
        for name in &names {
            ann.send_as_bob(bulk::numbered(&room(name), 1, 3)).await;
        }
        for name in &names[..7] {
            ann.wait_for_badge(name, Some("3")).await;
        }
    }
    // The same after a reload, and in another room.
    ann.goto(&server, "/").await;
    ann.wait_for_badge("v-120-1", Some("3")).await;
    ann.wait_for_badge("v-30-7", Some("3")).await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn what_is_read_on_one_device_is_read_on_the_other_also_after_a_restart() {
    let mut server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    ann.mark("lobby").await;
    let phone = Window::open_online(&server, "/r/attic").await;
    phone.become_member_of(&ann).await;
    let rooms = json!("attic lobby");
    phone
        .eval_with("localStorage['parlor.rooms'] = arguments[0]", rooms)
        .await;
    phone.reload().await;
    phone.wait_for_status("online").await;
    phone.css("[data-room=lobby]").await;
    ann.fill_and_enter("room-input", "other").await;
    ann.wait_for_text("room-name", "other").await;
    phone
        .send_as_bob(bulk::numbered(&room("lobby"), 1, 5))
        .await;
    ann.wait_for_badge("lobby", Some("5")).await;
    phone.wait_for_badge("lobby", Some("5")).await;

    ann.page.back().await.unwrap();
    ann.wait_for(BELOW_LINE, "message 1").await;
    ann.wait_for_badge("lobby", None).await;
    phone.wait_for_badge("lobby", None).await;
    phone
        .wait_for("return document.title", "attic · Parlor")
        .await;

    // The server keeps it, for a browser that knows nothing.
    phone
        .send_as_bob(bulk::numbered(&room("lobby"), 10, 2))
        .await;
    ann.wait_for_newest("message 11").await;
    phone.wait_for_badge("lobby", None).await;
    server.stop();
    server.restart();
    ann.wait_for_status("online").await;
    phone
        .send_as_bob(bulk::numbered(&room("lobby"), 20, 2))
        .await;
    ann.wait_for_newest("message 21").await;
    let tablet = Window::open_online(&server, "/r/cellar").await;
    tablet.become_member_of(&ann).await;
    let rooms = json!("cellar lobby");
    tablet
        .eval_with("localStorage['parlor.rooms'] = arguments[0]", rooms)
        .await;
    tablet.reload().await;
    tablet.wait_for_status("online").await;
    ann.fill_and_enter("room-input", "other").await;
    phone
        .send_as_bob(bulk::numbered(&room("lobby"), 30, 1))
        .await;
    tablet.wait_for_badge("lobby", Some("1")).await;
    for window in [&ann, &phone, &tablet] {
        window.assert_no_console_errors().await;
    }
}

#[tokio::test]
async fn opening_a_room_reads_what_is_on_screen_and_no_more() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/r/attic").await;
    ann.goto(&server, "/").await;
    ann.mark("lobby").await;
    ann.fill_and_enter("room-input", "attic").await;
    ann.wait_for_text("room-name", "attic").await;
    ann.send_as_bob(bulk::numbered(&room("lobby"), 1, 40)).await;
    ann.wait_for_badge("lobby", Some("40")).await;
    ann.page.back().await.unwrap();
    ann.wait_for_newest("message 40").await;
    ann.css("[data-testid=jump-unread]").await;
    ann.wait_for_badge("lobby", Some("40")).await;
    // Back in the other room, nothing was read by the glance.
    ann.page.back().await.unwrap();
    ann.wait_for_text("room-name", "attic").await;
    ann.wait_for_badge("lobby", Some("40")).await;
    ann.page.forward().await.unwrap();
    ann.click("jump-unread").await;
    ann.wait_for(BELOW_LINE, "message 1").await;
    // Read down to the end.
    let down = "const list = document.querySelector('#messages');
        list.scrollTop += list.clientHeight / 2;
        return document.querySelector('[data-room=lobby] [data-testid=unread]') === null";
    ann.wait_until(down, |is_read| *is_read == true).await;
    ann.wait_for(BELOW_LINE, "message 1").await;
    ann.assert_no_console_errors().await;
}
