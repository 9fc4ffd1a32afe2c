//! The rules of the house, checked from the sources.
#![allow(
    clippy::unwrap_used,
    reason = "a source that can't be read fails the test"
)]

use std::{
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// Every file of this kind below a folder, by its path in the repository, with its text.
fn files(folder: &str, extension: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(current) = folders.pop() {
        for entry in fs::read_dir(current).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                let name = path
                    .strip_prefix(root())
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                found.push((name, fs::read_to_string(path).unwrap()));
            }
        }
    }
    found
}

fn all_sources() -> Vec<(String, String)> {
    ["shared", "server", "frontend", "crates"]
        .iter()
        .flat_map(|f| files(f, "rs"))
        .collect()
}

/// Fails where a word stands in a source of this folder that is not among those allowed.
fn only_in(folder: &str, words: &[&str], allowed: &[&str], why: &str) {
    for (name, text) in files(folder, "rs") {
        if allowed.iter().any(|a| {
            name == format!("{folder}/{a}.rs") || name.starts_with(&format!("{folder}/{a}/"))
        }) {
            continue;
        }
        let code = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            assert!(
                !words.iter().any(|word| line.contains(word)),
                "{name}: {line}\n{why}"
            );
        }
    }
}

#[test]
fn each_crate_of_the_workspace_is_named_only_where_it_belongs() {
    let actix = ["main", "lib", "app", "connection", "http"];
    only_in(
        "server/src",
        &[
            "actix_web",
            "actix_ws",
            "actix_http",
            "actix_codec",
            "actix_service",
        ],
        &actix,
        "the core knows no web framework",
    );
    let sql = ["engine/embedded"];
    only_in(
        "server/src",
        &["rusqlite", "SELECT ", "INSERT "],
        &sql,
        "SQL is the embedded engine's",
    );
    only_in(
        "shared/src",
        &["serde_json"],
        &["codec"],
        "JSON is read and written in one place",
    );
    let browser = ["main", "browser", "view"];
    let words = ["leptos", "web_sys", "js_sys", "gloo_", "wasm_bindgen"];
    only_in(
        "frontend/src",
        &words,
        &browser,
        "the page's behaviour is pure",
    );
}

#[test]
fn what_is_pure_has_no_clock_and_no_chance_of_its_own() {
    let words = [
        "std::time",
        "Instant::now",
        "SystemTime",
        "getrandom",
        "thread_rng",
        "Date::now",
    ];
    for folder in ["shared/src", "crates/session/src"] {
        only_in(
            folder,
            &words,
            &[],
            "times and random numbers come in as arguments",
        );
    }
    for (name, text) in files("server/src", "rs")
        .into_iter()
        .chain(files("frontend/src", "rs"))
    {
        let pure = [
            "rooms/presence.rs",
            "rooms/ring.rs",
            "model.rs",
            "event.rs",
            "update.rs",
        ];
        if pure
            .iter()
            .any(|file| name.ends_with(&format!("src/{file}")))
        {
            assert!(
                !words.iter().any(|word| text.contains(word)),
                "{name} is pure"
            );
        }
    }
}

#[test]
fn dependencies_point_one_way() {
    let allowed: [(&str, &[&str]); 7] = [
        ("shared", &[]),
        ("crates/session", &["parlor-shared"]),
        ("crates/client", &["parlor-shared", "parlor-session"]),
        ("crates/chaos", &["parlor-client", "parlor-test-server"]),
        ("crates/test-server", &["parlor-server"]),
        ("frontend", &["parlor-shared", "parlor-session"]),
        ("server", &["parlor-shared"]),
    ];
    for (folder, allowed) in allowed {
        let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        // What only tests need may point anywhere: a client is tested against the server.
        let ours = manifest
            .lines()
            .take_while(|line| *line != "[dev-dependencies]")
            .filter_map(|line| line.split(['.', ' ']).next());
        for name in ours.filter(|name| name.starts_with("parlor-")) {
            assert!(
                allowed.contains(&name),
                "{folder} does not depend on {name}"
            );
        }
    }
}

#[test]
fn every_crate_keeps_the_workspaces_rules() {
    for folder in ["shared", "server", "frontend", "crates"] {
        for (name, manifest) in files(folder, "toml")
            .iter()
            .filter(|(n, _)| n.ends_with("Cargo.toml"))
        {
            assert!(
                manifest.contains("[lints]\nworkspace = true"),
                "{name}: [lints] workspace = true"
            );
            assert!(
                !manifest.contains("version = \""),
                "{name}: versions are the workspace's"
            );
        }
    }
    for (name, text) in all_sources() {
        let file = name.rsplit('/').next().unwrap();
        assert!(
            !["mod.rs", "utils.rs"].contains(&file),
            "{name}: name a module after what it is"
        );
        assert!(
            text.lines().count() <= 620,
            "{name} is long: what is it hiding?"
        );
    }
}

#[test]
fn the_documents_name_files_that_exist() {
    for document in ["README.md", "ARCHITECTURE.md", "docs/TESTING.md"] {
        let text = fs::read_to_string(root().join(document)).unwrap();
        for word in text.split('`').skip(1).step_by(2) {
            let starts = ["shared/", "server/", "frontend/", "crates/", "docs/"];
            if starts.iter().any(|start| word.starts_with(start)) {
                assert!(
                    root().join(word).exists(),
                    "{document} names {word}, which is not there"
                );
            }
        }
    }
}

/// What the page says is in one file, for whoever translates it. Found are literals that look like words: with two of
/// them or a capital at the beginning; and whatever literal is the value of an attribute that is read out or shown.
#[test]
fn what_the_page_says_stands_among_its_texts() {
    // The emoji's names are a table of their own; what main says is not said in a browser.
    let elsewhere = ["texts", "texts/inspector", "emoji", "main"];
    let known = [
        "Enter",
        "Escape",
        "ArrowUp",
        "ArrowDown",
        "ArrowLeft",
        "ArrowRight",
        "noopener noreferrer",
    ];
    let styles = fs::read_to_string(root().join("frontend/style.css")).unwrap();
    let is_class = |word: &str| styles.contains(&format!(".{word}"));
    for (name, text) in files("frontend/src", "rs") {
        if elsewhere
            .iter()
            .any(|file| name == format!("frontend/src/{file}.rs"))
        {
            continue;
        }
        // Neither comments nor reasons, of lints and of panics, are for who uses the page.
        let silent = ["//", "reason = ", "'"];
        let code = text.lines().map(str::trim).filter(|line| {
            !silent.iter().any(|begin| line.starts_with(begin)) && !line.contains("unreachable!")
        });
        for line in code {
            let shown = ["aria-label", "title", "placeholder"]
                .iter()
                .any(|attribute| line.contains(&format!("(\"{attribute}\", \"")));
            let line_without = line.replace("\\\"", "");
            let mut literals = line_without.split('"').skip(1).step_by(2);
            let says =
                literals.any(|literal| !known.contains(&literal) && is_said(literal, is_class));
            assert!(
                !shown && !says,
                "{name}: {line}\nwords that a person reads stand in frontend/src/texts.rs"
            );
        }
    }
}

/// Whether this looks like something that is said, and not like a name or a list of classes.
fn is_said(literal: &str, is_class: impl Fn(&str) -> bool) -> bool {
    let has_letters = |word: &&str| word.chars().any(char::is_alphabetic);
    // Without what a format puts in.
    let plain = literal
        .split('{')
        .map(|part| part.split_once('}').map_or(part, |(_, rest)| rest));
    let plain = plain.collect::<String>();
    let words: Vec<&str> = plain.split_whitespace().filter(has_letters).collect();
    let mut chars = plain.chars();
    let begins = chars.next().is_some_and(char::is_uppercase);
    let is_sentence = begins && chars.next().is_some_and(char::is_lowercase);
    is_sentence || (words.len() > 1 && !words.iter().all(|word| is_class(word)))
}
