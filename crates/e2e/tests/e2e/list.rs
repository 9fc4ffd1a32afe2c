//! A room with much to read.

use parlor_shared::{Body, ClientInfo, ClientMessage, MessageId, Name, RoomId, Text, codec};
use serde_json::{Value, json};

use crate::{browser::Window, server::Server};

/// The first row in sight: its text, and how far below the top of the list it stands.
const FIRST_IN_SIGHT: &str = "const list = document.querySelector('[data-testid=messages]');
    const top = list.getBoundingClientRect().top;
    const rows = Array.from(list.querySelectorAll('[data-testid=message]'));
    const row = rows.find(row => row.getBoundingClientRect().bottom > top);
    return row && { text: row.querySelector('.text').innerText,
        top: row.getBoundingClientRect().top - top, rows: rows.length };";

/// Scrolls the list so far from where it is.
pub(crate) const SCROLL: &str =
    "document.querySelector('[data-testid=messages]').scrollBy(0, arguments[0])";

/// Has the page say all of this on a connection of its own, under another name, and waits until all of it is there.
const SAY: &str = "const [frames, done] = arguments;
    const socket = new WebSocket(`ws://${location.host}/ws`);
    let posts;
    socket.onopen = () => frames.splice(0, 2).forEach(frame => socket.send(frame));
    socket.onmessage = ({ data }) => {
        const { type } = JSON.parse(data);
        // What was said before comes first, and is not counted.
        if (type === 'present' && !posts) {
            posts = frames.length;
            frames.forEach(frame => socket.send(frame));
        }
        if (type === 'entry' && posts && --posts === 0) {
            socket.close();
            done();
        }
    };";

/// Messages numbered from `first` on, by somebody else.
pub(crate) fn frames(room: &RoomId, first: u64, count: u64) -> Vec<String> {
    let bodies = (first..first + count)
        .map(|n| Body::post(Text::parse(format!("message {n}")).unwrap()))
        .collect();
    frames_of(room, first, bodies)
}

/// What somebody else says who has a name and these to post, with ids by number.
fn frames_of(room: &RoomId, first: u64, bodies: Vec<Body>) -> Vec<String> {
    let hello = ClientMessage::Hello {
        protocol: parlor_shared::PROTOCOL_VERSION,
        name: Name::parse("Bob").unwrap(),
        token: None,
        client: ClientInfo::default(),
    };
    let join = ClientMessage::Join {
        room: room.clone(),
        after: None,
    };
    let posts = (first..).zip(bodies).map(|(n, body)| ClientMessage::Post {
        room: room.clone(),
        id: MessageId::new(n, [0; 10]),
        body,
    });
    let all = [hello, join].into_iter().chain(posts);
    all.map(|message| codec::encode_client(&message)).collect()
}

pub(crate) async fn say(window: &Window, frames: Vec<String>) {
    let script = SAY;
    window
        .page
        .execute_async(script, vec![json!(frames)])
        .await
        .unwrap();
}

#[tokio::test]
async fn one_reads_back_to_the_first_message_without_losing_the_place() {
    let server = Server::start();
    let room = RoomId::parse("library").unwrap();
    let ann = Window::open(&server, "/r/library").await;
    ann.is("online").await;
    say(&ann, frames(&room, 1, 700)).await;
    ann.page.refresh().await.unwrap();
    ann.is("online").await;
    let newest = "return Array.from(document.querySelectorAll('.text')).at(-1)?.innerText";
    ann.until(newest, json!(null), |text| text == "message 700")
        .await;

    // A screen up at a time: what was first in sight stays in sight, further down.
    let number = |row: &Value| -> u64 {
        let text = row["text"].as_str().unwrap();
        text.trim_start_matches("message ").parse().unwrap()
    };
    let mut first = number(&ann.run(FIRST_IN_SIGHT, json!(null)).await);
    while first > 1 {
        let before = ann.run(FIRST_IN_SIGHT, json!(null)).await;
        ann.run(SCROLL, json!(-500)).await;
        let moved = |now: &Value| now["text"] != before["text"];
        let now = ann.until(FIRST_IN_SIGHT, json!(null), moved).await;
        assert!(
            (first.saturating_sub(30)..first).contains(&number(&now)),
            "from {before} to {now}"
        );
        assert!(now["rows"].as_u64() <= Some(300), "{now}");
        first = number(&now);
    }
    ann.until(
        "return document.querySelector('[data-testid=load-older]') === null",
        json!(null),
        |gone| gone == true,
    )
    .await;
    ann.pictures("beginning").await;

    // What comes meanwhile moves nothing, and is counted.
    let before = ann.run(FIRST_IN_SIGHT, json!(null)).await;
    say(&ann, frames(&room, 701, 3)).await;
    let jump = "return document.querySelector('[data-testid=jump-latest]')?.innerText";
    ann.until(jump, json!(null), |text| text == "3 new messages")
        .await;
    assert_eq!(ann.run(FIRST_IN_SIGHT, json!(null)).await, before);
    ann.find("jump-latest").await.click().await.unwrap();
    ann.until(newest, json!(null), |text| text == "message 703")
        .await;
    ann.until(jump, json!(null), Value::is_null).await;
    ann.has_no_complaints().await;
}

#[tokio::test]
async fn one_finds_a_message_and_sees_it_in_its_place() {
    let server = Server::start();
    let room = RoomId::parse("library").unwrap();
    let ann = Window::open(&server, "/r/library").await;
    ann.is("online").await;
    say(&ann, frames(&room, 1, 400)).await;
    ann.page.refresh().await.unwrap();
    ann.is("online").await;
    let at_end = "const list = document.querySelector('[data-testid=messages]');
        return list.innerText.endsWith('message 400')
            && list.scrollHeight - list.scrollTop - list.clientHeight < 2";
    ann.until(at_end, json!(null), |at_end| at_end == true)
        .await;
    ann.find("search").await.click().await.unwrap();
    let field = ann.find("search-input").await;
    field.send_keys("message 77").await.unwrap();
    let found = "return Array.from(document.querySelectorAll('[data-testid=found] .text'), f => f.innerText)";
    let one = json!(["message 77"]);
    ann.until(found, json!(null), |found| *found == one).await;
    ann.until(at_end, json!(null), |at_end| at_end == true)
        .await;
    // Last, for a browser that plays a phone may put the list to its beginning.
    ann.pictures("search").await;
    ann.find("found").await.click().await.unwrap();
    let shown = "const row = document.querySelector('[data-found=true]');
        const list = document.querySelector('[data-testid=messages]').getBoundingClientRect();
        const at = row?.getBoundingClientRect();
        return row && at.top > list.top && at.bottom < list.bottom && row.querySelector('.text').innerText";
    ann.until(shown, json!(null), |text| text == "message 77")
        .await;
    ann.pictures("found").await;
    ann.press("/").await;
    let field = ann.find("search-input").await;
    field.send_keys("nowhere").await.unwrap();
    ann.reads("search-verdict", "Nothing was found").await;
    ann.press("\u{E00C}").await;
    ann.until(
        "return document.querySelector('[data-testid=search-input]') === null",
        json!(null),
        |gone| gone == true,
    )
    .await;

    // An answer to what is further back than anything that was read leads there all the same.
    let answer = Body::Post {
        text: Text::parse("message 401").unwrap(),
        reply_to: Some(MessageId::new(5, [0; 10])),
    };
    say(&ann, frames_of(&room, 401, vec![answer])).await;
    ann.page.refresh().await.unwrap();
    ann.is("online").await;
    let quote = "const quote = document.querySelector('[data-testid=quote]'); quote?.focus(); return quote?.innerText";
    ann.until(quote, json!(null), |quote| {
        quote
            .as_str()
            .is_some_and(|quote| quote.contains("An earlier message"))
    })
    .await;
    ann.press("\u{E007}").await;
    ann.until(shown, json!(null), |text| text == "message 5")
        .await;
    ann.has_no_complaints().await;
}
