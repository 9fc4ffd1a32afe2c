//! docs/HTTP.md: its examples work, and its codes are those that there are.

use std::process::Command;

use parlor_test_server::TestServer;

use super::http_client::Program;

const DOCUMENT: &str = include_str!("../../../../docs/HTTP.md");

/// The address that the examples name.
const EXAMPLE: &str = "http://127.0.0.1:8080";

#[actix_web::test]
async fn the_examples_work_one_after_the_other() {
    let server = TestServer::start();
    let url = format!("http://{}", server.address());
    let blocks = DOCUMENT.split("```sh\n").skip(1);
    let blocks = blocks.filter_map(|block| block.split_once("```"));
    let script: String = blocks.map(|(script, _)| script).collect();
    assert!(script.matches("curl").count() > 10, "{script}");
    let script = format!("set -eu\n{}", script.replace(EXAMPLE, &url));
    let run = async || {
        let script = script.clone();
        let run = move || Command::new("sh").args(["-c", &script]).output().unwrap();
        tokio::task::spawn_blocking(run).await.unwrap()
    };
    let output = run().await;
    let printed = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}\n{errors}");
    for expected in [
        "build 12 is ready",
        "\"Deploy bot\"",
        "data: {\"seq\"",
        "id: ",
        "\"more\"",
    ] {
        assert!(printed.contains(expected), "{expected}\n{printed}");
    }
    // The keys are the same the second time, and one text has none.
    assert!(run().await.status.success());
    let all = Program::of(&server).get("/rooms/lobby/entries").await;
    assert_eq!(all.entries().len(), 5);
}
