//! The switcher, and the names that are made from what is typed.

use parlor_frontend::{
    model::{
        fuzzy::{Match, fuzzy},
        switcher::SwitcherEvent,
    },
    room_name::{Suggestion, display_name, suggest},
    view_model::switcher::{Command, Item, Target, hint, items, selected},
};
use parlor_shared::{AckPromise, RoomInfo, limits::ROOM_BYTES_MAX};
use proptest::prelude::*;

use crate::*;

/// As a browser folds: normal form KD in lower case, of the characters that the tests have.
fn fold(text: &str) -> String {
    let decomposed = text.chars().flat_map(|c| {
        let lower: String = c.to_lowercase().collect();
        match lower.as_str() {
            "ü" => "u\u{308}".to_owned(),
            "é" => "e\u{301}".to_owned(),
            _ => lower,
        }
        .chars()
        .collect::<Vec<_>>()
    });
    decomposed.collect()
}

fn suggested(text: &str) -> String {
    match suggest(text, fold) {
        Suggestion::Room { room, is_cut } => format!("{room}{}", if is_cut { " cut" } else { "" }),
        other => format!("{other:?}"),
    }
}

#[test]
fn names_are_made_of_what_people_type() {
    let made = [
        ("Design Team", "design-team"),
        ("#general", "general"),
        ("  # Über uns! ", "uber-uns"),
        ("Ada's café ☕", "adas-cafe"),
        ("Straße_12/b", "strasse-12-b"),
        ("a--b", "a-b"),
        ("R&D", "r-d"),
        ("日本", "NotWritable"),
        ("日本 team", "NotWritable"),
        ("Привет", "NotWritable"),
        ("", "Empty"),
        ("#", "Empty"),
        ("🎉", "Empty"),
        ("-", "Empty"),
    ];
    for (typed, room) in made {
        assert_eq!(suggested(typed), room, "{typed}");
    }
    let long = "x".repeat(ROOM_BYTES_MAX);
    assert_eq!(suggested(&long), long);
    assert_eq!(suggested(&format!("{long}y")), format!("{long} cut"));
    let at_gap = format!("{} y", "x".repeat(ROOM_BYTES_MAX - 1));
    assert_eq!(
        suggested(&at_gap),
        format!("{} cut", "x".repeat(ROOM_BYTES_MAX - 1))
    );
}

#[test]
fn what_was_typed_is_the_name_for_people_where_it_says_more() {
    let named = |typed: &str, id: &str| display_name(typed, &room(id)).map(|name| name.to_string());
    assert_eq!(
        named(" Design  Team", "design-team").as_deref(),
        Some("Design Team")
    );
    assert_eq!(named("#general", "general"), None);
    assert_eq!(
        named("#Über uns!", "uber-uns").as_deref(),
        Some("Über uns!")
    );
    assert_eq!(
        named(&"long name ".repeat(9), "long"),
        None,
        "no name is that long"
    );
}

proptest! {
    #[test]
    fn a_suggestion_is_a_rooms_name_and_leads_to_itself(text in "\\PC{0,90}") {
        if let Suggestion::Room { room, .. } = suggest(&text, fold) {
            prop_assert!(RoomId::parse(room.as_str()).is_ok());
            let again = suggest(room.as_str(), fold);
            prop_assert_eq!(again, Suggestion::Room { room, is_cut: false });
        }
    }
}

#[test]
fn a_name_matches_by_its_beginning_a_word_a_part_or_letters_in_order() {
    let expected = [
        ("lobby", Some(Match::Whole)),
        ("lob", Some(Match::Beginning)),
        ("obb", Some(Match::Within)),
        ("lby", Some(Match::Scattered)),
        ("lb", None),
        ("byl", None),
    ];
    for (text, found) in expected {
        assert_eq!(fuzzy(text, "lobby"), found, "{text}");
    }
    assert_eq!(fuzzy("team", "design team"), Some(Match::Word));
    assert_eq!(fuzzy("dsgntm", "design team"), Some(Match::Scattered));
}

fn info(name: &str, display: Option<&str>, at_ms: u64) -> RoomInfo {
    RoomInfo {
        room: room(name),
        name: display.map(|name| Name::parse(name).unwrap()),
        topic: None,
        count: 2,
        at_ms,
    }
}

impl Page {
    fn switcher(&mut self, event: SwitcherEvent) -> Vec<Effect> {
        self.dispatch(Event::Switcher(event))
    }

    /// Types into the switcher; gives the words that the server is asked for.
    fn look_for(&mut self, text: &str) -> Vec<String> {
        asked(&self.switcher(SwitcherEvent::Changed(text.to_owned())))
    }

    fn receive_rooms(
        &mut self,
        text: &str,
        rooms: Vec<RoomInfo>,
        next: Option<&str>,
    ) -> Vec<String> {
        asked(&self.receive(&ServerMessage::Rooms {
            text: text.to_owned(),
            after: None,
            rooms,
            next: next.map(str::to_owned),
        }))
    }

    fn found(&self) -> Vec<Item> {
        items(&self.model, fold)
    }

    fn titles(&self) -> Vec<String> {
        self.found().into_iter().map(|item| item.title).collect()
    }

    fn hint(&self) -> String {
        hint(&self.model, &self.found(), fold)
    }
}

/// The words that the page asks for.
fn asked(effects: &[Effect]) -> Vec<String> {
    let asked = sent(effects).filter_map(|message| match message {
        ClientMessage::Rooms { text, .. } => Some(text),
        _ => None,
    });
    asked.collect()
}

#[test]
fn it_finds_the_servers_rooms_by_name_and_asks_one_question_at_a_time() {
    let mut page = Page::online();
    assert_eq!(asked(&page.switcher(SwitcherEvent::Opened)), [""]);
    assert_eq!(page.look_for("te"), [""; 0]);
    assert_eq!(page.look_for("tea"), [""; 0]);
    let first = vec![info("coffee", None, 4), info("lobby", None, 9)];
    assert_eq!(page.receive_rooms("", first, Some("1-1")), ["tea"]);
    assert_eq!(page.titles(), ["Create #tea"]);
    let found = vec![info("t-1", Some("Tea Time"), 5), info("steam", None, 7)];
    assert_eq!(page.receive_rooms("tea", found, None), [""; 0]);
    assert_eq!(page.titles(), ["Tea Time", "steam", "Create #tea"]);
    assert_eq!(page.hint(), "Goes to #t-1");

    // The selection stays on its item.
    let key = page.found()[1].key();
    page.switcher(SwitcherEvent::Selected(key));
    page.look_for("te");
    assert_eq!(
        selected(&page.model, &page.found()),
        0,
        "typing begins anew"
    );
    page.look_for("");
    let titles = page.titles();
    let rooms = ["steam", "Tea Time", "coffee", text::more_rooms()];
    assert_eq!(
        titles[..4],
        rooms,
        "the newest first, and not the one on screen"
    );
    assert!(titles.contains(&text::settings().to_owned()));
    assert_eq!(page.receive_rooms("te", vec![], None), [""]);
    page.receive_rooms("", vec![], Some("1-1"));
    let more = page.switcher(SwitcherEvent::MoreRequested);
    let next = sent(&more).any(|message| {
        matches!(message, ClientMessage::Rooms { after: Some(next), .. } if next == "1-1")
    });
    assert!(next);
}

#[test]
fn offline_it_has_the_users_rooms_and_commands_and_asks_once_it_is_online() {
    let mut page = Page::open();
    page.dispatch(Event::RoomOpened("attic".to_owned()));
    assert_eq!(asked(&page.switcher(SwitcherEvent::Opened)), [""; 0]);
    assert_eq!(page.titles()[0], "lobby");
    assert_eq!(
        page.hint(),
        "You're offline: only your own rooms are shown."
    );
    page.look_for("Design Team");
    assert_eq!(page.titles(), ["Open #design-team"]);
    assert_eq!(page.hint(), "Goes to #design-team");
    page.dispatch(Event::ConnectRequested);
    page.dispatch(Event::SocketOpened);
    let online = page.receive(&ServerMessage::Welcome {
        protocol: 1,
        server: String::new(),
        member: me(),
        token: Token::parse("t").unwrap(),
        name: ann_name(),
        epoch: Epoch::from_bytes([7; 16]),
        limits: Limits::default(),
        heartbeat_ms: 25_000,
        at_ms: 0,
        promise: AckPromise::Durable,
    });
    assert_eq!(asked(&online), ["Design Team"]);
}

#[test]
fn a_new_room_gets_the_name_that_was_typed_and_an_old_one_keeps_its_own() {
    let name = Name::parse("Design Team").unwrap();
    let created = |page: &mut Page| {
        let name = Some(name.clone());
        page.switcher(SwitcherEvent::Created(room("design-team"), name));
    };
    let mut page = Page::online();
    created(&mut page);
    page.join_empty("design-team");
    let effects = page.dispatch(Event::Ticked);
    assert_eq!(
        bodies(&effects),
        [Body::RoomName {
            name: Some(name.clone())
        }]
    );
    assert_eq!(bodies(&page.dispatch(Event::Ticked)), [], "once");

    let mut page = Page::online();
    created(&mut page);
    page.join("design-team", 7, 7);
    page.catch_up("design-team");
    assert_eq!(bodies(&page.dispatch(Event::Ticked)), []);
}

#[test]
fn people_and_commands_are_found_by_the_beginning_of_a_word() {
    let mut page = Page::online();
    page.receive(&ServerMessage::Present {
        room: lobby(),
        count: 2,
        members: vec![
            Member {
                member: me(),
                name: ann_name(),
            },
            Member {
                member: bob(),
                name: Name::parse("Bob Brown").unwrap(),
            },
        ],
    });
    page.switcher(SwitcherEvent::Opened);
    page.look_for("@bro");
    let people: Vec<_> = page.found().into_iter().map(|item| item.target).collect();
    assert_eq!(people[0], Target::Person("Bob Brown".to_owned()));
    page.look_for("keyb");
    assert_eq!(page.titles()[0], text::shortcuts());
    page.look_for("mark all");
    let first = page.found().swap_remove(0).target;
    assert_eq!(first, Target::Command(Command::MarkAllRead));
    page.look_for("日本");
    assert_eq!(page.titles(), [""; 0]);
    assert_eq!(page.hint(), text::room_invalid());
}
