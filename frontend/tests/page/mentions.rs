//! Mentions: who is meant by an `@` and a name.

use parlor_frontend::mention::{Names, mark, members_mentioned};
use parlor_shared::limits::{LOOKS_MAX, MENTIONS_MAX, TEXT_CHARS_MAX};

use crate::*;

fn member(n: u8) -> MemberId {
    MemberId::from_bytes([n; 16])
}

fn names(known: &[(u8, &str)]) -> Names {
    let mut names = Names::default();
    for (n, name) in known {
        names.record(member(*n), &Name::parse(*name).unwrap());
    }
    names
}

/// The mentions in a text, as they are written in it.
fn found<'a>(names: &Names, text: &'a str) -> Vec<&'a str> {
    let mentions = names.find(text).into_iter();
    mentions
        .map(|found| &text[found.begin..found.end])
        .collect()
}

#[test]
fn an_at_sign_and_a_name_that_is_known_is_a_mention() {
    let names = names(&[
        (2, "Ada"),
        (3, "Ada Lovelace"),
        (4, "Émile"),
        (5, "小明"),
        (6, "Bob 🙂"),
        (7, "O'Brien-Smith"),
        (8, "עדה"),
        (9, "x@y"),
    ]);
    let cases: [(&str, &[&str]); 19] = [
        ("@Ada", &["@Ada"]),
        ("hi @ada, and @ADA!", &["@ada", "@ADA"]),
        ("(@Ada) \"@Ada\" @Ada's", &["@Ada", "@Ada", "@Ada"]),
        ("@Ada Lovelace is here", &["@Ada Lovelace"]),
        ("@Ada Lovelac", &["@Ada"]),
        ("@Ada\nLovelace", &["@Ada"]),
        ("@Adalbert @Ad @adas", &[]),
        ("mail ada@Ada.org or me@Ada", &[]),
        ("@@Ada", &[]),
        ("@émile", &["@émile"]),
        ("你好@小明你好", &["@小明"]),
        ("@Bob 🙂!", &["@Bob 🙂"]),
        ("@Bob", &[]),
        ("@o'brien-smith", &["@o'brien-smith"]),
        ("@עדה שלום", &["@עדה"]),
        ("@x@y", &["@x@y"]),
        ("@ Ada", &[]),
        ("@", &[]),
        ("@Ada@Ada", &["@Ada"]),
    ];
    for (text, expected) in cases {
        assert_eq!(found(&names, text), expected, "{text}");
    }
}

#[test]
fn a_name_of_several_members_means_all_of_them_and_with_a_mark_one() {
    let names = names(&[(2, "Ada"), (3, "ada"), (4, "Bob")]);
    let members = |text: &str| members_mentioned(text, &names);
    assert_eq!(members("@Ada"), [member(2), member(3)]);
    let marked = format!("@Ada #{}", mark(member(3)));
    assert_eq!(members(&marked), [member(3)]);
    assert_eq!(members("@Ada #123abc"), [member(2), member(3)]);
    assert_eq!(members("@Bob and @Ada"), [member(4), member(2), member(3)]);
}

#[test]
fn code_addresses_and_quotes_mention_nobody_but_the_rest_of_the_text_does() {
    let names = names(&[(2, "Ada"), (3, "Bob")]);
    let members = |text| members_mentioned(text, &names);
    for text in [
        "`@Ada`",
        "```\n@Ada\n```",
        "> @Ada said",
        "https://example.org/@Ada",
        "[@Ada](https://example.org)",
        "ada@Ada",
    ] {
        assert_eq!(members(text), [], "{text}");
    }
    assert_eq!(members("> @Ada said\n\n**@Bob**: `@Ada`"), [member(3)]);
    assert_eq!(members("- ask @Ada\n- or @Bob"), [member(2), member(3)]);
}

#[test]
fn mentions_and_names_are_bounded_and_found_in_one_pass() {
    let mut names = Names::default();
    for n in 0..=u16::try_from(LOOKS_MAX).unwrap() {
        let [high, low] = n.to_be_bytes();
        let mut bytes = [0; 16];
        (bytes[0], bytes[1]) = (high, low);
        let name = Name::parse(format!("Guest {n}")).unwrap();
        names.record(MemberId::from_bytes(bytes), &name);
    }
    assert_eq!(found(&names, "@Guest 10000"), ["@Guest 10000"]);
    assert_eq!(found(&names, "@Guest 7"), [""; 0], "it started over");
    for n in 0..=u8::MAX {
        names.record(member(n), &Name::parse("Guest").unwrap());
    }
    let text = "@Guest ".repeat(TEXT_CHARS_MAX / 7);
    let mentions = names.find(&text);
    assert_eq!(mentions.len(), MENTIONS_MAX);
    assert_eq!(mentions[0].members.len(), MENTIONS_MAX);
    assert_eq!(members_mentioned(&text, &names).len(), MENTIONS_MAX);
    assert_eq!(names.find(&"@".repeat(TEXT_CHARS_MAX)), []);
}

#[test]
fn unread_mentions_are_counted_apart_until_they_are_deleted_edited_or_read() {
    let mut page = Page::online();
    page.dispatch(Event::RoomOpened("attic".to_owned()));
    page.join_empty("attic");
    page.receive_entry_in("attic", entry(1, bob(), post("first")));
    page.dispatch(Event::Ticked);
    page.dispatch(Event::RoomOpened("lobby".to_owned()));
    let mentions = |page: &Page| page.model.unread_mentions_in(&room("attic"));
    page.receive_entry_in("attic", entry(2, bob(), post("hello all")));
    assert_eq!(mentions(&page), 0);
    page.receive_entry_in("attic", entry(3, bob(), post("hello @Ann")));
    page.receive_entry_in("attic", entry(4, me(), post("I am @Ann")));
    page.receive_entry_in("attic", entry(5, bob(), post("`@Ann`")));
    assert_eq!(mentions(&page), 1);
    let text = Text::parse("and @ann").unwrap();
    page.receive_entry_in(
        "attic",
        entry(
            6,
            bob(),
            Body::Edit {
                target: id(2),
                text,
            },
        ),
    );
    assert_eq!(mentions(&page), 2);
    page.receive_entry_in("attic", entry(7, bob(), Body::Deletion { target: id(3) }));
    assert_eq!(mentions(&page), 1);
    // A name that the user had when it was written still means them.
    page.dispatch(Event::Renamed("Anna".to_owned()));
    page.receive_entry_in("attic", entry(8, bob(), post("@Ann or @Anna")));
    assert_eq!(mentions(&page), 2);
    page.dispatch(Event::RoomOpened("attic".to_owned()));
    assert_eq!(mentions(&page), 0);
}
