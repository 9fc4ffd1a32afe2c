//! The commands that use a server as a member does, as scripts use them: `parlor post`, `tail`,
//! `history`, `search`, `rooms` and `export`.

use std::{
    io::Write,
    net::SocketAddr,
    path::Path,
    process::{Command, Output, Stdio},
};

use parlor_shared::{Body, Emoji, Text};
use parlor_test_server::ServerProcess;
use serde_json::Value;

use crate::{
    access::{run, with},
    client::{Client, new_id},
    server::{spawn, start_binary},
};

/// A command that uses this server.
fn parlor(server: SocketAddr, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parlor"));
    command
        .args(arguments)
        .args(["--server", &format!("http://{server}"), "--name", "Script"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs a command with this standard input.
fn fed(command: &mut Command, input: &str) -> Output {
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    child.wait_with_output().unwrap()
}

fn lines(output: &Output) -> Vec<String> {
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn error(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The texts of the posts among lines of NDJSON.
fn texts(lines: &[String]) -> Vec<String> {
    let parsed = lines
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let texts = parsed.filter_map(|line| {
        let body = &line["entry"]["body"];
        (body["kind"] == "post").then(|| body["text"].as_str().unwrap().to_owned())
    });
    texts.collect()
}

/// A server on the address that an earlier one had.
fn start_again(data: &Path, address: SocketAddr) -> ServerProcess {
    let binary = Path::new(env!("CARGO_BIN_EXE_parlor"));
    let mut command = parlor_test_server::command(binary, data, address);
    spawn(command.args(["--rate-per-second", "0"]))
}

#[test]
fn each_line_is_on_the_log_once_and_in_order_though_the_server_is_killed() {
    const LINES: usize = 3_000;
    let folder = tempfile::tempdir().unwrap();
    let mut server = start_binary(folder.path());
    let address = server.address();
    let mut child = parlor(address, &["post", "lobby"]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        for n in 1..=LINES {
            writeln!(stdin, "{n}").unwrap();
        }
    });
    for _ in 0..3 {
        // As soon as something new is on the log the server is killed.
        let before = count(address);
        while count(address) == before {}
        server.kill().unwrap();
        server = start_again(folder.path(), address);
    }
    writer.join().unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let exported = parlor(address, &["export", "lobby"]).output().unwrap();
    let numbers: Vec<usize> = texts(&lines(&exported))
        .iter()
        .map(|text| text.parse().unwrap())
        .collect();
    assert_eq!(numbers, (1..=LINES).collect::<Vec<_>>());
}

/// The seq of the lobby's newest entry.
fn count(server: SocketAddr) -> Option<u64> {
    let newest = parlor(server, &["history", "lobby", "-n", "1", "-o", "ndjson"]).output();
    let newest = lines(&newest.unwrap());
    let newest = newest.first()?;
    serde_json::from_str::<Value>(newest).unwrap()["entry"]["seq"].as_u64()
}

#[test]
fn a_line_that_is_refused_is_told_and_the_others_are_posted() {
    let folder = tempfile::tempdir().unwrap();
    let server = start_binary(folder.path());
    let long = "x".repeat(9_000);
    let output = fed(
        &mut parlor(server.address(), &["post", "lobby"]),
        &format!("one\n\n{long}\nfour\n"),
    );
    assert_eq!(code(&output), 1);
    assert!(error(&output).contains("line 3"), "{output:?}");
    let history = parlor(server.address(), &["history", "lobby", "-o", "ndjson"]).output();
    assert_eq!(texts(&lines(&history.unwrap())), ["one", "four"]);
    let whole = fed(
        &mut parlor(server.address(), &["post", "lobby", "--whole"]),
        "two\nlines\n",
    );
    assert!(whole.status.success(), "{whole:?}");
    let history = parlor(server.address(), &["history", "lobby", "-n", "1"]).output();
    let shown = lines(&history.unwrap()).join("\n");
    assert!(shown.ends_with(" Script: two\n    lines"), "{shown}");
}

#[test]
fn the_same_id_posts_nothing_twice_and_a_reply_names_its_message() {
    let folder = tempfile::tempdir().unwrap();
    let server = start_binary(folder.path());
    let id = "0199c82c-c000-7101-8101-010101010101";
    for _ in 0..2 {
        let posted = parlor(server.address(), &["post", "lobby", "once", "--id", id]).output();
        assert!(posted.unwrap().status.success());
    }
    let reply = ["post", "lobby", "me too", "--reply-to", id];
    assert!(
        parlor(server.address(), &reply)
            .output()
            .unwrap()
            .status
            .success()
    );
    let history = parlor(server.address(), &["history", "lobby"])
        .output()
        .unwrap();
    let shown = lines(&history);
    assert_eq!(shown.len(), 2, "{shown:?}");
    assert!(
        shown[1].ends_with(" Script: [to 01010101] me too"),
        "{shown:?}"
    );
}

#[actix_web::test]
async fn tail_goes_on_where_it_stopped_and_what_others_write_moves_no_cursor() {
    let folder = tempfile::tempdir().unwrap();
    let server = start_binary(&folder.path().join("log"));
    let address = server.address();
    let mut ann = Client::welcomed(address, "ann").await;
    ann.join("lobby").await;
    for text in ["one", "two \u{1b}[2J"] {
        ann.post("lobby", text).await;
        ann.entry().await;
    }
    let state = folder.path().join("state.json");
    let state = state.to_str().unwrap().to_owned();
    let tail = move |more: &'static [&str]| {
        let arguments = [&["tail", "lobby", "--state", &state], more].concat();
        let mut command = parlor(address, &arguments);
        actix_web::rt::task::spawn_blocking(move || lines(&command.output().unwrap()))
    };
    let shown = tail(&[]).await.unwrap();
    assert_eq!(shown.len(), 2);
    assert!(shown[1].ends_with(" ann: two \u{fffd}[2J"), "{shown:?}");
    ann.post("lobby", "three").await;
    ann.entry().await;
    let shown = tail(&["-o", "ndjson"]).await.unwrap();
    assert_eq!(texts(&shown), ["three"]);
    assert_eq!(tail(&[]).await.unwrap(), [""; 0]);

    let after = serde_json::from_str::<Value>(&shown[0]).unwrap();
    let after = after["position"].as_str().unwrap().to_owned();
    ann.post("lobby", "four").await;
    ann.entry().await;
    let mut resumed = parlor(
        address,
        &["tail", "lobby", "--after", &after, "-o", "ndjson"],
    );
    let resumed = actix_web::rt::task::spawn_blocking(move || resumed.output().unwrap());
    assert_eq!(texts(&lines(&resumed.await.unwrap())), ["four"]);
}

#[test]
fn search_and_rooms_answer_for_people_and_for_programs() {
    let folder = tempfile::tempdir().unwrap();
    let server = start_binary(folder.path());
    for (room, text) in [("lobby", "a teapot"), ("kitchen", "a kettle")] {
        let posted = parlor(server.address(), &["post", room, text])
            .output()
            .unwrap();
        assert!(posted.status.success(), "{posted:?}");
    }
    let mut found = Vec::new();
    // The index follows the log.
    while found.is_empty() {
        let search = ["search", "lobby", "tea", "-o", "ndjson"];
        found = lines(&parlor(server.address(), &search).output().unwrap());
    }
    assert_eq!(texts(&found), ["a teapot"]);
    let rooms = parlor(server.address(), &["rooms", "-o", "ndjson"])
        .output()
        .unwrap();
    let mut names: Vec<String> = lines(&rooms)
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["room"].to_string())
        .collect();
    names.sort();
    assert_eq!(names, ["\"kitchen\"", "\"lobby\""]);
    let shown = lines(
        &parlor(server.address(), &["rooms", "kit"])
            .output()
            .unwrap(),
    );
    assert!(shown[0].starts_with("kitchen  "), "{shown:?}");
}

#[actix_web::test]
async fn a_room_is_exported_as_it_is_now_and_nothing_in_it_is_markup() {
    let folder = tempfile::tempdir().unwrap();
    let server = start_binary(folder.path());
    let address = server.address();
    let mut ann = Client::welcomed(address, "<Ann>").await;
    ann.join("lobby").await;
    let target = ann.post("lobby", "<b>*bold*</b>").await;
    let changes = [
        Body::Post {
            text: Text::parse("why?").unwrap(),
            reply_to: Some(target),
        },
        Body::Edit {
            target,
            text: Text::parse("<i>_mild_</i>").unwrap(),
        },
        Body::Reaction {
            target,
            emoji: Emoji::parse("👍").unwrap(),
            on: true,
        },
    ];
    for body in changes {
        ann.append("lobby", new_id(), body).await;
    }
    for _ in 0..4 {
        ann.entry().await;
    }
    let export = |format: &'static str| {
        let mut command = parlor(address, &["export", "lobby", "--format", format]);
        actix_web::rt::task::spawn_blocking(move || lines(&command.output().unwrap()).join("\n"))
    };
    let html = export("html").await.unwrap();
    assert!(html.contains("&lt;i&gt;_mild_&lt;/i&gt;"), "{html}");
    assert!(html.contains("👍 1") && html.contains("(edited)"), "{html}");
    assert!(!html.contains("<i>") && !html.contains("bold"), "{html}");
    let markdown = export("markdown").await.unwrap();
    assert!(
        markdown.contains("\\<i\\>\\_mild\\_\\<\\/i\\>"),
        "{markdown}"
    );
    assert!(
        markdown.contains("> **\\<Ann\\>**"),
        "the reply: {markdown}"
    );
    let ndjson = export("ndjson").await.unwrap();
    assert_eq!(ndjson.lines().count(), 4, "every entry: {ndjson}");
}

#[test]
fn the_exit_code_says_what_a_script_can_do() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = start_binary(folder.path());
    let address = server.address();
    let wrong = parlor(address, &["post", "No Such Room", "x"])
        .output()
        .unwrap();
    assert_eq!(code(&wrong), 2, "{wrong:?}");
    server.kill().unwrap();
    let nobody = ["post", "lobby", "x", "--timeout", "1"];
    let nobody = parlor(address, &nobody).output().unwrap();
    assert_eq!(code(&nobody), 69, "{nobody:?}");
    assert!(error(&nobody).contains("no connection"), "{nobody:?}");

    let data = folder.path().join("closed");
    let closed = spawn(&mut with(&data, &["--access", "token"]));
    let refused = parlor(closed.address(), &["post", "lobby", "x"])
        .output()
        .unwrap();
    assert_eq!(code(&refused), 77, "{refused:?}");
    let token = folder.path().join("token");
    std::fs::write(&token, run(&data, &["token"])).unwrap();
    let with_token = [
        "post",
        "lobby",
        "x",
        "--token-file",
        token.to_str().unwrap(),
    ];
    let let_in = parlor(closed.address(), &with_token).output().unwrap();
    assert!(let_in.status.success(), "{let_in:?}");
}

#[test]
fn shells_complete_the_commands() {
    let script = Command::new(env!("CARGO_BIN_EXE_parlor"))
        .args(["completions", "bash"])
        .output()
        .unwrap();
    let script = lines(&script).join("\n");
    for word in ["complete -F", "--reply-to", "tail", "export"] {
        assert!(script.contains(word), "{word}");
    }
}
