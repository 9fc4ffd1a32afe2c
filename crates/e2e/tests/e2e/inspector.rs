//! The inspector: the panel that shows the WebSocket's frames.

use fantoccini::{
    actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction},
    key::Key,
};
use serde_json::{Value, json};

use crate::{server::Server, window::Window};

/// Each frame shown, oldest first: its direction and its type.
const FRAMES: &str = "return Array.from(document.querySelectorAll('[data-testid=inspector-frame]'),
    f => `${f.dataset.way} ${f.querySelector('.kind').innerText}`)";

impl Window {
    /// Waits until the inspector shows a frame: its direction and its type.
    pub(crate) async fn wait_for_frame(&self, frame: &str) {
        let has_frame = |frames: &Value| frames.as_array().unwrap().contains(&json!(frame));
        self.wait_until(FRAMES, has_frame).await;
    }
}

/// Unfolds the newest entry that was received; gives what the page says that it means.
const MEANING_OF_ENTRY: &str =
    "const frame = Array.from(document.querySelectorAll('[data-testid=inspector-frame]'))
        .findLast(frame => frame.querySelector('.kind').innerText === 'entry');
    const details = frame.querySelector('details');
    if (!details.open) details.querySelector('summary').click();
    return details.querySelector('.note')?.innerText";

/// Unfolds all groups of facts.
const UNFOLD_FACTS: &str =
    "document.querySelectorAll('.facts details').forEach(group => group.open = true)";

#[tokio::test]
async fn the_inspector_shows_frames_drops_the_connection_and_sends_a_frame_by_hand() {
    let server = Server::start_as_node("eu-1");
    let ann = Window::open_online(&server, "/").await;
    ann.click("inspector").await;
    // From before it was opened.
    for frame in ["step connecting", "sent hello", "received present"] {
        ann.wait_for_frame(frame).await;
    }
    ann.wait_for_frame("both ping").await;
    ann.post("look at this").await;
    ann.wait_for_frame("sent post").await;
    ann.wait_for_frame("received entry").await;
    ann.screenshots("inspector").await;

    let is_meant = |text: &Value| {
        let text = text.as_str().unwrap_or_default();
        text.starts_with("One log entry, saved to disk at position seq, right after prev.")
    };
    ann.wait_until(MEANING_OF_ENTRY, is_meant).await;
    ann.eval(UNFOLD_FACTS).await;
    ann.screenshots("inspector-unfolded").await;
    let handshake = "return /^open \\d+ ms, welcome \\d+ ms$/.test(
        document.querySelector('[data-testid=handshake]').innerText)";
    ann.wait_for(handshake, true).await;
    let node = "return document.querySelector('[data-testid=server]').innerText.includes('(eu-1)')";
    ann.wait_for(node, true).await;
    ann.wait_for_text("cursor", "entry 1 (latest)").await;

    ann.click("inspector-drop").await;
    ann.wait_for_status("waiting").await;
    ann.wait_for_status("online").await;
    // The connection itself: how it ended, and began again.
    let again =
        ["closed", "waiting", "connecting", "open"].map(|step| json!(format!("step {step}")));
    let begins_again = |frames: &Value| {
        let frames = frames.as_array().unwrap();
        frames.windows(4).any(|steps| *steps == again)
    };
    ann.wait_until(FRAMES, begins_again).await;
    ann.wait_for_text("ended", "no close frame, the connection broke")
        .await;

    // A refusal is said beside the hand, and not in the chat.
    ann.fill("inspector-input", r#"{"type":"join","room":"No Room"}"#)
        .await;
    ann.click("inspector-send").await;
    ann.wait_for_frame("received error").await;
    let refused = "Refused: Room names use lowercase letters, numbers and hyphens, up to 64.";
    let outcome = "return document.querySelector('[data-testid=by-hand-outcome]').innerText";
    let is_refused = |text: &Value| {
        text.as_str()
            .is_some_and(|text| text.starts_with("Refused: "))
    };
    let said = ann.wait_until(outcome, is_refused).await;
    assert!(
        said.as_str().unwrap().contains("Room names"),
        "{said}, as in {refused}"
    );
    ann.wait_for_text("notice", "").await;
    ann.screenshots("inspector-refused").await;
    // What was sent can be recalled, and what was being written comes back.
    ann.click("inspector-input").await;
    ann.press("half").await;
    ann.press(&Key::Up).await;
    let value = "return document.querySelector('[data-testid=inspector-input]').value";
    ann.wait_for(value, r#"{"type":"join","room":"No Room"}"#)
        .await;
    ann.press(&Key::Down).await;
    ann.wait_for(value, "half").await;

    ann.fill("inspector-filter", "room_invalid").await;
    ann.wait_for(FRAMES, json!(["received error"])).await;
    ann.press(&Key::Escape).await;
    ann.wait_for(FRAMES, json!([])).await;
    ann.wait_for_focus("inspector").await;
    ann.assert_no_console_errors().await;
}

/// What is lit with the frame that the mouse is over: the types.
const LIT: &str =
    "return Array.from(document.querySelectorAll('[data-testid=inspector-frame][data-lit]'),
    f => f.querySelector('.kind').innerText)";

#[tokio::test]
async fn a_post_is_joined_to_its_entry_and_words_of_a_deleted_message_are_in_no_frame() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    ann.post("xylophonic").await;
    ann.wait_for_messages(1, "sent").await;
    ann.click("inspector").await;
    ann.wait_for_frame("received entry").await;
    ann.hover("[data-way=sent].joint.below .kind").await;
    let lit = |lit: &Value| *lit == json!(["post", "entry"]);
    let post = "const post = Array.from(document.querySelectorAll('[data-testid=inspector-frame]'))
        .find(f => f.querySelector('.kind').innerText === 'post');
        post.querySelector('summary').focus();
        return post.className";
    ann.wait_for(post, "below joint").await;
    ann.wait_until(LIT, lit).await;

    // Unfolded, so that the words are in the document.
    ann.wait_until(MEANING_OF_ENTRY, |text| *text != json!(null))
        .await;
    let has_words = "return document.querySelector('.inspector').innerHTML.includes('xylophonic')";
    assert_eq!(ann.eval(has_words).await, true);
    ann.hover(".message .text").await;
    ann.delete_message().await;
    ann.wait_for(has_words, false).await;
    ann.assert_no_console_errors().await;
}

/// The width and the height of the inspector, and what its edge says.
const SIZE: &str = "const inspector = document.querySelector('.inspector');
    if (!inspector) return null;
    const { width, height } = inspector.getBoundingClientRect();
    return [Math.round(width), Math.round(height),
        document.querySelector('[role=separator]').getAttribute('aria-valuenow')]";

#[tokio::test]
async fn the_edge_is_dragged_and_moved_by_keys_and_the_size_is_kept() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    for (width, edge) in [(1400, "vertical"), (1100, "horizontal")] {
        ann.resize(width).await;
        ann.click("inspector").await;
        let before = ann.wait_until(SIZE, |size| !size.is_null()).await;
        let element = ann.find("splitter").await;
        let drag = MouseActions::new("mouse".to_owned())
            .then(PointerAction::MoveToElement {
                element,
                duration: None,
                x: 0.0,
                y: 0.0,
            })
            .then(PointerAction::Down {
                button: MOUSE_BUTTON_LEFT,
            })
            .then(PointerAction::MoveBy {
                duration: None,
                x: -70.0,
                y: -80.0,
            })
            .then(PointerAction::Up {
                button: MOUSE_BUTTON_LEFT,
            });
        ann.page.perform_actions(drag).await.unwrap();
        let axis = usize::from(edge == "horizontal");
        let grown = move |size: &Value| size[axis].as_u64() > before[axis].as_u64();
        let dragged = ann.wait_until(SIZE, grown).await;
        ann.eval("document.querySelector('[data-testid=splitter]').focus()")
            .await;
        let orientation = "return document.activeElement.ariaOrientation";
        ann.wait_for(orientation, edge).await;
        ann.press_times(Key::Down, 3).await;
        let shrunk = move |size: &Value| size[axis].as_u64() < dragged[axis].as_u64();
        let by_keys = ann.wait_until(SIZE, shrunk).await;
        // It is saved with the clock's next tick, at the latest when the inspector is closed.
        ann.press(&Key::Escape).await;
        ann.wait_until_gone(".inspector").await;
        ann.reload().await;
        ann.wait_for_status("online").await;
        ann.click("inspector").await;
        ann.wait_for(SIZE, by_keys).await;
        ann.click("inspector-close").await;
        ann.wait_until_gone(".inspector").await;
    }
    ann.assert_no_console_errors().await;
}
