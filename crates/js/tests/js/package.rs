//! The package as npm publishes it: small, complete, and with the bounds of the other clients.

use std::{io::Write, process::Command};

use flate2::{Compression, write::GzEncoder};
use parlor_js::node::{build, node, read, root, run, tools};
use parlor_shared::limits;
use serde_json::Value;

/// The most that a page loads for the client.
const GZIP_BYTES_MAX: usize = 8 * 1024;

#[test]
fn the_client_is_less_than_8_kb() {
    build();
    let client = read("clients/js/dist/parlor.js");
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(client.as_bytes()).unwrap();
    let bytes = gzip.finish().unwrap().len();
    println!("the JavaScript client has {bytes} bytes, compressed by gzip");
    assert!(bytes < GZIP_BYTES_MAX, "{bytes} bytes");
    assert!(
        !client.contains("import ") && !client.contains("require("),
        "it depends on nothing"
    );
}

#[test]
fn the_package_has_the_client_its_types_and_its_licences() {
    build();
    let mut npm = Command::new("npm");
    npm.current_dir(root().join("clients/js"))
        .args(["pack", "--dry-run", "--json", "--offline"]);
    let packed: Value = serde_json::from_str(&run(&mut npm, "")).unwrap();
    let files = packed[0]["files"].as_array().unwrap();
    let has = |path: &str| files.iter().any(|file| file["path"] == path);
    for path in [
        "package.json",
        "README.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "dist/parlor.js",
        "dist/index.d.ts",
        "dist/wire.d.ts",
    ] {
        assert!(has(path), "the package lacks {path}");
    }
    let is_source = |file: &Value| {
        let path = file["path"].as_str().unwrap();
        path.starts_with("src/") || path.starts_with("test/")
    };
    assert!(!files.iter().any(is_source), "sources are not packed");
}

#[test]
fn a_program_in_typescript_compiles_with_the_packed_types() {
    build();
    let tsc = tools().join("node_modules/typescript/bin/tsc");
    let mut compile = node(tsc.to_str().unwrap());
    compile
        .args(["--noEmit", "--strict", "--target", "es2022"])
        .args(["--module", "es2022", "--moduleResolution", "bundler"])
        .arg(root().join("clients/js/test/program.ts"));
    assert_eq!(run(&mut compile, ""), "");
}

#[test]
fn its_bounds_are_those_of_the_other_clients() {
    let written = read("clients/js/src/limits.ts").replace('_', "");
    let bounds = [
        ("OUTBOX_POSTS_MAX", limits::OUTBOX_POSTS_MAX as u64),
        ("OUTBOX_WINDOW", limits::OUTBOX_WINDOW as u64),
        ("QUESTIONS_MAX", limits::QUESTIONS_MAX as u64),
        ("SEEN_SEND_MS_MIN", limits::SEEN_SEND_MS_MIN),
        ("BACKOFF_MS_MAX", limits::BACKOFF_MS_MAX),
        ("BACKOFF_MS_MIN", limits::BACKOFF_MS_MIN),
        ("BACKOFF_RESET_MS", limits::BACKOFF_RESET_MS),
        ("RETRY_MS_MIN", limits::RETRY_MS_MIN),
        ("RETRY_MS_MAX", limits::RETRY_MS_MAX),
        ("HEARTBEAT_MS_MIN", limits::HEARTBEAT_MS_MIN),
        ("HEARTBEAT_MS_MAX", limits::HEARTBEAT_MS_MAX),
        ("PONG_TIMEOUT_MS", limits::PONG_TIMEOUT_MS),
        ("CONNECT_TIMEOUT_MS", limits::CONNECT_TIMEOUT_MS),
        ("TYPING_INTERVAL_MS", limits::TYPING_INTERVAL_MS),
        (
            "SLOW_MODE_SECONDS_MAX",
            limits::SLOW_MODE_SECONDS_MAX.into(),
        ),
    ];
    for (name, bound) in bounds {
        let line = format!("export const {} = {bound};", name.replace('_', ""));
        assert!(written.contains(&line), "limits.ts: {name} is {bound}");
    }
}
