//! Several rooms.

use parlor_frontend::model::room::UNREAD_MAX;

use crate::*;

#[test]
fn one_goes_to_a_room_by_its_name() {
    let mut page = Page::online();
    let effects = page.does(Event::RoomOpened(" attic ".to_owned()));
    assert!(effects.contains(&Effect::ShowAddress(room("attic"))));
    assert!(effects.contains(&Effect::SaveRooms(vec![room("attic"), lobby()])));
    assert_eq!(page.model.current_room, room("attic"));
    page.does(Event::AddressChanged(lobby()));
    assert_eq!(page.model.current_room, lobby());
    assert_eq!(page.does(Event::RoomOpened("The Attic".to_owned())), []);
    assert!(page.model.notice.is_some());
}

#[test]
fn what_is_said_in_another_room_is_unread_until_one_looks() {
    let mut page = Page::online();
    page.flood(2);
    page.does(Event::Ticked);
    page.does(Event::RoomOpened("attic".to_owned()));
    page.joins("attic");
    page.does(Event::AddressChanged(lobby()));
    page.does(Event::RoomOpened("attic".to_owned()));
    page.flood_in("lobby", 3);
    assert_eq!(
        page.model.rooms.get(&lobby()).unwrap().unread(Some(me())),
        3
    );
    assert_eq!(page.model.unread(), 3);
    page.does(Event::AddressChanged(lobby()));
    assert_eq!(page.model.room().first_unread, Some(Seq(3)));
    let effects = page.does(Event::Ticked);
    assert_eq!(effects, [Effect::SaveSeen(lobby(), Seq(5))]);
    assert_eq!(page.model.unread(), 0);
    page.says("so I see");
    assert_eq!(page.model.room().first_unread, None, "one has answered");
}

#[test]
fn what_comes_while_nobody_looks_is_marked() {
    let mut page = Page::online();
    page.flood(1);
    page.does(Event::Ticked);
    page.does(Event::PageHidden);
    page.flood(2);
    assert_eq!(page.does(Event::Ticked), []);
    assert_eq!(page.model.unread(), 2);
    page.does(Event::PageShown);
    assert_eq!(page.model.room().first_unread, Some(Seq(2)));
    page.does(Event::Ticked);
    assert_eq!(page.model.unread(), 0);
}

#[test]
fn unread_messages_are_counted_to_a_bound() {
    let mut page = Page::online();
    page.flood(1);
    page.does(Event::Ticked);
    page.does(Event::PageHidden);
    page.flood(UNREAD_MAX as u64);
    assert_eq!(page.model.unread(), UNREAD_MAX);
    page.flood(1_000);
    assert_eq!(page.model.unread(), UNREAD_MAX + 1, "more than that");
}

#[test]
fn one_leaves_a_room_but_never_what_one_has_to_say_there() {
    let mut page = Page::online();
    page.does(Event::RoomLeft(lobby()));
    assert_eq!(
        page.model.current_room,
        lobby(),
        "a page is always somewhere"
    );
    page.does(Event::RoomOpened("attic".to_owned()));
    page.says("not sent yet");
    page.does(Event::RoomLeft(room("attic")));
    assert!(page.model.rooms.contains_key(&room("attic")));
    assert!(page.model.notice.is_some());
    let effects = page.does(Event::RoomLeft(lobby()));
    assert!(effects.contains(&Effect::ForgetRoom(lobby())));
    assert!(effects.contains(&Effect::SaveRooms(vec![room("attic")])));
}

#[test]
fn the_quietest_room_makes_place_for_one_too_many() {
    let mut page = Page::online();
    page.flood(1);
    for n in 1..PAGE_ROOMS_MAX {
        page.does(Event::RoomOpened(format!("room-{n}")));
    }
    assert_eq!(page.model.rooms.len(), PAGE_ROOMS_MAX);
    page.does(Event::RoomOpened("one-more".to_owned()));
    assert_eq!(page.model.rooms.len(), PAGE_ROOMS_MAX);
    assert!(
        page.model.rooms.contains_key(&lobby()),
        "something was said there"
    );
    assert_eq!(page.model.current_room, room("one-more"));
}

#[test]
fn a_visit_begins_with_the_rooms_of_the_last_one() {
    let rooms = ["attic", "lobby"].map(|name| KnownRoom {
        room: room(name),
        seen: Some(Seq(1)),
        draft: draft(&format!("to {name}")),
        cached_entries: String::new(),
    });
    let mut page = Page::open();
    page.model = Model::new(Visit {
        current_room: lobby(),
        rooms: rooms.to_vec(),
        name: name(),
        member: None,
        token: None,
        settings: Settings::default(),
    });
    page.go_online();
    assert_eq!(page.model.room().draft.text, "to lobby");
    page.joins("attic");
    page.flood_in("attic", 4);
    let unread = page
        .model
        .rooms
        .get(&room("attic"))
        .unwrap()
        .unread(Some(me()));
    assert_eq!(unread, 4, "another log, where nothing was seen yet");
}
