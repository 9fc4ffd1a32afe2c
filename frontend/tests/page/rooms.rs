//! Several rooms.

use parlor_frontend::model::{reading::parse_stored, room::UNREAD_MAX};

use crate::*;

impl Page {
    fn open_room(&mut self, name: &str) -> Vec<Effect> {
        self.dispatch(Event::RoomOpened(name.to_owned()))
    }

    fn unread_in(&self, name: &str) -> usize {
        let rooms = self.listed_rooms();
        let room = rooms.iter().find(|(room, _)| room == name);
        room.unwrap().1
    }
}

#[test]
fn a_room_is_opened_by_its_name() {
    let mut page = Page::online();
    let effects = page.open_room(" attic ");
    assert!(effects.contains(&Effect::ShowAddress(room("attic"))));
    assert!(effects.contains(&Effect::SaveRooms(vec![room("attic"), lobby()])));
    assert_eq!(page.model.current_room, room("attic"));
    page.dispatch(Event::AddressChanged(lobby()));
    assert_eq!(page.model.current_room, lobby());
    assert_eq!(page.open_room("The Attic"), []);
    assert_eq!(page.notice(), text::room_invalid());
}

#[test]
fn messages_in_another_room_are_unread_until_it_is_opened() {
    let mut page = Page::online();
    page.flood(2);
    page.look();
    page.open_room("attic");
    page.join_empty("attic");
    page.dispatch(Event::AddressChanged(lobby()));
    page.open_room("attic");
    page.flood(3);
    assert_eq!(page.unread_in("lobby"), 3);
    assert_eq!(page.model.unread(), 3);
    page.dispatch(Event::AddressChanged(lobby()));
    assert_eq!(page.first_unread().unwrap(), "3");
    let effects = page.look();
    assert_eq!(effects[0], Effect::SaveSeen(lobby(), at(5)));
    assert_eq!(page.model.unread(), 0);
    page.submit("so I see");
    assert_eq!(page.first_unread(), None, "the user has replied");
}

#[test]
fn messages_that_arrive_while_the_page_is_hidden_are_unread() {
    let mut page = Page::online();
    page.flood(1);
    page.look();
    page.dispatch(Event::PageHidden);
    page.flood(2);
    assert_eq!(page.look(), []);
    assert_eq!(page.model.unread(), 2);
    page.dispatch(Event::PageShown);
    assert_eq!(page.first_unread().unwrap(), "2");
    page.look();
    assert_eq!(page.model.unread(), 0);
}

#[test]
fn unread_messages_are_counted_up_to_a_bound() {
    let mut page = Page::online();
    page.flood(1);
    page.look();
    page.dispatch(Event::PageHidden);
    page.flood(UNREAD_MAX as u64);
    assert_eq!(page.model.unread(), UNREAD_MAX);
    page.flood(1_000);
    assert_eq!(page.model.unread(), UNREAD_MAX + 1, "more than the bound");
}

#[test]
fn neither_the_last_room_nor_one_with_unsent_posts_can_be_left() {
    let mut page = Page::online();
    page.dispatch(Event::RoomLeft(lobby()));
    assert_eq!(page.model.current_room, lobby());
    page.open_room("attic");
    page.submit("not sent yet");
    page.dispatch(Event::RoomLeft(room("attic")));
    assert!(page.is_in("attic"));
    assert_eq!(
        page.notice(),
        "You have unsent messages in #attic. Send or discard them first."
    );
    let effects = page.dispatch(Event::RoomLeft(lobby()));
    assert!(effects.contains(&Effect::SaveRooms(vec![room("attic")])));
    assert!(
        !effects.contains(&Effect::ForgetRoom(lobby())),
        "it can be taken back"
    );
    page.env.now_ms += LEAVE_UNDO_MS;
    let effects = page.dispatch(Event::Ticked);
    assert!(effects.contains(&Effect::ForgetRoom(lobby())));
}

#[test]
fn past_the_bound_the_quietest_room_is_left() {
    let mut page = Page::online();
    page.flood(1);
    for n in 1..PAGE_ROOMS_MAX {
        page.open_room(&format!("room-{n}"));
    }
    assert_eq!(page.listed_rooms().len(), PAGE_ROOMS_MAX);
    page.open_room("one-more");
    assert_eq!(page.listed_rooms().len(), PAGE_ROOMS_MAX);
    assert!(page.is_in("lobby"), "it has a message");
    assert_eq!(page.model.current_room, room("one-more"));
}

#[test]
fn a_visit_starts_with_the_saved_rooms() {
    let saved = ["attic", "lobby"].map(|name| KnownRoom {
        room: room(name),
        seen: parse_stored("1"),
        draft: draft(&format!("to {name}")),
        cached_entries: String::new(),
        about: String::new(),
    });
    let mut page = Page::open_with(saved.to_vec());
    page.go_online();
    assert_eq!(page.composed(), "to lobby");
    page.join_empty("attic");
    page.flood_in("attic", 4);
    let unread = page.unread_in("attic");
    assert_eq!(unread, 4, "it is another log, of which nothing was seen");
}
