//! Being welcomed.

use crate::*;

#[test]
fn a_token_that_is_refused_is_forgotten_once() {
    let mut hand = Hand::new(Some("old"), vec![]);
    hand.session.start(0);
    hand.session.handle_open();
    hand.forget();
    hand.refused(ErrorCode::TokenInvalid, None, None);
    assert!(matches!(
        hand.said()[..],
        [ClientMessage::Hello { token: None, .. }]
    ));
    assert!(hand.was_refused());
    hand.refused(ErrorCode::TokenInvalid, None, None);
    assert_eq!(
        hand.said(),
        [],
        "a server that refuses no token at all is not asked for ever"
    );
}

#[test]
fn a_name_changed_while_greeting_reaches_the_server() {
    let mut hand = Hand::new(None, vec![]);
    hand.session.start(0);
    hand.session.handle_open();
    hand.session.rename(name("new"));
    hand.hears(welcome(me(), 25_000));
    assert!(
        hand.said()
            .contains(&ClientMessage::Rename { name: name("new") })
    );
}

#[test]
fn numbers_out_of_all_bounds_do_no_harm() {
    let mut hand = Hand::live();
    hand.posts(0);
    hand.now_ms = 1;
    let refusal = Refusal::new(ErrorCode::Busy, "later")
        .in_room(&lobby())
        .of_post(id(0));
    hand.hears(ServerMessage::Error(Refusal {
        retry_after_ms: Some(u64::MAX),
        ..refusal
    }));
    hand.forget();
    let mut patient = hand.session.clone();
    patient.handle_timeout(3_600_000, 0);
    let posts = std::iter::from_fn(|| patient.poll_output());
    assert!(
        posts
            .into_iter()
            .any(|out| matches!(out, Output::Send(f) if f.contains("post 0"))),
        "an hour is enough"
    );

    for heartbeat_ms in [0, 1, u64::MAX] {
        let mut hand = Hand::new(None, vec![]);
        hand.session.start(1);
        hand.session.handle_open();
        hand.now_ms = 1;
        hand.hears(welcome(me(), heartbeat_ms));
        let due = hand.session.poll_timeout().unwrap();
        assert!(
            (1_001..=3_600_000).contains(&due),
            "heartbeat {heartbeat_ms}: next at {due}"
        );
    }
}
