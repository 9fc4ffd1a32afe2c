//! The frames of 0.1 mean today what they meant then, and today's frames can be read by 0.1.

use std::fs;

use parlor_shared::{Body, ClientMessage, ErrorCode, ServerMessage, codec};
use parlor_shared_frozen as frozen;
use serde_json::Value;

use crate::frozen::folder;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The golden frames of 0.1 that have a meaning.
fn golden() -> Vec<String> {
    let frames = fs::read_to_string(folder("0.1").join("golden.jsonl")).unwrap();
    let frames = frames.lines().filter(|line| !line.contains(r#""unknown""#));
    frames.map(str::to_owned).collect()
}

/// Whether `now` has everything that `then` has, with the same value. It may have more.
fn has_all(now: &Value, then: &Value) -> bool {
    match (now, then) {
        (Value::Object(now), Value::Object(then)) => then
            .iter()
            .all(|(name, value)| now.get(name).is_some_and(|now| has_all(now, value))),
        (Value::Array(now), Value::Array(then)) => {
            now.len() == then.len() && now.iter().zip(then).all(|(now, then)| has_all(now, then))
        }
        _ => now == then,
    }
}

#[test]
fn each_frame_of_0_1_is_read_and_written_as_it_was() {
    let mut count = 0;
    for frame in golden() {
        let as_client = codec::decode_client(&frame)
            .ok()
            .filter(|message| !matches!(message, ClientMessage::Unknown))
            .map(|message| codec::encode_client(&message));
        let as_server = codec::decode_server(&frame)
            .ok()
            .filter(|message| !matches!(message, ServerMessage::Unknown))
            .map(|message| codec::encode_server(&message));
        let is_same = |now: &Option<String>| {
            now.as_deref()
                .is_some_and(|now| has_all(&json(now), &json(&frame)))
        };
        assert!(
            is_same(&as_client) || is_same(&as_server),
            "0.1 has this frame, which now reads as {as_client:?} or {as_server:?}:\n{frame}"
        );
        count += 1;
    }
    assert!(count > 140, "{count} frames");
}

#[test]
fn a_client_of_0_1_can_read_what_a_server_writes_today() {
    for frame in include_str!("../../../../shared/tests/golden.jsonl").lines() {
        let Ok(message) = codec::decode_server(frame) else {
            continue;
        };
        let then = frozen::codec::decode_server(frame);
        let then = then.unwrap_or_else(|error| panic!("0.1 ends the connection: {error}\n{frame}"));
        // An entry keeps its place in its room, whatever is new in it.
        if let ServerMessage::Entry { entry, .. } = &message {
            let frozen::ServerMessage::Entry { entry: then, .. } = then else {
                panic!("0.1 reads no entry in {frame}")
            };
            assert_eq!((then.seq.0, then.prev.0), (entry.seq.0, entry.prev.0));
        }
    }
}

#[test]
fn what_a_later_version_adds_is_no_error() {
    let entry = r#"{"seq":9,"prev":7,"id":"0199c82c-c000-7101-8101-010101010101","at_ms":1,"member":"02020202-0202-4202-8202-020202020202","name":"n","mood":"new","body":{"kind":"new","text":[1]}}"#;
    let frame = format!(r#"{{"type":"entry","room":"lobby","lane":"new","entry":{entry}}}"#);
    let ServerMessage::Entry { entry, .. } = codec::decode_server(&frame).unwrap() else {
        panic!("an entry of a new kind is an entry")
    };
    assert_eq!(entry.body, Body::Unknown);
    let refusal = r#"{"type":"error","code":"new","retry":true,"message":"m","request":"new"}"#;
    let ServerMessage::Error(refusal) = codec::decode_server(refusal).unwrap() else {
        panic!("a refusal with a new code is a refusal")
    };
    assert_eq!((refusal.code, refusal.retry), (ErrorCode::Unknown, true));
}
