//! What files there are, how they are named and how long they are.

use std::fs;

use crate::source::{CODE, paths, read, root, rust};

/// The longest a Rust file may be, in lines.
const LINES_MAX: usize = 400;

#[test]
fn files_are_short_and_named_after_what_they_contain() {
    for source in rust() {
        let file = source.path.rsplit('/').next().unwrap();
        assert!(
            !["mod.rs", "utils.rs"].contains(&file),
            "{}: name the file after what it contains",
            source.path
        );
        let lines = source.text.lines().count();
        assert!(
            lines <= LINES_MAX,
            "{} has {lines} lines; split it ({LINES_MAX} are the most)",
            source.path
        );
    }
}

#[test]
fn comments_are_wrapped_at_100_columns() {
    let mut long = Vec::new();
    for source in rust() {
        for (at, line) in source.text.lines().enumerate() {
            if line.trim_start().starts_with("//") && line.chars().count() > 100 {
                long.push(format!("{}:{}", source.path, at + 1));
            }
        }
    }
    assert!(long.is_empty(), "wrap these comments\n{}", long.join("\n"));
}

#[test]
fn only_pictures_are_binary_and_only_where_they_are_shown() {
    let top: Vec<String> = fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    let folders = CODE.into_iter().chain(["docs", ".github", ".ci", ".cargo"]);
    for path in folders.flat_map(paths).chain(top) {
        let is_picture = ["png", "jpg", "webp", "ico"]
            .iter()
            .any(|end| path.ends_with(&format!(".{end}")));
        let is_shown = path.starts_with("docs/") || path.starts_with("frontend/");
        let is_text = fs::read(root().join(&path))
            .unwrap()
            .iter()
            .all(|byte| *byte != 0);
        assert!(
            is_text || (is_picture && is_shown),
            "{path} is binary; only pictures in docs/ and frontend/ may be"
        );
    }
}

#[test]
fn the_documents_name_files_that_exist() {
    for document in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "docs/TESTING.md",
        "docs/SECURITY.md",
    ] {
        let text = read(document);
        for word in text.split('`').skip(1).step_by(2) {
            let is_path = CODE
                .into_iter()
                .chain(["docs"])
                .any(|folder| word.starts_with(&format!("{folder}/")));
            assert!(
                !is_path || root().join(word).exists(),
                "{document} names {word}, which does not exist"
            );
        }
    }
}

#[test]
fn the_path_of_one_message_names_functions_that_exist() {
    let text = read("ARCHITECTURE.md");
    let (_, path) = text.split_once("## The path of one message").unwrap();
    let (path, _) = path.split_once("## The map").unwrap();
    let path = path.split_whitespace().collect::<Vec<_>>().join(" ");
    // Outside and inside of backticks, by turns: a file, " → ", a function, ", ", a function.
    let parts: Vec<&str> = path.split('`').collect();
    let mut file = "";
    let mut checked = 0;
    for part in parts[1..].chunks(2) {
        let [name, then] = part else { break };
        if name.ends_with(".rs") {
            file = if *then == " → " { name } else { "" };
        } else if !file.is_empty() {
            let source = read(file);
            assert!(
                source.contains(&format!("fn {name}(")) || source.contains(&format!("fn {name}<")),
                "ARCHITECTURE.md names {name} in {file}, which has no such function"
            );
            checked += 1;
            file = if *then == ", " { file } else { "" };
        }
    }
    assert!(checked > 20, "each step says `file.rs` → `function`");
}
