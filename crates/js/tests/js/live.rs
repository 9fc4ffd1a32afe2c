//! The JavaScript client against the real server, which is killed meanwhile.

use std::{
    env,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use parlor_test_server::{FREE_PORT, ServerProcess, command};

use crate::node::{build, node};

/// How many posts the client makes.
const POSTS: usize = 300;
/// After how many entries the server is killed.
const KILLS: [usize; 3] = [20, 90, 180];

fn server(data: &Path, listen: std::net::SocketAddr) -> ServerProcess {
    let binary = env::var("PARLOR_BIN")
        .unwrap_or_else(|_| panic!("PARLOR_BIN is not set: run this with cargo xtask test"));
    let mut command = command(Path::new(&binary), data, listen);
    // With the rates of a server as it is delivered.
    ServerProcess::spawn(command.args(["--access", "open"])).unwrap()
}

/// A running script. Dropping it kills it.
struct Script(Child);

impl Script {
    fn start(command: &mut Command) -> Self {
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

#[test]
fn every_post_is_read_once_and_in_order_while_the_server_is_killed() {
    build();
    let data = tempfile::tempdir().unwrap();
    let mut running = server(data.path(), FREE_PORT);
    let address = running.address();
    let mut script = Script::start(
        node("test/live.mjs")
            .arg(format!("http://{address}"))
            .arg(POSTS.to_string()),
    );
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
