//! Hello and welcome.

use crate::*;

#[test]
fn a_refused_token_is_dropped_and_hello_sent_once_more() {
    let mut harness = SessionHarness::new(Some("old"), vec![]);
    harness.session.start(0);
    harness.session.handle_open();
    harness.clear();
    harness.receive_refusal(ErrorCode::TokenInvalid, None, None);
    assert!(matches!(
        harness.take_sent()[..],
        [ClientMessage::Hello { token: None, .. }]
    ));
    assert!(harness.was_refused());
    harness.receive_refusal(ErrorCode::TokenInvalid, None, None);
    assert_eq!(
        harness.take_sent(),
        [],
        "a hello without a token is not repeated"
    );
}

#[test]
fn a_name_changed_between_hello_and_welcome_reaches_the_server() {
    let mut harness = SessionHarness::new(None, vec![]);
    harness.session.start(0);
    harness.session.handle_open();
    harness.session.rename(name("new"));
    harness.receive(welcome(me(), 25_000));
    assert!(
        harness
            .take_sent()
            .contains(&ClientMessage::Rename { name: name("new") })
    );
}

#[test]
fn absurd_times_from_the_server_are_bounded() {
    let mut harness = SessionHarness::live();
    harness.post(0);
    harness.now_ms = 1;
    let refusal = Refusal::new(ErrorCode::Busy, "later")
        .in_room(&lobby())
        .of_post(id(0));
    harness.receive(ServerMessage::Error(Refusal {
        retry_after_ms: Some(u64::MAX),
        ..refusal
    }));
    harness.clear();
    harness.session.handle_timeout(3_600_000, 0);
    let posts = std::iter::from_fn(|| harness.session.poll_output());
    assert!(
        posts
            .into_iter()
            .any(|out| matches!(out, Output::Send(f) if f.contains("post 0"))),
        "sent again within an hour"
    );

    for heartbeat_ms in [0, 1, u64::MAX] {
        let mut harness = SessionHarness::new(None, vec![]);
        harness.session.start(1);
        harness.session.handle_open();
        harness.now_ms = 1;
        harness.receive(welcome(me(), heartbeat_ms));
        let due = harness.session.poll_timeout().unwrap();
        assert!(
            (1_001..=3_600_000).contains(&due),
            "heartbeat {heartbeat_ms}: due at {due}"
        );
    }
}

#[test]
fn a_hello_refused_for_now_is_said_again_on_the_same_connection() {
    for code in [ErrorCode::RateLimited, ErrorCode::Busy] {
        let mut harness = SessionHarness::new(Some("kept"), vec![]);
        harness.session.start(0);
        harness.session.handle_open();
        harness.clear();
        harness.receive(ServerMessage::Error(Refusal {
            retry_after_ms: Some(70),
            ..Refusal::new(code, "later")
        }));
        harness.advance(69);
        assert_eq!(harness.take_sent(), []);
        harness.advance(1);
        assert!(matches!(
            harness.take_sent()[..],
            [ClientMessage::Hello { token: Some(_), .. }]
        ));
        harness.receive(welcome(me(), 25_000));
        assert_eq!(harness.session.status(), Status::Online);
        assert!(harness.was_refused(), "the program is told why it waits");
        assert_eq!(harness.connections, [], "the connection is kept");
    }
}

#[test]
fn a_hello_that_stays_refused_is_repeated_less_and_less_often_and_then_given_up() {
    let mut harness = SessionHarness::new(None, vec![]);
    harness.session.start(0);
    harness.session.handle_open();
    let mut hellos = 0;
    while matches!(harness.session.status(), Status::Connecting { .. }) {
        for _hello in harness.take_sent() {
            hellos += 1;
            harness.receive_refusal(ErrorCode::Busy, None, None);
        }
        harness.advance(100);
    }
    assert_eq!(hellos, 4, "at 0, 1, 3 and 7 s");
    assert!(matches!(harness.session.status(), Status::Waiting { .. }));
}
