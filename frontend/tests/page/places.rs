//! The addresses of rooms and messages.

use crate::*;

#[test]
fn what_was_copied_is_said_for_a_moment_and_then_the_notice_again() {
    let mut page = Page::online();
    page.dispatch(Event::RoomOpened("Not a room".to_owned()));
    let notice = page.notice();
    let effects = page.dispatch(Event::LinkRequested(Some(id(7))));
    assert_eq!(effects, [Effect::CopyLink(lobby(), Some(id(7)))]);
    assert_eq!(page.notice(), notice, "nothing is said before it is done");
    page.dispatch(Event::Copied);
    assert_eq!(page.notice(), text::copied());
    page.env.now_ms += 3_000;
    page.dispatch(Event::Ticked);
    assert_eq!(page.notice(), notice);
}

/// The messages that the page asks the server for.
fn asked(effects: &[Effect]) -> Vec<MessageId> {
    let asked = sent(effects).filter_map(|message| match message {
        ClientMessage::Slice {
            at: Place::Message(id),
            ..
        } => Some(id),
        _ => None,
    });
    asked.collect()
}

#[test]
fn a_first_visit_by_a_link_to_a_message_asks_for_it_once_the_room_is_there() {
    let mut page = Page::open();
    page.dispatch(Event::ConnectRequested);
    page.dispatch(Event::MessageAddressed(id(500).to_string()));
    assert_eq!(page.notice(), "", "it connects already");
    page.connect();
    page.join("lobby", 1_000, 1_000);
    let present = ServerMessage::Present {
        room: lobby(),
        count: 1,
        members: vec![],
    };
    assert_eq!(asked(&page.receive(&present)), [id(500)]);
    page.dispatch(Event::AddressChanged(lobby()));
    assert_eq!(
        page.model.room().seeking,
        None,
        "Back leads to the room's end"
    );
}

#[test]
fn a_link_in_the_page_leads_to_another_rooms_message_and_shows_its_address() {
    let mut page = Page::online();
    let attic = room("attic");
    let at = id(7);
    let effects = page.dispatch(Event::LinkFollowed(attic.clone(), Some(at.to_string())));
    assert!(effects.contains(&Effect::ShowMessageAddress(attic.clone(), at)));
    assert_eq!(page.model.current_room, attic);
    page.join("attic", 0, 0);
    page.catch_up("attic");
    assert_eq!(page.notice(), text::message_gone(), "the room is empty");
    let effects = page.dispatch(Event::LinkFollowed(lobby(), None));
    assert_eq!(effects, [Effect::ShowAddress(lobby())]);
    assert_eq!(page.model.current_room, lobby());
}

#[test]
fn at_the_end_of_the_list_the_address_names_no_message_any_more() {
    let mut page = Page::online();
    page.receive_entry(entry(1, bob(), post("hello")));
    let leaves = |effects: &[Effect]| effects.contains(&Effect::LeaveMessageAddress);
    assert!(leaves(&page.dispatch(Event::LatestRequested)));
    assert!(!leaves(&page.submit("at the end already")));
    page.dispatch(Event::EndLeft);
    assert!(leaves(&page.submit("from further up")));
}

#[test]
fn a_link_that_names_no_message_leads_to_the_room_and_says_so() {
    let mut page = Page::online();
    for wrong in [
        "",
        "7",
        "not-an-id",
        "%00",
        "0199c82c-c000-7101-8101-0101010101",
    ] {
        page.model.notice = None;
        let effects = page.dispatch(Event::LinkFollowed(lobby(), Some(wrong.to_owned())));
        assert_eq!(effects, [Effect::ShowAddress(lobby())]);
        assert_eq!(page.notice(), text::link_invalid(), "{wrong}");
    }
}

#[test]
fn a_date_leads_to_its_first_message() {
    let mut page = Page::open();
    page.connect();
    page.join_after(1_000);
    let effects = page.dispatch(Event::TimeRequested(5_000));
    let at = Place::Time(5_000);
    let is_asked = |message| matches!(message, ClientMessage::Slice { at: of, .. } if of == at);
    assert!(sent(&effects).any(is_asked));
    let posted = |seq: u64, at_ms| Entry {
        at_ms,
        ..entry(seq, bob(), post("words"))
    };
    page.receive(&ServerMessage::Slice {
        room: lobby(),
        at,
        entries: vec![posted(10, 4_999), posted(11, 5_000), posted(12, 5_001)],
        changes: vec![],
        older: true,
        newer: true,
    });
    assert_eq!(page.model.room().scroll_target, Some(id(11)));
}
