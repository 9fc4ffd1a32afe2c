//! Days, times and numbers as the reader's own language writes them.

use parlor_shared::RoomId;
use serde_json::json;

use crate::{
    browser::Window,
    chrome::Chrome,
    list::{SCROLL, frames, say},
    server::Server,
};

const DAYS: [&str; 7] = [
    "Montag",
    "Dienstag",
    "Mittwoch",
    "Donnerstag",
    "Freitag",
    "Samstag",
    "Sonntag",
];

#[tokio::test]
async fn a_browser_of_another_language_has_its_own_days_times_and_numbers() {
    let server = Server::start();
    let room = RoomId::parse("library").unwrap();
    let ann = Window::open(&server, "/r/library").await;
    let german = Chrome::devtools("Emulation.setLocaleOverride", json!({ "locale": "de-DE" }));
    ann.page.issue_cmd(german).await.unwrap();
    ann.page.refresh().await.unwrap();
    ann.is("online").await;
    say(&ann, frames(&room, 1, 100)).await;
    ann.messages(100, "sent").await;
    let day = "return document.querySelector('.day')?.innerText";
    ann.until(day, json!(null), |day| {
        let day = day.as_str().unwrap_or_default();
        DAYS.iter().any(|name| day.starts_with(name))
    })
    .await;
    // A clock of 24 hours, and no more words than that.
    let time = "return /^\\d\\d?:\\d\\d$/.test(document.querySelector('time').innerText)";
    ann.until(time, json!(null), |is_so| is_so == true).await;

    ann.run(SCROLL, json!(-1_000)).await;
    ann.reads("jump-latest", "Jump to latest").await;
    say(&ann, frames(&room, 101, 1_234)).await;
    ann.reads("jump-latest", "1.234 new messages").await;
    let counted = "return document.querySelector('.composer .count')?.innerText";
    let write = "const field = document.getElementById('composer');
        field.value = 'a'.repeat(arguments[0]);
        field.dispatchEvent(new Event('input'))";
    ann.run(write, json!(7_600)).await;
    ann.until(counted, json!(null), |count| count == "7.600 of 8.000")
        .await;
    ann.has_no_complaints().await;
}
