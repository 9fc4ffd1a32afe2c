//! Today's session and what a server of 0.1 said, which was killed twice meanwhile:
//! `frozen/0.1/transcript.jsonl` has each call of the session of 0.1 in a line.

use std::fs;

use parlor_session::{Event, Output, Session, SessionConfig};
use parlor_shared::{Body, ClientInfo, MessageId, Name, RoomId, ServerMessage, Text};
use serde_json::Value;

use crate::{
    frozen::folder,
    session::{POSTS, text},
};

#[test]
fn a_session_of_today_reads_and_posts_everything_once_with_a_server_of_0_1() {
    let mut session = Session::new(SessionConfig {
        name: Name::parse("Old Heron").unwrap(),
        token: None,
        access: None,
        client: ClientInfo::default(),
        outbox: Vec::new(),
    });
    let lobby = RoomId::parse("lobby").unwrap();
    session.join(&lobby);
    session.start(0);
    for n in 0..POSTS {
        let body = Body::post(Text::parse(text(n)).unwrap());
        let id = MessageId::new(n + 1, [7; 10]);
        session.post(&lobby, id, body).unwrap();
    }
    let transcript = fs::read_to_string(folder("0.1").join("transcript.jsonl")).unwrap();
    let (mut read, mut acked) = (Vec::new(), 0);
    for line in transcript.lines() {
        let call: Value = serde_json::from_str(line).unwrap();
        let now_ms = call["now_ms"].as_u64().unwrap_or_default();
        match call["call"].as_str().unwrap() {
            "open" => session.handle_open(),
            "frame" => session.handle_frame(now_ms, call["text"].as_str().unwrap(), 7),
            "closed" => {
                let code = call["code"].as_u64();
                let code = code.map(|code| u16::try_from(code).unwrap());
                session.handle_closed(now_ms, code, 7);
            }
            "timeout" => session.handle_timeout(now_ms, 7),
            other => panic!("{other} is no call"),
        }
        while let Some(output) = session.poll_output() {
            match output {
                Output::Close => panic!("the session ends the connection after {line}"),
                Output::Event(Event::Acked { .. }) => acked += 1,
                Output::Event(Event::Message(ServerMessage::Entry { entry, .. })) => {
                    read.push(entry.body.text().unwrap().as_str().to_owned());
                }
                Output::Connect | Output::Send(_) | Output::Event(_) => {}
            }
        }
    }
    let posted: Vec<String> = (0..POSTS).map(text).collect();
    assert_eq!(read, posted, "each once, in order");
    assert_eq!(acked, POSTS);
    assert_eq!(session.outbox().count(), 0);
}
