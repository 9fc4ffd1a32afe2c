//! `parlor import`: what comes from an export, or from Slack, is there as it was, and once.

use std::{fs, path::Path};

use parlor_shared::{Body, Entry, Seq};
use serde_json::json;

use crate::{
    access::run,
    client::{Client, check_chain, new_id, text},
    server::{command, start_binary},
};

/// The room's log, as a member reads it.
async fn log(data: &Path, room: &str) -> Vec<Entry> {
    let mut server = start_binary(data);
    let mut client = Client::welcomed(server.address(), "reader").await;
    let (_, entries) = client.join_after(room, Some(Seq::ZERO)).await;
    check_chain(Seq::ZERO, &entries);
    server.kill().unwrap();
    entries
}

/// What must be the same in the log that something is imported into.
fn essence(entries: &[Entry]) -> Vec<(String, u64, String, Body)> {
    let of = |entry: &Entry| {
        let id = entry.id.to_string();
        (id, entry.at_ms, entry.name.to_string(), entry.body.clone())
    };
    entries.iter().map(of).collect()
}

#[actix_web::test]
async fn what_was_exported_is_imported_as_it_was_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("from"), folder.path().join("to"));
    let mut server = start_binary(&from);
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let first = ann.post("lobby", "one").await;
    let deleted = ann.post("lobby", "two").await;
    for body in [
        Body::Deletion { target: deleted },
        Body::Reaction {
            target: first,
            emoji: parlor_shared::Emoji::parse("👍").unwrap(),
            on: true,
        },
    ] {
        ann.append("lobby", new_id(), body).await;
    }
    for _ in 0..4 {
        ann.entry().await;
    }
    let file = folder.path().join("lobby.ndjson");
    let file = file.to_str().unwrap().to_owned();
    let address = format!("http://{}", server.address());
    let export = ["export", "lobby", "--server", &address, "-o", &file];
    let export = export.map(str::to_owned);
    let exporting = move || {
        let binary = env!("CARGO_BIN_EXE_parlor");
        std::process::Command::new(binary)
            .args(export)
            .output()
            .unwrap()
    };
    let exported = actix_web::rt::task::spawn_blocking(exporting)
        .await
        .unwrap();
    assert!(exported.status.success(), "{exported:?}");
    server.kill().unwrap();

    let said = run(&to, &["import", &file]);
    // The deleted message has no words to import, and its deletion nothing to delete.
    assert_eq!(
        said,
        "2 entries are imported, 0 were there already, 2 can't be kept.\n"
    );
    let again = run(&to, &["import", &file]);
    assert!(
        again.starts_with("0 entries are imported, 2 were there"),
        "{again}"
    );
    let (original, imported) = (log(&from, "lobby").await, log(&to, "lobby").await);
    let kept: Vec<Entry> = original
        .into_iter()
        .filter(|entry| matches!(entry.body, Body::Post { .. } | Body::Reaction { .. }))
        .collect();
    assert_eq!(essence(&imported), essence(&kept));
}

/// An unpacked export from Slack with one channel.
fn slack(folder: &Path) {
    let write = |path: &str, content: serde_json::Value| {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content.to_string()).unwrap();
    };
    write(
        "users.json",
        json!([
            {"id": "U1", "name": "ann", "profile": {"display_name": "Ann", "real_name": "Ann Lee"}},
            {"id": "U2", "name": "bob", "profile": {}},
        ]),
    );
    write(
        "channels.json",
        json!([{"id": "C1", "name": "Team_Tea", "created": 1}]),
    );
    write(
        "Team_Tea/2020-01-02.json",
        json!([
            {"type": "message", "user": "U2", "text": "me too", "ts": "1577923300.000200",
             "thread_ts": "1577836800.000100"},
        ]),
    );
    write(
        "Team_Tea/2020-01-01.json",
        json!([
            {"type": "message", "subtype": "channel_join", "user": "U1", "text": "joined",
             "ts": "1577836700.000000"},
            {"type": "message", "user": "U1", "text": "who wants <tea> &amp; cake, <@U2>?",
             "ts": "1577836800.000100",
             "reactions": [{"name": "tea", "users": ["U2", "U3"], "count": 2}]},
        ]),
    );
}

#[actix_web::test]
async fn an_export_from_slack_keeps_authors_times_replies_and_reactions() {
    let folder = tempfile::tempdir().unwrap();
    let (export, data) = (folder.path().join("slack"), folder.path().join("log"));
    slack(&export);
    let import = ["import", export.to_str().unwrap(), "--format", "slack"];
    let said = run(&data, &import);
    assert!(
        said.starts_with("4 entries are imported, 0 were there already, 1 "),
        "{said}"
    );
    let again = run(&data, &import);
    assert!(
        again.starts_with("0 entries are imported, 4 were there already"),
        "{again}"
    );
    let entries = log(&data, "team-tea").await;
    assert_eq!(text(&entries[0]), "who wants tea & cake, @bob?");
    assert_eq!(
        (entries[0].at_ms, entries[0].name.as_str()),
        (1_577_836_800_000, "Ann")
    );
    for (reaction, name) in entries[1..3].iter().zip(["bob", "U3"]) {
        assert_eq!(reaction.name.as_str(), name);
        assert!(
            matches!(&reaction.body, Body::Reaction { target, .. } if *target == entries[0].id)
        );
    }
    let Body::Post { reply_to, .. } = &entries[3].body else {
        panic!("a reply: {entries:?}")
    };
    assert_eq!(
        (*reply_to, entries[3].name.as_str()),
        (Some(entries[0].id), "bob")
    );
    assert_eq!(entries[1].member, entries[3].member, "bob is one member");
}

/// A line of an export: the `n`th entry of somewhere's lobby.
fn line(n: u64, at_ms: u64, body: serde_json::Value) -> String {
    json!({"room": "lobby", "entry": {"seq": n, "prev": n - 1, "at_ms": at_ms,
        "id": format!("0199c82c-c000-7101-8101-00000000000{n}"),
        "member": "0199c82c-c000-4101-8101-010101010101", "name": "Ann", "body": body}})
    .to_string()
}

fn post(n: u64, at_ms: u64) -> String {
    line(
        n,
        at_ms,
        json!({"kind": "post", "text": format!("number {n}")}),
    )
}

/// Runs a command that must fail, and returns what it says.
fn refused(data: &Path, arguments: &[&str]) -> String {
    let output = command(data).args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[actix_web::test]
async fn an_import_that_begins_with_a_change_is_told_from_one_that_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("log");
    let file = folder.path().join("x.ndjson");
    let import = ["import", file.to_str().unwrap()];
    let reaction = json!({"kind": "reaction", "target": "0199c82c-c000-7101-8101-000000000009",
        "emoji": "👍", "on": true});
    let topic = |text: &str| json!({"kind": "topic", "topic": text});
    let lines = [
        line(1, 800, reaction),
        line(2, 900, topic("tea")),
        post(3, 1_000),
    ];
    fs::write(&file, lines.join("\n")).unwrap();
    assert_eq!(
        run(&data, &import),
        "2 entries are imported, 0 were there already, 1 can't be kept.\n"
    );
    fs::write(&file, post(4, 2_000)).unwrap();
    run(&data, &import);
    fs::write(&file, lines.join("\n")).unwrap();
    assert_eq!(
        run(&data, &import),
        "0 entries are imported, 2 were there already, 1 can't be kept.\n"
    );
    fs::write(&file, line(5, 900, topic("cake"))).unwrap();
    let older = refused(&data, &import);
    assert!(older.contains("lobby has newer messages"), "{older}");
    assert_eq!(log(&data, "lobby").await.len(), 3, "nothing was appended");
}

#[test]
fn what_can_not_be_imported_is_told_and_a_room_with_newer_messages_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("log");
    let refused = |arguments: &[&str]| refused(&data, arguments);
    let missing = refused(&["import", "no-such-file"]);
    assert!(missing.contains("no-such-file can't be read"), "{missing}");
    let file = folder.path().join("x.ndjson");
    fs::write(&file, "{\"room\":\"lobby\"}\n").unwrap();
    let malformed = refused(&["import", file.to_str().unwrap()]);
    assert!(
        malformed.contains("line 1: missing field `entry`"),
        "{malformed}"
    );

    fs::write(&file, post(1, 2_000)).unwrap();
    run(&data, &["import", file.to_str().unwrap()]);
    fs::write(&file, post(2, 1_000)).unwrap();
    let older = refused(&["import", file.to_str().unwrap()]);
    assert!(
        older.contains("lobby has newer messages of its own"),
        "{older}"
    );
    let elsewhere = run(&data, &["import", file.to_str().unwrap(), "--room", "old"]);
    assert!(
        elsewhere.starts_with("1 entries are imported"),
        "{elsewhere}"
    );
}
