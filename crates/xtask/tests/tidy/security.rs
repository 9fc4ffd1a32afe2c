//! docs/SECURITY.md names every bound of the server, and for each a test that exists.

use crate::source::{read, sources};

/// The document.
const DOCUMENT: &str = "docs/SECURITY.md";
/// Where the bounds are: a file and a folder.
const LIMITS: &str = "shared/src/limits";

/// The text of these files.
fn limits() -> String {
    let files = [
        "limits.rs",
        "limits/access.rs",
        "limits/api.rs",
        "limits/log.rs",
        "limits/nodes.rs",
        "limits/operation.rs",
        "limits/rooms.rs",
        "limits/webhooks.rs",
    ];
    files
        .map(|file| read(&format!("shared/src/{file}")))
        .join("\n")
}

/// The names of the bounds that concern the server: those that are not in the section of the
/// clients, and those of that section that the server uses.
fn bounds() -> Vec<String> {
    let limits = limits();
    let server: String = sources("server/src", ".rs")
        .into_iter()
        .map(|source| source.text)
        .collect();
    let mut is_of_clients = false;
    let mut names = Vec::new();
    for line in limits.lines() {
        if line.starts_with("// ----") {
            is_of_clients = line.contains("clients");
        }
        let name = line.strip_prefix("pub const ").and_then(|rest| {
            let (name, _) = rest.split_once(':')?;
            Some(name.to_owned())
        });
        names.extend(name.filter(|name| !is_of_clients || has_word(&server, name)));
    }
    names
}

/// Whether a text has this word, and not only a longer one.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// The texts in backticks, each with the text that follows it.
fn quoted(text: &str) -> Vec<(&str, &str)> {
    let parts: Vec<&str> = text.split('`').skip(1).collect();
    parts
        .chunks(2)
        .map(|pair| (pair[0], pair.get(1).copied().unwrap_or_default()))
        .collect()
}

#[test]
fn every_bound_of_the_server_is_documented_with_a_test_that_exists() {
    let document = read(DOCUMENT);
    let rows: Vec<Vec<&str>> = document
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.trim_matches('|').split('|').collect())
        .collect();
    let mut problems = Vec::new();
    for name in bounds() {
        let is_named = rows.iter().any(|row| has_word(row[0], &name));
        if !is_named {
            problems.push(format!(
                "{name} of {LIMITS} is in no row of {DOCUMENT}: say what it bounds, and name the \
                 test that fills it"
            ));
        }
    }
    let limits = limits();
    for row in &rows {
        for (name, _) in quoted(row[0]) {
            let is_option = name.starts_with("--");
            if !is_option && !has_word(&limits, name) {
                problems.push(format!("{DOCUMENT}: {LIMITS} has no {name}"));
            }
        }
        let mut tests = 0;
        let mut file = None;
        for (word, after) in quoted(row.last().unwrap()) {
            if after == " → " {
                file = Some(word);
            } else if let Some(file) = file.take() {
                tests += 1;
                let has_test = read(file).contains(&format!("fn {word}("));
                if !has_test {
                    problems.push(format!("{DOCUMENT}: {file} has no test {word}"));
                }
            }
        }
        if tests == 0 {
            problems.push(format!("{DOCUMENT}: no test in the row of{}", row[0]));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(
        rows.len() > 20,
        "the tables begin with a bound in backticks"
    );
}
