//! docs/WEBHOOKS.md: what it says to copy works, and the scheme's own library agrees.

use std::{
    env,
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

use parlor_shared::Entry;
use parlor_test_server::TestServer;
use serde_json::{Value, json};

use super::receiver::{OPTIONS, Received, Receiver, add, data};
use crate::client::{Client, text};

const DOCUMENT: &str = include_str!("../../../../docs/WEBHOOKS.md");

/// The document's blocks in this language.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    let blocks = DOCUMENT.split(fence.as_str()).skip(1);
    let blocks = blocks.filter_map(|block| block.split_once("```"));
    blocks.map(|(block, _)| block).collect()
}

/// The folder with npm's packages.
fn npm() -> PathBuf {
    let given = env::var_os("JS_TOOLS").map(PathBuf::from);
    let tools = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("../tools/npm");
    let folder = given.unwrap_or(tools);
    assert!(
        folder.join("node_modules/standardwebhooks").is_dir(),
        "no standardwebhooks in {}: `cargo xtask setup` installs it",
        folder.display()
    );
    folder
}

/// Runs a program with this on its standard input; gives what it prints.
fn run(command: &mut Command, input: &str) -> String {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// What the programs are given, which say `true` or `false` of each.
fn cases(secret: &str, received: &Received) -> Value {
    let case = |secret: &str, body: &str, at: &str| {
        let mut headers = received.headers.clone();
        headers.insert("webhook-timestamp".to_owned(), at.to_owned());
        json!({"secret": secret, "headers": headers, "body": body})
    };
    let at = &received.headers["webhook-timestamp"];
    let forged = received.body.replace("hello", "hallo");
    let other = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    json!([
        case(secret, &received.body, at),
        case(secret, &forged, at),
        case(other, &received.body, at),
        case(secret, &received.body, "1614265330"),
    ])
}

/// Checks that the example has what a delivery has, and no more.
fn check_example(delivered: &Value) {
    let example: Value = serde_json::from_str(blocks("json")[0]).unwrap();
    let keys = |value: &Value| -> Vec<String> {
        let object = value.as_object().unwrap();
        let mut keys: Vec<String> = object.keys().cloned().collect();
        keys.sort();
        keys
    };
    let paths: [&[&str]; 3] = [&[], &["data"], &["data", "entries", "0", "entry"]];
    for path in paths {
        let pointer: String = path.iter().map(|part| format!("/{part}")).collect();
        let at = |value: &Value| keys(value.pointer(&pointer).unwrap());
        assert_eq!(at(&example), at(delivered), "{pointer}");
    }
    let entry = example.pointer("/data/entries/0/entry").unwrap();
    serde_json::from_value::<Entry>(entry.clone()).unwrap();
}

#[actix_web::test]
async fn what_is_signed_is_verified_in_python_in_javascript_and_by_the_schemes_library() {
    let server = TestServer::start_with(&OPTIONS);
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("lobby").await;
    let mut receiver = Receiver::start();
    let made = add(&data(&server), &receiver, "lobby");
    ann.post("lobby", "hello <b> \u{e9} 🎉").await;
    let received = receiver.requests(1).await.remove(0);
    received.check_signature(&made.secret);
    check_example(&received.json());
    let cases = cases(&made.secret, &received).to_string();
    let expected = "[true,false,false,false]";

    let python = format!(
        "{}\nimport json, sys\nprint(json.dumps([verify(one['secret'], one['headers'], \
         one['body'].encode()) for one in json.load(sys.stdin)], separators=(',', ':')))",
        blocks("python").concat()
    );
    let printed = run(Command::new("python3").args(["-c", &python]), &cases);
    assert_eq!(printed, expected);

    let read = "import { readFileSync } from \"node:fs\";\n\
                const cases = JSON.parse(readFileSync(0, \"utf8\"));\n";
    let own = format!(
        "{read}{}\nconsole.log(JSON.stringify(cases.map((one) => verify(one.secret, one.headers, one.body))));",
        blocks("js").concat()
    );
    let library = format!(
        "{read}import {{ Webhook }} from \"standardwebhooks\";\n\
         const verify = (one) => {{ try {{ new Webhook(one.secret).verify(one.body, one.headers); return true; }} \
         catch {{ return false; }} }};\nconsole.log(JSON.stringify(cases.map(verify)));"
    );
    for script in [own, library] {
        let mut node = Command::new("node");
        node.args(["--input-type=module", "-e", &script]);
        assert_eq!(run(node.current_dir(npm()), &cases), expected, "{script}");
    }
}

#[actix_web::test]
async fn the_commands_work_one_after_the_other() {
    let server = TestServer::start_with(&OPTIONS);
    let mut ann = Client::welcomed(server.address(), "ann").await;
    ann.join("builds").await;
    let script = format!(
        "set -eu\nparlor() {{ \"$PARLOR\" --data \"$DATA\" --url \"$URL\" \"$@\"; }}\n{}",
        blocks("sh").concat()
    );
    assert!(script.matches("parlor webhook ").count() >= 6, "{script}");
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &script])
        .env("PARLOR", env!("CARGO_BIN_EXE_parlor"))
        .env("DATA", data(&server))
        .env("URL", server.url());
    let printing = tokio::task::spawn_blocking(move || run(&mut shell, ""));
    assert_eq!(text(&ann.entry().await), "build 7 is done");
    let printed = printing.await.unwrap();
    for part in [
        "Webhook 1 sends lobby to https://example.org/parlor",
        "whsec_",
        "1: mirror: lobby to https://example.org/parlor, nothing to send",
        "Webhook 1 goes on after 0",
        "Webhook 1 is removed",
    ] {
        assert!(printed.contains(part), "{part}\n{printed}");
    }
    assert!(printed.ends_with("ok"), "{printed}");
}
