//! The examples, as processes beside a real server.

use std::{collections::BTreeMap, io::Write, net::TcpStream, path::PathBuf, process::Stdio};

use parlor_client::{Body, JoinedRoom, MessageId};
use parlor_test_server::TestServer;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};

use crate::stream::{connect, in_time, next_entry, next_texts, until_live};

/// The compiled example. `cargo test` builds the examples of a crate together with its tests; a run
/// of one test program alone does not.
fn program(name: &str) -> PathBuf {
    let this = std::env::current_exe().unwrap();
    let folder = this.parent().and_then(|deps| deps.parent()).unwrap();
    let program = folder.join("examples").join(name);
    assert!(
        program.exists(),
        "run `cargo build -p parlor-client --examples` first, or the tests without `--test`"
    );
    program
}

/// A running example, which is killed when it is dropped.
struct Example {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Example {
    fn run(name: &str, arguments: &[&str]) -> Self {
        let mut child = Command::new(program(name))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self {
            stdin: child.stdin.take(),
            lines: BufReader::new(child.stdout.take().unwrap()).lines(),
            child,
        }
    }

    /// Its next line of output.
    async fn line(&mut self) -> String {
        let line = in_time(self.lines.next_line()).await.unwrap();
        line.expect("the example goes on")
    }

    async fn until_line(&mut self, wanted: &str) {
        while self.line().await != wanted {}
    }

    async fn type_line(&mut self, line: &str) {
        let line = format!("{line}\n");
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(line.as_bytes()).await.unwrap();
    }
}

async fn in_lobby(server: &TestServer) -> JoinedRoom {
    let mut lobby = connect(server, "Ada").join("lobby").await.unwrap();
    until_live(&mut lobby).await;
    lobby
}

#[tokio::test]
async fn the_echo_bot_answers_what_is_new_and_nothing_else() {
    let server = TestServer::start();
    let mut lobby = in_lobby(&server).await;
    in_time(lobby.post("before it came")).await.unwrap();
    let mut bot = Example::run("echo", &[&server.url(), "lobby"]);
    bot.until_line("live").await;
    let posted = in_time(lobby.post("hello")).await.unwrap();
    assert_eq!(
        next_texts(&mut lobby, 3).await,
        ["before it came", "hello", "hello"]
    );
    let page = in_time(lobby.latest(10)).await.unwrap();
    let answer = page.entries.last().unwrap();
    assert!(matches!(answer.body, Body::Post { reply_to: Some(to), .. } if to == posted.id));
}

#[tokio::test]
async fn the_restart_safe_bot_answers_each_message_once_though_it_is_killed_after_each_answer() {
    const KILLS: usize = 12;
    const MESSAGES: usize = 30;
    let server = TestServer::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bot.json").display().to_string();
    let mut lobby = in_lobby(&server).await;
    let url = server.url();
    let arguments = [url.as_str(), "lobby", file.as_str()];
    let mut bot = Example::run("restart_safe", &arguments);
    bot.until_line("live").await;
    for n in 0..MESSAGES {
        in_time(lobby.post(format!("number {n}"))).await.unwrap();
    }
    for _ in 0..KILLS {
        // The answer is on the log, and the bot's place is not in its file yet.
        bot.until_line("answered").await;
        in_time(bot.child.kill()).await.unwrap();
        bot = Example::run("restart_safe", &arguments);
    }
    let mut questions = BTreeMap::new();
    let mut answers: BTreeMap<MessageId, usize> = BTreeMap::new();
    while answers.len() < MESSAGES {
        let entry = next_entry(&mut lobby).await;
        match (&entry.body, entry.is_own) {
            (_, true) => drop(questions.insert(entry.id, entry.seq)),
            (Body::Post { reply_to, .. }, false) => {
                *answers.entry(reply_to.unwrap()).or_default() += 1;
            }
            (other, false) => panic!("{other:?}"),
        }
    }
    // Whatever it is still about to do is before its answer to one more message.
    let last = in_time(lobby.post("the last one")).await.unwrap().id;
    loop {
        let entry = next_entry(&mut lobby).await;
        if let (
            Body::Post {
                reply_to: Some(to), ..
            },
            false,
        ) = (&entry.body, entry.is_own)
        {
            if *to == last {
                break;
            }
            *answers.entry(*to).or_default() += 1;
        }
    }
    assert_eq!(answers.len(), MESSAGES);
    assert!(
        questions.keys().all(|id| answers.get(id) == Some(&1)),
        "{answers:?}"
    );
}

#[tokio::test]
async fn the_bridge_posts_lines_and_prints_what_happens() {
    let server = TestServer::start();
    let mut lobby = in_lobby(&server).await;
    in_time(lobby.post("before it came")).await.unwrap();
    next_entry(&mut lobby).await;
    let mut bridge = Example::run("json_lines", &[&server.url(), "lobby"]);
    let first = bridge.line().await;
    assert!(first.contains("before it came"), "{first}");
    bridge.until_line(r#"{"live":true}"#).await;
    bridge.type_line(r#"{"text":"from a line"}"#).await;
    bridge.type_line("no JSON").await;
    assert_eq!(next_texts(&mut lobby, 1).await, ["from a line"]);
    let mut outcomes = Vec::new();
    while outcomes.len() < 2 {
        let line = bridge.line().await;
        outcomes.extend(
            ["posted", "error"]
                .into_iter()
                .find(|word| line.starts_with(&format!("{{\"{word}\""))),
        );
    }
    assert_eq!(outcomes, ["posted", "error"]);
    // At the end of its input it has posted everything, and ends.
    bridge.type_line(r#"{"text":"the last line"}"#).await;
    drop(bridge.stdin.take());
    assert!(in_time(bridge.child.wait()).await.unwrap().success());
    assert_eq!(next_texts(&mut lobby, 1).await, ["the last line"]);
}

/// Sends a request to the gateway; returns the answer.
fn request(address: &str, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "POST / HTTP/1.1\r\nHost: gateway\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    std::io::read_to_string(stream).unwrap()
}

#[tokio::test]
async fn the_gateway_says_what_a_webhook_brings_once() {
    let server = TestServer::start();
    let mut lobby = in_lobby(&server).await;
    let arguments = [&server.url(), "lobby", "127.0.0.1:0", "secret"];
    let mut gateway = Example::run("webhook_gateway", &arguments);
    let line = gateway.line().await;
    let address = line.strip_prefix("listening on ").unwrap();
    let authorized = "Authorization: Bearer secret\r\n";
    let key = "Idempotency-Key: 0199c82c-c000-7101-8101-010101010101\r\n";
    let body = r#"{"text":"the build failed"}"#;
    for _attempt in 0..2 {
        let answer = request(address, &format!("{authorized}{key}"), body);
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
        assert!(
            answer.contains("0199c82c-c000-7101-8101-010101010101"),
            "{answer}"
        );
    }
    let other = request(address, authorized, r#"{"text":"it is mended"}"#);
    assert!(other.starts_with("HTTP/1.1 201"), "{other}");
    assert_eq!(
        next_texts(&mut lobby, 2).await,
        ["the build failed", "it is mended"]
    );
    let stranger = request(address, "", body);
    assert!(stranger.starts_with("HTTP/1.1 401"), "{stranger}");
    let malformed = request(address, authorized, "text");
    assert!(malformed.starts_with("HTTP/1.1 400"), "{malformed}");
}
