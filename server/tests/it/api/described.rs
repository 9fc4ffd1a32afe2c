//! The API does what its description says, for any request, which schemathesis makes up; and the
//! description is what OpenAPI says that one is.

use std::{env, fs, path::Path, process::Command};

use parlor_test_server::TestServer;
use serde_json::json;

use super::http_client::{Program, post};
use crate::{
    client::{Client, new_id},
    rights::give,
};

/// What is checked of each answer. Not that what is valid is accepted: a message that is not there,
/// or a text in which nothing can be seen, is valid and refused.
const CHECKS: [&str; 10] = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
];

/// A program from PyPI: `cargo xtask setup` installs it.
fn python_program(name: &str, variable: &str) -> Command {
    if let Some(given) = env::var_os(variable) {
        return Command::new(given);
    }
    let tools = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../tools/python");
    let environments = fs::read_dir(tools).into_iter().flatten();
    let mut programs = environments.map(|entry| entry.unwrap().path().join("bin").join(name));
    let found = programs.find(|program| program.is_file());
    let missing = || panic!("no {name}: `cargo xtask setup` installs it, or {variable} names it");
    Command::new(found.unwrap_or_else(missing))
}

#[actix_web::test]
async fn the_description_is_valid() {
    let server = TestServer::start();
    let document = Program::of(&server).get("/openapi.json").await.body;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("openapi.json");
    fs::write(&file, document).unwrap();
    let mut validator = python_program("openapi-spec-validator", "OPENAPI_SPEC_VALIDATOR");
    let output = validator
        .args(["--schema", "3.1"])
        .arg(&file)
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}\n{errors}");
}

#[actix_web::test]
async fn whatever_is_asked_for_the_answer_is_as_described() {
    let server = TestServer::start();
    let mut owner = Client::welcomed(server.address(), "owner").await;
    owner.join("lobby").await;
    give(&server, &mut owner, "*", parlor_shared::Right::Own).await;
    let bot = Program::named(&server, "bot").await;
    let id = new_id();
    bot.say(id, "hello").await;
    let reaction = json!({"kind": "reaction", "target": id, "emoji": "👍", "on": true});
    bot.post("/rooms/lobby/entries", &[], json!({"body": reaction}))
        .await;
    bot.post("/rooms/attic/entries", &[], post("hello")).await;
    let folder = tempfile::tempdir().unwrap();
    let mut command = python_program("schemathesis", "SCHEMATHESIS");
    command
        .current_dir(folder.path())
        .arg("run")
        .arg(format!("http://{}/api/v1/openapi.json", server.address()))
        .arg(format!(
            "--header=Authorization: Bearer {}",
            bot.token.unwrap()
        ))
        .arg(format!("--checks={}", CHECKS.join(",")))
        .args(["--max-examples=25", "--seed=7", "--no-color", "--workers=1"])
        .args(["--phases=examples,fuzzing", "--request-timeout=20"]);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    let output = output.await.unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    println!("{printed}");
    assert!(output.status.success(), "{printed}\n{errors}");
}
