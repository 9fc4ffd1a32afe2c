//! The page's texts.

use std::collections::BTreeSet;

use parlor_frontend::texts;
use parlor_shared::limits::{ROOM_BYTES_MAX, TEXT_CHARS_MAX};

fn number(count: usize) -> String {
    format!("<{count}>")
}

#[test]
fn the_dialogs_have_all_their_texts_from_the_table() {
    let html = include_str!("../../index.html");
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
    assert_eq!(texts::jump_to_latest(0, number), "Jump to latest");
    assert_eq!(texts::jump_to_latest(1, number), "1 new message");
    assert_eq!(texts::jump_to_latest(1_234, number), "<1234> new messages");
    assert_eq!(texts::title(0, "lobby", number), "lobby · Parlor");
    assert_eq!(texts::title(99, "lobby", number), "(<99>) lobby · Parlor");
    assert_eq!(texts::title(100, "lobby", number), "(<99>+) lobby · Parlor");
    assert_eq!(texts::traffic(1, 24, number), "<1> frame, <24> bytes");
    assert_eq!(texts::traffic(2, 1, number), "<2> frames, <1> byte");
    assert_eq!(texts::cursor(2_845, 2_845, number), "entry <2845> (latest)");
    assert_eq!(texts::cursor(1, 2, number), "entry <1> of <2>");
}

#[test]
fn texts_that_name_a_limit_name_the_one_in_force() {
    let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    assert_eq!(digits(texts::TEXT_INVALID), TEXT_CHARS_MAX.to_string());
    assert_eq!(digits(texts::ROOM_INVALID), ROOM_BYTES_MAX.to_string());
}

#[test]
fn sentences_end_with_a_full_stop() {
    let sentences = [
        texts::TEXT_INVALID,
        texts::NAME_INVALID,
        texts::ROOM_INVALID,
        texts::MESSAGE_NOT_LOADED,
        texts::OUTBOX_FULL,
        &texts::has_unsent("lobby"),
        texts::NOTIFICATIONS_BLOCKED,
        texts::NO_MESSAGES,
        texts::NOT_LOADED,
    ];
    for sentence in sentences {
        assert!(sentence.starts_with(char::is_uppercase), "{sentence}");
        assert!(sentence.ends_with('.'), "{sentence}");
    }
}
