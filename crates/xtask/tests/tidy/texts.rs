//! Everything that the page says to people is in one place, for translators.

use crate::source::{read, sources};

/// Where else there are words: `main` prints only outside a browser. An icon's drawing has letters,
/// and no words.
const WITH_TEXTS: [&str; 3] = ["texts/", "main.rs", "view/icon.rs"];

/// Literals that look like words and are none: names of keys and of the browser's interfaces,
/// values of attributes.
const NAMES: [&str; 16] = [
    "Notification",
    "Enter",
    "Escape",
    "Intl",
    "ListFormat",
    "Tab",
    "ArrowUp",
    "ArrowDown",
    "ArrowLeft",
    "ArrowRight",
    "Dead",
    "Delete",
    "End",
    "Home",
    "Tab",
    "noopener noreferrer",
];

#[test]
fn text_in_an_element_is_found() {
    assert!(has_bare_text("<p>Hello</p>"));
    assert!(has_bare_text("<p>{name}</p><b>and</b>"));
    assert!(!has_bare_text("<p>{name}</p>") && !has_bare_text("</p>"));
}

#[test]
fn what_the_page_says_is_in_the_table_of_texts() {
    let styles = read("frontend/style.css") + &read("frontend/later.css");
    let is_class = |word: &str| styles.contains(&format!(".{word}"));
    for source in sources("frontend/src", ".rs") {
        let has_texts = WITH_TEXTS
            .iter()
            .any(|start| source.path.starts_with(&format!("frontend/src/{start}")));
        if has_texts {
            continue;
        }
        // The page's users see neither comments nor the reasons of lints and panics.
        let unseen = ["//", "reason = ", "'"];
        let code = source.text.lines().map(str::trim).filter(|line| {
            !unseen.iter().any(|start| line.starts_with(start)) && !line.contains("unreachable!")
        });
        for line in code {
            let is_attribute_shown = ["aria-label", "title", "placeholder"]
                .iter()
                .any(|attribute| line.contains(&format!("{attribute}=\"")));
            let unescaped = line.replace("\\\"", "");
            let mut literals = unescaped.split('"').skip(1).step_by(2);
            let has_text =
                literals.any(|literal| !NAMES.contains(&literal) && is_text(literal, is_class));
            assert!(
                !is_attribute_shown && !has_text && !has_bare_text(line),
                "{}: {line}\nwhat a person reads belongs in frontend/src/texts",
                source.path
            );
        }
    }
}

/// Whether an element in a `view!` contains words without quotes: `<p>Hello</p>`.
fn has_bare_text(line: &str) -> bool {
    let before_ends = line.split("</").map(|part| part.rsplit('>').next());
    // The last part has no end tag after it.
    let count = line.matches("</").count();
    before_ends
        .take(count)
        .flatten()
        .any(|content| content.contains(char::is_alphabetic) && !content.contains(['{', '"', '<']))
}

/// Whether a literal looks like a text and not like a name or a list of classes: it begins with a
/// capital and a small letter, or it has two words that are not all classes.
fn is_text(literal: &str, is_class: impl Fn(&str) -> bool) -> bool {
    let has_letters = |word: &&str| word.chars().any(char::is_alphabetic);
    // Without the places of a format.
    let plain = literal
        .split('{')
        .map(|part| part.split_once('}').map_or(part, |(_, rest)| rest));
    let plain = plain.collect::<String>();
    let words: Vec<&str> = plain.split_whitespace().filter(has_letters).collect();
    let mut chars = plain.chars();
    let is_capital = chars.next().is_some_and(char::is_uppercase);
    let is_sentence = is_capital && chars.next().is_some_and(char::is_lowercase);
    is_sentence || (words.len() > 1 && !words.iter().all(|word| is_class(word)))
}
