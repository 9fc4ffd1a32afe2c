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
    ann.press("part").await;
    ann.wait_for(CHOICE, "party face").await;
    ann.press(&Key::Right).await;
    ann.wait_for(CHOICE, "party popper").await;
    ann.press(&Key::Left).await;
    ann.wait_for(CHOICE, "party face").await;
    ann.press(&Key::Down).await;
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
    ann.click_css("#choice").await;
    ann.wait_for_texts(".reaction", &["🦀 1"]).await;
    ann.wait_until_gone("[data-testid=picker]").await;
    ann.wait_for_focus("messages").await;
    ann.assert_no_console_errors().await;
}
