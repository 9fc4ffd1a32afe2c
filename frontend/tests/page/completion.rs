//! Completing names and emoji in the composer.

use parlor_frontend::{
    event::Caret,
    mention::mark,
    model::{
        completion::{COMPLETIONS_MAX, Completion, Replacement},
        picker::Step,
    },
};

use crate::{picker::english, *};

/// A page with these people in the lobby.
fn with_people(names: &[&str]) -> Page {
    let mut page = Page::open();
    page.connect();
    page.join("lobby", 0, 0);
    let members = names.iter().enumerate().map(|(n, name)| Member {
        member: person(n),
        name: Name::parse(*name).unwrap(),
    });
    let members: Vec<Member> = members.collect();
    page.receive(&ServerMessage::Present {
        room: lobby(),
        count: members.len() as u32,
        members,
    });
    page
}

fn person(n: usize) -> MemberId {
    MemberId::from_bytes([u8::try_from(n).unwrap() + 10; 16])
}

impl Page {
    /// The user types a text, and the caret stands at its end.
    fn write(&mut self, text: &str) -> Vec<Effect> {
        self.dispatch(Event::Typed(text.to_owned()));
        self.move_caret(text.encode_utf16().count(), true)
    }

    fn move_caret(&mut self, at: usize, is_typed: bool) -> Vec<Effect> {
        self.dispatch(Event::CaretMoved(Caret { at, is_typed }))
    }

    fn completion(&self) -> Option<&Completion> {
        self.model.completions.open.as_ref()
    }

    /// What is offered.
    fn offered(&self) -> Vec<&str> {
        let items = self.completion().map_or(&[][..], |open| &open.items);
        items.iter().map(|item| item.label.as_str()).collect()
    }

    fn selected_completion(&self) -> Option<usize> {
        self.completion()?.selected
    }
}

#[test]
fn people_are_offered_by_any_word_of_their_name_and_by_initials() {
    let mut page = with_people(&[
        "Grace Hopper",
        "Ada Lovelace",
        "ada",
        "Émile Grün",
        "小明",
        "O'Brien",
    ]);
    let cases: [(&str, &[&str]); 15] = [
        ("@gr", &["Grace Hopper", "Émile Grün"]),
        ("hi @hop", &["Grace Hopper"]),
        ("@grace h", &["Grace Hopper"]),
        ("@hopper gr", &["Grace Hopper"]),
        ("@gh", &["Grace Hopper"]),
        ("@ÉM", &["Émile Grün"]),
        ("你好@小", &["小明"]),
        ("(@o'b", &["O'Brien"]),
        ("@zz", &[]),
        ("@ gr", &[]),
        ("mail@gr", &[]),
        ("@gr\n", &[]),
        ("@grace hopper", &[]),
        ("@Grace Hopper and", &[]),
        ("@@gr", &[]),
    ];
    for (text, expected) in cases {
        page.write(text);
        assert_eq!(page.offered(), expected, "{text}");
    }
    // At an @ alone everyone is offered, and Enter still sends.
    page.write("@");
    assert_eq!(page.offered().len(), 6);
    assert_eq!(page.selected_completion(), None);
    page.write("@g");
    assert_eq!(page.selected_completion(), Some(0));
    // Also where the same one is offered after the first letter.
    let mut page = with_people(&["Grace"]);
    page.write("@");
    assert_eq!(page.selected_completion(), None);
    page.write("@g");
    assert_eq!(page.selected_completion(), Some(0));
    let mut page = with_people(&["Ada Lovelace", "ada"]);
    // A name that is written out leaves nothing to complete, though it goes on for others.
    page.write("@Ada");
    assert_eq!(page.offered(), ["ada", "Ada Lovelace"]);
    assert_eq!(page.selected_completion(), None);
}

#[test]
fn those_who_are_here_come_first_then_the_authors_and_never_the_user() {
    let mut page = with_people(&["Anton", "Anna"]);
    page.receive_entry(entry(1, me(), post("I am Ann")));
    page.receive_entry(Entry {
        name: Name::parse("Andy").unwrap(),
        ..entry(2, person(9), post("bye"))
    });
    page.env.unix_ms = 1_000;
    page.receive_entry(Entry {
        name: Name::parse("Anna").unwrap(),
        ..entry(3, person(1), post("hi"))
    });
    page.write("@an");
    assert_eq!(page.offered(), ["Anna", "Anton", "Andy"]);
    let here: Vec<bool> = page
        .completion()
        .unwrap()
        .items
        .iter()
        .map(|item| item.is_here)
        .collect();
    assert_eq!(here, [true, true, false]);
}

#[test]
fn a_hundred_and_fifty_people_are_offered_a_few_at_a_time() {
    let names: Vec<String> = (0..150).map(|n| format!("Guest {n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut page = with_people(&names);
    page.write("@guest");
    assert_eq!(page.offered().len(), COMPLETIONS_MAX);
    page.write("@149");
    assert_eq!(page.offered(), ["Guest 149"]);
}

#[test]
fn members_with_one_name_are_told_apart_by_their_mark() {
    let mut page = with_people(&["Ada", "Ada"]);
    page.write("@ad");
    let marks = [mark(person(0)), mark(person(1))];
    assert_eq!(
        page.offered(),
        marks.clone().map(|mark| format!("Ada #{mark}"))
    );
    let effects = page.dispatch(Event::CompletionChosen(1));
    let text = format!("@Ada #{} ", marks[1]);
    assert_eq!(
        effects,
        [Effect::ReplaceInDraft(Replacement {
            start: 0,
            end: 3,
            text
        })]
    );
    assert!(page.completion().is_none());
}

#[test]
fn a_completion_replaces_the_word_before_the_caret_and_is_counted_in_code_units() {
    let mut page = with_people(&["Bob 🙂"]);
    page.dispatch(Event::Typed("😀 @bo, ok?".to_owned()));
    page.move_caret(6, true);
    assert_eq!(page.offered(), ["Bob 🙂"]);
    let effects = page.dispatch(Event::CompletionChosen(0));
    let text = "@Bob 🙂 ".to_owned();
    assert_eq!(
        effects,
        [Effect::ReplaceInDraft(Replacement {
            start: 3,
            end: 6,
            text
        })]
    );
    page.move_caret(8, false);
    assert!(page.completion().is_none(), "the caret has left the word");
}

#[test]
fn arrow_keys_go_round_and_escape_ends_the_offer_for_this_word() {
    let mut page = with_people(&["Ada", "Adam"]);
    page.write("@a");
    page.dispatch(Event::CompletionMoved(Step::Down));
    assert_eq!(page.selected_completion(), Some(1));
    page.dispatch(Event::CompletionMoved(Step::Down));
    assert_eq!(page.selected_completion(), Some(0));
    page.dispatch(Event::CompletionMoved(Step::Up));
    assert_eq!(page.selected_completion(), Some(1));
    page.dispatch(Event::CompletionDismissed);
    assert!(page.completion().is_none());
    page.write("@ad");
    assert!(page.completion().is_none(), "the same word");
    page.write("@ad @a");
    assert!(page.completion().is_some(), "another word");
    page.dispatch(Event::RoomOpened("attic".to_owned()));
    assert!(page.completion().is_none());
}

#[test]
fn emoji_are_offered_by_shortcode_and_name_once_the_table_is_there() {
    let mut page = Page::online();
    assert!(!page.write(":)").contains(&Effect::LoadEmoji));
    assert!(page.write("so :smi").contains(&Effect::LoadEmoji));
    assert!(page.completion().is_none());
    page.dispatch(Event::EmojiLoaded(Some(english())));
    assert_eq!(page.offered()[0], ":smile:");
    assert_eq!(page.selected_completion(), Some(0));
    let effects = page.dispatch(Event::CompletionChosen(0));
    let text = "😄 ".to_owned();
    let replacement = Replacement {
        start: 3,
        end: 7,
        text,
    };
    assert_eq!(effects[1], Effect::ReplaceInDraft(replacement));
    for text in [
        ":)",
        ":D",
        ":-)",
        ":s",
        "10:30",
        "at 10:30pm",
        "https://smile",
        "a:smile",
        "::smile",
        "re: smile",
        "note:smile",
        "C:/smi",
        ": smi",
    ] {
        page.write(text);
        assert!(page.completion().is_none(), "{text}");
    }
    for text in [":+1", "(:tada", "\n:rocket", "ok :thumbs"] {
        page.write(text);
        assert!(page.completion().is_some(), "{text}");
    }
}

#[test]
fn a_shortcode_becomes_its_emoji_at_the_closing_colon_while_it_is_typed() {
    let mut page = Page::online();
    page.write(":smi");
    page.dispatch(Event::EmojiLoaded(Some(english())));
    let replaced = |page: &mut Page, text: &str| {
        page.write(text)
            .into_iter()
            .find_map(|effect| match effect {
                Effect::ReplaceInDraft(replacement) => Some(replacement),
                _ => None,
            })
    };
    let smile = |start, end| {
        Some(Replacement {
            start,
            end,
            text: "😄".to_owned(),
        })
    };
    assert_eq!(replaced(&mut page, ":smile:"), smile(0, 7));
    assert_eq!(replaced(&mut page, "é 😀 (:smile:"), smile(6, 13));
    for text in [
        ":nothing:",
        "a:smile:",
        "::smile:",
        "10:30:",
        ":smi:",
        ":smile: ",
        ": smile:",
    ] {
        assert_eq!(replaced(&mut page, text), None, "{text}");
    }
    // Not when the browser takes the replacement back, or the caret only passes by.
    page.dispatch(Event::Typed(":smile:".to_owned()));
    assert_eq!(page.move_caret(7, false), []);
}
