//! Deleted messages: their words leave the page and what the browser stores.

use crate::{server::Server, window::Window};

/// A word that is only in the deleted message.
const SECRET: &str = "xylophonic";

/// Whether the browser stores the word.
const IS_STORED: &str =
    "return Object.values(localStorage).some(value => value.includes('xylophonic'));";

#[tokio::test]
async fn the_words_of_a_deleted_message_are_in_no_page_and_in_no_storage() {
    let server = Server::start();
    let (ann, bob) = Window::open_two(&server).await;
    ann.post(SECRET).await;
    ann.wait_for_messages(1, "sent").await;
    bob.wait_for_messages(1, "sent").await;
    // What a page shows at its next visit is stored when it is left.
    for window in [&ann, &bob] {
        window.reload().await;
        window.wait_for_status("online").await;
        window.wait_for_messages(1, "sent").await;
        window.wait_for(IS_STORED, true).await;
    }
    ann.click("composer").await;
    ann.press_shift_tab().await;
    ann.press(&fantoccini::key::Key::Up).await;
    ann.find("more").await;
    ann.delete_message().await;
    let newcomer = Window::open(&server, "/").await;
    let is_shown = format!("return document.body.innerText.includes('{SECRET}');");
    for window in [&ann, &bob, &newcomer] {
        window.wait_for_newest("Message deleted").await;
        window.wait_for(IS_STORED, false).await;
        assert_eq!(window.eval(&is_shown).await, false);
    }
    newcomer.assert_no_console_errors().await;
}
