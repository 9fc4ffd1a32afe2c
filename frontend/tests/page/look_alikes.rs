//! Members whose names look alike.

use parlor_frontend::{look::look, view_model::search::results};
use parlor_shared::limits::LOOKS_MAX;
use unicode_security::confusable_detection::skeleton;

use crate::*;

#[test]
fn names_that_look_alike_have_one_look() {
    let alike = [
        "admin",
        "Admin",
        "ADMIN",
        "аdmin",
        "αdmin",
        "adrnin",
        "adm1n",
        "admln",
        "ａｄｍｉｎ",
        "𝐚𝐝𝐦𝐢𝐧",
        "𝒶𝖽𝓶𝚒𝗻",
        "ⓐⓓⓜⓘⓝ",
        "🅰dmin",
        "ad min",
        " a\u{3000}dmin",
        "ad\u{200B}min",
        "ad\u{FE0F}min\u{E0041}",
    ];
    for name in alike {
        assert_eq!(look(name), "admln", "{name}");
    }
    let pairs = [
        ("Мария", "МАРИЯ"),
        ("ΜΑΡΙΑ", "MAPIA"),
        ("Ąžuolas", "ąŽuolas"),
        ("VVilliam", "William"),
        ("c1oud", "doud"),
        ("O0O", "ooo"),
        ("Bob #3f9a1c", "bob"),
        ("二口力", "ニロカ"),
        ("paypaI", "paypal"),
    ];
    for (one, two) in pairs {
        assert_eq!(look(one), look(two), "{one} {two}");
    }
    let different = [
        "Ann",
        "Anna",
        "Bob",
        "Jose",
        "José",
        "李雷",
        "韩梅梅",
        "#1",
        "#",
        "👍",
        "Issue #12x",
        "Bob #two",
    ];
    for (at, one) in different.iter().enumerate() {
        for two in &different[at + 1..] {
            assert_ne!(look(one), look(two), "{one} {two}");
        }
    }
}

/// Unicode's own table is too large for the page: the page's agrees with it where a character looks
/// like one letter or digit.
#[test]
fn looks_agree_with_unicode() {
    let mut wrong = Vec::new();
    for c in '\u{80}'..='\u{FFFF}' {
        let skeleton: String = skeleton(&c.to_string()).collect();
        let is_letter =
            skeleton.len() == 1 && skeleton.starts_with(|c: char| c.is_ascii_alphanumeric());
        if is_letter && look(&c.to_string()) != look(&skeleton) {
            wrong.push((c, skeleton));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// An entry by a member with this name.
fn by(seq: u64, member: MemberId, name: &str) -> Entry {
    let mut entry = entry(seq, member, post("hello"));
    entry.name = Name::try_from(name.to_owned()).unwrap();
    entry
}

fn eve() -> MemberId {
    MemberId::from_bytes([0xE5; 16])
}

const EVES_MARK: &str = "#e5e5e5";

impl Page {
    fn receive_by(&mut self, seq: u64, member: MemberId, name: &str) {
        let entry = by(seq, member, name);
        let room = lobby();
        self.receive(&ServerMessage::Entry { room, entry });
    }

    fn names(&self) -> Vec<String> {
        self.rows().into_iter().map(|row| row.name).collect()
    }
}

#[test]
fn members_whose_names_look_alike_are_marked_wherever_they_are_shown() {
    for twin in [
        "Admin",
        "admin",
        "аdmin",
        "adrnin",
        "ａｄｍｉｎ",
        "ADMIN",
        "ad\u{200B}min",
    ] {
        let mut page = Page::online();
        page.receive_by(1, bob(), "admin");
        assert_eq!(page.names(), ["admin"], "alone it needs no mark");
        page.receive_by(2, eve(), twin);
        let names = page.names();
        assert_eq!(names[0], "admin #020202", "{twin}");
        assert!(
            names[1].contains(twin) && names[1].ends_with(EVES_MARK),
            "{names:?}"
        );

        let member = |member, name: &str| Member {
            member,
            name: Name::try_from(name.to_owned()).unwrap(),
        };
        page.receive(&ServerMessage::Presence {
            room: lobby(),
            count: 2,
            here: vec![member(bob(), "admin"), member(eve(), twin)],
            gone: vec![],
        });
        let people: Vec<String> = people::people(&page.model)
            .into_iter()
            .map(|person| person.name)
            .collect();
        assert!(people.iter().all(|name| name.contains('#')), "{people:?}");
        page.receive(&ServerMessage::Typing {
            room: lobby(),
            member: eve(),
        });
        assert!(people::typing(&page.model).contains(EVES_MARK));
        page.dispatch(Event::ReplyStarted(id(2)));
        let banner = composer::banner(&page.model).unwrap();
        assert!(banner.title.contains(EVES_MARK), "{banner:?}");
        page.dispatch(Event::SearchChanged("hello".to_owned()));
        page.receive(&ServerMessage::Found {
            room: lobby(),
            text: "hello".to_owned(),
            entries: vec![by(2, eve(), twin)],
            incomplete: false,
        });
        let results = results(&page.model, str::to_lowercase);
        assert!(results[0].name.ends_with(EVES_MARK));
    }
}

#[test]
fn a_member_who_has_left_or_was_renamed_still_counts() {
    let mut page = Page::online();
    page.receive_by(1, bob(), "Grace");
    page.receive_by(2, bob(), "Bob");
    page.receive_by(3, eve(), "grаce");
    assert_eq!(page.names()[0], "Grace #020202");
    assert_eq!(
        page.names()[1],
        "Bob #020202",
        "the same mark for one member"
    );
    // Another room is another list.
    page.dispatch(Event::RoomOpened("attic".to_owned()));
    page.join_empty("attic");
    let (room, entry) = (room("attic"), by(1, eve(), "grаce"));
    page.receive(&ServerMessage::Entry { room, entry });
    assert_eq!(page.names(), ["grаce"]);
}

#[test]
fn names_of_an_old_log_turn_no_text_round_and_are_never_blank() {
    let mut page = Page::online();
    page.receive_by(1, bob(), "\u{202E}bob\u{2066}");
    page.receive_by(2, eve(), "\u{200B}");
    assert_eq!(page.names(), ["bob", EVES_MARK]);
}

#[test]
fn names_in_sentences_are_isolated() {
    use text::{are_typing, is_typing, notification_title, react_to, replying_to};
    let shira = "שירה";
    let isolated = "\u{2068}שירה\u{2069}";
    assert_eq!(is_typing(shira), format!("{isolated} is typing…"));
    assert_eq!(
        are_typing("Ann", shira),
        format!("Ann and {isolated} are typing…")
    );
    assert_eq!(
        notification_title(shira, "lobby"),
        format!("{isolated} in lobby")
    );
    assert_eq!(replying_to(shira), format!("Replying to {isolated}"));
    assert_eq!(react_to(shira), format!("React to {isolated}'s message"));
}

#[test]
fn looks_are_bounded() {
    let mut alike = parlor_frontend::model::look_alikes::LookAlikes::default();
    let member = |n: usize| MemberId::from_bytes((n as u128).to_be_bytes());
    let name = |n: usize| Name::parse(format!("n{n}x")).unwrap();
    for n in 2..LOOKS_MAX + 2 {
        alike.record(member(n), &name(n));
    }
    alike.record(member(0), &name(5));
    // It has started over, so nobody is known who looks like this.
    assert_eq!(alike.shown_name(member(0), &name(5)), name(5).to_string());
    alike.record(member(1), &name(5));
    assert_ne!(alike.shown_name(member(0), &name(5)), name(5).to_string());
}
