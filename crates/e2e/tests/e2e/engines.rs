//! The main walks through the page in each engine that people use: Chromium, Firefox and WebKit.

use fantoccini::key::Key;
use serde_json::json;

use crate::{engine::Engine, offline::IS_CACHED, server::Server, window::Window};

/// Runs each walk as a test in the engine.
macro_rules! in_engine {
    ($module:ident, $engine:expr) => {
        mod $module {
            use super::*;

            #[tokio::test]
            async fn people_talk_change_messages_follow_a_link_and_use_the_inspector() {
                talk($engine).await;
            }

            #[tokio::test]
            async fn what_is_written_without_a_connection_or_a_server_is_sent_later() {
                disconnect($engine).await;
            }
        }
    };
}

in_engine!(chromium, Engine::Chromium);
in_engine!(firefox, Engine::Firefox);
in_engine!(webkit, Engine::WebKit);

/// Pictures of this state in this engine, with its name, on a phone and a desktop.
async fn take_pictures(window: &Window, state: &str) {
    for width in [390, 1280] {
        window.resize(width).await;
        for scheme in ["dark", "light"] {
            window.show_scheme(scheme).await;
            window.next_frame().await;
            let name = format!("{state}-{}-{width}-{scheme}", window.engine.name());
            window.screenshot(&name).await;
            window.assert_accessible(&name).await;
        }
    }
}

/// The first message: its text, whether it says that it was edited, and its reactions.
const FIRST: &str = "const row = document.querySelector('[data-testid=message]');
    return [row.querySelector('.text').innerText.trim(), row.querySelector('.edited') !== null,
        ...Array.from(row.querySelectorAll('.reaction'), r => r.innerText.trim())]";

async fn talk(engine: Engine) {
    let server = Server::start();
    let (ann, bob) = tokio::join!(
        Window::open_online_in(engine, &server, "/"),
        Window::open_online_in(engine, &server, "/")
    );
    ann.rename("Ann").await;
    bob.rename("Bob").await;
    ann.post("Good mornig").await;
    bob.wait_for_messages(1, "sent").await;

    // Edit with the arrow, react, reply.
    ann.click("composer").await;
    ann.press(&Key::Up).await;
    ann.find("editing").await;
    ann.press_times(Key::Backspace, 2).await;
    ann.press_and_enter("ing!").await;
    bob.wait_for(FIRST, json!(["Good morning!", true])).await;
    bob.hover(".message .text").await;
    bob.click("react").await;
    ann.wait_for(FIRST, json!(["Good morning!", true, "👍 1"]))
        .await;
    bob.hover(".message .text").await;
    bob.click("reply").await;
    bob.find("replying").await;
    bob.wait_for_focus("composer").await;
    bob.press_and_enter("Good morning to you").await;
    ann.wait_for_messages(2, "sent").await;
    ann.find("quote").await;

    // A link leads to another room, and the browser's Back leads out of it again.
    ann.post(&format!("See {}", server.url("/r/attic"))).await;
    bob.wait_for_messages(3, "sent").await;
    take_pictures(&bob, "room").await;
    bob.click_css(".message .text a").await;
    bob.wait_for_text("room-name", "attic").await;

    // What was deleted meanwhile is gone.
    ann.hover(".message .text").await;
    ann.delete_message().await;
    ann.post("Are you there?").await;
    bob.css("[data-room=lobby] [data-testid=unread]").await;
    bob.page.back().await.unwrap();
    bob.wait_for_text("room-name", "lobby").await;
    bob.wait_for(FIRST, json!(["Message deleted", false])).await;
    bob.find("new").await;

    // The inspector shows the frames of the next message.
    bob.click("inspector").await;
    bob.post("look at this").await;
    for kind in ["post", "entry"] {
        let frames = format!(
            "return Array.from(document.querySelectorAll('[data-testid=inspector-frame] .kind'))
                .some(frame => frame.innerText.trim() === '{kind}')"
        );
        bob.wait_for(&frames, true).await;
    }
    take_pictures(&bob, "inspector").await;
    ann.assert_no_console_errors().await;
    bob.assert_no_console_errors().await;
}

async fn disconnect(engine: Engine) {
    let mut server = Server::start();
    let ann = Window::open_online_in(engine, &server, "/r/attic").await;
    let bob = Window::open_online_in(engine, &server, "/r/attic").await;
    ann.post("before").await;
    bob.wait_for_messages(1, "sent").await;
    ann.click("stop").await;
    ann.wait_for_status("stopped").await;
    ann.post("while disconnected").await;
    ann.wait_for_messages(1, "pending").await;
    bob.post("meanwhile").await;
    bob.wait_for_messages(2, "sent").await;
    ann.click("start").await;
    let all = ["before", "meanwhile", "while disconnected"];
    assert_eq!(ann.wait_for_messages(3, "sent").await, all);
    assert_eq!(bob.wait_for_messages(3, "sent").await, all);
    ann.assert_no_console_errors().await;
    ann.reload().await;
    assert_eq!(ann.wait_for_messages(3, "sent").await, all);

    // The page opens without the server, too, and sends what was written then.
    ann.wait_for(IS_CACHED, true).await;
    server.kill();
    ann.wait_for_status("waiting").await;
    ann.reload().await;
    ann.wait_for_status("waiting").await;
    ann.post("from nowhere").await;
    ann.wait_for_messages(1, "pending").await;
    assert_eq!(ann.wait_for_messages(3, "sent").await, all);
    take_pictures(&ann, "offline").await;
    server.restart();
    ann.wait_for_messages(4, "sent").await;
    bob.wait_for_newest("from nowhere").await;
    ann.assert_no_console_errors().await;
}
