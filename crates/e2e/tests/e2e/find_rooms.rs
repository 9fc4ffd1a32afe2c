//! Finding, making, naming, leaving and muting rooms.

use fantoccini::key::Key;
use serde_json::{Value, json};

use crate::{server::Server, window::Window};

/// Writes one message into each of these rooms, and names the last one, over a connection of its
/// own.
const MAKE_ROOMS: &str = r"const [rooms, done] = arguments;
    const socket = new WebSocket(location.origin.replace('http', 'ws') + '/ws');
    const send = message => socket.send(JSON.stringify(message));
    let count = 0, left = rooms.length + 1;
    const post = (room, body) => {
        const id = '0199c82c-c000-7101-8101-' + String(++count).padStart(12, '0');
        send({ type: 'post', room, id, body });
    };
    socket.onopen = () => send({ type: 'hello', protocol: 1, name: 'Bot' });
    socket.onmessage = ({ data }) => {
        const { type } = JSON.parse(data);
        if (type === 'welcome') {
            for (const room of rooms) {
                send({ type: 'join', room });
                post(room, { kind: 'post', text: 'hello' });
            }
            post(rooms.at(-1), { kind: 'room_name', name: 'Design Team' });
        }
        if (type === 'error') done(data);
        if (type === 'entry' && --left === 0) { socket.close(); done('made'); }
    };";

const OPTIONS: &str = "return Array.from(document.querySelectorAll(
    '[data-testid=option] .title'), title => title.innerText)";

impl Window {
    /// Waits until the switcher's first lines begin with these titles.
    async fn wait_for_options(&self, titles: &[&str]) {
        let begins = |shown: &Value| {
            let shown = shown.as_array().into_iter().flatten();
            let shown: Vec<_> = shown.filter_map(Value::as_str).take(titles.len()).collect();
            shown == titles
        };
        self.wait_until(OPTIONS, begins).await;
    }

    /// Presses Ctrl+K where the focus is.
    async fn press_ctrl_k(&self) {
        self.press(&(Key::Control + "k")).await;
    }
}

#[tokio::test]
async fn a_newcomer_finds_one_of_thirty_rooms_by_typing_and_with_the_keyboard_alone() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    let rooms: Vec<String> = (1..=30).map(|n| format!("dept-{n}")).collect();
    assert_eq!(ann.eval_async(MAKE_ROOMS, json!(rooms)).await, "made");
    ann.wait_for_focus("composer").await;
    ann.press_ctrl_k().await;
    ann.wait_for_focus("room-input").await;
    let is_full = |shown: &Value| shown.as_array().is_some_and(|shown| shown.len() > 30);
    ann.wait_until(OPTIONS, is_full).await;
    ann.screenshots("switcher").await;
    ann.press("desi").await;
    ann.wait_for_options(&["Design Team"]).await;
    ann.wait_for_text("switcher-hint", "Goes to #dept-30").await;
    ann.press(&Key::Enter).await;
    ann.wait_for_text("room-name", "Design Team").await;
    let address = ann.page.current_url().await.unwrap();
    assert_eq!(address.path(), "/r/dept-30");
    ann.wait_for_messages(1, "sent").await;

    // By the arrows, and by the id; Escape and Ctrl+K close it.
    ann.press_ctrl_k().await;
    ann.wait_for_focus("room-input").await;
    ann.press("dept-1").await;
    ann.wait_for_options(&["dept-1"]).await;
    ann.press(&Key::Down).await;
    let selected = "return document.querySelector('[aria-selected=true] .title').innerText";
    let second = ann.wait_until(selected, |title| title != "dept-1").await;
    ann.press(&Key::Enter).await;
    ann.wait_for_text("room-name", second.as_str().unwrap())
        .await;
    ann.press_ctrl_k().await;
    ann.find("switcher").await;
    ann.press(&Key::Escape).await;
    ann.wait_until_gone("[data-testid=switcher]").await;
    ann.press_ctrl_k().await;
    ann.find("switcher").await;
    ann.press_ctrl_k().await;
    ann.wait_until_gone("[data-testid=switcher]").await;
    ann.wait_for_focus("composer").await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn names_are_made_valid_while_they_are_typed_and_kept_for_people() {
    let server = Server::start();
    let (ann, bob) = Window::open_two(&server).await;
    ann.fill("room-input", "Design Team").await;
    ann.wait_for_options(&["Create #design-team"]).await;
    ann.wait_for_text("switcher-hint", "Goes to #design-team")
        .await;
    ann.screenshots("switcher-new").await;
    ann.press(&Key::Enter).await;
    ann.wait_for_text("room-name", "Design Team").await;
    let address = ann.page.current_url().await.unwrap();
    assert_eq!(address.path(), "/r/design-team");
    ann.post("welcome").await;
    ann.wait_for_messages(1, "sent").await;

    // Somebody else finds it by its name, and does not name it again.
    bob.fill("room-input", "design team").await;
    bob.wait_for_options(&["Design Team"]).await;
    bob.press(&Key::Enter).await;
    bob.wait_for_text("room-name", "Design Team").await;
    bob.wait_for_messages(1, "sent").await;

    for (typed, id) in [("#general", "general"), ("Über uns!", "uber-uns")] {
        ann.fill_and_enter("room-input", typed).await;
        let path = "return location.pathname";
        ann.wait_for(path, format!("/r/{id}")).await;
    }
    ann.fill("room-input", "日本").await;
    let allowed = "Room names use lowercase letters, numbers and hyphens, up to 64.";
    ann.wait_for_text("switcher-hint", allowed).await;
    ann.press(&Key::Enter).await;
    ann.find("switcher").await;
    ann.press(&Key::Escape).await;
    ann.wait_until_gone("[data-testid=switcher]").await;
    ann.fill("room-input", &"x".repeat(70)).await;
    let room = "x".repeat(64);
    let cut =
        format!("Goes to #{room}. Room names have up to 64 characters: the rest is left out.");
    ann.wait_for_text("switcher-hint", &cut).await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn a_topic_set_in_one_window_is_in_the_other_and_stays() {
    let server = Server::start();
    let (ann, bob) = Window::open_two(&server).await;
    ann.post("hello").await;
    ann.wait_for_messages(1, "sent").await;
    bob.wait_for_messages(1, "sent").await;
    bob.hover(".message .text").await;
    bob.click("more").await;
    bob.click("pin").await;
    ann.click("room-name").await;
    ann.find("pinned").await;
    ann.fill("card-topic", &("All about tea".to_owned() + &Key::Enter))
        .await;
    bob.wait_for_text("topic", "All about tea").await;
    ann.fill("card-name", &("Tea Time".to_owned() + &Key::Enter))
        .await;
    bob.wait_for_text("room-name", "Tea Time").await;
    ann.screenshots("room-card").await;
    ann.click("card-close").await;
    let lines = "return document.querySelectorAll('[data-testid=room-change]').length";
    bob.wait_for(lines, 3).await;
    bob.screenshots("room-changes").await;
    bob.reload().await;
    bob.wait_for_text("topic", "All about tea").await;
    bob.wait_for_text("room-name", "Tea Time").await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn leaving_a_room_can_be_taken_back_with_its_draft() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    ann.fill_and_enter("room-input", "attic").await;
    ann.wait_for_text("room-name", "attic").await;
    ann.post("up here").await;
    ann.wait_for_messages(1, "sent").await;
    ann.press("half a thought").await;
    ann.click("room-name").await;
    ann.click("leave-room").await;
    ann.wait_for_text("room-name", "lobby").await;
    ann.screenshots("left-room").await;
    ann.click("undo").await;
    ann.wait_for_text("room-name", "attic").await;
    ann.wait_for_messages(1, "sent").await;
    let draft = "return document.getElementById('composer').value";
    ann.wait_for(draft, "half a thought").await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn a_muted_room_is_marked_not_counted_in_the_title_and_stays_muted() {
    let server = Server::start();
    let (ann, bob) = Window::open_two(&server).await;
    ann.post("hello").await;
    bob.wait_for_messages(1, "sent").await;
    ann.click("room-name").await;
    ann.click_css("[data-testid=card-notify] option[value=none]")
        .await;
    ann.click("card-close").await;
    ann.css("[data-room=lobby].muted").await;
    ann.fill_and_enter("room-input", "attic").await;
    ann.wait_for_text("room-name", "attic").await;
    bob.post("anybody?").await;
    ann.css("[data-room=lobby] [data-testid=unread]").await;
    assert_eq!(ann.eval("return document.title").await, "attic · Parlor");
    ann.reload().await;
    ann.css("[data-room=lobby].muted").await;
    ann.assert_no_console_errors().await;
}
