//! Measures how fast the page is; prints the figures and appends them to `target/page-speed.json`.
//!
//! No test fails on a time, which depends on the machine too. docs/PERFORMANCE.md says how to run
//! these tests alone.

use std::{fs::OpenOptions, io::Write, path::Path, time::SystemTime};

use parlor_shared::RoomId;
use serde_json::{Value, json};

use crate::{bulk::numbered, environment::env_var, server::Server, window::Window};

/// Notes when the first message is painted.
const FIRST_MESSAGE: &str = "new MutationObserver((_, observer) => {
    if (!document.querySelector('[data-testid=message]')) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => window.firstMessageAt = performance.now()));
}).observe(document, { childList: true, subtree: true });";

/// Counts frames for this many seconds: how many a second, and the longest.
const COUNT_FRAMES: &str = "const [seconds, done] = arguments;
    const begin = performance.now();
    let [last, frames, longest] = [begin, 0, 0];
    requestAnimationFrame(function draw(now) {
        [frames, longest, last] = [frames + 1, Math.max(longest, now - last), now];
        if (now - begin < seconds * 1000) return requestAnimationFrame(draw);
        done({ per_second: frames / (now - begin) * 1000, longest_ms: longest });
    });";

/// Sends the frames on a connection of its own, one every ten milliseconds, and does not wait for
/// the end.
const SEND_STEADILY: &str = "const [frames] = arguments;
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

/// Prints a measurement and appends it to the file.
fn record(what: &str, measured: Value) {
    println!("{what}: {measured}");
    let at = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let line = json!({ "what": what, "unix_s": at.unwrap().as_secs(), "measured": measured });
    let page = env_var("PARLOR_PAGE");
    let root = Path::new(&page).parent().unwrap();
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(root.join("target/page-speed.json"))
        .unwrap();
    writeln!(file, "{line}").unwrap();
}

#[tokio::test]
async fn the_time_to_the_first_message_is_measured() {
    let server = Server::start();
    let room = RoomId::parse("library").unwrap();
    let ann = Window::open_online(&server, "/r/library").await;
    ann.send_as_bob(numbered(&room, 1, 200)).await;
    ann.run_before_each_load(FIRST_MESSAGE).await;
    ann.devtools("Emulation.setCPUThrottlingRate", json!({ "rate": 4 }))
        .await;
    let cached = five_loads_ms(&ann).await;
    // Without the entries of the last visit the page waits for the server.
    ann.run_before_each_load("localStorage.clear()").await;
    let fresh = five_loads_ms(&ann).await;
    record(
        "first message on screen, CPU slowed 4 times, ms",
        json!({ "kept from the last visit": cached, "from the server": fresh }),
    );
    ann.assert_no_console_errors().await;
}

/// The times until the first message was painted in five loads, in milliseconds and ascending: the
/// third is the median.
async fn five_loads_ms(window: &Window) -> Vec<f64> {
    let mut times_ms = Vec::new();
    for _ in 0..5 {
        window.reload().await;
        let at = "return window.firstMessageAt ?? null";
        let at = window.wait_until(at, Value::is_number).await;
        times_ms.push(at.as_f64().unwrap().round());
    }
    times_ms.sort_by(f64::total_cmp);
    times_ms
}

/// Scrolls back to the first message, for at most this many seconds: how far it came, and the
/// longest frame.
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

/// Jumps to the end of the list: how long it takes until the message with this text is painted.
const JUMP: &str = "const [newest, done] = arguments;
    const begin = performance.now();
    document.querySelector('[data-testid=jump-latest]').click();
    requestAnimationFrame(function look() {
        const last = Array.from(document.querySelectorAll('.text')).at(-1).innerText;
        if (last !== newest) return requestAnimationFrame(look);
        setTimeout(() => done(performance.now() - begin));
    });";

/// Keeps the page's WASM instance, whose memory is measured.
const HOLD_WASM: &str =
    "addEventListener('TrunkApplicationStarted', ({ detail }) => window.heldWasm = detail.wasm)";

/// What the page holds: the rows in the document, and the sizes of the two memories in MB.
const HELD: &str = "return {
    rows: document.querySelectorAll('[data-testid=message]').length,
    wasm_mb: window.heldWasm.memory.buffer.byteLength / 1e6,
    script_mb: performance.memory.usedJSHeapSize / 1e6,
}";

/// The length of the list. docs/PERFORMANCE.md has the figures for a longer one.
fn length() -> u64 {
    let length = std::env::var("PARLOR_SPEED_MESSAGES");
    length.map_or(10_000, |length| length.parse().unwrap())
}

/// Scrolls back to the first message: how long it took, and the longest frame of each five seconds.
async fn read_back(window: &Window) -> Value {
    let (mut took_ms, mut longest_ms) = (0.0, Vec::new());
    loop {
        let read = window.eval_async(READ_BACK, json!(5)).await;
        took_ms += read["took_ms"].as_f64().unwrap();
        longest_ms.push(read["longest_ms"].as_f64().unwrap().round());
        if read["first"] == "message 1" {
            return json!({ "took_ms": took_ms.round(), "longest_frames_ms": longest_ms });
        }
    }
}

#[tokio::test]
async fn frames_of_a_long_list_with_many_new_messages_are_measured() {
    let server = Server::start();
    let room = RoomId::parse("library").unwrap();
    // Another window sends the messages, so that sending costs the measured one nothing.
    let bob = Window::open_online(&server, "/r/attic").await;
    let length = length();
    for first in (1..=length).step_by(1_000) {
        bob.send_as_bob(numbered(&room, first, 1_000)).await;
    }
    let ann = Window::open(&server, "/").await;
    ann.run_before_each_load(HOLD_WASM).await;
    ann.goto(&server, "/r/library").await;
    let newest = format!("message {length}");
    ann.wait_for_newest(&newest).await;
    let read_back = read_back(&ann).await;
    let jump_ms = ann.eval_async(JUMP, json!(newest)).await;
    let idle = ann.eval_async(COUNT_FRAMES, json!(2)).await;
    let frames = numbered(&room, length + 1, 600);
    bob.eval_with(SEND_STEADILY, json!(frames)).await;
    ann.wait_until(NEWEST, |text| *text != newest).await;
    let busy = ann.eval_async(COUNT_FRAMES, json!(5)).await;
    let last = format!("message {}", length + 600);
    ann.wait_for_newest(&last).await;
    let held = ann.eval(HELD).await;
    record(
        &format!("a list of {length}, and frames with 100 messages a second into it"),
        json!({
            "busy": busy, "idle": idle, "read_back": read_back, "jump_ms": jump_ms, "held": held
        }),
    );
    assert!(held["rows"].as_u64() <= Some(300), "{held}");
    // The messages take some 270 bytes each. Rows that leave records of themselves behind take
    // 400 more.
    let most_mb = 8.5 + 300.0 * length as f64 / 1e6;
    assert!(held["wasm_mb"].as_f64() < Some(most_mb), "{held}");
    ann.assert_no_console_errors().await;
}

const NEWEST: &str = "return Array.from(document.querySelectorAll('.text')).at(-1)?.innerText";
