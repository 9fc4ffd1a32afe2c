//! The connection: how it ends, heartbeats, and frames that arrive too late.

use crate::*;

#[test]
fn stop_leaves_each_room_before_closing_and_a_dead_connection_is_just_closed() {
    let mut harness = SessionHarness::live();
    harness.session.stop();
    harness.drain_outputs();
    let close = ConnectionStep::Close { frames_before: 1 };
    assert_eq!(harness.connections, [close]);
    assert_eq!(
        harness.take_sent(),
        [ClientMessage::Leave { room: lobby() }]
    );
    assert_eq!(harness.session.status(), Status::Stopped(StopReason::Asked));
    assert_eq!(harness.session.poll_timeout(), None);

    let mut harness = SessionHarness::live();
    harness.advance(35_000);
    assert!(
        matches!(harness.take_sent()[..], [ClientMessage::Ping { .. }]),
        "a ping, and no leave"
    );
    let close = ConnectionStep::Close { frames_before: 1 };
    assert_eq!(harness.connections, [close]);
    assert!(matches!(harness.session.status(), Status::Waiting { .. }));
}

#[test]
fn any_frame_is_a_sign_of_life_and_a_probe_pings_at_once() {
    let mut harness = SessionHarness::live();
    harness.advance(34_000);
    harness.receive(ServerMessage::Unknown);
    harness.advance(2_000);
    assert_eq!(harness.session.status(), Status::Online);
    harness.clear();
    harness.session.probe(harness.now_ms);
    harness.session.probe(harness.now_ms);
    assert_eq!(harness.take_sent(), [ClientMessage::Ping { t: 36_000 }]);
    harness.now_ms += 40;
    harness.receive(ServerMessage::Pong { t: 36_000 });
    assert_eq!(harness.events, [Event::RoundTrip { ms: 40 }]);
}

#[test]
fn frames_of_a_closed_connection_are_ignored() {
    let mut harness = SessionHarness::live();
    harness.session.stop();
    harness.clear();
    harness.receive(welcome(me(), 25_000));
    assert_eq!(
        harness.session.status(),
        Status::Stopped(StopReason::Asked),
        "a late welcome changes nothing"
    );
    assert_eq!((harness.sent.len(), harness.events.len()), (0, 0));
}

#[test]
fn the_close_code_decides_whether_the_session_reconnects() {
    let mut harness = SessionHarness::live();
    harness.session.handle_closed(0, Some(4_000), 0);
    assert!(matches!(harness.session.status(), Status::Waiting { .. }));
    let mut harness = SessionHarness::live();
    harness.session.handle_closed(0, Some(4_500), 0);
    assert_eq!(
        harness.session.status(),
        Status::Stopped(StopReason::Closed(4_500))
    );
}

#[test]
fn the_backoff_grows_when_the_server_welcomes_and_drops() {
    let mut harness = SessionHarness::live();
    for n in 1..6 {
        harness.disconnect();
        assert!(
            matches!(harness.session.status(), Status::Waiting { attempt, .. } if attempt == n)
        );
        harness.advance(500);
        harness.be_welcomed();
    }
    harness.advance(6_000);
    harness.disconnect();
    assert!(matches!(
        harness.session.status(),
        Status::Waiting { attempt: 1, .. }
    ));
}

#[test]
fn a_frame_that_is_no_message_ends_the_connection_and_an_unknown_one_does_not() {
    let mut harness = SessionHarness::live();
    harness
        .session
        .handle_frame(0, r#"{"type":"from_the_future"}"#, 0);
    assert_eq!(harness.session.status(), Status::Online);
    harness.session.handle_frame(0, "no JSON", 0);
    assert!(matches!(harness.session.status(), Status::Waiting { .. }));
}

#[test]
fn a_connection_without_a_welcome_is_given_up() {
    let mut harness = SessionHarness::new(None, vec![]);
    harness.session.start(0);
    harness.session.handle_open();
    harness.session.handle_timeout(15_000, 0);
    assert!(matches!(
        harness.session.status(),
        Status::Waiting { attempt: 1, .. }
    ));
}

#[test]
fn stop_and_start_reset_the_backoff() {
    let mut harness = SessionHarness::live();
    for _ in 0..4 {
        harness.disconnect();
        harness.advance(500);
    }
    harness.session.stop();
    harness.session.start(harness.now_ms);
    assert_eq!(
        harness.session.status(),
        Status::Connecting { attempt: 0 },
        "not the fifth attempt"
    );
}
