//! Accessibility beyond axe's rules: zoom, right-to-left layout, shortcuts and reduced motion.

use fantoccini::key::Key;
use serde_json::json;

use crate::{server::Server, window::Window};

/// Focuses every control, as the keyboard does; gives those that are then not wholly within the
/// window or lie under something else. Controls that the panel covers on a narrow screen are inert
/// and not counted.
const OUT_OF_REACH: &str = "const out = [];
    for (const at of document.querySelectorAll('button, a, input, textarea, [tabindex]')) {
        if (at.disabled || at.closest('[inert]')
            || !at.checkVisibility({ visibilityProperty: true })) continue;
        at.focus();
        at.scrollIntoView({ block: 'nearest' });
        const { left, right, top, bottom } = at.getBoundingClientRect();
        const middle = [(left + right) / 2, Math.min((top + bottom) / 2, innerHeight - 1)];
        const over = document.elementFromPoint(...middle);
        const within = left >= 0 && right <= innerWidth && top >= -1 && top < innerHeight;
        if (!within || !(at.contains(over) || over?.contains(at)))
            out.push([at.dataset.testid ?? at.outerHTML, left, right, top, bottom,
                over?.outerHTML.slice(0, 80)]);
    }
    const wide = document.scrollingElement.scrollWidth;
    if (wide > innerWidth) out.push(['scrolls sideways', wide]);
    return out;";

async fn assert_all_within_reach(window: &Window, state: &str) {
    window.wait_until_still().await;
    let out = window.eval(OUT_OF_REACH).await;
    assert_eq!(out, json!([]), "{state}: {out:#}");
}

#[tokio::test]
async fn at_400_percent_zoom_everything_stays_within_reach() {
    let server = Server::start();
    let long_name = "/r/a-room-whose-name-is-long-and-goes-on-and-on-to-the-very-limit-x";
    let ann = Window::open_online(&server, long_name).await;
    ann.post(
        "A-word-that-is-longer-than-any-screen-is-wide-at-400-percent-and-then-some and others",
    )
    .await;
    ann.wait_for_messages(1, "sent").await;
    // 1280 by 1024 pixels at 400 %, then a small phone.
    ann.resize_to(320, 256).await;
    assert_all_within_reach(&ann, "room, zoomed").await;
    ann.screenshot("zoomed-room").await;
    ann.resize(320).await;
    assert_all_within_reach(&ann, "room").await;
    ann.screenshot("narrow-room").await;
    ann.click("panel").await;
    assert_all_within_reach(&ann, "panel").await;
    ann.click("settings").await;
    ann.css("dialog[open]").await;
    ann.screenshot("narrow-settings").await;
    ann.assert_accessible("settings at 400 %").await;
    let dialog_fits = "const box = document.querySelector('dialog[open]').getBoundingClientRect();
        return box.left >= 0 && box.right <= innerWidth
            && box.top >= 0 && box.bottom <= innerHeight";
    assert_eq!(ann.eval(dialog_fits).await, true);
    ann.press(&Key::Escape).await;
    ann.click("panel-close").await;
    ann.click("search").await;
    ann.find("search-input").await;
    ann.press(&Key::Escape).await;
    ann.click("page-menu").await;
    ann.click("menu-inspector").await;
    ann.find("inspector-close").await;
    ann.screenshot("narrow-inspector").await;
    let fits = "return document.scrollingElement.scrollWidth <= innerWidth";
    assert_eq!(ann.eval(fits).await, true);
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn from_right_to_left_the_layout_is_mirrored() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    ann.post("שלום לכולם, מה שלומכם?").await;
    ann.post("and in English").await;
    ann.wait_for_messages(2, "sent").await;
    // The direction of a message is that of its text, whatever the page's is.
    let directions = "return Array.from(document.querySelectorAll('.message .text'),
        text => getComputedStyle(text).direction)";
    assert_eq!(ann.eval(directions).await, json!(["rtl", "ltr"]));
    ann.eval("document.documentElement.dir = 'rtl'").await;
    for width in [1280, 390] {
        ann.resize(width).await;
        assert_all_within_reach(&ann, "from right to left").await;
    }
    ann.screenshots("rtl").await;
    ann.resize(1280).await;
    let is_mirrored =
        "const [panel, face, text] = ['aside', '.message .face', '.message .text'].map(
            which => document.querySelector(which).getBoundingClientRect());
        return panel.right === innerWidth && face.left >= text.right";
    assert_eq!(ann.eval(is_mirrored).await, true);
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn a_question_mark_shows_the_shortcuts_except_while_typing() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    ann.post("really?").await;
    assert_eq!(ann.wait_for_messages(1, "sent").await, ["really?"]);
    let dialog = "return document.querySelector('dialog[open]')?.id ?? null";
    assert_eq!(ann.eval(dialog).await, json!(null));
    ann.find("search").await.send_keys("?").await.unwrap();
    ann.wait_for(dialog, "shortcuts").await;
    ann.screenshots("shortcuts").await;
    // The page below an open dialog takes no shortcuts: "/" opens no search.
    ann.press("/").await;
    ann.press(&Key::Escape).await;
    ann.wait_for(dialog, json!(null)).await;
    let is_searching = "return document.querySelector('[data-testid=search-input]') !== null";
    assert_eq!(ann.eval(is_searching).await, false);
    assert_eq!(ann.focused().await, "search", "the focus is back");
    ann.assert_no_console_errors().await;
}

#[tokio::test]
async fn nothing_moves_where_reduced_motion_is_preferred() {
    let server = Server::start();
    let ann = Window::open_online(&server, "/").await;
    let moving = "return Array.from(document.querySelectorAll('*')).filter(at => {
        const style = getComputedStyle(at);
        return parseFloat(style.transitionDuration) > 0 || style.animationName !== 'none'
            || style.scrollBehavior === 'smooth';
    }).length";
    ann.emulate_media("prefers-reduced-motion", "reduce").await;
    assert_eq!(ann.eval(moving).await, 0);
    ann.assert_no_console_errors().await;
}
