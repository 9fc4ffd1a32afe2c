//! The drawer in which one sees the WebSocket work.

use serde_json::{Value, json};

use crate::{browser::Window, server::Server};

/// Each frame shown, newest first: which way it went, and its type.
const FRAMES: &str = "return Array.from(document.querySelectorAll('[data-testid=wire-frame]'),
    f => `${f.dataset.way} ${f.querySelector('.kind').innerText}`)";

fn has(frame: &'static str) -> impl Fn(&Value) -> bool {
    move |frames| {
        frames
            .as_array()
            .is_some_and(|all| all.contains(&json!(frame)))
    }
}

#[tokio::test]
async fn one_sees_frames_cuts_the_line_and_sends_a_frame_by_hand() {
    let server = Server::start();
    let ann = Window::open(&server, "/").await;
    ann.is("online").await;
    ann.find("wire").await.click().await.unwrap();
    ann.until(FRAMES, json!(null), has("received pong")).await;
    ann.say("look at this").await;
    ann.until(FRAMES, json!(null), has("sent post")).await;
    ann.until(FRAMES, json!(null), has("received entry")).await;
    ann.pictures("wire").await;

    ann.find("wire-cut").await.click().await.unwrap();
    ann.is("waiting").await;
    ann.is("online").await;
    ann.until(FRAMES, json!(null), has("sent hello")).await;
    ann.until(FRAMES, json!(null), has("received joined")).await;

    let by_hand = ann.find("wire-input").await;
    by_hand.clear().await.unwrap();
    by_hand
        .send_keys("{\"type\":\"join\",\"room\":\"No Room\"}")
        .await
        .unwrap();
    ann.find("wire-send").await.click().await.unwrap();
    ann.until(FRAMES, json!(null), has("received error")).await;

    ann.find("wire-filter")
        .await
        .send_keys("room_invalid")
        .await
        .unwrap();
    let only = json!(["received error"]);
    ann.until(FRAMES, json!(null), |frames| *frames == only)
        .await;
    ann.find("wire-close").await.click().await.unwrap();
    ann.until(FRAMES, json!(null), |frames| *frames == json!([]))
        .await;
    ann.has_no_complaints().await;
}
