//! The lesson in the inspector, finished by somebody who does only what its steps say.

use fantoccini::key::Key;
use serde_json::{Value, json};

use crate::{server::Server, window::Window};

/// The steps that are ticked, by their numbers from 1 on.
const DONE: &str = "return Array.from(document.querySelectorAll('[data-testid=step]'))
    .flatMap((step, at) => step.querySelector('.tick').innerText.includes('✓') ? [at + 1] : [])";

/// The step whose turn it is: what it says to do.
const NEXT: &str =
    "return document.querySelector('[data-testid=step][aria-current] p')?.innerText.trim() ?? null";

impl Window {
    /// Waits until the lesson asks for this, and the steps before are ticked.
    async fn wait_for_step(&self, number: usize, text: &str) {
        self.wait_for(NEXT, text).await;
        let before: Vec<usize> = (1..number).collect();
        self.wait_until(DONE, |done| {
            let done = done.as_array().unwrap();
            before.iter().all(|step| done.contains(&json!(step)))
        })
        .await;
    }

    /// Chooses an example at the bottom by its text, and sends it.
    async fn send_example(&self, text: &str) {
        let examples = self.find("inspector-examples").await;
        examples.select_by_label(text).await.unwrap();
        self.click("inspector-send").await;
    }

    async fn disconnect(&self) {
        self.click("inspector-toggle").await;
        self.wait_for_status("stopped").await;
    }

    async fn reconnect(&self) {
        self.click("inspector-toggle").await;
        self.wait_for_status("online").await;
    }

    async fn drop_connection(&self) {
        self.click("inspector-drop").await;
        self.wait_for_status("waiting").await;
        self.wait_for_status("online").await;
    }
}

/// Does what the steps say, one after the other.
async fn take_the_lesson(ann: &Window) {
    ann.wait_for_step(1, "Disconnect, then reconnect.").await;
    ann.disconnect().await;
    ann.reconnect().await;

    ann.wait_for_step(2, "Write a message.").await;
    ann.post("hello").await;

    ann.wait_for_step(3, "Click an entry to unfold it.").await;
    ann.click_css("[data-way=received].joint.above .meaning")
        .await;
    // The last answer that is joined may be another one's: by its type.
    let entry =
        "const entry = Array.from(document.querySelectorAll('[data-testid=inspector-frame]'))
        .findLast(f => f.querySelector('.kind').innerText === 'entry');
        entry.scrollIntoView({ block: 'center' });
        entry.id = 'the-entry';";
    ann.eval(entry).await;
    ann.click_css("#the-entry summary").await;

    ann.wait_for_step(4, "Choose the example ping at the bottom, and send it.")
        .await;
    ann.send_example("ping").await;
    ann.wait_for_text("by-hand-outcome", "The server answered with pong.")
        .await;

    ann.wait_for_step(5, "Choose the example that isn't JSON, and send it.")
        .await;
    ann.send_example("not JSON").await;

    ann.wait_for_step(6, "Filter the frames for pong.").await;
    ann.fill("inspector-filter", "pong").await;

    ann.wait_for_step(7, "Disconnect, write a message, then reconnect.")
        .await;
    ann.screenshots("lesson").await;
    ann.disconnect().await;
    ann.post("written meanwhile").await;
    ann.reconnect().await;

    ann.wait_for_step(8, "Drop the connection three times.")
        .await;
    for _ in 0..3 {
        ann.drop_connection().await;
    }
    ann.find("lesson-done").await;
    ann.wait_for(DONE, json!([1, 2, 3, 4, 5, 6, 7, 8])).await;
}

#[tokio::test]
async fn the_lesson_is_finished_by_who_does_only_what_its_steps_say() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    ann.click("inspector").await;
    ann.wait_for_text("lesson-progress", "0 of 8 done").await;
    ann.screenshots("lesson-begins").await;
    ann.resize(1280).await;
    take_the_lesson(&ann).await;
    ann.screenshots("lesson-done").await;
    // It is kept, and can be started again.
    ann.press(&Key::Escape).await;
    ann.reload().await;
    ann.wait_for_status("online").await;
    ann.click("inspector").await;
    ann.wait_for_text("lesson-progress", "8 of 8 done").await;
    ann.click("lesson-restart").await;
    ann.wait_for_text("lesson-progress", "0 of 8 done").await;
    // Folded away it stays so.
    ann.click_css("[data-testid=lesson] summary").await;
    let is_open = "return document.querySelector('[data-testid=lesson]')?.open ?? null";
    ann.wait_for(is_open, false).await;
    ann.click("inspector-close").await;
    ann.click("inspector").await;
    ann.wait_for(is_open, false).await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn the_lesson_can_be_finished_on_a_phone_with_the_composer_in_sight() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    ann.click("inspector").await;
    ann.resize(390).await;
    let boxes = "return ['.inspector', '[data-testid=composer]'].map(which => {
        const { top, bottom } = document.querySelector(which).getBoundingClientRect();
        return [Math.round(top), Math.round(bottom)];
    }).concat(innerHeight)";
    let boxes = ann.eval(boxes).await;
    let at = |one: usize, two: usize| boxes[one][two].as_i64().unwrap();
    assert!(at(0, 1) <= at(1, 0), "the composer is below: {boxes}");
    assert!(Some(at(1, 1)) <= boxes[2].as_i64(), "in sight: {boxes}");
    assert!(
        at(0, 1) - at(0, 0) > 600,
        "it has nearly all of the screen: {boxes}"
    );
    take_the_lesson(&ann).await;
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn the_lesson_can_be_begun_by_keyboard_from_the_shortcuts() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    ann.find("search").await.send_keys("?").await.unwrap();
    ann.css("#shortcuts[open]").await;
    ann.click("learn").await;
    ann.find("lesson").await;
    // The focus is in the inspector: the next Tab leads to its first button.
    ann.press(&Key::Tab).await;
    ann.wait_for_focus("inspector-toggle").await;
    ann.press(&Key::Enter).await;
    ann.wait_for_status("stopped").await;
    ann.press(&Key::Enter).await;
    ann.wait_for_status("online").await;
    let first = |done: &Value| *done == json!([1]);
    ann.wait_until(DONE, first).await;
    ann.assert_no_console_errors().await;
}
