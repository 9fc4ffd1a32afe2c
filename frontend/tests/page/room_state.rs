//! A room's name, topic, pins and notifications, and taking back that it was left.

use parlor_frontend::{
    event::Alert,
    model::{about::Notify, room_card::RoomCardEvent},
    view_model::{
        composer::placeholder,
        room_card::{pins, room_title, topic},
        rooms::{in_order, rooms},
        status::is_left_shown,
    },
};
use parlor_shared::{Pin, RoomKind, RoomState, Topic};

use crate::*;

fn named(name: &str) -> Body {
    let name = Some(Name::parse(name).unwrap());
    Body::RoomName { name }
}

fn about(topic: &str) -> Body {
    let topic = Some(Topic::parse(topic).unwrap());
    Body::Topic { topic }
}

impl Page {
    fn card(&mut self, event: RoomCardEvent) -> Vec<Effect> {
        self.dispatch(Event::RoomCard(event))
    }

    /// What is called, what it is for, and the texts of its pins.
    fn room_about(&self) -> (String, String, Vec<String>) {
        let pins = pins(&self.model).into_iter().map(|pin| pin.text);
        (room_title(&self.model), topic(&self.model), pins.collect())
    }

    fn error(&self) -> String {
        let card = self.model.room_card.as_ref();
        card.map_or_else(String::new, |card| card.error.clone())
    }
}

#[test]
fn entries_change_the_room_and_a_line_says_who_did() {
    let mut page = Page::online();
    page.flood(1);
    assert_eq!(placeholder(&page.model), "Message #lobby");
    page.receive_entry(entry(2, bob(), named("Tea Time")));
    page.receive_entry(entry(3, bob(), about("all about tea")));
    assert_eq!(placeholder(&page.model), "Message Tea Time");
    let pin = |target, on| Body::Pin { target, on };
    page.receive_entry(entry(4, me(), pin(id(1), true)));
    page.receive_entry(entry(5, bob(), post("next")));
    let (name, topic, pinned) = page.room_about();
    assert_eq!(
        (name.as_str(), topic.as_str()),
        ("Tea Time", "all about tea")
    );
    assert_eq!(pinned, ["1"]);
    let lines = [
        "Bob named the room “Tea Time”",
        "Bob changed the topic to “all about tea”",
        "Ann pinned a message",
    ];
    assert_eq!(page.row(id(1)).room_changes, lines);
    assert_eq!(page.row(id(5)).room_changes, [""; 0]);
    assert_eq!(
        page.model.room().unread(&page.model.reader()),
        2,
        "two are messages"
    );

    let text = Text::parse("mended").unwrap();
    let target = id(1);
    page.receive_entry(entry(6, bob(), Body::Edit { target, text }));
    assert_eq!(page.room_about().2, ["mended"]);
    page.receive_entry(entry(7, bob(), Body::Deletion { target }));
    assert_eq!(page.room_about().2, [""; 0], "its words are gone");
}

#[test]
fn what_the_server_says_after_joined_counts_and_older_entries_do_not_change_it() {
    let mut page = Page::open();
    page.connect();
    page.join("lobby", 0, 3);
    let pin = Pin {
        id: id(9),
        seq: Seq(1),
        at_ms: 0,
        member: bob(),
        name: Name::parse("Bob").unwrap(),
        text: Text::parse("expired").unwrap(),
    };
    let effects = page.receive(&ServerMessage::State {
        room: lobby(),
        state: RoomState {
            seq: Seq(3),
            name: None,
            topic: Topic::parse("newest").ok(),
            kind: RoomKind::Open,
            pins: vec![pin],
            ..RoomState::default()
        },
    });
    let saved = Effect::SaveAbout(lobby(), "\n\nnewest".to_owned());
    assert!(effects.contains(&saved), "for the next visit");
    page.receive_entry(entry(1, bob(), named("Older")));
    page.receive_entry(entry(2, bob(), about("older")));
    page.receive_entry(entry(3, bob(), about("newest")));
    page.catch_up("lobby");
    let expected = (
        "lobby".to_owned(),
        "newest".to_owned(),
        vec!["expired".to_owned()],
    );
    assert_eq!(page.room_about(), expected);
    page.receive_entry(entry(4, bob(), named("Newer")));
    assert_eq!(page.room_about().0, "Newer");
}

#[test]
fn the_card_posts_what_is_changed_and_says_why_it_can_not_be() {
    let mut page = Page::online();
    page.card(RoomCardEvent::Opened);
    let set = page.card(RoomCardEvent::TopicSet("  all   about\ttea ".to_owned()));
    assert_eq!(bodies(&set), [about("all about tea")]);
    page.receive_entry(Entry {
        id: post_id(&set),
        ..entry(1, me(), about("all about tea"))
    });
    let again = page.card(RoomCardEvent::TopicSet("all about tea".to_owned()));
    assert_eq!(bodies(&again), [], "it is set");
    let gone = page.card(RoomCardEvent::TopicSet(" ".to_owned()));
    assert_eq!(bodies(&gone), [Body::Topic { topic: None }]);
    page.card(RoomCardEvent::TopicSet("t".repeat(251)));
    assert_eq!(page.error(), "Topics are one line of up to 250 characters.");
    page.card(RoomCardEvent::Named("\u{202e}x".to_owned()));
    assert_eq!(page.error(), text::room_name_invalid());
    let set = page.card(RoomCardEvent::Named("Tea".to_owned()));
    assert_eq!(
        (bodies(&set), page.error()),
        (vec![named("Tea")], String::new())
    );

    // The server knows better: nothing waits in the room for good.
    let id = post_id(&set);
    page.receive_refusal(id, ErrorCode::NameInvalid, "not that one");
    assert_eq!(page.error(), "not that one");
    assert!(
        page.model
            .room()
            .pending
            .iter()
            .all(|pending| pending.post.id != id)
    );
}

#[test]
fn a_left_room_comes_back_as_it_was_within_some_seconds() {
    let mut page = Page::online();
    page.dispatch(Event::RoomOpened("attic".to_owned()));
    page.join_empty("attic");
    page.flood_in("attic", 3);
    page.look();
    page.dispatch(Event::Typed("half a thought".to_owned()));
    page.dispatch(Event::RoomLeft(room("attic")));
    assert_eq!(page.notice(), "You left #attic.");
    assert!(is_left_shown(&page.model) && !page.is_in("attic"));
    let effects = page.card(RoomCardEvent::LeaveUndone);
    assert_eq!(page.model.current_room, room("attic"));
    assert_eq!((page.composed(), page.texts().len()), ("half a thought", 3));
    assert_eq!(page.model.room().seen_seq(), Some(Seq(3)));
    assert!(sent(&effects).any(|message| matches!(message, ClientMessage::Join { .. })));
    assert_eq!(page.notice(), "");

    page.dispatch(Event::RoomLeft(room("attic")));
    page.env.now_ms += LEAVE_UNDO_MS;
    let effects = page.dispatch(Event::Ticked);
    assert!(effects.contains(&Effect::ForgetRoom(room("attic"))));
    page.card(RoomCardEvent::LeaveUndone);
    assert!(!page.is_in("attic"), "too late");
}

#[test]
fn a_muted_room_notifies_of_nothing_and_does_not_count_in_the_title() {
    let mut page = Page::online();
    let settings = Settings::parse("notify");
    page.dispatch(Event::SettingsChanged(settings));
    page.flood(1);
    page.look();
    page.dispatch(Event::PageHidden);
    let is_alert = |effect: &Effect| matches!(effect, Effect::Alert(Alert { .. }));
    let effects = page.receive_entry(entry(2, bob(), post("heard")));
    assert!(effects.iter().any(is_alert));
    let muted = RoomCardEvent::NotifyChosen(lobby(), Notify::None);
    let effects = page.card(muted);
    assert!(effects.contains(&Effect::SaveAbout(lobby(), "none".to_owned())));
    let effects = page.receive_entry(entry(3, bob(), post("not heard")));
    assert!(!effects.iter().any(is_alert));
    assert_eq!(
        (page.model.unread(), page.model.unread_in(&lobby())),
        (0, 2)
    );
    page.card(RoomCardEvent::NotifyChosenElsewhere(lobby(), Notify::All));
    assert_eq!(page.model.unread(), 2, "another tab listens again");
}

#[test]
fn the_list_has_the_newest_first_and_holds_still_while_it_is_used() {
    let mut page = Page::online();
    for name in ["attic", "cellar"] {
        page.dispatch(Event::RoomOpened(name.to_owned()));
        page.join_empty(name);
    }
    let at = |seq, at_ms| Entry {
        at_ms,
        ..entry(seq, bob(), post("x"))
    };
    page.receive_entry_in("cellar", at(1, 1_000));
    page.receive_entry_in("attic", at(1, 2_000));
    let names = |rooms: &[room_list::RoomItem]| -> Vec<String> {
        rooms.iter().map(|room| room.id.to_string()).collect()
    };
    let shown = rooms(&page.model);
    assert_eq!(names(&shown), ["attic", "cellar", "lobby"]);
    page.receive_entry_in("cellar", at(2, 3_000));
    assert_eq!(names(&rooms(&page.model)), ["cellar", "attic", "lobby"]);
    let still = in_order(&shown, rooms(&page.model));
    assert_eq!(names(&still), ["attic", "cellar", "lobby"]);
    page.card(RoomCardEvent::NotifyChosen(room("cellar"), Notify::None));
    assert_eq!(names(&rooms(&page.model)), ["attic", "lobby", "cellar"]);
}
