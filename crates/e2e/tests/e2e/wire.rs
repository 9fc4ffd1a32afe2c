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

async fn has_text(window: &Window, name: &str) -> String {
    window.find(name).await.text().await.unwrap()
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

    let unfold = "document.querySelector('[data-testid=wire-frame] summary').click();";
    ann.run(unfold, json!(null)).await;
    let meaning = "return document.querySelector('[data-testid=wire-frame] .note')?.innerText";
    ann.until(meaning, json!(null), Value::is_string).await;
    ann.pictures("wire-unfolded").await;
    assert!(has_text(&ann, "handshake").await.contains("welcome"));
    ann.reads("cursor", "entry 1, the head").await;

    ann.find("wire-cut").await.click().await.unwrap();
    ann.is("waiting").await;
    ann.is("online").await;
    ann.until(FRAMES, json!(null), has("sent hello")).await;
    ann.until(FRAMES, json!(null), has("received joined")).await;
    // The connection itself: how it ended, and began again.
    for step in ["line closed", "line connecting", "line open"] {
        ann.until(FRAMES, json!(null), has(step)).await;
    }
    ann.reads("ended", "no close frame, the line broke").await;

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
