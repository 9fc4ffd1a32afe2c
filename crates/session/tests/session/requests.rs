//! Histories, searches, renames, leaves and typing that are refused for now.

use parlor_shared::limits::QUESTIONS_MAX;

use crate::*;

/// A refusal for now of a request other than a post.
fn for_now(request: Request, room: Option<RoomId>) -> ServerMessage {
    ServerMessage::Error(Refusal {
        room,
        request: Some(request),
        retry_after_ms: Some(50),
        ..Refusal::new(ErrorCode::RateLimited, "later")
    })
}

fn page_of_history() -> ServerMessage {
    ServerMessage::History {
        room: lobby(),
        before: Seq(5),
        entries: vec![],
        more: false,
    }
}

#[test]
fn a_question_refused_for_now_is_asked_again_until_it_is_answered() {
    let mut harness = SessionHarness::live();
    harness.session.history(&lobby(), Seq(5), 10).unwrap();
    let place = Place::Time(7);
    harness.session.slice(&lobby(), place, 10).unwrap();
    harness.session.search(&lobby(), "words").unwrap();
    let asked = harness.take_sent();
    harness.receive(for_now(Request::History, Some(lobby())));
    harness.receive(for_now(Request::Slice, Some(lobby())));
    harness.receive(for_now(Request::Search, Some(lobby())));
    assert_eq!(harness.take_sent(), []);
    harness.advance(50);
    assert_eq!(harness.take_sent(), asked);
    harness.receive(page_of_history());
    harness.receive(ServerMessage::Slice {
        room: lobby(),
        at: place,
        entries: vec![],
        changes: vec![],
        older: false,
        newer: false,
    });
    harness.receive(for_now(Request::Search, Some(lobby())));
    harness.advance(50);
    assert_eq!(harness.take_sent(), asked[2..]);
    assert!(!harness.was_refused(), "a retry is not reported");
}

#[test]
fn a_question_about_a_room_that_was_left_or_of_a_lost_connection_is_not_asked_again() {
    let mut harness = SessionHarness::live();
    harness.session.history(&lobby(), Seq(5), 10).unwrap();
    harness.receive(for_now(Request::History, Some(lobby())));
    harness.session.leave(&lobby());
    harness.clear();
    harness.advance(1_000);
    assert_eq!(harness.take_sent(), []);

    let mut harness = SessionHarness::live();
    harness.session.history(&lobby(), Seq(5), 10).unwrap();
    harness.receive(for_now(Request::History, Some(lobby())));
    harness.disconnect();
    harness.advance(600);
    harness.be_welcomed();
    harness.clear();
    harness.advance(1_000);
    assert_eq!(harness.take_sent(), []);
}

#[test]
fn a_refusal_of_a_question_says_nothing_about_the_rooms_join() {
    let mut harness = SessionHarness::live();
    harness.session.history(&lobby(), Seq(5), 10).unwrap();
    harness.receive(entry_message(entry(2, 3, 2, other())));
    assert_eq!(harness.take_sent_joins(), 1, "an entry is missing");
    harness.receive(for_now(Request::History, Some(lobby())));
    harness.receive(joined(&lobby(), 0, JoinOutcome::Resumed));
    harness.receive(present(&lobby()));
    assert_eq!(harness.session.history(&lobby(), Seq(1), 10), Ok(()));
}

#[test]
fn a_rename_refused_for_now_is_sent_again_with_the_newest_name() {
    let mut harness = SessionHarness::live();
    let renames = |harness: &mut SessionHarness| {
        let mut names = Vec::new();
        for message in harness.take_sent() {
            if let ClientMessage::Rename { name } = message {
                names.push(name.as_str().to_owned());
            }
        }
        names
    };
    harness.session.rename(name("first"));
    harness.session.rename(name("second"));
    assert_eq!(renames(&mut harness), ["first", "second"]);
    harness.receive(for_now(Request::Rename, None));
    harness.receive(for_now(Request::Rename, None));
    harness.advance(50);
    assert_eq!(renames(&mut harness), ["second"], "once");
    harness.receive(for_now(Request::Rename, None));
    harness.session.rename(name("third"));
    harness.advance(50);
    assert_eq!(
        renames(&mut harness),
        ["third"],
        "sent at once, and not again"
    );
    assert!(!harness.was_refused());
}

#[test]
fn a_leave_refused_for_now_is_sent_again_unless_the_room_is_joined_again() {
    let mut harness = SessionHarness::live();
    harness.session.leave(&lobby());
    harness.clear();
    harness.receive(for_now(Request::Leave, Some(lobby())));
    harness.advance(50);
    assert_eq!(
        harness.take_sent(),
        [ClientMessage::Leave { room: lobby() }]
    );
    harness.receive(for_now(Request::Leave, Some(lobby())));
    harness.session.join(&lobby());
    harness.clear();
    harness.advance(50);
    assert_eq!(harness.take_sent(), []);
}

#[test]
fn typing_and_pings_refused_for_now_are_not_reported_and_not_sent_again() {
    let mut harness = SessionHarness::live();
    harness.session.typing(&lobby(), 0);
    harness.session.probe(0);
    harness.clear();
    harness.receive(for_now(Request::Typing, Some(lobby())));
    harness.receive(for_now(Request::Ping, None));
    harness.advance(10_000);
    assert_eq!(harness.take_sent(), []);
    assert!(!harness.was_refused());
}

#[test]
fn past_the_bound_the_refusal_of_a_question_is_reported() {
    let mut harness = SessionHarness::live();
    for before in 0..=QUESTIONS_MAX as u64 {
        harness.session.history(&lobby(), Seq(before), 10).unwrap();
    }
    for _question in 0..QUESTIONS_MAX {
        harness.receive(for_now(Request::History, Some(lobby())));
    }
    assert!(!harness.was_refused());
    harness.receive(for_now(Request::History, Some(lobby())));
    assert!(harness.was_refused());
}

#[test]
fn the_directory_is_asked_for_online_only_and_again_where_that_was_refused_for_now() {
    let mut harness = SessionHarness::new(None, vec![]);
    assert_eq!(harness.session.rooms("tea", None), Err(NotOnline));
    let mut harness = SessionHarness::live();
    harness.session.rooms("tea", None).unwrap();
    let asked = harness.take_sent();
    let text = "tea".to_owned();
    assert_eq!(asked, [ClientMessage::Rooms { text, after: None }]);
    harness.receive(for_now(Request::Rooms, None));
    harness.advance(50);
    assert_eq!(harness.take_sent(), asked);
    harness.receive(ServerMessage::Rooms {
        text: "tea".to_owned(),
        after: None,
        rooms: vec![],
        next: None,
    });
    harness.receive(for_now(Request::Rooms, None));
    harness.advance(50);
    assert_eq!(harness.take_sent(), [], "it is answered");
}
