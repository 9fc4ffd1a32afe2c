//! The operator moderates by the command line, beside the server.

use std::{
    path::Path,
    process::{Command, Output},
};

use parlor_shared::{Body, ErrorCode, Moderation, close::CloseCode};
use parlor_test_server::TestServer;

use crate::client::{Client, room, welcomed};

/// Runs a command on this log and returns what it printed.
fn run(data: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parlor"));
    command.args(arguments).arg("--data").arg(data);
    command.output().unwrap()
}

/// The same of one that must succeed.
fn printed(data: &Path, arguments: &[&str]) -> String {
    let output = run(data, arguments);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[actix_web::test]
async fn an_operator_moderates_by_the_command_line_while_the_server_runs() {
    let server = TestServer::start();
    let data = server.log_file().parent().unwrap().to_owned();
    let [mut ann, mut bob] = welcomed(server.address(), ["ann", "bob"]).await;
    ann.join("lobby").await;
    bob.join("lobby").await;
    let said = bob.post("lobby", "rude").await;
    ann.entry().await;
    bob.entry().await;
    bob.moderate(Moderation::Report {
        room: room("lobby"),
        target: said,
        reason: "I regret it".to_owned(),
    })
    .await;
    bob.moderated().await;
    let reports = printed(&data, &["reports"]);
    assert!(
        reports.contains("I regret it") && reports.contains(&said.to_string()),
        "{reports}"
    );
    // They wait for the server, which runs on another thread.
    printed(&data, &["delete", "lobby", &said.to_string()]);
    assert_eq!(ann.entry().await.body, Body::Deletion { target: said });
    printed(&data, &["slow-mode", "lobby", "60"]);
    assert_eq!(ann.entry().await.body, Body::SlowMode { seconds: 60 });
    printed(&data, &["mute", "lobby", "bob", "--for", "1h"]);
    let muted = ann.entry().await;
    assert!(
        matches!(&muted.body, Body::Mute { member, until_ms: Some(_), .. } if *member == bob.member),
        "{muted:?}"
    );
    assert_eq!(muted.name.as_str(), "Operator");
    let again = run(&data, &["delete", "lobby", &said.to_string()]);
    assert!(!again.status.success());
    assert!(String::from_utf8_lossy(&again.stderr).contains("not in this room"));
    let nobody = run(&data, &["mute", "lobby", "eve", "--for", "1h"]);
    assert!(String::from_utf8_lossy(&nobody.stderr).contains("nobody called 'eve'"));

    assert_eq!(printed(&data, &["bans"]), "Nobody is banned.\n");
    let banned = printed(&data, &["ban", "bob", "--room", "lobby", "--for", "7d"]);
    let number: String = banned.chars().filter(char::is_ascii_digit).collect();
    bob.refused(ErrorCode::Banned).await;
    assert!(printed(&data, &["bans"]).contains(&bob.member.to_string()));
    printed(&data, &["unban", &number]);
    assert!(!run(&data, &["unban", &number]).status.success());
    printed(&data, &["ban", &bob.member.to_string(), "--for", "30m"]);
    assert_eq!(
        u16::from(bob.closed().await.code),
        CloseCode::Banned.number()
    );
    let log = printed(&data, &["reports"]);
    assert!(log.contains("the operator lifted ban"), "{log}");
}

#[actix_web::test]
async fn what_is_ordered_while_no_server_runs_is_done_when_one_starts() {
    let mut server = TestServer::start();
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    ann.post("lobby", "hello").await;
    ann.entry().await;
    let data = server.log_file().parent().unwrap().to_owned();
    server.stop();
    let answer = printed(&data, &["slow-mode", "lobby", "60"]);
    assert!(answer.starts_with("No server runs"), "{answer}");
    server.start_again();
    let mut bob = Client::welcomed(server.address(), "bob").await;
    let entries = bob.join("lobby").await;
    let is_done = |body: &Body| *body == Body::SlowMode { seconds: 60 };
    if !entries.iter().any(|entry| is_done(&entry.body)) {
        assert!(is_done(&bob.entry().await.body));
    }
}
