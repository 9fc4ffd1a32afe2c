//! What files there are, how they are named and how long they are.

use std::fs;

use crate::source::{CODE, paths, read, root, rust};

/// The longest a Rust file may be, in lines.
const LINES_MAX: usize = 400;

/// Files that may be longer, each with its reason.
const LONG_FILES: [(&str, &str); 1] = [("frontend/src/texts.rs", "a list of texts")];

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
        let may_be_long = LONG_FILES.iter().any(|(path, _)| *path == source.path);
        assert!(
            lines <= LINES_MAX || may_be_long,
            "{} has {lines} lines; split it ({LINES_MAX} are the most)",
            source.path
        );
    }
}

#[test]
#[ignore = "until the sources follow it"]
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
