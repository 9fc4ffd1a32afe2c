//! A bridge to programs in any language: what comes on standard input is posted, and what happens
//! in the room goes to standard output, one JSON object a line.
//!
//! `cargo run -p parlor-client --example json_lines -- http://127.0.0.1:8080/ lobby`
//!
//! Input: `{"text":"hello"}`, and `"reply_to"` and `"id"` where they are wanted. Output: entries as
//! they are on the wire, `{"live":true}` once everything old has been passed on, and
//! `{"posted":…}` or `{"error":…}` for each line of input, in order.

use parlor_client::{Client, JoinFrom, MessageId, Room, TimelineError, TimelineEvent};
use serde::Deserialize;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader, stdin};

/// A line of input.
#[derive(Deserialize)]
struct Line {
    text: String,
    reply_to: Option<MessageId>,
    id: Option<MessageId>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(room)) = (arguments.next(), arguments.next()) else {
        return Err("give me the server's address and a room".into());
    };
    let client = Client::connect(&url, "Bridge")?;
    let mut joined = client.join_from(room, JoinFrom::LastPage).await?;
    let mut posting = tokio::spawn(post_lines(joined.room()));
    loop {
        let event = tokio::select! {
            event = joined.next() => event,
            // Standard input has ended, and everything of it is on the log.
            posted = &mut posting => {
                posted?;
                break;
            }
        };
        match event {
            Some(Ok(TimelineEvent::Entry(entry))) => {
                println!("{}", json!({ "entry": entry.entry }))
            }
            Some(Ok(TimelineEvent::Live)) => println!("{}", json!({ "live": true })),
            Some(Ok(TimelineEvent::Presence(there))) => {
                println!("{}", json!({ "present": there.count }));
            }
            Some(Ok(_)) => {}
            Some(Err(TimelineError::Reset(_))) => println!("{}", json!({ "reset": true })),
            Some(Err(error)) => return Err(error.into()),
            None => break,
        }
    }
    client.close().await?;
    Ok(())
}

/// Posts each line of standard input, one after the other.
async fn post_lines(room: Room) {
    let mut lines = BufReader::new(stdin()).lines();
    // A line that can't be read is the last one.
    while let Ok(Some(line)) = lines.next_line().await {
        let outcome = match serde_json::from_str(&line) {
            Ok(line) => post(&room, line).await,
            Err(error) => json!({ "error": error.to_string() }),
        };
        println!("{outcome}");
    }
}

async fn post(room: &Room, line: Line) -> serde_json::Value {
    let append = match line.reply_to {
        Some(message) => room.reply(message, line.text),
        None => room.post(line.text),
    };
    let append = match line.id {
        Some(id) => append.id(id),
        None => append,
    };
    match append.await {
        Ok(entry) => json!({ "posted": entry.id, "seq": entry.seq }),
        Err(error) => json!({ "error": error.to_string() }),
    }
}
