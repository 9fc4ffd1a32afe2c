//! Menus, the panel, and what else lies over the room; steps from room to room.

use parlor_frontend::{
    event::{Direction, InspectorEvent, RoomStep},
    model::menu::{Menu, MenuPlace, MenuSubject},
    view_model::{
        message_actions::{MessageAction, actions, quick_reactions},
        status::is_interrupted,
    },
};
use parlor_session::{Status, StopReason};

use crate::*;

impl Page {
    fn open_menu(&mut self, subject: MenuSubject) {
        let place = MenuPlace::Sheet;
        self.dispatch(Event::MenuOpened(Menu { subject, place }));
    }

    fn step(&mut self, direction: Direction, unread_only: bool) -> String {
        let step = RoomStep {
            direction,
            unread_only,
        };
        self.dispatch(Event::RoomStepped(step));
        self.model.current_room.to_string()
    }
}

#[test]
fn everyone_can_reply_copy_and_pin_and_only_the_author_can_edit_and_delete() {
    let mut page = Page::online();
    page.receive_entry(entry(1, bob(), post("of Bob")));
    page.receive_entry(entry(2, me(), post("of mine")));
    let of_anyone = [
        MessageAction::Reply,
        MessageAction::CopyText,
        MessageAction::CopyLink,
        MessageAction::Pin,
    ];
    let of_others = actions(&page.model, id(1));
    assert_eq!(of_others[..4], of_anyone);
    assert_eq!(
        of_others[4..],
        [MessageAction::MarkUnread, MessageAction::Author]
    );
    let of_mine = actions(&page.model, id(2));
    assert_eq!(of_mine[..4], of_anyone);
    assert_eq!(of_mine[4..], [MessageAction::Edit, MessageAction::Delete]);
    page.receive_entry(entry(3, me(), Body::Deletion { target: id(2) }));
    assert_eq!(actions(&page.model, id(2)), [], "it is deleted");
    assert_eq!(actions(&page.model, id(9)), [], "there is none");
}

#[test]
fn the_emoji_that_the_user_uses_most_are_a_press_away() {
    let mut page = Page::online();
    let quick = |page: &Page, count| {
        let quick = quick_reactions(&page.model, count);
        quick.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(quick(&page, 3), ["👍", "❤️", "😂"]);
    page.receive_entry(entry(1, bob(), post("hello")));
    for emoji in ["🚀", "🎉", "🚀"] {
        let emoji = Emoji::parse(emoji).unwrap();
        page.dispatch(Event::Reacted {
            target: id(1),
            emoji,
        });
    }
    assert_eq!(quick(&page, 3), ["🚀", "🎉", "👍"], "most used first");
    assert_eq!(quick(&page, 6), ["🚀", "🎉", "👍", "❤️", "😂", "😮"]);
}

#[test]
fn a_menu_closes_with_what_was_chosen_in_it() {
    let mut page = Page::online();
    page.receive_entry(entry(1, bob(), post("hello")));
    page.open_menu(MenuSubject::Message(id(1)));
    let effects = page.dispatch(MessageAction::MarkUnread.event(id(1)));
    assert!(effects.contains(&Effect::CloseMenu));
    assert_eq!((page.model.menu, page.model.unread()), (None, 1));
}

#[test]
fn a_menu_opens_for_what_can_be_acted_on_and_closes_with_its_room() {
    let mut page = Page::online();
    page.receive_entry(entry(1, bob(), post("hello")));
    page.open_menu(MenuSubject::Message(id(2)));
    assert_eq!(page.model.menu, None, "there is no such message");
    page.open_menu(MenuSubject::Message(id(1)));
    assert!(page.model.menu.is_some());
    page.dispatch(Event::RoomOpened("attic".to_owned()));
    assert_eq!(page.model.menu, None);
}

#[test]
fn a_copy_has_the_text_as_it_was_written() {
    let mut page = Page::online();
    page.receive_entry(entry(1, bob(), post("**so** it\nis")));
    let effects = page.dispatch(Event::TextRequested(id(1)));
    assert_eq!(effects, [Effect::Copy("**so** it\nis".to_owned())]);
    page.receive_entry(entry(2, bob(), Body::Deletion { target: id(1) }));
    assert_eq!(page.dispatch(Event::TextRequested(id(1))), []);
}

#[test]
fn back_closes_what_lies_on_top_and_one_thing_at_a_time() {
    let mut page = Page::online();
    assert!(!page.model.is_covered());
    page.dispatch(Event::Inspector(InspectorEvent::Opened));
    page.dispatch(Event::SearchOpened);
    page.dispatch(Event::PanelOpened);
    page.open_menu(MenuSubject::Page);
    let mut open = Vec::new();
    while page.model.is_covered() {
        page.dispatch(Event::WentBack);
        let model = &page.model;
        open.push([
            model.menu.is_some(),
            model.panel_open,
            model.search.is_some(),
            model.inspector.is_some(),
        ]);
    }
    let one_less = [
        [false, true, true, true],
        [false, false, true, true],
        [false, false, false, true],
        [false; 4],
    ];
    assert_eq!(open, one_less);
}

#[test]
fn the_panel_closes_with_any_room_that_is_chosen_in_it() {
    let mut page = Page::online();
    for name in ["attic", "attic", "lobby"] {
        page.dispatch(Event::PanelOpened);
        page.dispatch(Event::RoomOpened(name.to_owned()));
        assert!(!page.model.panel_open, "{name}");
    }
}

#[test]
fn steps_lead_through_the_rooms_and_round_their_ends() {
    let mut page = Page::online();
    for name in ["attic", "cellar"] {
        page.dispatch(Event::RoomOpened(name.to_owned()));
        page.join_empty(name);
    }
    page.dispatch(Event::RoomOpened("attic".to_owned()));
    assert_eq!(page.step(Direction::Down, false), "cellar");
    assert_eq!(page.step(Direction::Down, false), "lobby");
    assert_eq!(page.step(Direction::Down, false), "attic");
    assert_eq!(page.step(Direction::Up, false), "lobby");
    assert_eq!(
        page.step(Direction::Down, true),
        "lobby",
        "nothing is unread"
    );
}

#[test]
fn a_small_screen_speaks_of_the_connection_only_while_something_is_wrong() {
    let calm = [Status::Online, Status::Connecting { attempt: 0 }];
    let interrupted = [
        Status::Connecting { attempt: 1 },
        Status::Waiting {
            until_ms: 0,
            attempt: 1,
        },
        Status::Stopped(StopReason::Asked),
        Status::Stopped(StopReason::Closed(4_500)),
    ];
    assert!(!calm.into_iter().any(is_interrupted));
    assert!(interrupted.into_iter().all(is_interrupted));
}
