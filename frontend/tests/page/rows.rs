//! The rows of the list: where a header, a day and the "New" line stand.

use parlor_frontend::view_model::rows::{GENERATION_ROWS, is_arriving, row_generation};

use crate::*;

const MINUTE_MS: u64 = 60_000;
const DAY_MS: u64 = 24 * 60 * MINUTE_MS;

impl Page {
    fn receive_post_at(&mut self, seq: u64, member: MemberId, at_ms: u64) {
        let entry = entry(seq, member, post(&seq.to_string()));
        self.receive_entry(Entry { at_ms, ..entry });
    }

    /// The rows for which this holds, by number.
    fn rows_where(&self, holds: impl Fn(&Row) -> bool) -> Vec<String> {
        let rows = self.rows().into_iter().filter(holds);
        rows.filter_map(|row| row.text).collect()
    }
}

#[test]
fn messages_of_one_author_within_minutes_share_a_header() {
    let mut page = Page::online();
    page.receive_post_at(1, bob(), 0);
    page.receive_post_at(2, bob(), 5 * MINUTE_MS);
    page.receive_post_at(3, bob(), 11 * MINUTE_MS);
    page.receive_post_at(4, me(), 11 * MINUTE_MS);
    page.receive_post_at(5, me(), 12 * MINUTE_MS);
    assert_eq!(page.rows_where(|row| row.has_header), ["1", "3", "4"]);
    assert_eq!(page.rows_where(|row| row.is_own), ["4", "5"]);
}

#[test]
fn a_new_day_starts_with_its_name_and_a_header() {
    let mut page = Page::online();
    page.receive_post_at(1, bob(), DAY_MS - MINUTE_MS);
    page.receive_post_at(2, bob(), DAY_MS);
    page.receive_post_at(3, bob(), DAY_MS + MINUTE_MS);
    assert_eq!(page.rows_where(|row| row.starts_day), ["1", "2"]);
    assert_eq!(page.rows_where(|row| row.has_header), ["1", "2"]);
}

#[test]
fn the_first_row_of_the_window_has_a_day_and_a_header() {
    let mut page = Page::online();
    page.flood(1_000);
    assert_eq!(page.rows_where(|row| row.starts_day), ["901"]);
    assert_eq!(page.rows_where(|row| row.has_header), ["901"]);
}

#[test]
fn a_row_changes_with_its_message() {
    let mut page = Page::online();
    let target = id(1);
    page.flood(1);
    assert!(!page.row(target).is_edited);
    let text = Text::parse("better").unwrap();
    page.receive_entry(entry(2, bob(), Body::Edit { target, text }));
    let row = page.row(target);
    assert_eq!((row.text.as_deref(), row.is_edited), (Some("better"), true));
    page.receive_entry(entry(3, bob(), Body::Deletion { target }));
    let row = page.row(target);
    assert_eq!((row.text, row.is_edited), (None, false));
    assert_eq!(row_ids(&page.model), [target], "it is the same row");
}

#[test]
fn a_post_that_is_on_the_log_already_has_one_row() {
    let mut page = Page::online();
    let id = post_id(&page.submit("hello"));
    let left = page.model.session.outbox().cloned().collect();

    let mut next = Page::online();
    next.receive_entry(Entry {
        id,
        ..entry(1, me(), post("hello"))
    });
    next.dispatch(Event::OutboxInherited(left));
    assert_eq!(row_ids(&next.model), [id]);
}

#[test]
fn the_list_of_rows_is_made_again_after_some_thousand_rows_wherever_they_are_on_the_log() {
    // As on a server that is one of several nodes: each message has a group of places.
    let mut page = Page::online();
    let first = row_generation(&page.model);
    let mut changes = 0;
    for n in 1..=2 * GENERATION_ROWS as u64 {
        let before = row_generation(&page.model);
        page.receive_entry(Entry {
            prev: Seq((n - 1) << 10),
            ..entry(n << 10, me(), post("hello"))
        });
        changes += usize::from(row_generation(&page.model) != before);
    }
    assert_eq!(changes, 2);
    page.submit("pending");
    assert_eq!(row_generation(&page.model), first + 2);
    // The rows that were there before come again.
    for _ in 0..12 {
        page.dispatch(Event::OlderRequested);
    }
    assert_eq!(row_generation(&page.model), first + 3);
    page.dispatch(Event::LatestRequested);
    assert_eq!(row_generation(&page.model), first + 3);
}

#[test]
fn people_are_listed_with_the_user_first_and_then_by_name() {
    let mut page = Page::online();
    let member = |byte: u8, name: &str| Member {
        member: MemberId::from_bytes([byte; 16]),
        name: Name::parse(name).unwrap(),
    };
    page.receive(&ServerMessage::Present {
        room: lobby(),
        count: 3,
        members: vec![member(3, "Zoe"), member(2, "Bob"), member(1, "Mia")],
    });
    let people = people::people(&page.model);
    let names: Vec<&str> = people.iter().map(|person| person.name.as_str()).collect();
    assert_eq!(names, ["Mia", "Bob", "Zoe"]);
    assert_eq!(people[0].activity_text(), "you");
}

#[test]
fn the_line_below_the_messages_says_who_is_typing() {
    let mut page = Page::online();
    let members = [(2, "Bob"), (3, "Cem"), (4, "Dee")];
    let member = |byte: u8| MemberId::from_bytes([byte; 16]);
    page.receive(&ServerMessage::Present {
        room: lobby(),
        count: 3,
        members: members
            .map(|(byte, name)| Member {
                member: member(byte),
                name: Name::parse(name).unwrap(),
            })
            .to_vec(),
    });
    let expected = [
        "Bob is typing…",
        "Bob and Cem are typing…",
        "Several people are typing…",
    ];
    for ((byte, _), expected) in members.into_iter().zip(expected) {
        let (room, member) = (lobby(), member(byte));
        page.receive(&ServerMessage::Typing { room, member });
        assert_eq!(page.notice(), expected);
    }
    page.env.now_ms += 60_000;
    page.dispatch(Event::Ticked);
    assert_eq!(page.notice(), "");
}

#[test]
fn names_that_do_not_fit_on_the_line_are_not_said_to_be_typing_together() {
    let mut page = Page::online();
    let member = |byte: u8, name: &str| Member {
        member: MemberId::from_bytes([byte; 16]),
        name: Name::parse(name).unwrap(),
    };
    let members = vec![member(2, &"W".repeat(40)), member(3, "Cem")];
    page.receive(&ServerMessage::Present {
        room: lobby(),
        count: 2,
        members: members.clone(),
    });
    for Member { member, .. } in members {
        let room = lobby();
        page.receive(&ServerMessage::Typing { room, member });
    }
    assert_eq!(page.notice(), text::several_typing());
}

#[test]
fn a_message_arrives_alone_and_history_does_not() {
    let mut page = Page::online();
    page.receive_post_at(1, bob(), 0);
    // The connection was lost, and the message had come before it was back.
    page.model.room_mut().caught_up(0, vec![]);
    assert!(!is_arriving(&page.model, id(1)), "it was there before");
    page.receive_post_at(2, bob(), MINUTE_MS);
    assert!(is_arriving(&page.model, id(2)));
    page.receive_post_at(3, bob(), MINUTE_MS + 10);
    assert!(!is_arriving(&page.model, id(3)), "100 a second");
    page.dispatch(Event::EndLeft);
    page.receive_post_at(4, bob(), 2 * MINUTE_MS);
    assert!(!is_arriving(&page.model, id(4)), "the user looks elsewhere");
}
