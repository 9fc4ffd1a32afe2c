//! The JSON Schema and the TypeScript types are made from the messages' types, and fit them.

use std::{fs, path::Path};

use parlor_js::node::{node, read, root, run};
use parlor_shared::{ClientMessage, ServerMessage, codec, schema};
use serde_json::{Value, json};

use crate::traces::traces;

/// Fails if a generated file is not what `is_kept` says, and says how to make it anew.
fn assert_kept(path: &str, now: &str, is_kept: impl Fn(&str) -> bool) {
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join(path.replace('/', "-"));
    fs::write(&made, now).unwrap();
    assert!(
        fs::read_to_string(root().join(path)).is_ok_and(|kept| is_kept(&kept)),
        "{path} is made from the messages' types, which have changed: cp {} {path}",
        made.display()
    );
}

#[test]
fn the_schema_is_that_of_the_messages() {
    let now = serde_json::to_value(schema::protocol()).unwrap();
    let text = format!("{}\n", serde_json::to_string_pretty(&now).unwrap());
    // As values: the order of their fields depends on what else is compiled.
    assert_kept("docs/schema.json", &text, |kept| {
        serde_json::from_str::<Value>(kept).is_ok_and(|kept| kept == now)
    });
}

#[test]
fn the_types_are_those_of_the_schema() {
    let types = run(&mut node("test/types.mjs"), &read("docs/schema.json"));
    assert_kept("clients/js/src/wire.ts", &types, |kept| kept == types);
}

/// What the validator says of these frames.
fn problems(frames: &[Value]) -> String {
    let schema: Value = serde_json::from_str(&read("docs/schema.json")).unwrap();
    let input = json!({ "schema": schema, "frames": frames }).to_string();
    let problems = run(&mut node("test/schema.mjs"), &input);
    problems.trim().to_owned()
}

/// Each golden frame with the definition that it meets: a client's, a server's, or both.
fn golden_frames() -> Vec<Value> {
    let mut frames = Vec::new();
    for line in read("shared/tests/golden.jsonl").lines() {
        let frame: Value = serde_json::from_str(line).unwrap();
        let is_client = codec::decode_client(line)
            .is_ok_and(|message| !matches!(message, ClientMessage::Unknown));
        let is_server = codec::decode_server(line)
            .is_ok_and(|message| !matches!(message, ServerMessage::Unknown));
        // The codes and types that a version does not know have no frame of their own.
        if line.contains(r#""unknown""#) {
            continue;
        }
        for (definition, is_valid) in [("ClientMessage", is_client), ("ServerMessage", is_server)] {
            if is_valid {
                frames.push(json!({ "definition": definition, "frame": frame, "isValid": true }));
            }
        }
    }
    frames
}

/// The frame without one of its fields, for each that it has.
fn without_each_field(case: &Value) -> Vec<Value> {
    let fields = case["frame"].as_object().unwrap();
    let without = |field: &String| {
        let mut case = case.clone();
        case["frame"].as_object_mut().unwrap().remove(field);
        case
    };
    fields.keys().map(without).collect()
}

#[test]
fn golden_frames_meet_the_schema_and_broken_ones_do_not() {
    let mut frames = golden_frames();
    assert!(frames.len() > 140, "{} frames", frames.len());
    // A frame that lacks a field is refused by the schema where the codec refuses it.
    let broken: Vec<Value> = frames.iter().flat_map(without_each_field).collect();
    let mut count = 0;
    for mut case in broken {
        let text = case["frame"].to_string();
        let is_client = case["definition"] == "ClientMessage";
        let is_read = match is_client {
            true => codec::decode_client(&text).is_ok(),
            false => codec::decode_server(&text).is_ok(),
        };
        // Without its type a frame is none; a body that has lost its place may be another's.
        let is_tagged = case["frame"].get("type").is_some();
        case["isValid"] = (is_read && is_tagged).into();
        count += usize::from(!is_read);
        frames.push(case);
    }
    assert!(count > 300, "{count} broken frames");
    let wrong = [
        (
            "ClientMessage",
            json!({ "type": "join", "room": "No Room" }),
        ),
        ("ClientMessage", json!({ "type": "typing", "room": 7 })),
        ("ClientMessage", json!({ "type": "rename", "name": "" })),
        (
            "ServerMessage",
            json!({ "type": "joined", "room": "lobby", "after": -1, "head": 0, "first": 0, "outcome": "reset" }),
        ),
        ("ServerMessage", json!({ "type": "pong", "t": "1" })),
    ];
    for (definition, frame) in wrong {
        frames.push(json!({ "definition": definition, "frame": frame, "isValid": false }));
    }
    assert_eq!(problems(&frames), "");
}

#[test]
fn what_a_real_server_and_session_have_said_meets_the_schema() {
    let transcript = read("crates/compat/frozen/0.1/transcript.jsonl");
    let calls = transcript.lines().map(|line| {
        let call: Value = serde_json::from_str(line).unwrap();
        call["text"].as_str().map(str::to_owned)
    });
    let said = calls.flatten().map(|text| {
        let frame: Value = serde_json::from_str(&text).unwrap();
        json!({ "definition": "ServerMessage", "frame": frame, "isValid": true })
    });
    let mut frames: Vec<Value> = said.collect();
    for case in traces().as_array().unwrap() {
        let steps = case["trace"]["steps"].as_array().unwrap();
        let outputs = steps.iter().flat_map(|step| step["outputs"].as_array());
        let sent = outputs.flatten().filter(|output| output["do"] == "send");
        frames.extend(sent.map(|output| {
            let frame = &output["frame"];
            json!({ "definition": "ClientMessage", "frame": frame, "isValid": true })
        }));
    }
    assert!(frames.len() > 1_000, "{} frames", frames.len());
    assert_eq!(problems(&frames), "");
}
