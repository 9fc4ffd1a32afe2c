//! The line: its ends, its silences, and what comes too late.

use crate::*;

#[test]
fn stop_leaves_each_room_before_it_closes_and_a_dead_line_just_closes() {
    let mut hand = Hand::live();
    hand.session.stop();
    hand.look();
    assert_eq!(hand.line, [("close", 1)]);
    assert_eq!(hand.said(), [ClientMessage::Leave { room: lobby() }]);
    assert_eq!(hand.session.status(), Status::Stopped(StopReason::Asked));
    assert_eq!(hand.session.poll_timeout(), None);

    let mut hand = Hand::live();
    hand.passes(35_000);
    assert!(
        matches!(hand.said()[..], [ClientMessage::Ping { .. }]),
        "asked, but no word of leaving"
    );
    assert_eq!(hand.line.first().map(|(what, _)| *what), Some("close"));
    assert!(matches!(hand.session.status(), Status::Waiting { .. }));
}

#[test]
fn any_frame_is_a_sign_of_life_and_a_wake_up_asks_at_once() {
    let mut hand = Hand::live();
    hand.passes(34_000);
    hand.hears(ServerMessage::Unknown);
    hand.passes(2_000);
    assert_eq!(hand.session.status(), Status::Online);
    hand.forget();
    hand.session.probe(hand.now_ms);
    hand.session.probe(hand.now_ms);
    assert_eq!(hand.said(), [ClientMessage::Ping { t: 36_000 }]);
    hand.now_ms += 40;
    hand.hears(ServerMessage::Pong { t: 36_000 });
    assert_eq!(hand.told, [Event::RoundTrip { ms: 40 }]);
}

#[test]
fn frames_from_a_line_that_was_closed_change_nothing() {
    let mut hand = Hand::live();
    hand.session.stop();
    hand.forget();
    hand.hears(welcome(me(), 25_000));
    assert_eq!(
        hand.session.status(),
        Status::Stopped(StopReason::Asked),
        "stopped is stopped"
    );
    assert_eq!((hand.said.len(), hand.told.len()), (0, 0));
}

#[test]
fn a_close_code_says_whether_to_come_back() {
    let mut hand = Hand::live();
    hand.session.handle_closed(0, Some(4_000), 0);
    assert!(matches!(hand.session.status(), Status::Waiting { .. }));
    let mut hand = Hand::live();
    hand.session.handle_closed(0, Some(4_500), 0);
    assert_eq!(
        hand.session.status(),
        Status::Stopped(StopReason::Closed(4_500))
    );
}

#[test]
fn a_server_that_welcomes_and_drops_waits_longer_each_time() {
    let mut hand = Hand::live();
    for n in 1..6 {
        hand.cut();
        assert!(matches!(hand.session.status(), Status::Waiting { attempt, .. } if attempt == n));
        hand.passes(500);
        hand.welcomed();
    }
    hand.passes(6_000);
    hand.cut();
    assert!(matches!(
        hand.session.status(),
        Status::Waiting { attempt: 1, .. }
    ));
}

#[test]
fn a_frame_that_is_none_breaks_the_line_and_an_unknown_one_does_not() {
    let mut hand = Hand::live();
    hand.session
        .handle_frame(0, r#"{"type":"from_the_future"}"#, 0);
    assert_eq!(hand.session.status(), Status::Online);
    hand.session.handle_frame(0, "no JSON", 0);
    assert!(matches!(hand.session.status(), Status::Waiting { .. }));
}

#[test]
fn a_line_that_never_gets_a_welcome_is_given_up() {
    let mut hand = Hand::new(None, vec![]);
    hand.session.start(0);
    hand.session.handle_open();
    hand.session.handle_timeout(15_000, 0);
    assert!(matches!(
        hand.session.status(),
        Status::Waiting { attempt: 1, .. }
    ));
}

#[test]
fn a_person_who_stops_and_starts_begins_anew() {
    let mut hand = Hand::live();
    for _ in 0..4 {
        hand.cut();
        hand.passes(500);
    }
    hand.session.stop();
    hand.session.start(hand.now_ms);
    assert_eq!(
        hand.session.status(),
        Status::Connecting { attempt: 0 },
        "not the fifth try of a line nobody wanted any more"
    );
}
