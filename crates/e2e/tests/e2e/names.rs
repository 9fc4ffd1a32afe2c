//! Names: which are refused, and where the longest ones stay.

use fantoccini::key::Key;
use serde_json::json;

use crate::{server::Server, window::Window};

/// What the settings say about the name, and whether they are open.
const NAME_ERROR: &str = "return [document.getElementById('settings').open,
    document.getElementById('name-error').innerText]";

#[tokio::test]
async fn a_name_that_cannot_be_taken_says_so_below_its_field() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    ann.rename("Ann").await;
    ann.click("settings").await;
    for (name, error) in [
        ("", "Enter a name that others can see."),
        ("\u{3164}", "Enter a name that others can see."),
        (&"字".repeat(40), "This name is 19 characters too long."),
    ] {
        ann.fill_and_enter("name-input", name).await;
        ann.wait_for(NAME_ERROR, json!([true, error])).await;
        ann.wait_for_focus("name-input").await;
    }
    ann.screenshots("name-refused").await;
    // Escape gives up what was typed.
    ann.press(&Key::Escape).await;
    ann.wait_until_gone("dialog[open]").await;
    ann.wait_for_texts(".own bdi", &["Ann"]).await;
    ann.click("settings").await;
    ann.wait_for(NAME_ERROR, json!([true, ""])).await;
    // Done, and a press beside the dialog, take a name, without the space around it.
    ann.fill("name-input", "  Ann   Lee ").await;
    ann.click("settings-close").await;
    ann.wait_for_texts(".own bdi", &["Ann Lee"]).await;
    ann.click("settings").await;
    ann.fill("name-input", "Beside").await;
    let press = "document.getElementById('settings').dispatchEvent(
        new MouseEvent('mousedown', { clientX: 2, clientY: 2, bubbles: true }))";
    ann.eval(press).await;
    ann.wait_for_texts(".own bdi", &["Beside"]).await;
    ann.wait_until_gone("dialog[open]").await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn the_longest_names_stay_in_their_place_everywhere() {
    let server = Server::start();
    let (ann, bob) = Window::open_two(&server).await;
    let wide = "W".repeat(60);
    bob.rename(&wide).await;
    bob.post("one").await;
    ann.wait_for_messages(1, "sent").await;
    ann.hover(".message .text").await;
    ann.click("reply").await;
    ann.find("replying").await;
    ann.wait_for_focus("composer").await;
    ann.press_and_enter("two").await;
    ann.wait_for_messages(2, "sent").await;
    // A quote has half a row for a name of usual length.
    let outside = "const page = document.documentElement;
        const list = document.querySelector('.messages');
        const cut = Array.from(document.querySelectorAll('.head time, .message .author'))
            .filter(at => at.getBoundingClientRect().right > list.getBoundingClientRect().right);
        const tall = Array.from(document.querySelectorAll('.head'))
            .filter(head => head.offsetHeight > 28);
        return [page.scrollWidth > page.clientWidth, list.scrollWidth > list.clientWidth,
            cut.length, tall.length, document.querySelector('.head .author').title.length]";
    for width in [390, 1280] {
        ann.resize(width).await;
        ann.wait_for(outside, json!([false, false, 0, 0, 60])).await;
    }
    ann.resize(1280).await;
    ann.screenshots("wide-names").await;
    bob.rename("Ada Lovelace").await;
    bob.post("three").await;
    ann.wait_for_messages(3, "sent").await;
    ann.hover(".message:last-child .text").await;
    ann.click("reply").await;
    ann.find("replying").await;
    ann.wait_for_focus("composer").await;
    ann.press_and_enter("four").await;
    let name = "const name = Array.from(document.querySelectorAll('.quote .author')).at(-1);
        return [name?.innerText, name?.scrollWidth <= name?.clientWidth]";
    ann.wait_for(name, json!(["Ada Lovelace", true])).await;
    ann.assert_no_console_errors().await;
}
