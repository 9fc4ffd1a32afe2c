//! Everything is within reach: by keyboard, at four times the size, from right to left.

use serde_json::json;

use crate::{browser::Window, chrome::Chrome, server::Server};

/// Goes to each thing one can use, as a person with the keyboard does; gives those that are then not wholly within the
/// window, or lie under something else. What the panel covers on a narrow screen is not there to be used.
const OUT_OF_REACH: &str = "const out = [];
    for (const at of document.querySelectorAll('button, a, input, textarea, [tabindex]')) {
        if (at.disabled || !at.checkVisibility({ visibilityProperty: true })) continue;
        at.focus();
        at.scrollIntoView({ block: 'nearest' });
        const { left, right, top, bottom } = at.getBoundingClientRect();
        const over = document.elementFromPoint((left + right) / 2, Math.min((top + bottom) / 2, innerHeight - 1));
        const within = left >= 0 && right <= innerWidth && top >= -1 && top < innerHeight;
        if (!within || !(at.contains(over) || over?.contains(at)))
            out.push([at.dataset.testid ?? at.outerHTML, left, right, top, bottom, over?.outerHTML.slice(0, 80)]);
    }
    const wide = document.scrollingElement.scrollWidth;
    if (wide > innerWidth) out.push(['scrolls sideways', wide]);
    return out;";

async fn all_is_within_reach(window: &Window, state: &str) {
    let out = window.run(OUT_OF_REACH, json!(null)).await;
    assert_eq!(out, json!([]), "{state}: {out:#}");
}

#[tokio::test]
async fn at_four_times_the_size_nothing_is_lost() {
    let server = Server::start();
    let ann = Window::open(
        &server,
        "/r/a-room-whose-name-is-long-and-goes-on-and-on-to-the-very-limit-x",
    )
    .await;
    ann.is("online").await;
    ann.say("A-word-that-is-longer-than-any-screen-is-wide-at-four-times-its-size-and-then-some and others").await;
    ann.messages(1, "sent").await;
    // 1280 by 1024 pixels at 400 %; and a small phone.
    ann.resize_to(320, 256).await;
    all_is_within_reach(&ann, "room, zoomed").await;
    ann.page_picture("zoomed-room").await;
    ann.resize(320).await;
    all_is_within_reach(&ann, "room").await;
    ann.page_picture("narrow-room").await;
    ann.find("panel").await.click().await.unwrap();
    all_is_within_reach(&ann, "panel").await;
    ann.find("settings").await.click().await.unwrap();
    ann.page_picture("narrow-settings").await;
    ann.bars_nobody("settings at four times the size").await;
    let wide = "const box = document.querySelector('dialog[open]').getBoundingClientRect();
        return box.left >= 0 && box.right <= innerWidth && box.top >= 0 && box.bottom <= innerHeight";
    assert_eq!(ann.run(wide, json!(null)).await, true);
    ann.press("\u{E00C}").await;
    ann.find("panel").await.click().await.unwrap();
    ann.find("search").await.click().await.unwrap();
    ann.find("search-input").await;
    ann.press("\u{E00C}").await;
    ann.find("wire").await.click().await.unwrap();
    ann.find("wire-close").await;
    ann.page_picture("narrow-wire").await;
    let wide = "return document.scrollingElement.scrollWidth <= innerWidth";
    assert_eq!(ann.run(wide, json!(null)).await, true);
    ann.has_no_complaints().await;
}

#[tokio::test]
async fn from_right_to_left_it_is_the_mirror_of_itself() {
    let server = Server::start();
    let ann = Window::open(&server, "/").await;
    ann.is("online").await;
    ann.say("שלום לכולם, מה שלומכם?").await;
    ann.say("and in English").await;
    ann.messages(2, "sent").await;
    // Each message runs as its words do, whatever the page does.
    let ways = "return Array.from(document.querySelectorAll('.message .text'), t => getComputedStyle(t).direction)";
    assert_eq!(ann.run(ways, json!(null)).await, json!(["rtl", "ltr"]));
    ann.run("document.documentElement.dir = 'rtl'", json!(null))
        .await;
    for width in [1280, 390] {
        ann.resize(width).await;
        all_is_within_reach(&ann, "from right to left").await;
    }
    ann.pictures("rtl").await;
    ann.resize(1280).await;
    let mirrored = "const [panel, face, text] = ['aside', '.message .face', '.message .text'].map(
            which => document.querySelector(which).getBoundingClientRect());
        return panel.right === innerWidth && face.left >= text.right";
    assert_eq!(ann.run(mirrored, json!(null)).await, true);
    ann.has_no_complaints().await;
}

#[tokio::test]
async fn a_question_mark_shows_the_shortcuts_unless_one_is_writing() {
    let server = Server::start();
    let ann = Window::open(&server, "/").await;
    ann.is("online").await;
    ann.say("really?").await;
    assert_eq!(ann.messages(1, "sent").await, ["really?"]);
    let open = "return document.querySelector('dialog[open]')?.id ?? null";
    assert_eq!(ann.run(open, json!(null)).await, json!(null));
    ann.find("search").await.send_keys("?").await.unwrap();
    ann.until(open, json!(null), |id| id == "shortcuts").await;
    ann.pictures("shortcuts").await;
    // What is below it hears nothing meanwhile.
    ann.press("/").await;
    ann.press("\u{E00C}").await;
    ann.until(open, json!(null), |id| id.is_null()).await;
    let searches = "return document.querySelector('[data-testid=search-input]') !== null";
    assert_eq!(ann.run(searches, json!(null)).await, false);
    let focused = "return document.activeElement.dataset.testid";
    assert_eq!(
        ann.run(focused, json!(null)).await,
        "search",
        "back where one was"
    );
    ann.has_no_complaints().await;
}

#[tokio::test]
async fn who_wants_no_motion_sees_none() {
    let server = Server::start();
    let ann = Window::open(&server, "/").await;
    ann.is("online").await;
    let moving = "return Array.from(document.querySelectorAll('*')).filter(at => {
        const style = getComputedStyle(at);
        return parseFloat(style.transitionDuration) > 0 || style.animationName !== 'none'
            || style.scrollBehavior === 'smooth';
    }).length";
    let wish = json!({ "features": [{ "name": "prefers-reduced-motion", "value": "reduce" }] });
    let wish = Chrome::devtools("Emulation.setEmulatedMedia", wish);
    ann.page.issue_cmd(wish).await.unwrap();
    assert_eq!(ann.run(moving, json!(null)).await, 0);
    ann.has_no_complaints().await;
}
