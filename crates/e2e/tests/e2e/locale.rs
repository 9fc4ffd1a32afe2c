//! Days, times and numbers are written as the browser's language writes them.

use parlor_shared::RoomId;
use serde_json::json;

use crate::{bulk::numbered, server::Server, window::Window};

#[tokio::test]
async fn days_times_and_numbers_follow_the_browsers_language() {
    let server = Server::start();
    let room = RoomId::parse("library").unwrap();
    let ann = Window::open(&server, "/r/library").await;
    ann.devtools("Emulation.setLocaleOverride", json!({ "locale": "de-DE" }))
        .await;
    ann.reload().await;
    ann.wait_for_status("online").await;
    ann.send_as_bob(numbered(&room, 1, 100)).await;
    ann.wait_for_messages(100, "sent").await;
    let day = "return document.querySelector('.day')?.innerText";
    ann.wait_for(day, "Heute").await;
    // A clock of 24 hours, without a word beside it.
    let time = "return /^\\d\\d?:\\d\\d$/.test(document.querySelector('time').innerText)";
    ann.wait_for(time, true).await;

    ann.scroll_list(-1_000).await;
    ann.wait_for_text("jump-latest", "Jump to latest").await;
    ann.send_as_bob(numbered(&room, 101, 1_234)).await;
    ann.wait_for_text("jump-latest", "1.234 new messages").await;
    let type_long_text = "const field = document.getElementById('composer');
        field.value = 'a'.repeat(arguments[0]);
        field.dispatchEvent(new Event('input'))";
    ann.eval_with(type_long_text, json!(7_600)).await;
    ann.wait_for_texts(".composer .count", &["7.600 of 8.000"])
        .await;
    ann.assert_no_console_errors().await;
}
