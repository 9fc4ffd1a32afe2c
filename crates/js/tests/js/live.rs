//! The JavaScript client against the real server, which is killed meanwhile.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
};

use parlor_js::node::{Runtime, build, node, read, run};
use parlor_shared::limits::OUTBOX_POSTS_MAX;
use parlor_test_server::{FREE_PORT, ServerProcess, command};

/// How many posts the client makes.
const POSTS: usize = 300;
/// After how many entries the server is killed.
const KILLS: [usize; 3] = [20, 90, 180];

/// With the rates of a server as it is delivered, and further options.
fn server_with(data: &Path, listen: SocketAddr, options: &[&str]) -> ServerProcess {
    let binary = env::var("PARLOR_BIN")
        .unwrap_or_else(|_| panic!("PARLOR_BIN is not set: run this with cargo xtask test"));
    let mut command = command(Path::new(&binary), data, listen);
    ServerProcess::spawn(command.args(options)).unwrap()
}

fn server(data: &Path, listen: SocketAddr) -> ServerProcess {
    server_with(data, listen, &[])
}

/// A running script. Dropping it kills it.
struct Script(Child);

impl Script {
    fn start(mut command: Command) -> Self {
        Self(command.stdout(Stdio::piped()).spawn().unwrap())
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        // It has ended already, unless the test fails.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Two clients in a runtime, and a server that is killed again and again.
fn every_post_is_read_once_and_in_order(runtime: Runtime) {
    build();
    let data = tempfile::tempdir().unwrap();
    let mut running = server(data.path(), FREE_PORT);
    let address = running.address();
    let mut command = runtime.command("test/live.mjs");
    command.args([format!("http://{address}"), POSTS.to_string()]);
    let mut script = Script::start(command);
    let lines = BufReader::new(script.0.stdout.take().unwrap()).lines();
    let (mut entries, mut reported) = (Vec::new(), Vec::new());
    for line in lines {
        let line = line.unwrap();
        match line.strip_prefix("entry ") {
            Some(text) => {
                entries.push(text.to_owned());
                if KILLS.contains(&entries.len()) {
                    running.kill().unwrap();
                    running = server(data.path(), address);
                }
            }
            None => reported.push(line),
        }
    }
    let posted = (0..POSTS).map(|n| format!("post {n}"));
    let posted: Vec<String> = posted.chain(["last".to_owned()]).collect();
    assert_eq!(entries, posted, "each once, in order");
    let expected = [
        format!("posted {POSTS}").as_str(),
        "again true",
        "found 1",
        "history 10",
        "closed",
    ]
    .map(str::to_owned);
    assert_eq!(reported, expected);
    assert!(script.0.wait().unwrap().success());
}

#[test]
fn every_post_is_read_once_while_the_server_is_killed_in_node() {
    every_post_is_read_once_and_in_order(Runtime::Node);
}

#[test]
fn every_post_is_read_once_while_the_server_is_killed_in_deno() {
    every_post_is_read_once_and_in_order(Runtime::Deno);
}

#[test]
fn every_post_is_read_once_while_the_server_is_killed_in_bun() {
    every_post_is_read_once_and_in_order(Runtime::Bun);
}

/// An example of a document, as a program in this folder that runs against the server at this
/// address.
fn example(document: &str, number: usize, folder: &Path, address: SocketAddr) -> Command {
    let text = read(document);
    let example = text.split("```js\n").nth(number).unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let client = build();
    let server = example.split('"').find(|part| part.starts_with("http"));
    let example = example
        .replace("parlor-client", client.to_str().unwrap())
        .replace(server.unwrap(), &format!("http://{address}"));
    let program = folder.join(format!("example-{number}.mjs"));
    fs::write(&program, example).unwrap();
    let mut command = node(program.to_str().unwrap());
    command.current_dir(folder);
    command
}

#[test]
fn the_readmes_example_is_a_bot_that_replies() {
    build();
    let folder = tempfile::tempdir().unwrap();
    let running = server(&folder.path().join("log"), FREE_PORT);
    let address = running.address();
    let bot = example("clients/js/README.md", 1, folder.path(), address);
    let _bot = Script::start(bot);
    let mut person = node("test/example.mjs");
    let reply = run(person.arg(format!("http://{address}")), "");
    assert_eq!(reply.trim(), "hello");
}

#[test]
fn the_javascript_pages_programs_say_something_and_go_on_where_they_stopped() {
    build();
    let folder = tempfile::tempdir().unwrap();
    let running = server(&folder.path().join("log"), FREE_PORT);
    let program = |number| {
        example(
            "docs/JAVASCRIPT.md",
            number,
            folder.path(),
            running.address(),
        )
    };
    let say = || {
        let printed = run(&mut program(1), "");
        let seq = printed.trim().strip_prefix("on the log as ").unwrap();
        format!("{seq} Ada: hello from JavaScript")
    };
    // Reads up to this line, and is killed.
    let read_to = |last: &str| {
        let mut log = Script::start(program(2));
        let lines = BufReader::new(log.0.stdout.take().unwrap()).lines();
        let mut printed: Vec<String> = Vec::new();
        for line in lines {
            printed.push(line.unwrap());
            if printed.last().is_some_and(|line| line == last) {
                break;
            }
        }
        printed
    };
    let (first, second) = (say(), say());
    assert_eq!(read_to(&second), [first, second.clone()]);
    let third = say();
    let after = read_to(&third);
    // It was killed when it had printed the second one, perhaps before it had saved that place.
    let is_in_full = after == [third.clone()] || after == [second, third];
    assert!(is_in_full, "{after:?}");
}

#[test]
fn a_slow_loop_gets_what_does_not_fit_into_memory_from_the_log() {
    build();
    // More than twice what waits for a loop.
    let count = 2_500;
    let folder = tempfile::tempdir().unwrap();
    let fast = ["--rate-per-second", "100000", "--rate-burst", "100000"];
    let running = server_with(folder.path(), FREE_PORT, &fast);
    let mut slow = node("test/slow.mjs");
    let printed = run(
        slow.args([format!("http://{}", running.address()), count.to_string()]),
        "",
    );
    let lines: Vec<&str> = printed.lines().collect();
    let kept = format!("kept {OUTBOX_POSTS_MAX}");
    assert_eq!(lines, ["in order true", "refused at once full", &kept]);
}

#[test]
fn a_program_that_cannot_go_on_is_told_why() {
    build();
    let folder = tempfile::tempdir().unwrap();
    let open = server(&folder.path().join("open"), FREE_PORT);
    let private = server_with(
        &folder.path().join("private"),
        FREE_PORT,
        &["--access", "token"],
    );
    let mut errors = node("test/errors.mjs");
    let urls = [&open, &private].map(|server| format!("http://{}", server.address()));
    let printed = run(errors.args(urls), "");
    let lines: Vec<&str> = printed.lines().collect();
    let expected = [
        "refused true text_empty",
        "reset true",
        "one loop A loop reads attic already.",
        "aborted enough",
        "stopped true access_required",
    ];
    assert_eq!(lines, expected);
}
