//! Joining, resuming and what a room says out of turn.

use crate::*;

#[test]
fn an_entry_that_is_missing_is_asked_for_and_nothing_is_told_out_of_order() {
    let mut hand = Hand::live();
    hand.hears(comes(entry(0, 1, 0, other())));
    hand.hears(comes(entry(2, 3, 2, other())));
    assert!(
        matches!(hand.said().last(), Some(ClientMessage::Join { after: Some(at), .. }) if at.seq == Seq(1))
    );
    hand.hears(joined(&lobby(), 1, JoinOutcome::Resumed));
    hand.hears(comes(entry(1, 2, 1, other())));
    hand.hears(comes(entry(2, 3, 2, other())));
    let told = hand
        .told
        .iter()
        .filter(|event| matches!(event, Event::Message(ServerMessage::Entry { .. })));
    assert_eq!(told.count(), 3);
}

#[test]
fn a_log_whose_chain_is_broken_does_not_have_the_server_hammered() {
    let mut hand = Hand::live();
    let mut joins = 0;
    for _ in 0..50 {
        hand.hears(comes(entry(2, 3, 2, other())));
        joins += hand.joins();
        hand.hears(joined(&lobby(), 0, JoinOutcome::Resumed));
    }
    assert!(joins <= 2, "{joins} joins without a pause");
}

#[test]
fn resumed_at_another_place_than_ours_is_a_broken_line() {
    let mut hand = Hand::live();
    hand.hears(comes(entry(0, 1, 0, other())));
    hand.cut();
    hand.passes(1_000);
    hand.welcomed();
    hand.hears(joined(&lobby(), 9, JoinOutcome::Resumed));
    assert!(
        matches!(hand.session.status(), Status::Waiting { .. }),
        "entries would be missing"
    );
}

#[test]
fn another_log_starts_over() {
    let mut hand = Hand::live();
    hand.hears(comes(entry(0, 5, 0, other())));
    hand.cut();
    hand.passes(1_000);
    hand.welcomed();
    hand.hears(joined(&lobby(), 0, JoinOutcome::Reset));
    hand.hears(comes(entry(0, 1, 3, other())));
    assert_eq!(hand.session.position(&lobby()).unwrap().seq, Seq(1));
}

#[test]
fn a_busy_room_is_tried_again_and_a_forbidden_one_is_not() {
    let mut hand = Hand::new(None, vec![]);
    hand.session.start(0);
    hand.welcomed();
    hand.forget();
    hand.refused(ErrorCode::Busy, Some(lobby()), None);
    hand.passes(20_000);
    assert_eq!(hand.joins(), 1);
    hand.refused(ErrorCode::TooManyRooms, Some(lobby()), None);
    assert!(hand.was_refused());
    hand.passes(20_000);
    assert_eq!(hand.joins(), 0);
}

#[test]
fn what_needs_a_live_room_says_so_and_typing_is_rare() {
    let mut hand = Hand::new(None, vec![]);
    hand.session.typing(&lobby(), 0);
    assert_eq!(hand.session.history(&lobby(), Seq(1), 10), Err(NotJoined));
    let mut hand = Hand::live();
    for now_ms in [0, 1, 2_999, 3_000] {
        hand.session.typing(&lobby(), now_ms);
    }
    assert_eq!(hand.said().len(), 2);
}

#[test]
fn a_question_refused_while_a_room_is_joined_again_does_not_lose_the_room() {
    let mut hand = Hand::live();
    hand.session.search(&lobby(), " ").unwrap();
    hand.hears(comes(entry(2, 3, 2, other())));
    hand.refused(ErrorCode::SearchInvalid, Some(lobby()), None);
    assert!(hand.was_refused());
    hand.hears(joined(&lobby(), 0, JoinOutcome::Resumed));
    hand.hears(present(&lobby()));
    assert_eq!(hand.session.history(&lobby(), Seq(1), 10), Ok(()));
}

#[test]
fn a_server_that_does_not_know_we_are_here_is_joined_whatever_told_us() {
    let mut hand = Hand::live();
    hand.session.history(&lobby(), Seq(1), 10).unwrap();
    hand.forget();
    hand.refused(ErrorCode::NotJoined, Some(lobby()), None);
    assert_eq!(hand.joins(), 1, "or the room would stay silent for ever");
    assert!(hand.was_refused(), "the question is not answered");
}

#[test]
fn a_room_that_stays_busy_is_tried_more_and_more_rarely() {
    let mut hand = Hand::new(None, vec![]);
    hand.session.start(0);
    hand.welcomed();
    hand.forget();
    let mut joins = 0;
    for _ in 0..600 {
        hand.refused(ErrorCode::Busy, Some(lobby()), None);
        hand.passes(100);
        joins += hand.joins();
    }
    assert!((3..=8).contains(&joins), "{joins} times in a minute");
}

#[test]
fn left_and_joined_again_at_once_a_room_starts_over_whatever_was_asked_before() {
    let mut hand = Hand::live();
    hand.hears(comes(entry(0, 1, 0, other())));
    hand.hears(comes(entry(2, 3, 2, other())));
    hand.session.leave(&lobby());
    hand.session.join(&lobby());
    hand.forget();
    hand.hears(joined(&lobby(), 1, JoinOutcome::Resumed));
    hand.hears(comes(entry(1, 2, 1, other())));
    assert!(hand.told.is_empty(), "that was asked for before it left");
    hand.hears(joined(&lobby(), 0, JoinOutcome::Reset));
    hand.hears(comes(entry(0, 1, 0, other())));
    let told = |event: &Event| {
        matches!(
            event,
            Event::Message(ServerMessage::Joined { .. } | ServerMessage::Entry { .. })
        )
    };
    assert_eq!(hand.told.iter().filter(|event| told(event)).count(), 2);
}
