//! The people whom the user ignores: nothing of theirs is shown, and nothing of it is news.

use parlor_frontend::{
    model::{
        person::{PersonEvent, SavedPeople},
        search::Fold,
    },
    view_model::{room_card::pins, search::results},
};
use parlor_shared::{Pin, RoomState, limits::IGNORED_MAX};

use crate::*;

fn eve() -> MemberId {
    MemberId::from_bytes([3; 16])
}

impl Page {
    /// A page whose user ignores Bob.
    fn ignoring_bob() -> Self {
        let mut page = Self::online();
        page.model.ignored.set(bob(), true);
        page
    }
}

#[test]
fn an_ignored_person_is_not_shown_until_the_user_changes_their_mind() {
    let mut page = Page::online();
    page.receive_entry(entry(1, bob(), post("rude")));
    assert!(!page.row(id(1)).is_ignored);
    page.person(PersonEvent::OpenedAt(id(1)));
    let effects = page.person(PersonEvent::IgnoreToggled);
    assert!(
        effects.contains(&Effect::SavePeople(SavedPeople::Ignored(bob().to_string()))),
        "for the next visit"
    );
    assert!(page.row(id(1)).is_ignored);
    let ignored = Ignored::parse(&page.model.ignored.to_string());
    assert_eq!(ignored, page.model.ignored);
    page.person(PersonEvent::OpenedAt(id(1)));
    page.person(PersonEvent::IgnoreToggled);
    assert!(!page.row(id(1)).is_ignored);
    let mut many = Ignored::default();
    for n in 0..=IGNORED_MAX {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&(n as u64).to_be_bytes());
        many.set(MemberId::from_bytes(bytes), true);
    }
    assert_eq!(many.to_string().split(' ').count(), IGNORED_MAX);
}

#[test]
fn messages_of_an_ignored_person_count_as_nothing_new() {
    let mut page = Page::ignoring_bob();
    page.dispatch(Event::PageHidden);
    page.receive_entry(entry(1, bob(), post("@Ann")));
    assert_eq!(page.model.unread(), 0);
    assert_eq!(page.model.unread_mentions_in(&lobby()), 0);
    assert!(!page.row(id(1)).mentions_you);
    page.receive_entry(entry(2, eve(), post("@Ann")));
    assert_eq!(page.model.unread(), 1);
    assert_eq!(page.model.unread_mentions_in(&lobby()), 1);
    page.dispatch(Event::PageShown);
    assert_eq!(page.model.room().progress.first_unread, Some(Seq(2)));
    page.dispatch(Event::EndLeft);
    page.receive_entry(entry(3, bob(), post("more")));
    page.receive_entry(entry(4, eve(), post("more")));
    assert_eq!(page.model.room().new_below(&page.model.reader()), 1);
    page.model.ignored.set(bob(), false);
    assert_eq!(page.model.room().new_below(&page.model.reader()), 2);
}

#[test]
fn an_ignored_person_is_not_said_to_be_typing() {
    let mut page = Page::ignoring_bob();
    let bob_is_here = Member {
        member: bob(),
        name: Name::parse("Bob").unwrap(),
    };
    page.receive(&ServerMessage::Presence {
        room: lobby(),
        count: 1,
        here: vec![bob_is_here],
        gone: vec![],
    });
    page.receive(&ServerMessage::Typing {
        room: lobby(),
        member: bob(),
    });
    assert_eq!(people::typing(&page.model), "");
    page.model.ignored.set(bob(), false);
    assert_eq!(people::typing(&page.model), "Bob is typing…");
}

#[test]
fn the_words_of_an_ignored_person_are_not_shown_in_quotes_pins_and_search_results() {
    let mut page = Page::ignoring_bob();
    page.receive_entry(entry(1, bob(), post("rude words")));
    page.receive_entry(entry(2, eve(), reply("don't", id(1))));
    let hidden = text::ignored_message();
    let Some(Quote::Message { excerpt, .. }) = page.row(id(2)).quote.map(|quoted| quoted.quote)
    else {
        panic!("no quote")
    };
    assert_eq!(excerpt, hidden);
    let pin = Pin {
        id: id(1),
        seq: Seq(1),
        at_ms: 0,
        member: bob(),
        name: Name::parse("Bob").unwrap(),
        text: Text::parse("rude words").unwrap(),
    };
    page.receive(&ServerMessage::State {
        room: lobby(),
        state: RoomState {
            seq: Seq(2),
            pins: vec![pin],
            ..RoomState::default()
        },
    });
    assert_eq!(pins(&page.model)[0].text, hidden);
    page.dispatch(Event::SearchOpened);
    page.dispatch(Event::SearchChanged("rude".to_owned()));
    page.receive(&ServerMessage::Found {
        room: lobby(),
        text: "rude".to_owned(),
        entries: vec![entry(1, bob(), post("rude words"))],
        incomplete: false,
    });
    let fold: Fold = str::to_lowercase;
    let found: String = results(&page.model, fold)
        .iter()
        .flat_map(|result| &result.pieces)
        .map(|piece| piece.text.as_str())
        .collect();
    assert_eq!(found, hidden);
}
