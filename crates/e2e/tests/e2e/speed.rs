//! How fast the page is: told, and kept in `target/page-speed.json`. What these fail on is not a time but what a person
//! would miss: times are the machine's too. docs/PERFORMANCE.md says how to run them alone.

use std::{fs::OpenOptions, io::Write, path::Path, time::SystemTime};

use parlor_shared::RoomId;
use serde_json::{Value, json};

use crate::{
    browser::{Window, named},
    chrome::Chrome,
    list::{frames, say},
    server::Server,
};

/// Notes when the first message is painted, and when there is a page at all.
const FIRST_MESSAGE: &str = "new MutationObserver((_, observer) => {
    if (!document.querySelector('[data-testid=message]')) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => window.firstMessageAt = performance.now()));
}).observe(document, { childList: true, subtree: true });";

/// Draws for so many seconds: how often, and how long it took at most.
const DRAW: &str = "const [seconds, done] = arguments;
    const begin = performance.now();
    let [last, frames, longest] = [begin, 0, 0];
    requestAnimationFrame(function draw(now) {
        [frames, longest, last] = [frames + 1, Math.max(longest, now - last), now];
        if (now - begin < seconds * 1000) return requestAnimationFrame(draw);
        done({ per_second: frames / (now - begin) * 1000, longest_ms: longest });
    });";

/// Says all of this on a connection of its own, a frame every ten milliseconds, and does not wait for the end.
const SAY_STEADILY: &str = "const [frames] = arguments;
    const socket = new WebSocket(`ws://${location.host}/ws`);
    socket.onopen = () => frames.splice(0, 2).forEach(frame => socket.send(frame));
    socket.onmessage = ({ data }) => {
        if (JSON.parse(data).type !== 'present') return;
        const begin = performance.now();
        let sent = 0;
        const tick = setInterval(() => {
            const due = Math.min(frames.length, (performance.now() - begin) / 10);
            while (sent < due) socket.send(frames[sent++]);
            if (sent === frames.length) clearInterval(tick);
        }, 10);
        socket.onmessage = null;
    };";

/// Prints a measurement, and keeps it.
fn tell(what: &str, measured: Value) {
    println!("{what}: {measured}");
    let at = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let line = json!({ "what": what, "unix_s": at.unwrap().as_secs(), "measured": measured });
    let page = named("PARLOR_PAGE");
    let file = Path::new(&page)
        .parent()
        .unwrap()
        .join("target/page-speed.json");
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)
        .unwrap();
    writeln!(file, "{line}").unwrap();
}

async fn slow_down(window: &Window, rate: u32) {
    let throttle = Chrome::devtools("Emulation.setCPUThrottlingRate", json!({ "rate": rate }));
    window.page.issue_cmd(throttle).await.unwrap();
}

#[tokio::test]
async fn the_first_message_is_soon_there() {
    let server = Server::start();
    let room = RoomId::parse("library").unwrap();
    let ann = Window::open(&server, "/r/library").await;
    ann.is("online").await;
    say(&ann, frames(&room, 1, 200)).await;
    let watch = json!({ "source": FIRST_MESSAGE });
    let watch = Chrome::devtools("Page.addScriptToEvaluateOnNewDocument", watch);
    ann.page.issue_cmd(watch).await.unwrap();
    slow_down(&ann, 4).await;
    let kept = five_loads_ms(&ann).await;
    // As on a first visit: with nothing to show before the server tells.
    let forget = Chrome::devtools(
        "Page.addScriptToEvaluateOnNewDocument",
        json!({ "source": "localStorage.clear()" }),
    );
    ann.page.issue_cmd(forget).await.unwrap();
    let fresh = five_loads_ms(&ann).await;
    tell(
        "first message on screen, CPU slowed 4 times, ms",
        json!({ "kept from the last visit": kept, "from the server": fresh }),
    );
    ann.has_no_complaints().await;
}

/// When the first message was on the screen, in milliseconds: five times in order, the third is the median.
async fn five_loads_ms(window: &Window) -> Vec<f64> {
    let mut times_ms = Vec::new();
    for _ in 0..5 {
        window.page.refresh().await.unwrap();
        let at = "return window.firstMessageAt ?? null";
        let at = window.until(at, json!(null), Value::is_number).await;
        times_ms.push(at.as_f64().unwrap().round());
    }
    times_ms.sort_by(f64::total_cmp);
    times_ms
}

/// Reads back for at most so many seconds, as far as the first message: where it came to, and the longest frame.
const READ_BACK: &str = "const [seconds, done] = arguments;
    const list = document.querySelector('[data-testid=messages]');
    const begin = performance.now();
    let [last, longest] = [begin, 0];
    requestAnimationFrame(function up(now) {
        [longest, last] = [Math.max(longest, now - last), now];
        const first = list.querySelector('[data-testid=message] .text').innerText;
        if (first === 'message 1' || now - begin > seconds * 1000)
            return done({ first, longest_ms: longest, took_ms: now - begin });
        list.scrollTop = list.scrollTop > 0 ? 0 : 1;
        requestAnimationFrame(up);
    });";

/// Jumps to the end of the list: how long until the message that says this is painted.
const JUMP: &str = "const [newest, done] = arguments;
    const begin = performance.now();
    document.querySelector('[data-testid=jump-latest]').click();
    requestAnimationFrame(function look() {
        const last = Array.from(document.querySelectorAll('.text')).at(-1).innerText;
        if (last !== newest) return requestAnimationFrame(look);
        setTimeout(() => done(performance.now() - begin));
    });";

/// Keeps hold of the page's WASM, to ask for its memory.
const HOLD_WASM: &str =
    "addEventListener('TrunkApplicationStarted', ({ detail }) => window.heldWasm = detail.wasm)";

/// What the page holds: rows in the document, and MB of the two memories.
const HELD: &str = "return {
    rows: document.querySelectorAll('[data-testid=message]').length,
    wasm_mb: window.heldWasm.memory.buffer.byteLength / 1e6,
    script_mb: performance.memory.usedJSHeapSize / 1e6,
}";

const NEWEST: &str = "return Array.from(document.querySelectorAll('.text')).at(-1)?.innerText";

/// How long the list is: docs/PERFORMANCE.md has the figures for a longer one.
fn length() -> u64 {
    let asked = std::env::var("PARLOR_SPEED_MESSAGES");
    asked.map_or(10_000, |length| length.parse().unwrap())
}

/// Reads back to the first message: in how many seconds, and in which steps the longest frames were.
async fn read_back(window: &Window) -> Value {
    let (mut took_ms, mut longest_ms) = (0.0, Vec::new());
    loop {
        let read = window.page.execute_async(READ_BACK, vec![json!(5)]).await;
        let read = read.unwrap();
        took_ms += read["took_ms"].as_f64().unwrap();
        longest_ms.push(read["longest_ms"].as_f64().unwrap().round());
        if read["first"] == "message 1" {
            return json!({ "took_ms": took_ms.round(), "longest_frames_ms": longest_ms });
        }
    }
}

#[tokio::test]
async fn a_long_list_stays_smooth_while_much_is_said() {
    let server = Server::start();
    let room = RoomId::parse("library").unwrap();
    // Another window does the work of saying it.
    let bob = Window::open(&server, "/r/attic").await;
    bob.is("online").await;
    let length = length();
    for first in (1..=length).step_by(1_000) {
        say(&bob, frames(&room, first, 1_000)).await;
    }
    let ann = Window::open(&server, "/").await;
    let hold = json!({ "source": HOLD_WASM });
    let hold = Chrome::devtools("Page.addScriptToEvaluateOnNewDocument", hold);
    ann.page.issue_cmd(hold).await.unwrap();
    let address = format!("http://{}/r/library", server.address);
    ann.page.goto(&address).await.unwrap();
    let newest = json!(format!("message {length}"));
    ann.until(NEWEST, json!(null), |text| *text == newest).await;
    let read_back = read_back(&ann).await;
    let jump = ann.page.execute_async(JUMP, vec![newest.clone()]).await;
    let idle = ann.page.execute_async(DRAW, vec![json!(2)]).await.unwrap();
    bob.run(SAY_STEADILY, json!(frames(&room, length + 1, 600)))
        .await;
    ann.until(NEWEST, json!(null), |text| *text != newest).await;
    let busy = ann.page.execute_async(DRAW, vec![json!(5)]).await.unwrap();
    let last = json!(format!("message {}", length + 600));
    ann.until(NEWEST, json!(null), |text| *text == last).await;
    let held = ann.run(HELD, json!(null)).await;
    tell(
        &format!("a list of {length}, and frames with 100 messages a second into it"),
        json!({ "busy": busy, "idle": idle, "read_back": read_back, "jump_ms": jump.unwrap(), "held": held }),
    );
    assert!(held["rows"].as_u64() <= Some(300), "{held}");
    ann.has_no_complaints().await;
}
