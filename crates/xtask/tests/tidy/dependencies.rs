//! Which crate may depend on which, and where in a crate a dependency may be named.

use crate::source::{CODE, Source, read, sources};

/// Fails if one of the words is in the code of this folder outside the allowed modules.
fn assert_only_in(folder: &str, words: &[&str], allowed: &[&str], rule: &str) {
    for source in sources(folder, ".rs") {
        let is_allowed = allowed.iter().any(|module| {
            source.path == format!("{folder}/{module}.rs")
                || source.path.starts_with(&format!("{folder}/{module}/"))
        });
        let code = source
            .text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        for line in code.filter(|_| !is_allowed) {
            assert!(
                !words.iter().any(|word| line.contains(word)),
                "{}: {line}\n{rule}",
                source.path
            );
        }
    }
}

#[test]
fn only_the_servers_edge_names_actix() {
    assert_only_in(
        "server/src",
        &[
            "actix_web",
            "actix_ws",
            "actix_http",
            "actix_codec",
            "actix_service",
        ],
        &["main", "lib", "app", "connection", "http"],
        "the core knows no web framework",
    );
}

#[test]
fn only_the_embedded_engine_has_sql() {
    assert_only_in(
        "server/src",
        &[
            "rusqlite",
            "SELECT ",
            "INSERT ",
            "DELETE FROM",
            "CREATE TABLE",
        ],
        &["engine/embedded"],
        "SQL is in engine/embedded",
    );
}

#[test]
fn only_the_jetstream_engine_names_nats() {
    assert_only_in(
        "server/src",
        &["async_nats"],
        &["engine/jetstream"],
        "async_nats is in engine/jetstream",
    );
}

#[test]
fn only_the_codec_reads_and_writes_json() {
    assert_only_in(
        "shared/src",
        &["serde_json"],
        &["codec"],
        "JSON is read and written in codec",
    );
}

#[test]
fn only_the_view_and_the_browser_folder_know_the_browser() {
    assert_only_in(
        "frontend/src",
        &["leptos", "web_sys", "js_sys", "gloo_", "wasm_bindgen"],
        &["main", "later", "browser", "view"],
        "model and update are pure",
    );
}

/// What reads a clock or makes random numbers.
const IMPURE: [&str; 6] = [
    "std::time",
    "Instant::now",
    "SystemTime",
    "getrandom",
    "thread_rng",
    "Date::now",
];

#[test]
fn pure_code_takes_time_and_random_numbers_as_arguments() {
    let rule = "time and random numbers come in as arguments";
    for folder in ["shared/src", "crates/session/src"] {
        assert_only_in(folder, &IMPURE, &[], rule);
    }
    let impure = ["main", "lib", "browser", "view"];
    assert_only_in("frontend/src", &IMPURE, &impure, rule);
    for file in [
        "server/src/nodes/others.rs",
        "server/src/nodes/outgoing.rs",
        "server/src/rooms/presence.rs",
        "server/src/rooms/ring.rs",
    ] {
        let text = read(file);
        assert!(
            !IMPURE.iter().any(|word| text.contains(word)),
            "{file}: {rule}"
        );
    }
}

#[test]
fn dependencies_point_one_way() {
    let allowed: [(&str, &[&str]); 8] = [
        ("shared", &[]),
        ("crates/session", &["parlor-shared"]),
        ("crates/client", &["parlor-shared", "parlor-session"]),
        ("crates/cli", &["parlor-shared", "parlor-client"]),
        ("crates/chaos", &["parlor-client", "parlor-test-server"]),
        ("crates/test-server", &["parlor-server"]),
        ("frontend", &["parlor-shared", "parlor-session"]),
        // Its binary has the commands of members, too.
        ("server", &["parlor-shared", "parlor-cli"]),
    ];
    for (folder, allowed) in allowed {
        let manifest = read(&format!("{folder}/Cargo.toml"));
        // Tests may depend on anything: the client is tested against the server.
        let dependencies = manifest
            .lines()
            .take_while(|line| *line != "[dev-dependencies]")
            .filter_map(|line| line.split(['.', ' ']).next());
        for name in dependencies.filter(|name| name.starts_with("parlor-")) {
            assert!(
                allowed.contains(&name),
                "{folder} must not depend on {name}"
            );
        }
    }
}

#[test]
fn every_crate_takes_its_lints_and_versions_from_the_workspace() {
    for folder in CODE {
        for Source { path, text } in sources(folder, "/Cargo.toml") {
            assert!(
                text.contains("[lints]\nworkspace = true"),
                "{path} lacks [lints] workspace = true"
            );
            assert!(
                !text.contains("version = \""),
                "{path}: versions are in the workspace's Cargo.toml"
            );
        }
    }
}
