//! The page's texts.

use std::collections::BTreeSet;

use parlor_frontend::texts::{self, language::Language};
use parlor_shared::limits::{ROOM_BYTES_MAX, TEXT_CHARS_MAX};

/// English, with numbers that show that the language wrote them.
fn write_numbers() {
    let plural = |count| if count == 1 { "one" } else { "other" }.to_owned();
    let number = |count| format!("<{count}>");
    texts::language::set_language(Language::new(String::new(), plural, number));
}

#[test]
fn the_dialogs_have_all_their_texts_from_the_table() {
    let html = include_str!("../../dialogs.html");
    let (_, dialogs) = html.split_once("<dialog").unwrap();
    let names = dialogs.split("data-text=\"").skip(1);
    let used: BTreeSet<&str> = names.filter_map(|rest| rest.split('"').next()).collect();
    let table: BTreeSet<&str> = texts::DIALOG_TEXTS.iter().map(|(name, _)| *name).collect();
    assert_eq!(used, table);
    assert_eq!(table.len(), texts::DIALOG_TEXTS.len(), "each name once");
    let literal = dialogs.split('>').skip(1);
    for text in literal.filter_map(|rest| rest.split('<').next()) {
        assert!(!text.contains(char::is_alphabetic), "{text}");
    }
}

#[test]
fn one_is_singular_and_large_numbers_are_written_by_the_browser() {
    write_numbers();
    assert_eq!(texts::jump_to_latest(0), "Jump to latest");
    assert_eq!(texts::jump_to_latest(1), "1 new message");
    assert_eq!(texts::jump_to_latest(1_234), "<1234> new messages");
    assert_eq!(texts::title(0, "lobby"), "lobby · Parlor");
    assert_eq!(texts::title(99, "lobby"), "(<99>) lobby · Parlor");
    assert_eq!(texts::title(100, "lobby"), "(<99>+) lobby · Parlor");
    assert_eq!(texts::traffic(1, 24), "<1> frame, <24> bytes");
    assert_eq!(texts::traffic(2, 1), "<2> frames, <1> byte");
    assert_eq!(texts::cursor(2_845, 2_845), "entry <2845> (latest)");
    assert_eq!(texts::cursor(1, 2), "entry <1> of <2>");
}

#[test]
fn texts_that_name_a_limit_name_the_one_in_force() {
    let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    assert_eq!(digits(&texts::text_invalid()), TEXT_CHARS_MAX.to_string());
    assert_eq!(digits(&texts::room_invalid()), ROOM_BYTES_MAX.to_string());
}

#[test]
fn sentences_end_with_a_full_stop() {
    let sentences = [
        &texts::text_invalid(),
        texts::name_invalid(),
        &texts::room_invalid(),
        texts::message_not_loaded(),
        texts::outbox_full(),
        &texts::has_unsent("lobby"),
        texts::notifications_blocked(),
        texts::no_messages(),
        texts::not_loaded(),
    ];
    for sentence in sentences {
        assert!(sentence.starts_with(char::is_uppercase), "{sentence}");
        assert!(sentence.ends_with('.'), "{sentence}");
    }
}
