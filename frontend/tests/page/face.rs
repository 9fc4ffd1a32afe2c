//! Initials and colours.

use std::collections::BTreeSet;

use parlor_frontend::model::face::{HUES, Hues, initials};
use parlor_shared::limits::HUED_MEMBERS_MAX;

use crate::*;

fn member(n: usize) -> MemberId {
    MemberId::from_bytes((n as u128).to_be_bytes())
}

#[test]
fn a_dozen_people_in_a_room_have_a_dozen_colours() {
    // Their ids choose one colour, or two.
    for step in [HUES, 1, HUES / 2] {
        let mut hues = Hues::default();
        let people: Vec<MemberId> = (0..HUES).map(|n| member(n * step)).collect();
        people.iter().for_each(|person| hues.meet(*person));
        let all: BTreeSet<u8> = people.iter().map(|person| hues.of(*person)).collect();
        assert_eq!(all.len(), HUES);
    }
}

#[test]
fn the_first_few_have_colours_that_are_not_neighbours() {
    let mut hues = Hues::default();
    for n in 0..4 {
        hues.meet(member(n));
    }
    let mut seen: Vec<usize> = (0..4).map(|n| usize::from(hues.of(member(n)))).collect();
    seen.sort_unstable();
    for (at, hue) in seen.iter().enumerate() {
        let next = seen[(at + 1) % seen.len()];
        let apart = (next + HUES - hue) % HUES;
        assert!(apart >= 2, "{seen:?}");
    }
}

#[test]
fn a_member_keeps_their_colour_and_has_the_same_on_the_next_visit() {
    let mut hues = Hues::default();
    let ids_choice = hues.of(member(5));
    hues.meet(member(5));
    assert_eq!(hues.of(member(5)), ids_choice);
    for n in 0..HUED_MEMBERS_MAX + 9 {
        hues.meet(member(n));
    }
    assert_eq!(hues.of(member(5)), ids_choice);
    assert!(usize::from(hues.of(member(HUED_MEMBERS_MAX + 8))) < HUES);
}

#[test]
fn rows_and_people_show_one_colour() {
    let mut page = Page::online();
    page.receive(&ServerMessage::Present {
        room: lobby(),
        count: 1,
        members: vec![Member {
            member: bob(),
            name: Name::parse("Bob").unwrap(),
        }],
    });
    page.receive_entry(entry(1, bob(), post("hello")));
    let shown = row(&page.model, id(1), is_same_day).unwrap();
    let people = people::people(&page.model);
    assert_eq!(shown.hue, Some(people[0].hue));
}

#[test]
fn initials_are_of_the_first_and_the_last_word() {
    for (name, expected) in [
        ("Grace Hopper", "GH"),
        ("Grace Brewster Murray Hopper", "GH"),
        ("Grace", "Gr"),
        ("G", "G"),
        ("user42", "us"),
        ("Ada (away)", "Aa"),
        ("Grace #3f2a1b", "G3"),
        ("\u{2068}אדה\u{2069} #3f2a1b", "א"),
        ("王小明", "王"),
        ("🦀 🦀", "🦀"),
        ("", ""),
    ] {
        assert_eq!(initials(name), expected, "{name:?}");
    }
}
