//! The inspector: the drawer that shows the WebSocket's frames.

use serde_json::{Value, json};

use crate::{server::Server, window::Window};

/// Each frame shown, newest first: its direction and its type.
const FRAMES: &str = "return Array.from(document.querySelectorAll('[data-testid=wire-frame]'),
    f => `${f.dataset.way} ${f.querySelector('.kind').innerText}`)";

async fn wait_for_frame(window: &Window, frame: &str) {
    let has_frame = |frames: &Value| frames.as_array().unwrap().contains(&json!(frame));
    window.wait_until(FRAMES, has_frame).await;
}

/// Unfolds the newest entry that was received; gives what the page says that it means.
const MEANING_OF_ENTRY: &str =
    "const frame = Array.from(document.querySelectorAll('[data-testid=wire-frame]'))
        .find(frame => frame.querySelector('.kind').innerText === 'entry');
    const details = frame.querySelector('details');
    if (!details.open) details.querySelector('summary').click();
    return details.querySelector('.note')?.innerText";

#[tokio::test]
async fn the_inspector_shows_frames_drops_the_connection_and_sends_a_frame_by_hand() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    ann.click("wire").await;
    wait_for_frame(&ann, "received pong").await;
    ann.post("look at this").await;
    wait_for_frame(&ann, "sent post").await;
    wait_for_frame(&ann, "received entry").await;
    ann.screenshots("inspector").await;

    let meaning = "One log entry, saved to disk at position `seq`, right after `prev`.";
    ann.wait_for(MEANING_OF_ENTRY, meaning).await;
    ann.screenshots("inspector-unfolded").await;
    let handshake = "return /^open \\d+ ms, welcome \\d+ ms$/.test(
        document.querySelector('[data-testid=handshake]').innerText)";
    ann.wait_for(handshake, true).await;
    ann.wait_for_text("cursor", "entry 1 (latest)").await;

    ann.click("wire-cut").await;
    ann.wait_for_status("waiting").await;
    ann.wait_for_status("online").await;
    wait_for_frame(&ann, "sent hello").await;
    wait_for_frame(&ann, "received joined").await;
    // The connection itself: how it ended, and began again.
    for step in ["line closed", "line connecting", "line open"] {
        wait_for_frame(&ann, step).await;
    }
    ann.wait_for_text("ended", "no close frame, the connection broke")
        .await;

    ann.fill("wire-input", r#"{"type":"join","room":"No Room"}"#)
        .await;
    ann.click("wire-send").await;
    wait_for_frame(&ann, "received error").await;

    ann.fill("wire-filter", "room_invalid").await;
    ann.wait_for(FRAMES, json!(["received error"])).await;
    ann.click("wire-close").await;
    ann.wait_for(FRAMES, json!([])).await;
    ann.assert_no_console_errors().await;
}
