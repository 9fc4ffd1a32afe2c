//! What the page says.

use std::collections::BTreeSet;

use parlor_frontend::texts;

#[test]
fn the_dialogs_have_all_their_words_from_the_texts() {
    let html = include_str!("../../index.html");
    let (_, dialogs) = html.split_once("<dialog").unwrap();
    let after = dialogs.split("data-text=\"").skip(1);
    let wanted: BTreeSet<&str> = after.filter_map(|rest| rest.split('"').next()).collect();
    let given: BTreeSet<&str> = texts::DIALOG_TEXTS.iter().map(|(name, _)| *name).collect();
    assert_eq!(wanted, given);
    assert_eq!(given.len(), texts::DIALOG_TEXTS.len(), "each name once");
    for said in dialogs
        .split('>')
        .skip(1)
        .filter_map(|rest| rest.split('<').next())
    {
        assert!(!said.contains(char::is_alphabetic), "{said}");
    }
}

#[test]
fn one_is_not_many() {
    let number = |count: usize| format!("<{count}>");
    assert_eq!(texts::jump_to_latest(0, number), "Jump to latest");
    assert_eq!(texts::jump_to_latest(1, number), "1 new message");
    assert_eq!(texts::jump_to_latest(1_234, number), "<1234> new messages");
    assert_eq!(texts::title(0, "lobby", number), "lobby · Parlor");
    assert_eq!(texts::title(99, "lobby", number), "(<99>) lobby · Parlor");
    assert_eq!(texts::title(100, "lobby", number), "(<99>+) lobby · Parlor");
}
