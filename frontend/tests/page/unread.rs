//! What is unread: where the "New" line stands, what moves it, and what the server says of the
//! user's other devices.

use parlor_frontend::{
    model::{reading, room::UNREAD_MAX},
    view_model::unread::{UnreadAbove, unread_above},
};

use crate::*;

fn saved(name: &str, seen: Option<Position>) -> KnownRoom {
    KnownRoom {
        room: room(name),
        seen,
        draft: Draft::default(),
        about: String::new(),
        cached_entries: String::new(),
    }
}

/// A position in the epoch of another start of the server.
fn elsewhere(seq: u64) -> Position {
    Position {
        epoch: Epoch::from_bytes([6; 16]),
        seq: Seq(seq),
    }
}

/// The positions that the page tells the server.
fn said(effects: &[Effect]) -> Vec<u64> {
    let seen = sent(effects).filter_map(|message| match message {
        ClientMessage::Seen { seq, .. } => Some(seq.0),
        _ => None,
    });
    seen.collect()
}

/// The place before which the page asks for history.
fn asked_before(effects: &[Effect]) -> Option<u64> {
    sent(effects).find_map(|message| match message {
        ClientMessage::History { before, .. } => Some(before.0),
        _ => None,
    })
}

/// Posts by Bob, each with its number as its text.
fn posts(range: std::ops::Range<u64>) -> Vec<Entry> {
    range
        .map(|seq| entry(seq, bob(), post(&seq.to_string())))
        .collect()
}

impl Page {
    /// A page that comes back to the lobby, of which everything up to `seen` was read, and of which
    /// the last 50 of `head` posts are loaded at first. Returns what the page asks then, too.
    fn back(seen: Option<Position>, head: u64) -> (Self, Vec<Effect>) {
        let mut page = Self::open_with(vec![saved("lobby", seen)]);
        page.connect();
        let after = head.saturating_sub(50);
        page.join("lobby", after, head);
        for entry in posts(after + 1..head + 1) {
            page.receive_entry(entry);
        }
        let effects = page.live("lobby");
        (page, effects)
    }

    /// Everything missed has arrived.
    fn live(&mut self, name: &str) -> Vec<Effect> {
        self.receive(&ServerMessage::Present {
            room: room(name),
            count: 1,
            members: vec![],
        })
    }

    /// The server sends the posts before this place.
    fn receive_history(&mut self, before: u64, limit: u64) -> Vec<Effect> {
        self.receive(&ServerMessage::History {
            room: lobby(),
            before: Seq(before),
            entries: posts(before.saturating_sub(limit).max(1)..before),
            more: before > limit + 1,
        })
    }

    fn receive_seen(&mut self, position: Position) -> Vec<Effect> {
        self.receive(&ServerMessage::Seen {
            room: lobby(),
            epoch: position.epoch,
            seq: position.seq,
        })
    }

    fn seen(&self) -> Option<Position> {
        self.model.room().progress.seen
    }

    /// These posts are on screen for a moment.
    fn read(&mut self, first: u64, last: u64) -> Vec<Effect> {
        let mut effects = self.see(id(first), id(last));
        effects.extend(self.dispatch(Event::Ticked));
        effects
    }
}

#[test]
fn the_line_stands_at_the_first_unread_message_however_far_back() {
    for unread in [1, 49, 50, 51, 120, 149, 150, 400] {
        let (mut page, effects) = Page::back(Some(at(1)), 1 + unread);
        let mut asked = asked_before(&effects);
        assert_eq!(asked.is_some(), unread > 50, "{unread}");
        while let Some(before) = asked {
            assert_eq!(page.first_unread(), None, "it is not loaded yet");
            let above = unread_above(&page.model);
            assert!(above.is_none_or(|above| above.since_ms.is_none()));
            asked = asked_before(&page.receive_history(before, 100));
        }
        page.see(id(1 + unread), id(1 + unread));
        let line = page.model.room().progress.first_unread;
        assert_eq!(line, Some(Seq(2)), "of {unread}");
        let above = unread_above(&page.model);
        let expected = UnreadAbove {
            count: unread as usize,
            since_ms: Some(0),
        };
        assert_eq!(above, (unread > 1).then_some(expected));
        let counted = if unread == 1 { 0 } else { unread.min(100) };
        assert_eq!(page.model.unread() as u64, counted, "{unread}");
    }
}

#[test]
fn what_was_never_on_screen_stays_unread() {
    let (mut page, _) = Page::back(Some(at(5)), 45);
    assert_eq!(page.first_unread().unwrap(), "6");
    page.read(30, 45);
    assert_eq!(page.seen(), Some(at(5)), "opened at its end");
    assert_eq!(page.model.unread(), 40);
    assert_eq!(unread_above(&page.model).unwrap().count, 40);

    page.dispatch(Event::FirstUnreadRequested);
    assert_eq!(page.model.room().scroll_target, Some(id(6)));
    page.dispatch(Event::MessageShown);
    let effects = page.read(4, 19);
    assert!(effects.contains(&Effect::SaveSeen(lobby(), at(19))));
    assert_eq!(unread_above(&page.model), None, "it was on screen");
    assert_eq!(page.model.unread(), 26);
    page.read(40, 44);
    assert_eq!(page.model.unread(), 26, "a jump over the rest");
    page.read(15, 30);
    page.read(30, 45);
    assert_eq!((page.seen(), page.model.unread()), (Some(at(45)), 0));
    assert_eq!(page.first_unread().unwrap(), "6", "the line stays");
}

#[test]
fn a_window_that_nobody_looks_at_reads_nothing() {
    let mut page = Page::online();
    page.flood(1);
    page.look();
    page.dispatch(Event::WindowBlurred);
    page.flood(2);
    page.look();
    assert_eq!(page.model.unread(), 2);
    page.dispatch(Event::WindowFocused);
    assert_eq!(page.first_unread().unwrap(), "2");
    assert_eq!(page.model.unread(), 0, "they are being read");
    page.look();
    assert_eq!(page.seen(), Some(at(3)));
}

#[test]
fn a_room_that_is_left_quickly_is_seen_up_to_what_it_had_when_it_was_joined() {
    let mut page = Page::open();
    let names: Vec<String> = (1..=8).map(|n| format!("v-{n}")).collect();
    // Opened while the line is down, and left before anything came.
    for name in &names {
        page.dispatch(Event::RoomOpened(name.clone()));
    }
    page.go_online();
    let mut effects = Vec::new();
    for name in &names {
        page.join(name, 4, 4);
        effects.extend(page.live(name));
        for seq in 5..8 {
            page.receive_entry_in(name, entry(seq, bob(), post("late")));
        }
    }
    assert_eq!(said(&effects), [4; 8], "other devices know it too");
    for (name, unread) in page.listed_rooms() {
        let is_current = name == "v-8";
        assert_eq!(
            unread,
            if name == "lobby" { 0 } else { 3 },
            "{name} {is_current}"
        );
    }
}

#[test]
fn only_messages_of_others_that_are_there_are_counted() {
    let (mut page, _) = Page::back(Some(at(5)), 5);
    page.receive_entry(entry(6, me(), post("my own")));
    page.receive_entry(entry(
        7,
        bob(),
        Body::Edit {
            target: id(5),
            text: Text::parse("better").unwrap(),
        },
    ));
    page.receive_entry(entry(
        8,
        bob(),
        Body::Reaction {
            target: id(6),
            emoji: Emoji::parse("👍").unwrap(),
            on: true,
        },
    ));
    assert_eq!(page.model.unread(), 0);
    page.receive_entry(entry(9, bob(), post("taken back")));
    page.receive_entry(entry(10, bob(), post("stays")));
    assert_eq!(page.model.unread(), 2);
    page.receive_entry(entry(11, bob(), Body::Deletion { target: id(9) }));
    assert_eq!(page.model.unread(), 1);
}

#[test]
fn what_is_read_or_marked_on_another_device_is_so_here() {
    let (mut page, _) = Page::back(Some(at(5)), 45);
    page.read(40, 45);
    assert_eq!(page.model.unread(), 40);
    let effects = page.receive_seen(at(45));
    assert!(effects.contains(&Effect::SaveSeen(lobby(), at(45))));
    assert_eq!((page.model.unread(), unread_above(&page.model)), (0, None));
    assert_eq!(page.first_unread().unwrap(), "6", "the line stays");

    page.receive_seen(at(43));
    assert_eq!(page.first_unread().unwrap(), "44");
    page.read(40, 45);
    assert_eq!(page.model.unread(), 2, "until the user comes back to it");
    page.dispatch(Event::EndLeft);
    page.dispatch(Event::EndReached);
    page.read(40, 45);
    assert_eq!(page.model.unread(), 0);
}

#[test]
fn a_message_is_marked_as_unread_and_a_room_as_read() {
    let (mut page, _) = Page::back(Some(at(20)), 20);
    page.read(1, 20);
    let effects = page.dispatch(Event::MarkedUnread(id(18)));
    assert!(effects.contains(&Effect::SaveSeen(lobby(), at(17))));
    page.read(1, 20);
    assert_eq!(page.model.unread(), 3);
    assert_eq!(page.first_unread().unwrap(), "18");
    page.dispatch(Event::MarkedRead(Some(lobby())));
    assert_eq!((page.model.unread(), page.first_unread()), (0, None));
    assert_eq!(page.seen(), Some(at(20)));

    page.dispatch(Event::MarkedUnread(id(18)));
    page.dispatch(Event::Cancelled);
    assert_eq!(page.model.unread(), 0, "Escape, with nothing to cancel");
    page.dispatch(Event::MarkedUnread(id(18)));
    page.submit("I have read it all");
    assert_eq!((page.model.unread(), page.first_unread()), (0, None));

    page.dispatch(Event::RoomOpened("attic".to_owned()));
    page.join("attic", 0, 0);
    page.live("attic");
    page.flood(3);
    page.flood_in("attic", 3);
    assert_eq!(page.model.unread(), 6);
    page.dispatch(Event::MarkedRead(None));
    assert_eq!(page.model.unread(), 0);
}

#[test]
fn a_position_of_another_start_counts_once_the_server_has_answered() {
    let (mut page, effects) = Page::back(Some(elsewhere(30)), 40);
    assert_eq!(said(&effects), [30]);
    assert_eq!((page.model.unread(), page.first_unread()), (0, None));
    page.receive_seen(at(30));
    assert_eq!(page.model.unread(), 10);
    assert_eq!(page.first_unread().unwrap(), "31");

    // A server that was restored, and does not know that start: nothing is new by mistake.
    let (mut page, _) = Page::back(Some(elsewhere(30)), 40);
    page.receive_seen(at(40));
    assert_eq!((page.model.unread(), page.first_unread()), (0, None));
}

#[test]
fn what_the_server_knows_counts_more_than_what_is_stored() {
    for (told, unread) in [(38, 2), (20, 20)] {
        let mut page = Page::open_with(vec![saved("lobby", Some(at(30)))]);
        page.connect();
        page.join("lobby", 0, 40);
        page.receive_seen(at(told));
        for entry in posts(1..41) {
            page.receive_entry(entry);
        }
        let effects = page.live("lobby");
        assert_eq!(said(&effects), [0; 0]);
        page.dispatch(Event::EndLeft);
        page.see(id(1), id(10));
        assert_eq!(page.model.unread(), unread);
        assert_eq!(page.first_unread().unwrap(), (told + 1).to_string());
        page.dispatch(Event::EndReached);
        page.read(1, 40);
        assert_eq!(page.model.unread(), 0, "nothing was marked as unread");
    }
}

#[test]
fn retention_past_what_was_seen_leaves_the_line_above_what_there_still_is() {
    let mut page = Page::open_with(vec![saved("lobby", Some(at(5)))]);
    page.connect();
    page.receive(&ServerMessage::Joined {
        room: lobby(),
        after: Seq(30),
        head: Seq(40),
        first: Seq(31),
        outcome: JoinOutcome::Reset,
    });
    for entry in posts(31..41) {
        page.receive_entry(entry);
    }
    let effects = page.live("lobby");
    assert_eq!(asked_before(&effects), None, "there is nothing before them");
    assert_eq!(page.first_unread().unwrap(), "31");
    assert_eq!(page.model.unread(), 10);
}

#[test]
fn a_jump_far_back_loads_what_is_in_between() {
    let (mut page, mut effects) = Page::back(Some(at(1)), 2_000);
    page.see(id(1_990), id(2_000));
    while let Some(before) = asked_before(&effects) {
        effects = page.receive_history(before, 100);
    }
    let above = unread_above(&page.model).unwrap();
    assert_eq!(
        above.since_ms, None,
        "so far back that it is not loaded unasked"
    );
    assert!(above.count > UNREAD_MAX);
    assert_eq!(page.shown_range().1, 2_000, "nothing has moved");
    effects = page.dispatch(Event::FirstUnreadRequested);
    let asked = sent(&effects).find_map(|message| match message {
        ClientMessage::Slice { at, .. } => Some(at),
        _ => None,
    });
    assert_eq!(asked, Some(Place::Seq(Seq(2))), "a place far back, at once");
    page.receive(&ServerMessage::Slice {
        room: lobby(),
        at: Place::Seq(Seq(2)),
        entries: posts(1..101),
        changes: vec![],
        older: false,
        newer: true,
    });
    assert_eq!(page.first_unread().unwrap(), "2");
    assert_eq!(page.model.room().scroll_target, Some(id(2)));
    page.dispatch(Event::MessageShown);
    page.read(1, 30);
    assert_eq!(page.seen(), Some(at(30)), "it is read from there on");
    page.dispatch(Event::LatestRequested);
    page.read(1_990, 2_000);
    assert_eq!(page.seen(), Some(at(30)), "and not what was jumped over");
}

#[test]
fn a_stored_position_is_read_also_as_earlier_versions_wrote_it() {
    let position = elsewhere(30);
    assert_eq!(
        reading::parse_stored(&reading::stored(position)),
        Some(position)
    );
    assert_eq!(reading::parse_stored(""), None);
    let (page, effects) = Page::back(reading::parse_stored("30"), 40);
    assert_eq!(page.model.room().seen_seq(), Some(Seq(30)));
    assert_eq!(said(&effects), [30]);
    assert_eq!(page.first_unread().unwrap(), "31");
    let (page, _) = Page::back(reading::parse_stored("1000"), 40);
    assert_eq!(page.seen(), Some(at(40)), "it was stored for another log");
}
