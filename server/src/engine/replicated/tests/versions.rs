//! What nodes of other versions have published.

use std::{collections::BTreeSet, fmt::Write};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::*;
use crate::engine::embedded::{content_beside, shared_content};

/// Groups of the form 1 with every command, and everything that one may say. Streams have such
/// groups, so the file never changes; another form gets a file of its own.
const FORM_1: &str = include_str!("form_1.jsonl");
/// Each release with the newest form that it reads, from the first release to this one.
const READ_BY: [(&str, u16); 1] = [("0.1.0", FORM)];
/// What a log has that has applied them.
const FORM_1_APPLIED: &str = include_str!("form_1.applied.txt");

fn groups() -> Vec<Group> {
    let lines = (1..).zip(FORM_1.lines());
    let groups = lines.map(|(sequence, line)| Group::decode(sequence, line.as_bytes()).unwrap());
    groups.collect()
}

#[test]
fn every_group_that_was_ever_published_is_read_as_it_was_meant() {
    let hash = Sha256::digest(FORM_1)
        .iter()
        .fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        });
    assert_eq!(
        hash, "70b7cea50bb0a9f3de7125e8bae8c76f1f3c73ed1c803cdea12837d3ce1ae6a8",
        "what was published can't change any more"
    );
    for group in groups() {
        assert_eq!((group.version, group.command.form()), (1, 1));
    }
}

#[test]
fn a_form_is_published_once_the_release_before_reads_it_and_kept_once_it_is_read() {
    let (version, _) = READ_BY[READ_BY.len() - 1];
    assert_eq!(
        version,
        env!("CARGO_PKG_VERSION"),
        "this version has no line in READ_BY: add one, with the FORM of the release before as a number"
    );
    // Nobody else runs nodes of the first release.
    let (before, read) = READ_BY[READ_BY.len().saturating_sub(2)];
    assert!(
        FORM_PUBLISHED <= read,
        "nodes of {before} stop at a group of the form {FORM_PUBLISHED}: publish it in the next release"
    );
    let kept: BTreeSet<u16> = groups().iter().map(|group| group.version).collect();
    assert!(
        kept.into_iter().eq(1..=FORM),
        "a form that is read has groups in a file beside form_1.jsonl"
    );
}

/// The names that may stand where `at` puts one, as it is said of one that may not.
fn known(at: impl FnOnce(&str) -> Value) -> BTreeSet<String> {
    let error = serde_json::from_value::<Command>(at("?")).unwrap_err();
    let error = error.to_string();
    assert!(error.starts_with("unknown variant `?`"), "{error}");
    let names = error.split('`').skip(3).step_by(2).map(str::to_owned);
    names.collect()
}

fn names(values: &[Value]) -> BTreeSet<String> {
    let objects = values.iter().filter_map(Value::as_object);
    objects.flat_map(|object| object.keys().cloned()).collect()
}

#[test]
fn the_groups_that_are_kept_have_every_command_change_and_body() {
    let commands: Vec<Value> = groups()
        .iter()
        .map(|group| serde_json::to_value(&group.command).unwrap())
        .collect();
    assert_eq!(names(&commands), known(|name| json!({name: null})));
    let changes: Vec<Value> = commands
        .iter()
        .filter_map(|command| Some(command.get("admin")?["change"].clone()))
        .collect();
    let change = |change: Value| json!({"admin": {"key": null, "change": change}});
    assert_eq!(names(&changes), known(|name| change(json!({name: null}))));
    for of in ["ban", "grant", "invitation", "report", "webhook"] {
        let found = changes.iter().filter_map(|change| change.get(of).cloned());
        let found: Vec<Value> = found.collect();
        assert_eq!(
            names(&found),
            known(|name| change(json!({of: {name: null}})))
        );
    }
    let mut bodies = BTreeSet::new();
    for group in groups() {
        let (Command::Append(entries) | Command::Copy(entries)) = group.command else {
            continue;
        };
        bodies.extend(entries.iter().map(|entry| number(&entry.body)));
    }
    assert_eq!(
        bodies.into_iter().collect::<Vec<_>>(),
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    );
}

/// A number of each kind of entry: one that is added has its groups above.
fn number(body: &Body) -> u8 {
    match body {
        Body::Post { .. } => 0,
        Body::Edit { .. } => 1,
        Body::Deletion { .. } => 2,
        Body::Reaction { .. } => 3,
        Body::RoomName { .. } => 4,
        Body::Topic { .. } => 5,
        Body::RoomKind { .. } => 6,
        Body::Pin { .. } => 7,
        Body::Mute { .. } => 8,
        Body::SlowMode { .. } => 9,
        Body::Blanked { .. } => 10,
        Body::Unknown => u8::MAX,
    }
}

#[tokio::test]
async fn what_a_group_does_is_what_it_does_on_nodes_of_other_versions() {
    let log = Arc::new(MemoryLog::default());
    FORM_1.lines().for_each(|line| log.push(line.into()));
    let [folder] = folders();
    let node = Node::start(&folder, &log, 2).await;
    node.reach(seq_of(log.len() as u64, 0)).await;
    let mut found = Vec::new();
    for name in ["lobby", "old"] {
        let room = RoomId::parse(name).unwrap();
        let state = node.engine.room_state(&room).await.unwrap();
        found.push(serde_json::to_string(&state).unwrap());
    }
    for (member, name) in [(1, "lobby"), (2, "other")] {
        let member = MemberId::from_bytes([member; 16]);
        let room = RoomId::parse(name).unwrap();
        let seen = node.engine.seen(&room, member).await.unwrap();
        found.push(format!("seen up to {seen:?}"));
    }
    node.engine.close().await;
    drop(node);
    found.push(content_beside(folder.path()).unwrap().to_string());
    let shared = shared_content(folder.path());
    let counts = shared.iter().filter(|(table, _)| **table != "numbers");
    let counts = counts.map(|(table, rows)| format!("{table} {}", rows.len()));
    found.push(counts.collect::<Vec<_>>().join(", "));
    assert_eq!(found, FORM_1_APPLIED.lines().collect::<Vec<_>>());
}
