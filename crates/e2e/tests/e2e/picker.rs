//! The emoji picker.

use fantoccini::key::Key;

use crate::{server::Server, window::Window};

/// The name of the emoji that Enter would choose.
const CHOICE: &str = "return document.querySelector('#choice')?.ariaLabel";

#[tokio::test]
async fn an_emoji_is_chosen_by_keyboard_or_by_mouse() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;

    // Searched by name, and inserted where the cursor is in the composer.
    ann.press(&("so !" + &Key::Left)).await;
    ann.click("emoji").await;
    ann.wait_for_focus("picker-input").await;
    ann.screenshots("picker").await;
    ann.wait_for(CHOICE, "thumbs up").await;
    ann.press("party").await;
    ann.wait_for(CHOICE, "party popper").await;
    ann.press(&Key::Right).await;
    ann.wait_for(CHOICE, "partying face").await;
    ann.press(&Key::Left).await;
    ann.wait_for(CHOICE, "party popper").await;
    ann.press(&Key::Down).await;
    ann.wait_for(CHOICE, "confetti ball").await;
    ann.press(&Key::Up).await;
    ann.wait_for(CHOICE, "party popper").await;
    ann.press(&Key::Enter).await;
    ann.wait_for_focus("composer").await;
    ann.press_and_enter("🙂").await;
    assert_eq!(ann.wait_for_messages(1, "sent").await, ["so 🎉🙂!"]);

    // From a message's actions, as a reaction; Escape closes the picker.
    ann.press_shift_tab().await;
    ann.hover(".message .text").await;
    ann.click("react-more").await;
    ann.find("picker").await;
    ann.press(&Key::Escape).await;
    ann.wait_until_gone("[data-testid=picker]").await;
    ann.wait_for_focus("messages").await;
    ann.hover(".message .text").await;
    ann.click("react-more").await;
    ann.find("picker-input").await;
    ann.screenshots("picker-reaction").await;
    ann.fill("picker-input", "crab").await;
    ann.wait_for(CHOICE, "crab").await;
    ann.press(" that is not there").await;
    ann.wait_for(CHOICE, serde_json::Value::Null).await;
    ann.screenshots("picker-empty").await;
    ann.press_times(Key::Backspace, " that is not there".len())
        .await;
    ann.wait_for(CHOICE, "crab").await;
    ann.click_css("#choice").await;
    ann.wait_for_texts(".reaction", &["🦀 1"]).await;
    ann.wait_until_gone("[data-testid=picker]").await;
    ann.wait_for_focus("messages").await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn a_picker_that_is_first_opened_without_the_server_says_so_and_is_there_once_it_is_back() {
    let mut server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    server.kill();
    ann.wait_for_status("waiting").await;
    ann.click("emoji").await;
    let note = "return document.querySelector('[data-testid=picker]')?.innerText ?? ''";
    let says_so = |text: &serde_json::Value| {
        let text = text.as_str().unwrap();
        text.contains("Emoji couldn't be loaded. Try again when you're online.")
    };
    ann.wait_until(note, says_so).await;
    ann.screenshots("picker-offline").await;
    ann.press(&Key::Escape).await;
    ann.wait_until_gone("[data-testid=picker]").await;
    server.restart();
    ann.wait_for_status("online").await;
    ann.click("emoji").await;
    ann.wait_for(CHOICE, "thumbs up").await;
}

/// How high the picker is, and whether it is within the window.
const BOX: &str = "const { top, bottom, left, right, height } =
        document.querySelector('[data-testid=picker]').getBoundingClientRect();
    return [top >= 0 && left >= 0 && right <= innerWidth && bottom <= innerHeight, height]";

#[tokio::test]
async fn the_whole_set_is_there_as_large_as_it_must_be_beside_its_message_and_keeps_the_tone() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    for n in 0..12 {
        ann.post(&format!("message {n}")).await;
    }
    ann.wait_for_messages(12, "sent").await;
    // All emoji, of which only those in view are in the document: the last is a few keys away.
    ann.hover(".message:nth-last-child(3) .text").await;
    ann.click("react-more").await;
    ann.find("choice").await;
    let rows = "const grid = document.querySelector('#choices');
        return [+grid.ariaRowCount, grid.querySelectorAll('[role=row]').length]";
    ann.wait_until(rows, |rows| {
        rows[0].as_u64() > Some(240) && rows[1].as_u64() < Some(30)
    })
    .await;
    let scroll =
        "const grid = document.querySelector('#choices'); grid.scrollTop = grid.scrollHeight;
        return true";
    ann.eval(scroll).await;
    let flag = "return document.querySelector('#choices [aria-label=\"flag: Wales\"]') !== null";
    ann.wait_for(flag, true).await;
    let full = ann.eval(BOX).await;
    assert_eq!(full[0], true, "{full}");
    // With a few hits it is no higher than they are.
    ann.press("thumbs").await;
    ann.wait_for(CHOICE, "thumbs up").await;
    let is_lower = |shown: &serde_json::Value| shown[1].as_f64() < Some(200.0);
    ann.wait_until(BOX, is_lower).await;
    let below =
        "const picker = document.querySelector('[data-testid=picker]').getBoundingClientRect();
        const row = document.querySelector('.message:nth-last-child(3)').getBoundingClientRect();
        return Math.min(Math.abs(picker.top - row.bottom), Math.abs(row.top - picker.bottom)) < 8";
    ann.wait_for(below, true).await;
    ann.screenshots("picker-found").await;
    // The skin tone is chosen once.
    let choose = "const tone = document.querySelector('[data-testid=skin-tone]');
        tone.focus(); tone.value = '\u{1F3FF}'; tone.dispatchEvent(new Event('change', { bubbles: true }))";
    ann.eval(choose).await;
    ann.wait_for("return document.querySelector('#choice')?.innerText", "👍🏿")
        .await;
    ann.click_css("#choice").await;
    ann.wait_for_texts("[data-testid=reaction]", &["👍🏿 1"])
        .await;
    ann.reload().await;
    ann.wait_for_status("online").await;
    ann.click("emoji").await;
    ann.wait_for("return document.querySelector('#choice')?.innerText", "👍🏿")
        .await;
    ann.assert_no_console_errors().await;
}
